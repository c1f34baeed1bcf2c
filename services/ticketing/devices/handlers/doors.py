"""What phones at the doors of workshops have let in is told to the workshops, each scan once.

An upload is recorded first, whatever the workshop says to it.  How far the workshop has heard
stands with the phone; who tells it again, another replica or one after a crash, asks under the same
ids, which change nothing.
"""

from __future__ import annotations

import asyncio
from uuid import uuid5

import structlog

from chassis.definition.runtime import Runtime
from chassis.definition.timers import Timer
from chassis.kernel.refused import Refused
from chassis.log.context import CommandContext
from chassis.log.event_types import EventTypes
from chassis.process.breakpoints import reached
from chassis.process.ids import NAMESPACE
from services.ticketing.devices import rows
from services.ticketing.devices.contracts import EVENTS
from services.ticketing.devices.domain import Event, Scan, let_in_by
from services.ticketing.devices.rows import Unheard
from services.ticketing.workshops import handlers as workshops

log = structlog.get_logger(__name__)

AT_ONCE = 50
"""Phones whose next upload is told at once."""
_TYPES = EventTypes(EVENTS)


async def tell(runtime: Runtime, session_id: str | None = None) -> None:
    """Tell a workshop, or all, of everything that was uploaded at the door by now."""
    while found := await rows.unheard(runtime.pool, session_id, AT_ONCE):
        await asyncio.gather(*(_tell(runtime, each) for each in found))


async def release_no_shows(timer: Timer, runtime: Runtime) -> None:
    """Whoever was scanned is no no-show, also where the workshop has not heard of it yet."""
    await tell(runtime, timer.payload["session_id"])
    await workshops.release_no_shows(timer, runtime)


TIMERS = {workshops.NO_SHOWS: release_no_shows}
"""Instead of what workshops do by themselves, who know nothing of phones."""


async def _tell(runtime: Runtime, unheard: Unheard) -> None:
    event: Event = _TYPES.load(unheard.type, unheard.data)
    scans = let_in_by(event)
    await asyncio.gather(*(_let_in(runtime, unheard.session_id, scan) for scan in scans))
    await reached("doors.told")
    await rows.heard(runtime.pool, unheard)


async def _let_in(runtime: Runtime, session_id: str, scan: Scan) -> None:
    # A scan keeps its id where its phone is paired again and sends it under another number.
    wish = f"door\n{session_id}\n{scan.scan_id}"
    context = CommandContext(uuid5(NAMESPACE, wish), "policy:hear_doors")
    try:
        about = (scan.attendee_id, scan.people, scan.at)
        await workshops.note_let_in(runtime, context, session_id, *about)
    except Refused as refused:
        log.warning("door.refused", session=session_id, scan=scan.scan_id, code=refused.code)
