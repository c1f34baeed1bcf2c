"""Halls, and the sessions that take place in them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from maarid_contracts.envelope import Code, Id, Slug
from maarid_contracts.scheduling import SessionKind

from chassis.api import (
    IntentDep,
    NotFound,
    Page,
    Paged,
    Role,
    RuntimeDep,
    allow,
    page_of,
    paged,
    public,
)
from services.scheduling import handlers, queries
from services.scheduling.api.bodies import CancelIn, Day, HallIn, RescheduleIn, SessionIn, TextIn
from services.scheduling.api.views import SessionOut, session_out
from services.scheduling.domain.programme import Text

router = APIRouter(tags=["programme"])


@router.post("/halls", status_code=201, dependencies=[allow(Role.ORGANISER)])
async def open_hall(
    fair_id: Slug, body: HallIn, runtime: RuntimeDep, intent: IntentDep
) -> queries.Hall:
    """Let sessions take place in a hall."""
    name = _text(body.name)
    await handlers.open_hall(runtime, fair_id, body.hall_id, name, body.capacity, intent)
    return queries.Hall(body.hall_id, name, body.capacity)


@router.get("/halls", dependencies=[public()])
async def list_halls(
    fair_id: Slug, runtime: RuntimeDep, page: Annotated[Page, page_of(queries.HALLS)]
) -> Paged[queries.Hall]:
    """The halls of a fair."""
    await handlers.known_fair(runtime, fair_id)
    return paged(await queries.halls(runtime.pool, fair_id, page), lambda hall: hall)


@router.post("/sessions", status_code=201, dependencies=[allow(Role.ORGANISER)])
async def schedule_session(
    fair_id: Slug, body: SessionIn, runtime: RuntimeDep, intent: IntentDep
) -> SessionOut:
    """Give a session a hall and a time."""
    plan = handlers.SessionPlan(
        kind=body.kind.value,
        title=_text(body.title),
        topic_code=body.topic_code,
        hall_id=body.hall_id,
        speakers=tuple(dict.fromkeys(body.speakers)),
        language=body.language.value,
        audience=body.audience,
        starts_at=body.starts_at,
        ends_at=body.ends_at,
        seats=body.seats,
    )
    session_id = await handlers.schedule_session(runtime, fair_id, plan, intent)
    return await _session(runtime, fair_id, session_id)


@router.get("/sessions", dependencies=[public()])
async def list_sessions(
    fair_id: Slug,
    runtime: RuntimeDep,
    page: Annotated[Page, page_of(queries.SESSIONS_OF_FAIR)],
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
    await handlers.known_fair(runtime, fair_id)
    part = await queries.sessions(
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
    return paged(part, session_out)


@router.get("/sessions/{session_id}", dependencies=[public()])
async def show_session(fair_id: Slug, session_id: Id, runtime: RuntimeDep) -> SessionOut:
    """One session."""
    return await _session(runtime, fair_id, session_id)


@router.post("/sessions/{session_id}/reschedule", dependencies=[allow(Role.ORGANISER)])
async def reschedule_session(
    fair_id: Slug, session_id: Id, body: RescheduleIn, runtime: RuntimeDep, intent: IntentDep
) -> SessionOut:
    """Move a session to another hall or time."""
    await handlers.reschedule_session(
        runtime,
        fair_id,
        session_id,
        body.hall_id,
        body.starts_at,
        body.ends_at,
        body.reason,
        intent,
    )
    return await _session(runtime, fair_id, session_id)


@router.post("/sessions/{session_id}/cancel", dependencies=[allow(Role.ORGANISER)])
async def cancel_session(
    fair_id: Slug, session_id: Id, body: CancelIn, runtime: RuntimeDep, intent: IntentDep
) -> SessionOut:
    """Call a session off."""
    await handlers.cancel_session(runtime, fair_id, session_id, body.reason, intent)
    return await _session(runtime, fair_id, session_id)


async def _session(runtime: RuntimeDep, fair_id: str, session_id: str) -> SessionOut:
    session = await queries.session(runtime.pool, fair_id, session_id)
    if session is None:
        raise NotFound("session_unknown", session=session_id)
    return session_out(session)


def _text(text: TextIn) -> Text:
    return Text(text.ar, text.fr, text.zgh, text.en)
