"""Workshops follow their sessions, and are cancelled with their fair."""

from __future__ import annotations

from collections.abc import Sequence

from maarid_contracts.registration import FairCancelledV1
from maarid_contracts.scheduling import (
    SessionCancelledV1,
    SessionRescheduledV1,
    SessionScheduledV1,
)

from chassis.definition.runtime import Runtime
from chassis.definition.service import Reaction
from chassis.kafka.received import ReceivedEvent
from chassis.kernel.refused import Refused
from services.ticketing.workshops import read
from services.ticketing.workshops.contracts import cancel_workshop, move_workshop, open_workshop
from services.ticketing.workshops.domain import CancelWorkshop, MeetDeadlines, MoveWorkshop
from services.ticketing.workshops.handlers import execute, execute_freeing, follow_slot

FAIR_CANCELLED = "fair_cancelled"
"""The reason for which a workshop is cancelled together with its fair."""


async def open_for_reservation(received: ReceivedEvent, runtime: Runtime) -> None:
    """A session with seats was scheduled: they can be reserved."""
    command = open_workshop(received.contract)
    if command is not None:
        await execute(runtime, received.context("open_for_reservation"), command)


async def follow_move(received: ReceivedEvent, runtime: Runtime) -> None:
    """A session moved: so does its workshop, with all its seats."""
    command = move_workshop(received.contract)
    await _follow(command, received, runtime, "follow_move")
    # Its deadlines move with it; where it had begun before, and begins later now, seats that were
    # released since then go to those who wait.
    await follow_slot(runtime, command.session_id)
    if await read.has_rules(runtime.pool, command.session_id):
        due = MeetDeadlines(command.session_id, runtime.clock.now())
        await execute_freeing(runtime, received.context("deadlines_moved"), due)


async def follow_cancellation(received: ReceivedEvent, runtime: Runtime) -> None:
    """A session was cancelled: all seats and places on the waiting list are released."""
    await _follow(cancel_workshop(received.contract), received, runtime, "follow_cancellation")


async def close_workshops(received: ReceivedEvent, runtime: Runtime) -> None:
    """A fair was cancelled: no more seats are given out in its workshops.

    Scheduling cancels each session of the fair as well, also those of which we have not heard
    yet; but scheduling may be down, and until it is back no seat may be given out.  One workshop
    after another, because each may release thousands of seats.
    """
    for session_id in await read.open_workshops(runtime.pool, received.contract.fair_id):
        command = CancelWorkshop(session_id, FAIR_CANCELLED)
        await execute(runtime, received.context(f"close_workshops:{session_id}"), command)


async def _follow(
    command: MoveWorkshop | CancelWorkshop, received: ReceivedEvent, runtime: Runtime, label: str
) -> None:
    try:
        await execute(runtime, received.context(label), command)
    except Refused as refused:
        # A session without seats to reserve has no workshop.  One that has seats was opened
        # before, since the events of one session are received in order.
        if refused.code != "workshop_unknown":
            raise


REACTIONS: Sequence[Reaction] = (
    (FairCancelledV1, close_workshops),
    (SessionScheduledV1, open_for_reservation),
    (SessionRescheduledV1, follow_move),
    (SessionCancelledV1, follow_cancellation),
)
