"""Scheduling at work: exhibitors heard from a real topic, routes called over HTTP."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from datetime import time as clock_time
from typing import Any
from uuid import uuid4

import httpx
from aiokafka import AIOKafkaProducer
from maarid_contracts import Contract, registration
from maarid_contracts.envelope import Text
from maarid_contracts.registration import Participation

from chassis.definition.runtime import Runtime
from chassis.definition.service import ServiceDefinition
from chassis.kafka.envelope import encode, texts
from chassis.kafka.reading import TopicReader
from chassis.log.events import Fact, Recorded
from chassis.process.ids import uuid7
from cli.issuer import Issuer
from tests.waiting import eventually

NOW = datetime(2025, 9, 1, 8, tzinfo=UTC)
SCHEDULING_SAID = "maarid.scheduling."


def uid() -> str:
    return str(uuid4())


def booth(number: int, *, pole: str = "products", **more: Any) -> dict[str, Any]:
    return {
        "booth_id": f"P-{number:03}",
        "pole_id": pole,
        "x_m": 3.0 * number,
        "y_m": 0.0,
        "width_m": 3.0,
        "depth_m": 3.0,
        **more,
    }


def hall(hall_id: str = "tent", capacity: int = 40) -> dict[str, Any]:
    return {"hall_id": hall_id, "name": {"ar": "خيمة", "fr": "Tente"}, "capacity": capacity}


def session(starts: str, ends: str, **more: Any) -> dict[str, Any]:
    return {
        "kind": "workshop",
        "title": {"ar": "التسويق", "fr": "Marketing", "zgh": None},
        "topic_code": "marketing",
        "hall_id": "tent",
        "speakers": [],
        "language": "ar",
        "audience": "exhibitors",
        "starts_at": starts,
        "ends_at": ends,
        **more,
    }


def fair_changed(fair: str, **more: Any) -> registration.FairChangedV1:
    """The fair as `Scheduling.fair` announces it, but for what is said."""
    name = Text(ar="المعرض", fr="Le salon")
    as_it_was = {
        "fair_id": fair,
        "edition": 2,
        "name": name,
        "region": name,
        "city": name,
        "venue": name,
        "timezone": "Africa/Casablanca",
        "first_day": date(2025, 9, 17),
        "last_day": date(2025, 9, 22),
        "opens_at": clock_time(10),
        "closes_at": clock_time(22),
        "area_m2": 4000,
        "reason": "bad_weather",
    }
    return registration.FairChangedV1.model_validate(
        as_it_was | {"changed": tuple(more) or ("venue",)} | more
    )


@dataclass
class Scheduling:
    """The running service, registration's topic, and what tests ask of both."""

    definition: ServiceDefinition
    owner_dsn: str
    bootstrap: str
    runtime: Runtime
    http: httpx.AsyncClient
    issuer: Issuer
    producer: AIOKafkaProducer
    versions: dict[str, int] = field(default_factory=dict[str, int])

    async def hear(self, fair: str, *contracts: Contract) -> None:
        """Say in registration's place what became of a fair."""
        stream = f"fair-{fair}"
        for contract in contracts:
            version = self.versions[stream] = self.versions.get(stream, 0) + 1
            fact = Fact(
                stream, version, contract, uuid7(), NOW, "test:x", uuid7(), None, uuid7(), None
            )
            message = encode(Recorded(version, NOW, fact), contract)
            await self.producer.send_and_wait(  # pyright: ignore[reportUnknownMemberType]
                self.definition.subscriptions[0].topic,
                message.value,
                key=message.key,
                headers=message.headers,
            )

    async def fair(self, timezone: str = "Africa/Casablanca") -> str:
        """A fair that was heard of: 17 to 22 September 2025, two poles."""
        fair = f"ouarzazate-{uuid4().hex[:8]}"
        await self.hear(
            fair,
            registration.FairAnnouncedV1(
                fair_id=fair,
                edition=2,
                name=Text(ar="المعرض", fr="Le salon"),
                region=Text(ar="درعة تافيلالت", fr="Drâa-Tafilalet"),
                city=Text(ar="ورزازات", fr="Ouarzazate"),
                venue=Text(ar="الساحة", fr="La place"),
                timezone=timezone,
                first_day=date(2025, 9, 17),
                last_day=date(2025, 9, 22),
                opens_at=clock_time(10),
                closes_at=clock_time(22),
                area_m2=4000,
                poles=(
                    registration.Pole(pole_id="products", name=Text(ar="أ", fr="a"), places=10),
                    registration.Pole(pole_id="partners", name=Text(ar="ب", fr="b"), places=5),
                ),
            ),
        )

        async def known() -> int:
            return (await self.get(f"/fairs/{fair}/booths", role=None)).status_code

        await eventually(known, lambda status: status == 200)
        return fair

    async def register(self, fair: str, **more: Any) -> registration.ExhibitorRegisteredV1:
        """An exhibitor who was heard of."""
        contract = registration.ExhibitorRegisteredV1.model_validate(
            {
                "fair_id": fair,
                "exhibitor_id": uid(),
                "organisation_id": uid(),
                "contact_id": uid(),
                "participation": Participation.EXHIBITOR,
                "pole_id": "products",
                "booths": 1,
                "people": 2,
                "families": ("honey",),
                "reason": "selected",
                **more,
            }
        )
        await self.hear(fair, contract)

        async def known() -> list[str]:
            found = await self.all(f"/fairs/{fair}/exhibitors", role="organiser")
            return [one["exhibitor_id"] for one in found]

        await eventually(known, lambda ids: contract.exhibitor_id in ids)
        return contract

    async def withdraw(self, who: registration.ExhibitorRegisteredV1) -> None:
        await self.hear(
            who.fair_id,
            registration.ExhibitorWithdrawnV1(
                fair_id=who.fair_id,
                exhibitor_id=who.exhibitor_id,
                organisation_id=who.organisation_id,
                contact_id=who.contact_id,
                pole_id=who.pole_id,
                booths=who.booths,
                reason="harvest",
            ),
        )

    def headers(self, role: str | None, organisation_id: str = "") -> dict[str, str]:
        if role is None:
            return {}
        token = self.issuer.token(role, organisation_id=organisation_id)
        return {"authorization": f"Bearer {token}"}

    async def get(
        self, path: str, *, role: str | None = "organiser", organisation_id: str = "", **query: Any
    ) -> httpx.Response:
        headers = self.headers(role, organisation_id)
        return await self.http.get(path, headers=headers, params=query)

    async def all(self, path: str, role: str | None = None, **query: Any) -> list[dict[str, Any]]:
        """Every page of a list."""
        found: list[dict[str, Any]] = []
        while True:
            answer = (await self.get(path, role=role, **query)).json()
            found += answer["items"]
            if answer["next"] is None:
                return found
            query["after"] = answer["next"]

    async def post(
        self, path: str, body: Any = None, *, key: str | None = None, role: str | None = "organiser"
    ) -> httpx.Response:
        headers = self.headers(role) | {"idempotency-key": key or uid()}
        return await self.http.post(path, json=body, headers=headers)

    async def done(self, path: str, body: Any = None, key: str | None = None) -> dict[str, Any]:
        """The answer to a change that was made."""
        answer = await self.post(path, body, key=key)
        assert answer.is_success, answer.text
        return answer.json()

    async def plan(self, fair: str, *booths: dict[str, Any]) -> int:
        answer = await self.done(f"/fairs/{fair}/floor-plan", {"booths": booths})
        return answer["revision"]

    async def holder(self, fair: str, booth_id: str) -> dict[str, Any] | None:
        return (await self.get(f"/fairs/{fair}/booths/{booth_id}", role=None)).json()["holder"]

    async def events(self, stream: str) -> int:
        return await self.runtime.pool.fetchval(
            "select count(*) from events where stream = $1", stream
        )

    async def said(self, stream: str) -> list[str]:
        """The types on the topic of what the log has of a stream, once all of it is there."""
        wanted = await self.events(stream)

        async def types() -> list[str]:
            found: dict[int, str] = {}
            async with TopicReader(self.bootstrap, self.definition.log.topic) as reader:
                async for records in reader.rest():
                    for headers in (texts(record.headers) for record in records):
                        if headers["ce_subject"] == stream:
                            found[int(headers["ce_sequence"])] = headers["ce_type"]
            return [found[version].removeprefix(SCHEDULING_SAID) for version in sorted(found)]

        return await eventually(types, lambda found: len(found) == wanted)
