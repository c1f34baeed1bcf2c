"""Notifications in the process of the tests, and what it hears, is asked, and publishes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast
from uuid import UUID, uuid4

from maarid_contracts import Contract, registration
from maarid_contracts.registration import Channel, ContactRecordV1, Language

from chassis.definition.runtime import Runtime
from chassis.kafka.envelope import encode_record
from chassis.process.tasks import end
from services.notifications.app import definition
from tests.integration.notifications.received import announced, hall
from tests.running_service import ServiceInside, uid
from tests.waiting import eventually

PHONE = "+212600000042"
"""A made-up number."""
SEND, *OTHER_WORKERS = definition().workers


def start_sender(runtime: Runtime) -> asyncio.Task[None]:
    return asyncio.create_task(cast(Coroutine[Any, Any, None], SEND(runtime)), name="sender")


@dataclass(kw_only=True)
class Notifications(ServiceInside):
    """The running service, whose sender can be paused."""

    sender: asyncio.Task[None] = field(init=False)
    revisions: dict[str, int] = field(default_factory=dict[str, int])

    def __post_init__(self) -> None:
        self.sender = start_sender(self.runtime)
        self.http.headers["accept-language"] = "en"

    @asynccontextmanager
    async def without_sender(self) -> AsyncGenerator[None]:
        """Nothing is sent for the time of a block, unless by the block itself."""
        await end(self.sender)
        try:
            yield
        finally:
            self.sender = start_sender(self.runtime)

    async def hear(
        self,
        stream: str,
        *contracts: Contract,
        twice: bool = False,
        event_id: UUID | None = None,
        occurred_at: datetime | None = None,
    ) -> None:
        """Say facts of one stream that have just happened, unless it is said when they did."""
        at = occurred_at or self.runtime.clock.now()
        await super().hear(stream, *contracts, twice=twice, event_id=event_id, occurred_at=at)

    async def contact(
        self,
        language: Language = Language.ARABIC,
        second: Language = Language.ARABIC,
        *,
        contact_id: str = "",
        channel: Channel = Channel.SMS,
        consent: bool = True,
        known: bool = True,
    ) -> str:
        """Somebody with a record; waits until it is known unless told not to."""
        contact_id = contact_id or uid()
        revision = self.revisions.get(contact_id, 0) + 1
        record = ContactRecordV1(
            contact_id=contact_id,
            organisation_id=uid(),
            role="chair",
            name="Made-up Person",
            phone=PHONE,
            language=language,
            second_language=second,
            channel=channel,
            consent=consent,
            revision=revision,
        )
        await self.record(contact_id, record)
        if known:
            await eventually(lambda: self.kept(contact_id), lambda kept: kept == revision)
        return contact_id

    async def record(self, contact_id: str, record: ContactRecordV1 | None) -> None:
        """Publish a contact's record, or its tombstone."""
        revision = self.revisions[contact_id] = self.revisions.get(contact_id, 0) + 1
        message = encode_record(
            contact_id, record, model=ContactRecordV1, revision=revision, event_id=uuid4()
        )
        await self.send_message(registration.CONTACTS_TOPIC, message)

    async def kept(self, contact_id: str) -> int | None:
        """The revision of the copy of a record."""
        return await self.runtime.pool.fetchval(
            "select revision from contacts where contact_id = $1", contact_id
        )

    async def fair(self) -> str:
        """A fair that was heard of, with two halls; it is some days before it."""
        fair = f"ouarzazate-{uuid4().hex[:8]}"
        await self.hear(f"fair-{fair}", announced(fair))
        await self.hear(
            f"programme-{fair}",
            hall(fair, "tent", "خيمة التكوين", "Grande tente"),
            hall(fair, "dome", "القبة", "Petit dome"),
        )
        await eventually(
            lambda: self.runtime.pool.fetchval(
                "select count(*) from halls where fair_id = $1", fair
            ),
            lambda halls: halls == 2,
        )
        await eventually(
            lambda: self.look(f"/fairs/{fair}/figures"), lambda answer: answer.status_code == 200
        )
        return fair

    async def messages(self, contact_id: str, **query: Any) -> list[Any]:
        return await self.all("/messages", contact_id=contact_id, **query)

    async def settled(self, contact_id: str, count: int) -> list[Any]:
        """The messages to a contact, once there are so many and each is delivered or failed."""
        return await eventually(
            lambda: self.messages(contact_id),
            lambda found: (
                len(found) == count
                and all(one["status"] in ("delivered", "failed") for one in found)
            ),
        )

    async def waiting(self, contact_id: str, reason: str) -> Any:
        """The one message to a contact, once it waits for this reason."""
        (found,) = await eventually(
            lambda: self.messages(contact_id),
            lambda found: [one["waits_for"] for one in found] == [reason],
        )
        return found

    async def delay(self, contact_id: str) -> None:
        """Put off for an hour what waits for something, so that nothing but its coming wakes it."""
        await self.runtime.pool.execute(
            "update sending set due = clock_timestamp() + interval '1 hour' from messages as m"
            " where m.message_id = sending.message_id and m.contact_id = $1",
            contact_id,
        )

    async def texts(self, contact_id: str) -> list[str]:
        return [text["text"] for text in await self.all(f"/phones/{contact_id}")]

    async def told(self, contact_id: str, *templates: str) -> list[str]:
        """What a contact reads, once these messages to it, and no others, are delivered."""
        found = await self.settled(contact_id, len(templates))
        assert [one["template"] for one in found] == list(templates)
        assert {one["status"] for one in found} == {"delivered"}
        return await self.texts(contact_id)

    async def timer(self, seat: str) -> datetime | None:
        """When the reminder of a seat is due."""
        return await self.runtime.pool.fetchval(
            "select due from timers where key = $1", f"remind:{seat}"
        )
