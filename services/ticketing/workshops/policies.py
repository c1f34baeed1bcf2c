"""Workshops follow their sessions, and are cancelled with their fair."""

from __future__ import annotations

from chassis.definition.runtime import Runtime
from chassis.kafka.received import ReceivedEvent
from chassis.kernel.refused import Refused
from services.ticketing.workshops import read
from services.ticketing.workshops.contracts import cancel_workshop, move_workshop, open_workshop
from services.ticketing.workshops.domain import CancelWorkshop, MoveWorkshop, workshop_stream

FAIR_CANCELLED = "fair_cancelled"
"""The reason for which a workshop is cancelled together with its fair."""


async def open_for_reservation(received: ReceivedEvent, runtime: Runtime) -> None:
    """A session with seats was scheduled: they can be reserved."""
    command = open_workshop(received.contract)
    if command is not None:
        stream = workshop_stream(command.session_id)
        await runtime.desk.execute(stream, command, received.context("open_for_reservation"))


async def follow_move(received: ReceivedEvent, runtime: Runtime) -> None:
    """A session moved: so does its workshop, with all its seats."""
    await _follow(move_workshop(received.contract), received, runtime, "follow_move")


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
        context = received.context(f"close_workshops:{session_id}")
        await runtime.desk.execute(workshop_stream(session_id), command, context)


async def _follow(
    command: MoveWorkshop | CancelWorkshop, received: ReceivedEvent, runtime: Runtime, label: str
) -> None:
    stream = workshop_stream(command.session_id)
    try:
        await runtime.desk.execute(stream, command, received.context(label))
    except Refused as refused:
        # A session without seats to reserve has no workshop.  One that has seats was opened
        # before, since the events of one session are received in order.
        if refused.code != "workshop_unknown":
            raise
