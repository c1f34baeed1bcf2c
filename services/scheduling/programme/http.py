"""Halls, and the sessions that take place in them, over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from maarid_contracts.envelope import Code, Id, Slug
from maarid_contracts.registration import Language
from maarid_contracts.scheduling import SessionKind
from pydantic import Field

from chassis.answers.shapes import known
from chassis.api.fields import Day, Moment, RequestIn, TextIn, new_id
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
from services.scheduling.programme import read
from services.scheduling.programme.domain import (
    CancelSession,
    OpenHall,
    RescheduleSession,
    ScheduleSession,
    programme_stream,
)
from services.scheduling.programme.handlers import days_of
from services.scheduling.programme.read import HallOut, SessionOut

router = APIRouter(tags=["programme"])

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


class RescheduleIn(RequestIn):
    """Where and when a session takes place instead, and why."""

    hall_id: Slug = Field(examples=["training-tent"])
    starts_at: Moment = Field(examples=["2025-09-18T10:00:00+01:00"])
    ends_at: Moment = Field(examples=["2025-09-18T12:00:00+01:00"])
    reason: Code = Field(examples=["speaker_delayed"])


class CancelIn(RequestIn):
    """Why a session does not take place."""

    reason: Code = Field(examples=["speaker_ill"])


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

    `outside` are the sessions that a change of the fair left outside of its days or hours.
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
