"""Gather what a decision on a workshop needs, set its timers, then let the desk decide."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from chassis.api.fields import new_id
from chassis.definition.runtime import Runtime
from chassis.definition.timers import Timer
from chassis.kernel.refused import Refused
from chassis.log.context import CommandContext
from chassis.log.outcome import Outcome
from chassis.process.breakpoints import reached
from services.ticketing.duty.handlers import claim_duty, release_refused
from services.ticketing.workshops import read
from services.ticketing.workshops.domain import (
    LONGEST_OFFER,
    AcceptOffer,
    AdmitWalkIn,
    AttendSeat,
    BeginOffer,
    Command,
    DeclineOffer,
    Event,
    MeetDeadlines,
    NoteLetIn,
    PassOffer,
    ReleaseNoShows,
    ReserveSeat,
    Rules,
    SeatOffered,
    SeatWaitlisted,
    SetRules,
    workshop_stream,
)
from services.ticketing.workshops.read import WorkshopOut

DEADLINE = "workshop_deadline"
"""The kind of timer at which something of a workshop is over: a held share, an offer."""
NO_SHOWS = "workshop_no_shows"
"""The kind of timer at which the seats are released to whom nobody came."""


async def reserve_seat(
    runtime: Runtime,
    context: CommandContext,
    session_id: str,
    attendee_id: str,
    contact_id: str | None,
    wait: bool,
    organisation_id: str | None,
    places: int = 1,
    supported: bool = False,
) -> tuple[str, int | None]:
    """The id of the seat, and its rank if it is a place on the waiting list.

    For the team it asks no table: in a rush the desk alone decides, for hundreds at once.  The
    people of an exhibitor must be free to leave its stand: their time is claimed first.
    """
    seat_id = new_id(context, "seat")
    fair_id = None
    if organisation_id is not None:
        fair_id = await claim_duty(runtime, context, session_id, seat_id, organisation_id, places)
    now = runtime.clock.now()
    who = (attendee_id, contact_id, wait, now, organisation_id, places, supported)
    try:
        outcome = await execute(runtime, context, ReserveSeat(session_id, seat_id, *who))
    except Refused:
        if organisation_id is not None and fair_id is not None:
            await release_refused(runtime, context, fair_id, organisation_id, seat_id)
        raise
    waits = (each for each in outcome.events if isinstance(each, SeatWaitlisted))
    rank = next((each.rank for each in waits), None)
    if _offers(outcome):
        # Rare: places that others wait for became free by the clock alone, in this very decision.
        await _set_lapse(runtime, context, session_id, now)
    return seat_id, rank


async def execute(runtime: Runtime, context: CommandContext, command: Command) -> Outcome[Event]:
    """Let the desk decide a command that already holds all that its decision needs."""
    return await runtime.desk.execute(workshop_stream(command.session_id), command, context)


async def execute_freeing(runtime: Runtime, context: CommandContext, command: Command) -> None:
    """Let the desk decide a command that may free places, which are then offered.

    The timer of such offers is set before, so that no crash leaves one that nobody looks at.  Where
    none was made, it is forgotten; left behind by a crash, it fires and changes nothing.
    """
    workshop = await read.workshop(runtime.pool, command.session_id)
    offering = workshop is not None and workshop.offer_minutes is not None
    if offering:
        await _set_lapse(runtime, context, command.session_id, runtime.clock.now())
    await reached("seats.timed")
    outcome = await execute(runtime, context, command)
    if offering and not _offers(outcome):
        await runtime.timers.cancel(_lapse_key(context, command.session_id))


async def set_rules(
    runtime: Runtime, context: CommandContext, session_id: str, rules: Rules
) -> None:
    """The timers are set before the rules, and again after them: the workshop may have moved
    meanwhile."""
    workshop = await read.workshop(runtime.pool, session_id)
    if workshop is not None:
        await _set_timers(runtime, workshop, rules)
    await execute_freeing(runtime, context, SetRules(session_id, rules, runtime.clock.now()))
    await follow_slot(runtime, session_id)


async def follow_slot(runtime: Runtime, session_id: str) -> None:
    """Set the timers of a workshop by its rules, for when it takes place now."""
    workshop = await read.workshop(runtime.pool, session_id)
    if workshop is not None:
        await _set_timers(runtime, workshop, _rules(workshop))


async def begin_offer(
    runtime: Runtime, context: CommandContext, seat_id: str, told_at: datetime
) -> None:
    """The contact of an offered seat was told: its time begins, if it does not run yet."""
    session_id = await read.session_of(runtime.pool, seat_id)
    if session_id is None:
        return
    workshop = await runtime.desk.state(workshop_stream(session_id))
    offer = workshop.offered.get(seat_id)
    if offer is None:
        return  # It is over.
    # Before the deadline; a timer of one that was not set changes nothing.
    due = told_at + timedelta(minutes=offer.minutes)
    await _set(runtime, f"lapse-seat:{seat_id}:{due.isoformat()}", DEADLINE, due, session_id)
    await reached("seats.timed")
    await execute(runtime, context, BeginOffer(session_id, seat_id, told_at))


async def pass_offer(runtime: Runtime, context: CommandContext, seat_id: str, reason: str) -> None:
    """The contact of an offered seat cannot be told: the next is asked."""
    session_id = await read.session_of(runtime.pool, seat_id)
    if session_id is not None:
        command = PassOffer(session_id, seat_id, reason, runtime.clock.now())
        await execute_freeing(runtime, context, command)


async def accept_offer(runtime: Runtime, context: CommandContext, seat_id: str) -> None:
    """Raises Refused where nothing is offered any more."""
    session_id = await _session(runtime, seat_id)
    await execute(runtime, context, AcceptOffer(session_id, seat_id, runtime.clock.now()))


async def decline_offer(
    runtime: Runtime, context: CommandContext, seat_id: str, reason: str
) -> None:
    """Raises Refused where nothing is offered any more."""
    session_id = await _session(runtime, seat_id)
    command = DeclineOffer(session_id, seat_id, reason, runtime.clock.now())
    await execute_freeing(runtime, context, command)


async def attend_seat(
    runtime: Runtime, context: CommandContext, session_id: str, seat_id: str, at: datetime
) -> None:
    """A seat was scanned at the door, at `at`."""
    await execute(runtime, context, AttendSeat(session_id, seat_id, at))


async def admit_walk_in(
    runtime: Runtime, context: CommandContext, session_id: str, people: int, at: datetime
) -> str:
    """The id of people who are let in without a seat.  Raises Refused where there is no room."""
    walk_in_id = new_id(context, "walk-in")
    now = runtime.clock.now()
    await execute_freeing(runtime, context, AdmitWalkIn(session_id, walk_in_id, people, at, now))
    return walk_in_id


async def note_let_in(
    runtime: Runtime,
    context: CommandContext,
    session_id: str,
    attendee_id: str | None,
    people: int,
    at: datetime,
) -> None:
    """A phone at the door let people in, at `at`.

    It asks no table, so that those of a whole upload are decided in their order, and together.
    """
    now = runtime.clock.now()
    who = (new_id(context, "walk-in"), attendee_id, people)
    outcome = await execute(runtime, context, NoteLetIn(session_id, *who, at, now))
    if _offers(outcome):
        await _set_lapse(runtime, context, session_id, now)


async def meet_deadlines(timer: Timer, runtime: Runtime) -> None:
    """The timer `workshop_deadline`; one that comes too early is set anew."""
    session_id = timer.payload["session_id"]
    now = runtime.clock.now()
    await execute_freeing(runtime, timer.context, MeetDeadlines(session_id, now))
    await _set_again(runtime, session_id, now)


async def release_no_shows(timer: Timer, runtime: Runtime) -> None:
    """The timer `workshop_no_shows`; one that comes too early is set anew."""
    session_id = timer.payload["session_id"]
    now = runtime.clock.now()
    await execute(runtime, timer.context, ReleaseNoShows(session_id, now))
    await _set_again(runtime, session_id, now)


TIMERS = {DEADLINE: meet_deadlines, NO_SHOWS: release_no_shows}


async def _session(runtime: Runtime, seat_id: str) -> str:
    session_id = await read.session_of(runtime.pool, seat_id)
    if session_id is None:
        raise Refused("seat_unknown", seat=seat_id)
    return session_id


def _offers(outcome: Outcome[Event]) -> bool:
    return any(isinstance(event, SeatOffered) for event in outcome.events)


def _rules(workshop: WorkshopOut) -> Rules:
    held = (workshop.held, workshop.held_until)
    minutes = (workshop.offer_minutes, workshop.no_show_minutes)
    return Rules(workshop.places_per_organisation, workshop.opens_at, *held, *minutes)


def _timers_of(workshop: WorkshopOut, rules: Rules) -> Iterator[tuple[str, str, datetime | None]]:
    """The timers of a workshop: key, kind, and when; None where the rules ask for none."""
    session_id, starts_at = workshop.session_id, workshop.starts_at
    over = None if rules.held is None else rules.held_until
    begins = None if rules.offer_minutes is None and rules.held is None else starts_at
    minutes = rules.no_show_minutes
    nobody = None if minutes is None else starts_at + timedelta(minutes=minutes)
    yield f"workshop-held:{session_id}", DEADLINE, over
    yield f"workshop-begins:{session_id}", DEADLINE, begins
    yield f"workshop-no-shows:{session_id}", NO_SHOWS, nobody


async def _set_timers(runtime: Runtime, workshop: WorkshopOut, rules: Rules) -> None:
    for key, kind, due in _timers_of(workshop, rules):
        if due is not None:
            await _set(runtime, key, kind, due, workshop.session_id)


async def _set_again(runtime: Runtime, session_id: str, now: datetime) -> None:
    """Set those of a workshop's timers that are still to come."""
    workshop = await read.workshop(runtime.pool, session_id)
    if workshop is None:
        return
    for key, kind, due in _timers_of(workshop, _rules(workshop)):
        if due is not None and due > now:
            await _set(runtime, key, kind, due, session_id)


def _lapse_key(context: CommandContext, session_id: str) -> str:
    return f"lapse-offers:{session_id}:{context.command_id}"


async def _set_lapse(
    runtime: Runtime, context: CommandContext, session_id: str, now: datetime
) -> None:
    """Offers that are made now lapse at the latest then, or at the start, which has its timer."""
    key = _lapse_key(context, session_id)
    await _set(runtime, key, DEADLINE, now + LONGEST_OFFER, session_id)


async def _set(runtime: Runtime, key: str, kind: str, due: datetime, session_id: str) -> None:
    await runtime.timers.set(key, kind, due, {"session_id": session_id})
