"""Registration as a process of its own, and what is asked of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import orjson
from maarid_contracts import registration

from chassis.kafka.envelope import texts
from chassis.kafka.reading import Raw, TopicReader
from cli.launch import System
from tests.waiting import eventually

SPRING = datetime(2025, 6, 1, 8, tzinfo=UTC)
DEADLINE = SPRING + timedelta(days=30)


def uid() -> str:
    return str(uuid4())


def text(french: str) -> dict[str, str]:
    return {"ar": "نص", "fr": french}


def fair_form(fair_id: str, **more: Any) -> dict[str, Any]:
    return {
        "fair_id": fair_id,
        "edition": 2,
        "name": text("Salon régional"),
        "region": text("Drâa-Tafilalet"),
        "city": text("Zagora"),
        "venue": text("Place de la Marche"),
        "timezone": "Africa/Casablanca",
        "first_day": "2025-09-17",
        "last_day": "2025-09-22",
        "opens_at": "10:00",
        "closes_at": "22:00",
        "poles": [
            {"pole_id": "products", "name": text("Pôle produits"), "places": 2},
            {"pole_id": "institutional", "name": text("Pôle institutionnel"), "places": 0},
        ],
        "programmes": [{"programme_id": "mouazara", "name": text("Mouazara")}],
        **more,
    }


def organisation_form(**more: Any) -> dict[str, Any]:
    return {
        "kind": "cooperative",
        "name": text("Coopérative Al Amal"),
        "province": "zagora",
        "region": "draa-tafilalet",
        **more,
    }


def contact_form(**more: Any) -> dict[str, Any]:
    """A person who does not exist, with a made-up number."""
    return {
        "role": "chair",
        "name": "فاطمة (اسم مختلق)",
        "phone": "0612345678",
        "language": "zgh",
        "channel": "sms",
        "consent": True,
        **more,
    }


@dataclass
class Registration:
    """The running service, and what is asked of it."""

    system: System
    http: httpx.AsyncClient

    def headers(self, role: str | None) -> dict[str, str]:
        """A role may have a claim with it, as in `exhibitor organisation_id=…`."""
        if role is None:
            return {}
        name, _, claim = role.partition(" ")
        claims = dict([claim.split("=")]) if claim else {}
        return {"authorization": f"Bearer {self.system.token(name, **claims)}"}

    async def look(self, path: str, role: str | None = "organiser", **query: Any) -> httpx.Response:
        return await self.http.get(path, headers=self.headers(role), params=query or None)

    async def get(self, path: str, role: str | None = "organiser", **query: Any) -> Any:
        response = await self.look(path, role, **query)
        assert response.status_code == 200, response.text
        return response.json()

    async def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        role: str | None = "organiser",
        key: str | None = None,
    ) -> httpx.Response:
        headers = self.headers(role) | {"idempotency-key": key or uid()}
        return await self.http.request(method, path, json=body, headers=headers)

    async def post(self, path: str, body: Any = None, **more: Any) -> httpx.Response:
        return await self.send("POST", path, body, **more)

    async def done(self, path: str, body: Any = None, **more: Any) -> Any:
        """The answer to a change that was made."""
        response = await self.post(path, body, **more)
        assert response.is_success, response.text
        return response.json()

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

    async def announce(self, **more: Any) -> str:
        """A new fair; it is spring."""
        await self.set_clock(SPRING)
        fair_id = f"zagora-{uuid4().hex[:8]}"
        await self.done("/fairs", fair_form(fair_id, **more))
        return fair_id

    async def call(self, **more: Any) -> str:
        """A new fair that takes applications."""
        fair_id = await self.announce(**more)
        await self.done(f"/fairs/{fair_id}/call/open", {"closes_at": DEADLINE.isoformat()})
        return fair_id

    async def enrol(self, **more: Any) -> str:
        answer = await self.done("/organisations", organisation_form(**more))
        return answer["organisation_id"]

    async def apply(self, fair_id: str, organisation_id: str | None = None, **more: Any) -> str:
        body = {
            "organisation_id": organisation_id or await self.enrol(),
            "pole_id": "products",
            "people": 2,
            **more,
        }
        return (await self.done(f"/fairs/{fair_id}/applications", body))["application_id"]

    async def decide(
        self, fair_id: str, application_id: str, what: str, reason: str = "selected"
    ) -> Any:
        path = f"/fairs/{fair_id}/applications/{application_id}/{what}"
        return await self.done(path, {"reason": reason})

    async def contact(self, organisation_id: str, **more: Any) -> str:
        path = f"/organisations/{organisation_id}/contacts"
        return (await self.done(path, contact_form(**more)))["contact_id"]

    async def said(self, stream: str, until: str) -> list[tuple[str, Any]]:
        """What the topic holds of a stream, once it holds an event of the last type."""

        async def read() -> list[tuple[str, Any]]:
            found: dict[int, tuple[str, Any]] = {}
            for record in await self.records(registration.TOPIC):
                headers = texts(record.headers)
                if headers["ce_subject"] == stream:
                    name = headers["ce_type"].split(".")[2]
                    found[int(headers["ce_sequence"])] = (name, orjson.loads(record.value or b""))
            assert sorted(found) == list(range(1, len(found) + 1)), "a version is missing"
            return [found[version] for version in sorted(found)]

        return await eventually(read, lambda found: until in {name for name, _ in found})

    async def records(self, topic: str) -> list[Raw]:
        """A topic from its beginning to where it ends now."""
        async with TopicReader(self.system.addresses.bootstrap, topic) as reader:
            return [record async for records in reader.rest() for record in records]

    async def published(self, contact_id: str) -> list[tuple[int, Any]]:
        """The revisions of a contact on the topic, in order; the value of a tombstone is None."""
        return [
            (
                int(texts(record.headers)["ce_sequence"]),
                None if record.value is None else orjson.loads(record.value),
            )
            for record in await self.records(registration.CONTACTS_TOPIC)
            if record.key == contact_id.encode()
        ]


def refusal(response: httpx.Response) -> tuple[int, str]:
    """The status and code of a refusal, which must be a problem that a person can read."""
    assert response.headers["content-type"] == "application/problem+json", response.text
    assert "Traceback" not in response.text
    body = response.json()
    assert body["detail"]
    assert "…" not in body["detail"], "a text with a gap"
    return response.status_code, body["code"]
