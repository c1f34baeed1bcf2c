"""Ticketing as a process of its own, and other services' topics, written to in their place."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from datetime import time as hour
from typing import Any
from uuid import uuid4

import httpx
import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from maarid_contracts import Contract, registration, scheduling, ticketing
from maarid_contracts.envelope import Text
from maarid_contracts.registration import Language
from maarid_contracts.scheduling import SessionKind

from chassis.kafka.envelope import encode, texts
from chassis.log.events import Fact, Recorded
from chassis.process.ids import uuid7
from cli.launch import System
from tests.waiting import eventually

FIRST, LAST = date(2025, 9, 17), date(2025, 9, 22)
EVE = datetime(2025, 9, 16, 8, 0, tzinfo=UTC)
STARTS = datetime(2025, 9, 18, 9, 0, tzinfo=UTC)
PATIENCE = 30.0


def uid() -> str:
    return str(uuid4())


def announced(fair: str) -> registration.FairAnnouncedV1:
    name = Text(ar="المعرض الجهوي", fr="Salon régional")
    return registration.FairAnnouncedV1(
        fair_id=fair,
        edition=2,
        name=name,
        region=name,
        city=name,
        venue=name,
        timezone="Africa/Casablanca",
        first_day=FIRST,
        last_day=LAST,
        opens_at=hour(9),
        closes_at=hour(21),
        poles=(registration.Pole(pole_id="products", name=name, places=160),),
    )


def fair_moved(fair: str, by: timedelta) -> registration.FairChangedV1:
    """The fair as it was announced, some days later."""
    as_it_was = announced(fair).model_dump(exclude={"poles", "programmes"})
    days = {"first_day": FIRST + by, "last_day": LAST + by}
    return registration.FairChangedV1.model_validate(
        as_it_was | days | {"changed": tuple(days), "reason": "bad_weather"}
    )


def scheduled(
    fair: str, session: str, seats: int | None, starts_at: datetime = STARTS
) -> scheduling.SessionScheduledV1:
    return scheduling.SessionScheduledV1(
        fair_id=fair,
        session_id=session,
        kind=SessionKind.WORKSHOP,
        title=Text(ar="التسويق", fr="Marketing"),
        topic_code="marketing",
        hall_id="training-tent",
        language=Language.ARABIC,
        audience="exhibitors",
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=2),
        seats=seats,
    )


@dataclass
class Topics:
    """What other services say, said by the test."""

    producer: AIOKafkaProducer
    versions: dict[str, int] = field(default_factory=dict[str, int])

    async def say(self, stream: str, *contracts: Contract) -> None:
        for contract in contracts:
            version = self.versions[stream] = self.versions.get(stream, 0) + 1
            fact = Fact(
                stream, version, contract, uuid7(), EVE, "test:x", uuid7(), None, uuid7(), None
            )
            message = encode(Recorded(version, EVE, fact), contract)
            await self.producer.send_and_wait(
                contract.topic, message.value, key=message.key, headers=message.headers
            )


@dataclass
class Ticketing:
    """The running service, and what is asked of it."""

    system: System
    http: httpx.AsyncClient
    topics: Topics

    def headers(self, role: str, **claims: str) -> dict[str, str]:
        return {"authorization": f"Bearer {self.system.token(role, **claims)}"}

    async def look(self, path: str, role: str = "organiser", **query: Any) -> httpx.Response:
        """A GET; a role may have a claim with it, as in `steward fair_id=agadir-2025`."""
        name, _, claim = role.partition(" ")
        claims = dict([claim.split("=")]) if claim else {}
        return await self.http.get(path, headers=self.headers(name, **claims), params=query)

    async def get(self, path: str, role: str = "organiser", **query: Any) -> Any:
        response = await self.look(path, role, **query)
        assert response.status_code == 200, response.text
        return response.json()

    async def post(
        self, path: str, body: Any = None, *, role: str = "organiser", key: str | None = None
    ) -> httpx.Response:
        name, _, claim = role.partition(" ")
        claims = dict([claim.split("=")]) if claim else {}
        headers = self.headers(name, **claims) | {"idempotency-key": key or uid()}
        return await self.http.post(path, json=body, headers=headers)

    async def pages(self, path: str, **query: Any) -> list[list[Any]]:
        """All pages of a list."""
        found: list[list[Any]] = []
        after: dict[str, str] = {}
        while True:
            page = await self.get(path, **query, **after)
            found.append(page["items"])
            if page["next"] is None:
                return found
            after = {"after": page["next"]}

    async def set_clock(self, now: datetime) -> None:
        response = await self.post("/clock", {"now": now.isoformat()})
        assert response.status_code == 204, response.text

    async def announce(self) -> str:
        """A new fair, of which ticketing has heard; it is the eve of its first day."""
        await self.set_clock(EVE)
        fair = f"ouarzazate-{uuid4().hex[:8]}"
        await self.topics.say(f"fair-{fair}", announced(fair))
        await eventually(
            lambda: self.look(f"/fairs/{fair}/workshops"), lambda r: r.status_code == 200
        )
        return fair

    async def schedule(self, fair: str, seats: int = 20, starts_at: datetime = STARTS) -> str:
        """A new workshop, whose seats can be reserved."""
        session = uid()
        await self.topics.say(f"programme-{fair}", scheduled(fair, session, seats, starts_at))
        await eventually(lambda: self.look(f"/workshops/{session}"), lambda r: r.status_code == 200)
        return session

    async def workshop(self, session: str) -> Any:
        return await self.get(f"/workshops/{session}")

    async def reserve(self, session: str, **body: Any) -> Any:
        """A seat or a place on the waiting list, for somebody new."""
        response = await self.post(f"/workshops/{session}/seats", {"attendee_id": uid()} | body)
        assert response.status_code == 201, response.text
        return response.json()

    async def cancel(self, session: str, seat: str) -> None:
        response = await self.post(f"/workshops/{session}/seats/{seat}/cancel")
        assert response.status_code == 200, response.text

    async def seat(self, session: str, seat: str) -> Any:
        return await self.get(f"/workshops/{session}/seats/{seat}")

    async def issue(self, fair: str, day: date, party: int = 1, province: str | None = None) -> str:
        body = {"kind": "visitor", "day": day.isoformat(), "party": party, "province": province}
        response = await self.post(f"/fairs/{fair}/tickets", body)
        assert response.status_code == 201, response.text
        return response.json()["ticket_id"]

    async def check_in(
        self, ticket: str, gate: str = "gate-north", role: str = "organiser", key: str | None = None
    ) -> httpx.Response:
        return await self.post(f"/tickets/{ticket}/check-in", {"gate_id": gate}, role=role, key=key)

    async def said(self, stream: str, until: str) -> list[tuple[str, Any]]:
        """What the topic holds of a stream, once it holds an event of the last type."""
        consumer: Any = AIOKafkaConsumer(
            ticketing.TOPIC,
            bootstrap_servers=self.system.addresses.bootstrap,
            auto_offset_reset="earliest",
        )
        await consumer.start()
        found: dict[int, tuple[str, Any]] = {}
        deadline = time.monotonic() + PATIENCE
        try:
            while until not in {type_ for type_, _ in found.values()}:
                assert time.monotonic() < deadline, f"{until} is not on the topic: {found}"
                for records in (await consumer.getmany(timeout_ms=200)).values():
                    for record in records:
                        headers = texts(record.headers)
                        if headers["ce_subject"] == stream:
                            name = headers["ce_type"].split(".")[2]
                            version = int(headers["ce_sequence"])
                            found[version] = (name, orjson.loads(record.value or b"null"))
        finally:
            await consumer.stop()
        assert sorted(found) == list(range(1, len(found) + 1)), "a version is missing"
        return [found[version] for version in sorted(found)]


def refusal(response: httpx.Response) -> tuple[int, str]:
    """The status and code of a refusal, which must be a problem that a person can read."""
    assert response.headers["content-type"] == "application/problem+json", response.text
    assert "Traceback" not in response.text
    body = response.json()
    assert body["detail"]
    return response.status_code, body["code"]
