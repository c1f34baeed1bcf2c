"""Halls, and the sessions that take place in them, over HTTP."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter
from maarid_contracts.envelope import Code, Id, Slug
from maarid_contracts.registration import Language
from maarid_contracts.scheduling import SessionKind
from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field

from chassis.answers.calendar import moment, this_century
from chassis.api.requests import (
    CleanText,
    ContextDep,
    NotFound,
    Page,
    Paged,
    Role,
    RuntimeDep,
    allow,
    page_of,
    paged,
    public,
    wrong,
)
from chassis.kernel.text import Text
from services.scheduling.fairs.handlers import known_fair
from services.scheduling.fairs.http import Request, Response
from services.scheduling.programme import handlers, read

router = APIRouter(tags=["programme"])


def _written(value: object) -> object:
    """Refuse numbers, which would be taken for seconds since 1970."""
    if isinstance(value, str) and re.match(r"\d{4}-\d{2}-\d{2}", value):
        return value
    raise wrong("written_otherwise", like="2025-09-17T10:00:00+01:00")


Day = Annotated[date, BeforeValidator(_written), AfterValidator(this_century)]
"""A day of the calendar."""

Moment = Annotated[AwareDatetime, BeforeValidator(_written), AfterValidator(moment)]
"""A time with its zone."""

People = Annotated[int, Field(ge=1, le=100_000, strict=True)]


class TextIn(Request):
    """One text in the languages of the fair; Arabic and French are always there."""

    ar: CleanText = Field(examples=["التسويق للتعاونيات"])
    fr: CleanText = Field(examples=["Le marketing des coopératives"])
    zgh: CleanText | None = None
    en: CleanText | None = None

    def text(self) -> Text:
        return Text(self.ar, self.fr, self.zgh, self.en)


class HallIn(Request):
    """A hall in which sessions can take place."""

    hall_id: Slug = Field(examples=["training-tent"])
    name: TextIn
    capacity: People = Field(description="People.", examples=[40])


class SessionIn(Request):
    """A session of the programme."""

    kind: SessionKind
    title: TextIn
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


class RescheduleIn(Request):
    """Where and when a session takes place instead, and why."""

    hall_id: Slug = Field(examples=["training-tent"])
    starts_at: Moment = Field(examples=["2025-09-18T10:00:00+01:00"])
    ends_at: Moment = Field(examples=["2025-09-18T12:00:00+01:00"])
    reason: Code = Field(examples=["speaker_delayed"])


class CancelIn(Request):
    """Why a session does not take place."""

    reason: Code = Field(examples=["speaker_ill"])


class TextOut(Response):
    """Arabic and French are always given; Tamazight (in Tifinagh) and English may be."""

    ar: str
    fr: str
    zgh: str | None = None
    en: str | None = None


class HallOut(Response):
    """A hall; its capacity is people."""

    hall_id: str
    name: TextOut
    capacity: int


class SessionOut(Response):
    """A session; times are in UTC.  `last_change` is why it was last moved or cancelled.

    `outside` says that a change of the fair left it outside of its `days`, or of its `hours`.
    """

    session_id: str
    kind: str
    title: TextOut
    topic_code: str
    hall_id: str
    speakers: list[str]
    language: str
    audience: str
    starts_at: datetime
    ends_at: datetime
    seats: int | None
    status: str = Field(examples=["scheduled", "cancelled"])
    last_change: str | None
    outside: str | None = Field(examples=[None, "days", "hours"])


@router.post("/halls", status_code=201, dependencies=[allow(Role.ORGANISER)])
async def open_hall(
    fair_id: Slug, body: HallIn, runtime: RuntimeDep, context: ContextDep
) -> HallOut:
    """Let sessions take place in a hall."""
    name = body.name.text()
    await handlers.open_hall(runtime, context, fair_id, body.hall_id, name, body.capacity)
    return HallOut.model_validate(read.Hall(body.hall_id, name, body.capacity))


@router.get("/halls", dependencies=[public()])
async def list_halls(
    fair_id: Slug, runtime: RuntimeDep, page: Annotated[Page, page_of(read.HALLS)]
) -> Paged[HallOut]:
    """The halls of a fair."""
    await known_fair(runtime, fair_id)
    return paged(await read.halls(runtime.pool, fair_id, page), HallOut.model_validate)


@router.post("/sessions", status_code=201, dependencies=[allow(Role.ORGANISER)])
async def schedule_session(
    fair_id: Slug, body: SessionIn, runtime: RuntimeDep, context: ContextDep
) -> SessionOut:
    """Give a session a hall and a time."""
    plan = handlers.SessionPlan(
        kind=body.kind.value,
        title=body.title.text(),
        topic_code=body.topic_code,
        hall_id=body.hall_id,
        speakers=tuple(dict.fromkeys(body.speakers)),
        language=body.language.value,
        audience=body.audience,
        starts_at=body.starts_at,
        ends_at=body.ends_at,
        seats=body.seats,
    )
    session_id = await handlers.schedule_session(runtime, context, fair_id, plan)
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
    part = await read.sessions(
        runtime.pool,
        fair_id,
        page,
        day=day,
        kind=kind,
        hall_id=hall_id,
        topic_code=topic_code,
        cancelled=cancelled,
        outside=outside,
    )
    return paged(part, SessionOut.model_validate)


@router.get("/sessions/{session_id}", dependencies=[public()])
async def show_session(fair_id: Slug, session_id: Id, runtime: RuntimeDep) -> SessionOut:
    """One session."""
    return await _session(runtime, fair_id, session_id)


@router.post("/sessions/{session_id}/reschedule", dependencies=[allow(Role.ORGANISER)])
async def reschedule_session(
    fair_id: Slug, session_id: Id, body: RescheduleIn, runtime: RuntimeDep, context: ContextDep
) -> SessionOut:
    """Move a session to another hall or time."""
    await handlers.reschedule_session(
        runtime,
        context,
        fair_id,
        session_id,
        body.hall_id,
        body.starts_at,
        body.ends_at,
        body.reason,
    )
    return await _session(runtime, fair_id, session_id)


@router.post("/sessions/{session_id}/cancel", dependencies=[allow(Role.ORGANISER)])
async def cancel_session(
    fair_id: Slug, session_id: Id, body: CancelIn, runtime: RuntimeDep, context: ContextDep
) -> SessionOut:
    """Call a session off."""
    await handlers.cancel_session(runtime, context, fair_id, session_id, body.reason)
    return await _session(runtime, fair_id, session_id)


async def _session(runtime: RuntimeDep, fair_id: str, session_id: str) -> SessionOut:
    session = await read.session(runtime.pool, fair_id, session_id)
    if session is None:
        raise NotFound("session_unknown", session=session_id)
    return SessionOut.model_validate(session)
