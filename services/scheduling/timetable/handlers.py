"""The handlers of timetables: what a run is given, changes by hand, and publishing."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from itertools import pairwise

from fastapi import Response
from pydantic import TypeAdapter

from chassis.answers.shapes import known
from chassis.definition.runtime import Runtime
from chassis.definition.service import JobKind
from chassis.jobs.routes import job_accepted
from chassis.kernel.refused import Refused
from chassis.log.context import CommandContext
from services.scheduling.fairs.handlers import known_fair, standing_fair
from services.scheduling.fairs.read import Fair
from services.scheduling.programme.domain import (
    Programme,
    PublishProgramme,
    programme_stream,
    refuse,
)
from services.scheduling.programme.facts import Computed, Place, Session
from services.scheduling.programme.handlers import days_of, midnight
from services.scheduling.programme.rules import Obstacle, Window
from services.scheduling.timetable import rows
from services.scheduling.timetable.problem import (
    Problem,
    Request,
    Slot,
    Worth,
    hindered,
)
from services.scheduling.timetable.rows import Draft, Given

MOST_SECONDS = 120
RUN = JobKind(
    "timetable",
    "services.scheduling.timetable.run:run",
    # Building, and looking for what makes it impossible, come on top.
    seconds=MOST_SECONDS + 60,
    megabytes=700,
    take=rows.take_run,
    # The search looks ten times a second whether it is to end, and gives the best that it has.
    grace=4.0,
)
JOBS = (RUN,)
PROBLEM = TypeAdapter(Problem)
LONGEST_FAIR = 60
"""Days; a fair of before might end with the calendar."""


@dataclass(frozen=True)
class Judged:
    """A draft on the programme as it is now: what it is worth, and what is wrong with it."""

    draft: Draft
    worth: Worth
    faults: tuple[Obstacle, ...]


def day_windows(fair: Fair) -> tuple[Window, ...]:
    """Each day of the fair, from midnight to midnight where it is."""
    length = min(max((fair.last_day - fair.first_day).days + 1, 1), LONGEST_FAIR)
    bounds = [midnight(fair, fair.first_day, n, datetime.max) for n in range(length + 1)]
    return tuple(Window(begins, ends) for begins, ends in pairwise(bounds))


async def programme_of(runtime: Runtime, fair_id: str) -> Programme:
    """The programme as it is now, in a copy: the desk goes on with its state."""
    state: Programme = await runtime.desk.state(programme_stream(fair_id))
    return replace(
        state, halls=dict(state.halls), sessions=dict(state.sessions), off=set(state.off)
    )


def problem_of(fair: Fair, programme: Programme, draft: Draft) -> Problem:
    """What a draft is to place on a programme."""
    named = {each.session_id for each in draft.given.requests} | set(draft.given.dropped)
    return Problem(
        rules=programme.rules,
        halls={hall.hall_id: hall.capacity for hall in programme.halls.values()},
        days=day_windows(fair),
        requests=draft.given.requests,
        standing=tuple(_slot(each) for key, each in programme.standing.items() if key not in named),
        wishes=draft.given.wishes,
        quiet=draft.given.quiet,
        locked={key: draft.places[key] for key in sorted(draft.locked)},
        step=draft.given.step,
    )


def _slot(session: Session) -> Slot:
    return Slot(**{each.name: getattr(session, each.name) for each in fields(Slot)})


async def make_draft(
    runtime: Runtime,
    context: CommandContext,
    fair: Fair,
    draft_id: str,
    given: Given,
    moving: Sequence[str],
    dropping: Sequence[str],
) -> None:
    """Keep a draft: new sessions, those of the programme that it may move, and those it drops.

    Those that it may move are where they stand until a run, or somebody, moves them.
    """
    programme = await programme_of(runtime, fair.fair_id)
    for session_id in (*moving, *dropping):
        if session_id not in programme.sessions:
            raise Refused("session_unknown", session=session_id)
        if session_id in programme.off:
            raise Refused("session_cancelled", session=session_id)
    moved = [_request(programme.sessions[each]) for each in dict.fromkeys(moving)]
    dropped = {each: _place(programme.sessions[each]) for each in dropping}
    if twice := next((each for each in moving if each in dropped), None):
        raise Refused("named_twice", name=twice)
    for each in given.requests:
        for hall in each.halls:
            if hall not in programme.halls:
                raise Refused("hall_unknown", hall=hall)
    given = replace(given, requests=(*given.requests, *moved), dropped=dropped)
    places = {each.session_id: each.was for each in moved if each.was is not None}
    now = runtime.clock.now()
    await rows.add(runtime.pool, draft_id, fair.fair_id, context, now, given, places, frozenset())


def _place(session: Session) -> Place:
    return Place(session.hall_id, session.starts_at, session.ends_at)


def _request(session: Session) -> Request:
    shared = {each.name for each in fields(Request)} & {each.name for each in fields(Session)}
    minutes = int((session.ends_at - session.starts_at) / timedelta(minutes=1))
    said = {name: getattr(session, name) for name in shared}
    return Request(**said, minutes=minutes, was=_place(session))


async def known_draft(runtime: Runtime, fair_id: str, draft_id: str) -> Draft:
    await known_fair(runtime, fair_id)
    found = await rows.draft(runtime.pool, fair_id, draft_id)
    return known(found, "timetable_unknown", timetable=draft_id)


async def judged(runtime: Runtime, draft: Draft) -> Judged:
    """What a draft is worth on the programme as it is now; in a thread, for it takes some ms."""
    fair = await known_fair(runtime, draft.fair_id)
    problem = problem_of(fair, await programme_of(runtime, draft.fair_id), draft)
    return Judged(draft, *(await asyncio.to_thread(problem.judge, draft.places)))


async def ask_run(
    runtime: Runtime,
    context: CommandContext,
    fair_id: str,
    draft_id: str,
    *,
    seconds: int,
    seed: int,
) -> Response:
    """Ask for the job that places what a draft has; the locked stay where they are."""
    await runtime.desk.refused_before(context)
    fair = await standing_fair(runtime, fair_id)
    draft = await known_draft(runtime, fair_id, draft_id)
    problem = problem_of(fair, await programme_of(runtime, fair_id), draft)
    given = {
        "draft_id": draft_id,
        "saw_revision": draft.revision,
        "seconds": seconds,
        "seed": seed,
        "problem": PROBLEM.dump_python(problem, mode="json"),
    }
    return await job_accepted(runtime, RUN, given, context)


async def place(
    runtime: Runtime,
    fair_id: str,
    draft_id: str,
    session_id: str,
    at: tuple[str, datetime] | None,
    *,
    lock: bool,
    only_show: bool,
) -> tuple[Judged, int]:
    """Put a session of a draft somewhere, or nowhere; returns how it is then, and the points that
    it costs.  Raises Refused where it may not be there."""
    while True:
        draft = await known_draft(runtime, fair_id, draft_id)
        request = {each.session_id: each for each in draft.given.requests}.get(session_id)
        request = known(request, "session_unknown", session=session_id)
        before = await judged(runtime, draft)
        places, locked = dict(draft.places), set(draft.locked)
        places.pop(session_id, None)
        locked.discard(session_id)
        if at is not None:
            hall_id, starts_at = at
            length = timedelta(minutes=request.minutes)
            wanted = Place(hall_id, starts_at, starts_at + length)
            fair = await standing_fair(runtime, fair_id)
            alone = replace(draft, places=places, locked=frozenset(locked))
            problem = problem_of(fair, await programme_of(runtime, fair_id), alone)
            refuse(hindered(problem, request, wanted, problem.slots(places)))
            places[session_id] = wanted
            if lock:
                locked.add(session_id)
        after = await judged(runtime, replace(draft, places=places, locked=frozenset(locked)))
        cost = before.worth.points - after.worth.points
        if only_show or (places, locked) == (dict(draft.places), set(draft.locked)):
            return after, cost
        revision = await rows.change(runtime.pool, draft, places, frozenset(locked))
        if revision is not None:
            return replace(after, draft=replace(after.draft, revision=revision)), cost


async def publish(runtime: Runtime, context: CommandContext, fair_id: str, draft_id: str) -> None:
    """Make the programme what a draft says, whole or not at all."""
    await runtime.desk.refused_before(context)
    fair = await standing_fair(runtime, fair_id)
    draft = await known_draft(runtime, fair_id, draft_id)
    given = draft.given
    for each in given.requests:
        if each.session_id not in draft.places:
            raise Refused("timetable_incomplete", session=each.session_id)
    found = await judged(runtime, draft)
    command = PublishProgramme(
        fair_id=fair_id,
        draft_id=draft_id,
        sessions=tuple(_session(fair_id, each, draft.places) for each in given.requests),
        dropped=tuple(given.dropped),
        seen={
            **given.dropped,
            **{each.session_id: each.was for each in given.requests if each.was is not None},
        },
        computed=_computed(draft, found.worth.points),
        fair_days=days_of(fair),
    )
    await runtime.desk.execute(programme_stream(fair_id), command, context)
    programme = await programme_of(runtime, fair_id)
    await rows.published(runtime.pool, draft_id, programme.version)


def _session(fair_id: str, request: Request, places: Mapping[str, Place]) -> Session:
    shared = {each.name for each in fields(Request)} & {each.name for each in fields(Session)}
    place = places[request.session_id]
    said = {name: getattr(request, name) for name in shared}
    return Session(
        **said,
        fair_id=fair_id,
        hall_id=place.hall_id,
        starts_at=place.starts_at,
        ends_at=place.ends_at,
    )


def _computed(draft: Draft, points: int) -> Computed:
    said = draft.computed or {}
    return Computed(
        points=points,
        **{name: said.get(name) for name in ("objective", "bound", "seed", "solver")},
    )
