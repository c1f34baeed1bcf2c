"""The routes of marks."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from maarid_contracts.envelope import Code
from pydantic import BaseModel, Field

from chassis.api.fields import FairId, PathId, RequestIn
from chassis.api.requests import ContextDep, Role, RuntimeDep, allow
from services.registration.dossiers.domain import MarkApplication
from services.registration.marks import handlers, read
from services.registration.marks.read import MarkOut

router = APIRouter(tags=["selection"])


class MarkIn(RequestIn):
    criterion: Annotated[Code, Field(examples=["quality", "pioneer"])]
    mark: Annotated[int, Field(strict=True, ge=0, le=100, description="0 takes it back.")]


class MarksOut(BaseModel):
    application_id: str
    marks: list[MarkOut]


@router.post(
    "/fairs/{fair_id}/applications/{application_id}/marks",
    dependencies=[allow(Role.ORGANISER)],
)
async def mark_application(
    fair_id: FairId,
    application_id: PathId,
    body: MarkIn,
    runtime: RuntimeDep,
    context: ContextDep,
) -> MarksOut:
    """Mark an application by one criterion, before the draw; a later mark replaces it."""
    command = body.as_a(MarkApplication, fair_id=fair_id, application_id=application_id)
    await handlers.mark_application(runtime, context, command)
    marks = await read.marks(runtime.pool, application_id)
    return MarksOut(application_id=application_id, marks=marks)
