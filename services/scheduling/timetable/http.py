"""Timetables over HTTP: drafts, their runs, changes by hand, and publishing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time
from typing import Annotated, Any, Literal
from uuid import uuid5

from fastapi import APIRouter, Response
from maarid_contracts.envelope import Code, Id, Slug
from maarid_contracts.registration import Language
from maarid_contracts.scheduling import SessionKind, Silence
from pydantic import BaseModel, Field

from chassis.answers.shapes import AnswerOut
from chassis.api.fields import Day, FairId, Flag, Moment, PathId, RequestIn, TextIn, new_id
from chassis.api.requests import (
    ContextDep,
    Page,
    Paged,
    Role,
    RuntimeDep,
    allow,
    page_of,
    paged,
)
from chassis.jobs.routes import JobAccepted
from chassis.kernel.text import Text
from services.scheduling.fairs.handlers import known_fair, standing_fair
from services.scheduling.fairs.read import Fair
from services.scheduling.programme import read as programme
from services.scheduling.programme.handlers import window_of
from services.scheduling.programme.http import People, Times, TimesIn
from services.scheduling.programme.read import ProgrammeOut
from services.scheduling.programme.rules import Window
from services.scheduling.timetable import handlers, rows
from services.scheduling.timetable.handlers import MOST_SECONDS, Judged, day_windows
from services.scheduling.timetable.problem import Request, Wish
from services.scheduling.timetable.rows import Given

router = APIRouter(prefix="/timetables", tags=["timetable"])

Organiser = allow(Role.ORGANISER)
_MIDNIGHT = time()
Minutes = Annotated[int, Field(strict=True, ge=5, le=720)]
Halls = Annotated[list[Slug], Field(max_length=100)]


class RequestedIn(RequestIn):
    """A session that is to be placed."""

    kind: SessionKind
    title: TextIn
    topic_code: Code = Field(examples=["marketing"])
    minutes: Minutes = Field(examples=[60])
    language: Language
    audience: Code = Field(examples=["exhibitors"])
    seats: People | None = None
    speakers: list[Id] = Field(default=[], max_length=50, description="Contact ids; no names.")
    requires: list[Code] = Field(default=[], max_length=20, description="Equipment of its hall.")
    silences: Silence = Silence.NOWHERE
    halls: Halls = Field(default=[], description="Where it may take place; none: in any hall.")
    days: list[Day] = Field(default=[], max_length=60, description="When; none: on any day.")
    preferred_halls: Halls = Field(default=[])
    preferred: Times = Field(default=[])
    weight: Annotated[int, Field(strict=True, ge=1, le=10)] = Field(
        default=1, description="Of what is preferred."
    )

    def at(self, fair: Fair, session_id: str) -> Request:
        days = {window_of(fair, day, _MIDNIGHT, _MIDNIGHT).begins for day in self.days}
        return Request(
            session_id=session_id,
            kind=self.kind.value,
            title=Text(**self.title.model_dump()),
            topic_code=self.topic_code,
            minutes=self.minutes,
            language=self.language,
            audience=self.audience,
            seats=self.seats,
            speakers=tuple(dict.fromkeys(self.speakers)),
            requires=tuple(dict.fromkeys(self.requires)),
            silences=self.silences.value,
            halls=tuple(dict.fromkeys(self.halls)),
            within=tuple(each for each in day_windows(fair) if each.begins in days)
            # A day on which there is no fair leaves no time at all.
            or tuple(Window(each, each) for each in sorted(days)),
            preferred_halls=tuple(dict.fromkeys(self.preferred_halls)),
            preferred=_windows(fair, self.preferred),
            weight=self.weight,
        )


class WishIn(RequestIn):
    """So many exhibitors ask for one of these topics."""

    topics: Annotated[list[Code], Field(min_length=1, max_length=20)]
    exhibitors: Annotated[int, Field(strict=True, ge=1, le=10_000)] = 1
    people: Annotated[int, Field(strict=True, ge=1, le=20)] = Field(
        default=2,
        description="Who come of each.  Of one alone the stand is staffed only if it attends in"
        " quiet times.",
    )


class TimetableIn(RequestIn):
    """What a draft is to place, and what exhibitors ask for."""

    sessions: list[RequestedIn] = Field(default=[], max_length=200)
    moving: list[Id] = Field(
        default=[],
        max_length=200,
        description="Sessions of the programme that may be moved; all others stay.",
    )
    dropping: list[Id] = Field(
        default=[],
        max_length=200,
        description="Sessions of the programme that are called off with it.",
    )
    wishes: list[WishIn] = Field(default=[], max_length=300)
    quiet: Times = Field(default=[], description="When stands need nobody.")
    step_minutes: Literal[15, 30, 60] = 30


class TimetableRunIn(RequestIn):
    """How long a run looks; under the same seed it looks alike."""

    seconds: Annotated[int, Field(strict=True, ge=1, le=MOST_SECONDS)] = 30
    seed: Annotated[int, Field(strict=True, ge=0, le=1_000_000)] = 1


class PlaceSessionIn(RequestIn):
    """Where a session of a draft is put."""

    hall_id: Slug
    starts_at: Moment
    lock: Flag = Field(default=True, description="Runs do not move it.")
    only_show: Flag = Field(default=False, description="Say what it costs, and change nothing.")


class PlaceOut(BaseModel):
    hall_id: str
    starts_at: datetime
    ends_at: datetime


class RequestedOut(BaseModel):
    """A session of a draft, and where it is placed."""

    session_id: str
    kind: str
    title: Text
    topic_code: str
    minutes: int
    language: str
    audience: str
    seats: int | None
    speakers: list[str]
    requires: list[str]
    silences: str
    place: PlaceOut | None
    was: PlaceOut | None = Field(description="Where it stood when the draft was made.")
    locked: bool


class TimetableFaultOut(BaseModel):
    """What is wrong with a draft, on the programme as it is now."""

    code: str = Field(examples=["hall_taken", "in_a_break"])
    details: Mapping[str, Any]


class TimetableWorthOut(BaseModel):
    """Points, by what gives them; `together` is taken off."""

    points: int
    seats: int
    days: int
    preferences: int
    together: int


class ComputedOut(BaseModel):
    """What the last run came to: no timetable that keeps its demands has more than `bound`."""

    objective: int
    bound: int
    proven: bool
    seed: int
    seconds: float
    workers: int
    solver: str


class ConflictOut(BaseModel):
    """Why the last run found none: sessions that cannot all be placed, and the reasons."""

    sessions: list[str]
    reasons: list[str] = Field(examples=[["breaks", "availability_of_speakers"]])


class TimetableOut(BaseModel):
    """A draft of a timetable."""

    timetable_id: str
    created_at: datetime
    revision: int
    sessions: list[RequestedOut]
    dropping: list[str]
    worth: TimetableWorthOut
    faults: list[TimetableFaultOut]
    computed: ComputedOut | None
    conflict: ConflictOut | None
    published_version: int | None


class TimetableLineOut(AnswerOut):
    """A draft in a list."""

    timetable_id: str
    created_at: datetime
    revision: int
    sessions: int
    placed: int
    objective: int | None
    bound: int | None
    published_version: int | None


class ChangedOut(BaseModel):
    """A draft after a change by hand, and the points that this cost; a gain is negative."""

    cost: int
    timetable: TimetableOut


@router.post("", status_code=201, dependencies=[Organiser])
async def draft_timetable(
    fair_id: FairId, body: TimetableIn, runtime: RuntimeDep, context: ContextDep
) -> TimetableOut:
    """Begin a draft.  Nothing is scheduled and nobody is told until it is published."""
    await runtime.desk.refused_before(context)
    fair = await standing_fair(runtime, fair_id)
    timetable_id = new_id(context, "timetable")
    given = Given(
        requests=tuple(
            each.at(fair, str(uuid5(context.command_id, f"session/{number}")))
            for number, each in enumerate(body.sessions)
        ),
        wishes=tuple(each.as_a(Wish) for each in body.wishes),
        quiet=_windows(fair, body.quiet),
        step=body.step_minutes,
    )
    await handlers.make_draft(
        runtime, context, fair, timetable_id, given, body.moving, body.dropping
    )
    return await _shown(runtime, fair_id, timetable_id)


@router.get("", dependencies=[Organiser])
async def list_timetables(
    fair_id: FairId, runtime: RuntimeDep, page: Annotated[Page, page_of(rows.OF_FAIR)]
) -> Paged[TimetableLineOut]:
    """The drafts of a fair."""
    await known_fair(runtime, fair_id)
    return paged(await rows.OF_FAIR.part(runtime.pool, page, fair_id), TimetableLineOut.of)


@router.get("/{timetable_id}", dependencies=[Organiser])
async def show_timetable(
    fair_id: FairId, timetable_id: PathId, runtime: RuntimeDep
) -> TimetableOut:
    """A draft: where each session is, what that is worth, and what is wrong with it by now."""
    return await _shown(runtime, fair_id, timetable_id)


@router.post(
    "/{timetable_id}/runs", status_code=202, dependencies=[Organiser], response_model=JobAccepted
)
async def run_timetable(
    fair_id: FairId,
    timetable_id: PathId,
    body: TimetableRunIn,
    runtime: RuntimeDep,
    context: ContextDep,
) -> Response:
    """Place the sessions of a draft that are not locked.  `/jobs/{job_id}/stop` keeps the best."""
    return await handlers.ask_run(
        runtime, context, fair_id, timetable_id, seconds=body.seconds, seed=body.seed
    )


@router.post("/{timetable_id}/sessions/{session_id}/place", dependencies=[Organiser])
async def place_session(
    fair_id: FairId,
    timetable_id: PathId,
    session_id: PathId,
    body: PlaceSessionIn,
    runtime: RuntimeDep,
    context: ContextDep,
) -> ChangedOut:
    """Put a session of a draft somewhere by hand, or only ask what that would cost."""
    await runtime.desk.refused_before(context)
    found, cost = await handlers.place(
        runtime,
        fair_id,
        timetable_id,
        session_id,
        (body.hall_id, body.starts_at),
        lock=body.lock,
        only_show=body.only_show,
    )
    return ChangedOut(cost=cost, timetable=_out(found))


@router.post("/{timetable_id}/sessions/{session_id}/free", dependencies=[Organiser])
async def free_session(
    fair_id: FairId,
    timetable_id: PathId,
    session_id: PathId,
    runtime: RuntimeDep,
    context: ContextDep,
) -> ChangedOut:
    """Take a session of a draft from its place, for a run to find it one."""
    await runtime.desk.refused_before(context)
    found, cost = await handlers.place(
        runtime, fair_id, timetable_id, session_id, None, lock=False, only_show=False
    )
    return ChangedOut(cost=cost, timetable=_out(found))


@router.post("/{timetable_id}/publish", dependencies=[Organiser])
async def publish_timetable(
    fair_id: FairId, timetable_id: PathId, runtime: RuntimeDep, context: ContextDep
) -> ProgrammeOut:
    """Make the programme what a draft says, whole or not at all: only who is affected hears of it.

    Refused where somebody moved a session of it meanwhile, or something came in its way.
    """
    await handlers.publish(runtime, context, fair_id, timetable_id)
    return await programme.programme(runtime.pool, fair_id)


@router.delete("/{timetable_id}", status_code=204, dependencies=[Organiser])
async def delete_timetable(
    fair_id: FairId, timetable_id: PathId, runtime: RuntimeDep, context: ContextDep
) -> None:
    """Throw a draft away, if it is there; the programme stays as it is."""
    await runtime.desk.refused_before(context)
    await known_fair(runtime, fair_id)
    await rows.delete(runtime.pool, fair_id, timetable_id)


def _windows(fair: Fair, times: list[TimesIn]) -> tuple[Window, ...]:
    return tuple(each.at(fair) for each in times)


async def _shown(runtime: RuntimeDep, fair_id: str, timetable_id: str) -> TimetableOut:
    draft = await handlers.known_draft(runtime, fair_id, timetable_id)
    return _out(await handlers.judged(runtime, draft))


def _out(found: Judged) -> TimetableOut:
    draft = found.draft
    return TimetableOut.model_validate(
        {
            "timetable_id": draft.draft_id,
            "created_at": draft.created_at,
            "revision": draft.revision,
            "sessions": [
                RequestedOut.model_validate(
                    {
                        **{name: getattr(each, name) for name in _OF_REQUEST},
                        "place": draft.places.get(each.session_id),
                        "locked": each.session_id in draft.locked,
                    },
                    from_attributes=True,
                )
                for each in draft.given.requests
            ],
            "dropping": list(draft.given.dropped),
            "worth": found.worth,
            "faults": [{"code": each.code, "details": each.details} for each in found.faults],
            "computed": draft.computed,
            "conflict": draft.conflict,
            "published_version": draft.published_version,
        },
        from_attributes=True,
    )


_OF_REQUEST = RequestedOut.model_fields.keys() - {"place", "locked"}
