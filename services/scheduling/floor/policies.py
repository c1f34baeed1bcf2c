"""What the floor does about received events."""

from __future__ import annotations

from maarid_contracts.registration import ExhibitorWithdrawnV1

from chassis.definition.runtime import Runtime
from chassis.definition.service import Reaction
from chassis.kafka.received import ReceivedEvent
from services.scheduling.floor.domain import ReleaseExhibitor, floor_stream


async def release_booths(received: ReceivedEvent, runtime: Runtime) -> None:
    """An exhibitor withdrew: its booths are free."""
    withdrawn: ExhibitorWithdrawnV1 = received.contract
    command = ReleaseExhibitor(withdrawn.exhibitor_id)
    context = received.context("release_booths")
    await runtime.desk.execute(floor_stream(withdrawn.fair_id), command, context)


REACTIONS: tuple[Reaction, ...] = ((ExhibitorWithdrawnV1, release_booths),)
