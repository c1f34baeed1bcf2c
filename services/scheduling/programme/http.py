"""Halls, and the sessions that take place in them, over HTTP."""

from __future__ import annotations

import asyncio
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response
from maarid_contracts.envelope import Code, Id, Slug
from maarid_contracts.registration import Language
from maarid_contracts.scheduling import SessionKind, Silence
from pydantic import Field

from chassis.answers.shapes import known
from chassis.api.fields import Day, Hour, Moment, RequestIn, TextIn, new_id
from chassis.api.requests import (
    ContextDep,
    Page,
    Paged,
    Role,
    RuntimeDep,
    allow,
    page_of,
    paged,
    public,
)
from services.scheduling.fairs.handlers import known_fair, standing_fair
from services.scheduling.fairs.read import Fair
from services.scheduling.programme import read
from services.scheduling.programme.calendar import calendar
from services.scheduling.programme.domain import (
    CancelSession,
    OpenHall,
    PublishRules,
    RescheduleSession,
    ScheduleSession,
    programme_stream,
)
from services.scheduling.programme.handlers import days_of, window_of
from services.scheduling.programme.read import HallOut, ProgrammeOut, ProgrammeRulesOut, SessionOut
from services.scheduling.programme.rules import Break, HallRules, Rules, SpeakerTimes, Window

router = APIRouter(tags=["programme"])

ICALENDAR = "text/calendar"

People = Annotated[int, Field(ge=1, le=100_000, strict=True)]


class HallIn(RequestIn):
    """A hall in which sessions can take place."""

    hall_id: Slug = Field(examples=["training-tent"])
    name: TextIn = Field(examples=[{"ar": "خيمة التكوين", "fr": "Tente de formation"}])
    capacity: People = Field(description="People.", examples=[40])


class SessionIn(RequestIn):
    """A session of the programme."""

    kind: SessionKind
    title: TextIn = Field(
        examples=[{"ar": "التسويق للتعاونيات", "fr": "Le marketing des coopératives"}]
    )
    topic_code: Code = Field(examples=["marketing"])
    hall_id: Slug = Field(examples=["training-tent"])
    speakers: list[Id] = Field(
        default=[], max_length=50, description="Contact ids of who speaks or trains; no names."
    )
    language: Language
    audience: Code = Field(examples=["exhibitors", "everyone", "women", "youth"])
    starts_at: Moment = Field(examples=["2025-09-17T10:00:00+01:00"])
    ends_at: Moment = Field(examples=["2025-09-17T12:00:00+01:00"])
    seats: People | None = Field(
        default=None,
        description="Seats to be reserved; none means open to all who come.",
        examples=[40],
    )
    requires: list[Code] = Field(
        default=[],
        max_length=20,
        description="Equipment that its hall has.",
        examples=[["projector"]],
    )
    silences: Silence = Field(
        default=Silence.NOWHERE, description="Where no other session takes place meanwhile."
    )


class RescheduleIn(RequestIn):
    """Where and when a session takes place instead, and why."""

    hall_id: Slug = Field(examples=["training-tent"])
    starts_at: Moment = Field(examples=["2025-09-18T10:00:00+01:00"])
    ends_at: Moment = Field(examples=["2025-09-18T12:00:00+01:00"])
    reason: Code = Field(examples=["speaker_delayed"])


class CancelIn(RequestIn):
    """Why a session does not take place."""

    reason: Code = Field(examples=["speaker_ill"])


class TimesIn(RequestIn):
    """Times of a day, by the clocks of the fair's town."""

    day: Day = Field(examples=["2025-09-17"])
    begins: Hour = Field(examples=["12:30"])
    ends: Hour = Field(examples=["14:00"])

    def at(self, fair: Fair) -> Window:
        return window_of(fair, self.day, self.begins, self.ends)


class BreakIn(TimesIn):
    """A time without sessions: prayer, a meal."""

    reason: Code = Field(examples=["prayer"])
    hall_ids: list[Slug] = Field(default=[], max_length=100, description="None: in all halls.")


Times = Annotated[list[TimesIn], Field(max_length=60)]


class HallRulesIn(RequestIn):
    """What a hall offers, and when."""

    hall_id: Slug = Field(examples=["training-tent"])
    equipment: list[Code] = Field(default=[], max_length=50, examples=[["projector", "wifi"]])
    neighbours: list[Slug] = Field(
        default=[], max_length=100, description="Halls in which it is heard; both ways."
    )
    available: Times = Field(default=[], description="None: at any time.")


class SpeakerTimesIn(RequestIn):
    """When somebody can speak."""

    speaker: Id = Field(description="A contact id.")
    available: Times = Field(min_length=1)


class RulesIn(RequestIn):
    """What sessions have to keep; it replaces what was published before."""

    hours: Times = Field(default=[], description="None: the days of the fair.")
    breaks: list[BreakIn] = Field(default=[], max_length=500)
    halls: list[HallRulesIn] = Field(default=[], max_length=100)
    speakers: list[SpeakerTimesIn] = Field(default=[], max_length=500)

    def at(self, fair: Fair) -> Rules:
        def windows(times: list[TimesIn]) -> tuple[Window, ...]:
            return tuple(each.at(fair) for each in times)

        return Rules(
            hours=windows(self.hours),
            breaks=tuple(
                Break(at.begins, at.ends, each.reason, tuple(each.hall_ids))
                for each in self.breaks
                for at in (each.at(fair),)
            ),
            halls=tuple(
                HallRules(
                    each.hall_id,
                    tuple(dict.fromkeys(each.equipment)),
                    tuple(dict.fromkeys(each.neighbours)),
                    windows(each.available),
                )
                for each in self.halls
            ),
            speakers=tuple(
                SpeakerTimes(each.speaker, windows(each.available)) for each in self.speakers
            ),
        )


@router.post("/programme/rules", dependencies=[allow(Role.ORGANISER)])
async def publish_programme_rules(
    fair_id: Slug, body: RulesIn, runtime: RuntimeDep, context: ContextDep
) -> ProgrammeRulesOut:
    """Say what sessions have to keep: hours, breaks, equipment, and who can when.

    Sessions that do not keep it stand, and are listed under `outside=true`, until they are moved.
    """
    fair = await standing_fair(runtime, fair_id)
    command = PublishRules(fair_id, body.at(fair))
    await runtime.desk.execute(programme_stream(fair_id), command, context)
    return await read.rules(runtime.pool, fair_id)


@router.get("/programme/rules", dependencies=[allow(Role.ORGANISER, Role.AUDITOR, Role.SERVICE)])
async def show_programme_rules(fair_id: Slug, runtime: RuntimeDep) -> ProgrammeRulesOut:
    """What sessions have to keep."""
    await known_fair(runtime, fair_id)
    return await read.rules(runtime.pool, fair_id)


@router.get("/programme", dependencies=[public()])
async def show_programme(fair_id: Slug, runtime: RuntimeDep) -> ProgrammeOut:
    """The version of the programme, and what is known of its worth."""
    await known_fair(runtime, fair_id)
    return await read.programme(runtime.pool, fair_id)


@router.get(
    "/programme.ics",
    dependencies=[public()],
    response_class=Response,
    responses={
        200: {
            "description": "The programme.",
            "content": {ICALENDAR: {"schema": {"type": "string"}}},
        }
    },
)
async def download_programme(
    fair_id: Slug,
    runtime: RuntimeDep,
    hall_id: Slug | None = None,
    speaker: Id | None = None,
    topic_code: Code | None = None,
    audience: Code | None = None,
    exhibitor_id: Annotated[
        Id | None, Query(description="Sessions at which contacts of its organisation speak.")
    ] = None,
    language: Literal["ar", "fr", "zgh", "en"] = "ar",
) -> Response:
    """The programme as an iCalendar file: all of it, of a hall, of a speaker, of an exhibitor, of a
    topic, or for an audience.  Who has a seat where is known to ticketing.  Telephones that
    subscribe to it see what moves, and what is called off."""
    fair = await known_fair(runtime, fair_id)
    filters = (hall_id, speaker, topic_code, audience, exhibitor_id)
    stream = programme_stream(fair_id).name
    found = await read.entries(runtime.pool, fair_id, stream, *filters)
    # Some hundred sessions take longer to write down than others are to wait.
    file = await asyncio.to_thread(calendar, fair_id, fair.timezone, language, found)
    return Response(file, media_type=ICALENDAR)


@router.post("/halls", status_code=201, dependencies=[allow(Role.ORGANISER)])
async def open_hall(
    fair_id: Slug, body: HallIn, runtime: RuntimeDep, context: ContextDep
) -> HallOut:
    """Let sessions take place in a hall."""
    await standing_fair(runtime, fair_id)
    command = body.as_a(OpenHall, fair_id=fair_id)
    await runtime.desk.execute(programme_stream(fair_id), command, context)
    return HallOut.model_validate(command)


@router.get("/halls", dependencies=[public()])
async def list_halls(
    fair_id: Slug, runtime: RuntimeDep, page: Annotated[Page, page_of(read.HALLS)]
) -> Paged[HallOut]:
    """The halls of a fair."""
    await known_fair(runtime, fair_id)
    return paged(await read.HALLS.part(runtime.pool, page, fair_id), HallOut.of)


@router.post("/sessions", status_code=201, dependencies=[allow(Role.ORGANISER)])
async def schedule_session(
    fair_id: Slug, body: SessionIn, runtime: RuntimeDep, context: ContextDep
) -> SessionOut:
    """Give a session a hall and a time."""
    session_id = new_id(context, "session")
    command = body.as_a(
        ScheduleSession,
        fair_id=fair_id,
        session_id=session_id,
        speakers=tuple(dict.fromkeys(body.speakers)),
        requires=tuple(dict.fromkeys(body.requires)),
        fair_days=days_of(await standing_fair(runtime, fair_id)),
    )
    await runtime.desk.execute(programme_stream(fair_id), command, context)
    return await _session(runtime, fair_id, session_id)


@router.get("/sessions", dependencies=[public()])
async def list_sessions(
    fair_id: Slug,
    runtime: RuntimeDep,
    page: Annotated[Page, page_of(read.SESSIONS_OF_FAIR)],
    day: Day | None = None,
    kind: SessionKind | None = None,
    hall_id: Slug | None = None,
    topic_code: Code | None = None,
    cancelled: bool | None = None,
    outside: bool | None = None,
) -> Paged[SessionOut]:
    """The programme in the order in which it begins; `day` is a day where the fair is.

    `outside` are the sessions that a change of the fair left outside of its days or hours, and
    those that do not keep the rules of the programme.
    """
    await known_fair(runtime, fair_id)
    part = await read.SESSIONS_OF_FAIR.part(
        runtime.pool, page, fair_id, day, kind, hall_id, topic_code, cancelled, outside
    )
    return paged(part, SessionOut.of)


@router.get("/sessions/{session_id}", dependencies=[public()])
async def show_session(fair_id: Slug, session_id: Id, runtime: RuntimeDep) -> SessionOut:
    """One session."""
    return await _session(runtime, fair_id, session_id)


@router.post("/sessions/{session_id}/reschedule", dependencies=[allow(Role.ORGANISER)])
async def reschedule_session(
    fair_id: Slug, session_id: Id, body: RescheduleIn, runtime: RuntimeDep, context: ContextDep
) -> SessionOut:
    """Move a session to another hall or time."""
    fair_days = days_of(await standing_fair(runtime, fair_id))
    command = body.as_a(RescheduleSession, session_id=session_id, fair_days=fair_days)
    await runtime.desk.execute(programme_stream(fair_id), command, context)
    return await _session(runtime, fair_id, session_id)


@router.post("/sessions/{session_id}/cancel", dependencies=[allow(Role.ORGANISER)])
async def cancel_session(
    fair_id: Slug, session_id: Id, body: CancelIn, runtime: RuntimeDep, context: ContextDep
) -> SessionOut:
    """Call a session off."""
    await known_fair(runtime, fair_id)
    command = CancelSession(session_id, body.reason)
    await runtime.desk.execute(programme_stream(fair_id), command, context)
    return await _session(runtime, fair_id, session_id)


async def _session(runtime: RuntimeDep, fair_id: str, session_id: str) -> SessionOut:
    session = await read.session(runtime.pool, fair_id, session_id)
    return known(session, "session_unknown", session=session_id)
