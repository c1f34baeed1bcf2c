"""What the floor does about received events."""

from __future__ import annotations

from chassis.definition.runtime import Runtime
from chassis.kafka.received import ReceivedEvent
from services.scheduling.floor.contracts import release_of
from services.scheduling.floor.domain import floor_stream


async def release_booths(received: ReceivedEvent, runtime: Runtime) -> None:
    """An exhibitor withdrew: its booths are free."""
    withdrawn = received.contract
    context = received.context("release_booths")
    await runtime.desk.execute(floor_stream(withdrawn.fair_id), release_of(withdrawn), context)
