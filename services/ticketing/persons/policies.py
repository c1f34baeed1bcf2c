"""What the copies of persons do when an event is received: forget who was erased or has left."""

from __future__ import annotations

from maarid_contracts.registration import ContactErasedV1, WearerErasedV1, WearerRemovedV1

from chassis.definition.runtime import Runtime
from chassis.definition.service import Reaction
from chassis.kafka.received import ReceivedEvent
from services.ticketing.persons.rows import forget


async def forget_contact(received: ReceivedEvent, runtime: Runtime) -> None:
    """Forget a contact that was erased.

    Its tombstone says the same, but a compacted topic does not keep tombstones for ever, and a
    service may have been down for longer.
    """
    async with runtime.pool.acquire() as db, db.transaction():
        await forget(db, received.contract.contact_id)


async def forget_wearer(received: ReceivedEvent, runtime: Runtime) -> None:
    """Forget somebody who wears no badge any more, for the same reason."""
    async with runtime.pool.acquire() as db, db.transaction():
        await forget(db, received.contract.wearer_id)


REACTIONS: tuple[Reaction, ...] = (
    (ContactErasedV1, forget_contact),
    (WearerErasedV1, forget_wearer),
    (WearerRemovedV1, forget_wearer),
)
