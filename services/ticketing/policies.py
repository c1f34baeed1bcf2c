"""What ticketing does when it hears of a session: its workshop follows.  And where a fair ends."""

from __future__ import annotations

from chassis.heard import Heard
from chassis.runtime import Runtime
from services.ticketing import queries
from services.ticketing.domain.refused import Refused
from services.ticketing.domain.workshop import CancelWorkshop, MoveWorkshop
from services.ticketing.translate import cancel_workshop, move_workshop, open_workshop

FAIR_CANCELLED = "fair_cancelled"
"""The reason for which a workshop is called off together with its fair."""


async def open_for_reservation(heard: Heard, runtime: Runtime) -> None:
    """A session with seats was scheduled: they can be reserved."""
    command = open_workshop(heard.contract)
    if command is not None:
        stream = f"workshop-{command.session_id}"
        await runtime.desk.execute(stream, command, heard.intent("open_for_reservation"))


async def follow_move(heard: Heard, runtime: Runtime) -> None:
    """A session moved: so does its workshop, with all its seats."""
    await _follow(move_workshop(heard.contract), heard, runtime, "follow_move")


async def follow_cancellation(heard: Heard, runtime: Runtime) -> None:
    """A session was cancelled: everybody with a seat, or waiting for one, is let go."""
    await _follow(cancel_workshop(heard.contract), heard, runtime, "follow_cancellation")


async def close_workshops(heard: Heard, runtime: Runtime) -> None:
    """A fair was called off: nobody takes a seat in its workshops any more.

    Scheduling calls off each of its sessions as well, those among them of which we have not heard
    yet; but it may be down, and seats must not be given out for as long.  One after another, for
    each may let thousands go.
    """
    for session_id in await queries.open_workshops(runtime.pool, heard.contract.fair_id):
        command = CancelWorkshop(session_id, FAIR_CANCELLED)
        intent = heard.intent(f"close_workshops:{session_id}")
        await runtime.desk.execute(f"workshop-{session_id}", command, intent)


async def _follow(
    command: MoveWorkshop | CancelWorkshop, heard: Heard, runtime: Runtime, label: str
) -> None:
    stream = f"workshop-{command.session_id}"
    try:
        await runtime.desk.execute(stream, command, heard.intent(label))
    except Refused as refused:
        # A session that is open to all who come has no workshop here.  Its workshop cannot be
        # late: what is said of one session is heard in order.
        if refused.code != "workshop_unknown":
            raise
