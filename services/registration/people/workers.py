"""The background work on people who wear badges: published, settled, and removed with their
exhibitor."""

from __future__ import annotations

from uuid import UUID, uuid5

from chassis.definition.runtime import Runtime
from chassis.log.context import CommandContext
from services.registration.people.domain import RemoveWearer, exhibitor_stream
from services.registration.people.handlers import removed
from services.registration.people.rows import LEFT_BEHIND, PEOPLE
from services.registration.personal.workers import publishing, settling

WITHDRAWN = "exhibitor_withdrawn"


async def publish_people(runtime: Runtime) -> None:
    """The worker: keep `registration.people.v1` equal to the people."""
    await publishing.publish(runtime, PEOPLE)


async def settle_people(runtime: Runtime) -> None:
    """The worker: finish what requests about people left half done."""
    await settling.for_ever(runtime, PEOPLE, settle_once)


async def settle_once(runtime: Runtime) -> None:
    await settling.settle(runtime, PEOPLE)
    for row in await runtime.pool.fetch(LEFT_BEHIND):
        wearer_id: str = row["wearer_id"]
        context = CommandContext(uuid5(UUID(wearer_id), "remove"), actor="policy:remove_wearer")
        command = RemoveWearer(wearer_id, WITHDRAWN)
        await removed(runtime, context, exhibitor_stream(row["exhibitor_id"]), command, wearer_id)
