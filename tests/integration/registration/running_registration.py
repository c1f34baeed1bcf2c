"""Registration as a process, and what is asked of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import orjson
from maarid_contracts.registration import CONTACTS_TOPIC

from chassis.kafka.envelope import texts
from tests.integration.registration.forms import (
    contact_form,
    fair_form,
    organisation_form,
    wearer_form,
)
from tests.running_service import ServiceProcess

SPRING = datetime(2025, 6, 1, 8, tzinfo=UTC)
DEADLINE = SPRING + timedelta(days=30)


@dataclass(kw_only=True)
class Registration(ServiceProcess):
    """The running service, whose clock is set to spring by each new fair."""

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

    async def exhibitors(self, fair_id: str, **query: Any) -> dict[str, Any]:
        """The exhibitors of a fair by id."""
        items = await self.all(f"/fairs/{fair_id}/exhibitors", **query)
        return {item["exhibitor_id"]: item for item in items}

    async def contact(self, organisation_id: str, **more: Any) -> str:
        path = f"/organisations/{organisation_id}/contacts"
        return (await self.done(path, contact_form(**more)))["contact_id"]

    async def exhibitor(self, **more: Any) -> Exhibitor:
        """An exhibitor of a new fair, with two badges if nothing else is said."""
        fair_id, organisation_id = await self.call(), await self.enrol()
        exhibitor_id = await self.apply(fair_id, organisation_id, **more)
        await self.decide(fair_id, exhibitor_id, "accept")
        return Exhibitor(self, fair_id, exhibitor_id, organisation_id)

    async def revisions(self, key: str, topic: str = CONTACTS_TOPIC) -> list[tuple[int, Any]]:
        """The revisions of a person on a topic, in order; the value of a tombstone is None."""
        return [
            (
                int(texts(record.headers)["ce_sequence"]),
                None if record.value is None else orjson.loads(record.value),
            )
            for record in await self.records(topic)
            if record.key == key.encode()
        ]


@dataclass(frozen=True)
class Exhibitor:
    """An exhibitor, and the people who wear its badges."""

    registration: Registration
    fair_id: str
    exhibitor_id: str
    organisation_id: str

    @property
    def people(self) -> str:
        return f"/fairs/{self.fair_id}/exhibitors/{self.exhibitor_id}/people"

    @property
    def stream(self) -> str:
        return f"exhibitor-{self.exhibitor_id}"

    async def wearer(self, **more: Any) -> str:
        return (await self.registration.done(self.people, wearer_form(**more)))["wearer_id"]

    async def names(self) -> list[str]:
        return [one["name"] for one in await self.registration.all(self.people)]

    async def withdraw(self) -> None:
        await self.registration.decide(self.fair_id, self.exhibitor_id, "withdraw", "cannot_come")
