"""What contacts have written that nobody has understood: somebody of the team reads it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from maarid_contracts.envelope import Id
from pydantic import ConfigDict, Field

from chassis.answers.shapes import known
from chassis.api.fields import FairId, PathId, RequestIn
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
from services.notifications.fairs.read import fairs
from services.notifications.messages.domain import Answer
from services.notifications.messages.tellings import QUESTIONS
from services.notifications.replies.handlers import close_answer
from services.notifications.replies.read import unread

QUESTION = "6e1f0c5e-8a5d-5d0b-9f3e-2b7c4d1a9e60"

router = APIRouter(tags=["calls"], dependencies=[allow(Role.ORGANISER)])


@router.get("/fairs/{fair_id}/answers")
async def list_answers(
    runtime: RuntimeDep, page: Annotated[Page, page_of(unread.OPEN)], fair_id: FairId
) -> Paged[unread.OpenAnswerOut]:
    """What contacts have written and nobody has understood, or what it answers, in its order."""
    known((await fairs(runtime.pool, [fair_id])).get(fair_id), "fair_unknown", fair=fair_id)
    part = await unread.OPEN.part(runtime.pool, page, fair_id, sorted(QUESTIONS))
    return paged(part, unread.OpenAnswerOut.of)


class TakeIn(RequestIn):
    """As what it is taken."""

    message_id: Id = Field(description="The question that it answers.", examples=[QUESTION])
    answer: Answer


class CloseIn(RequestIn):
    """What somebody has read."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{}, {"taken": {"message_id": QUESTION, "answer": "accept"}}]
        }
    )

    taken: TakeIn | None = Field(
        default=None, description="What was meant; without it nothing was to be taken of it."
    )


@router.post("/fairs/{fair_id}/answers/{answer_id}")
async def close_open_answer(
    runtime: RuntimeDep, context: ContextDep, fair_id: FairId, answer_id: PathId, body: CloseIn
) -> unread.ClosedOut:
    """Somebody has read what a contact has written; where it answers a question, that is taken."""
    taken = None if body.taken is None else (body.taken.message_id, body.taken.answer)
    await close_answer(runtime, context, fair_id, answer_id, taken)
    return unread.ClosedOut(answer_id=answer_id)
