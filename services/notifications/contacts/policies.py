"""What the copy of the contact records does when an event is received: forget the erased."""

from __future__ import annotations

from maarid_contracts.registration import ContactErasedV1

from chassis.definition.runtime import Runtime
from chassis.definition.service import Reaction
from chassis.kafka.received import ReceivedEvent
from services.notifications.contacts import rows


async def forget(received: ReceivedEvent, runtime: Runtime) -> None:
    """Forget a contact that was erased.

    Its tombstone says the same, but a compacted topic does not keep tombstones for ever, and a
    service may have been down for longer.
    """
    async with runtime.pool.acquire() as db, db.transaction():
        await rows.forget(db, received.contract.contact_id)


REACTIONS: tuple[Reaction, ...] = ((ContactErasedV1, forget),)
