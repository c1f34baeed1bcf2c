"""What persons write back from pocket phones."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Path
from maarid_contracts.envelope import Id
from pydantic import Field

from chassis.answers.shapes import AnswerOut
from chassis.api.fields import RequestIn
from chassis.api.requests import Caller, CleanText, ContextDep, Role, RuntimeDep, allow
from chassis.kernel.refused import Refused
from services.notifications.messages import read
from services.notifications.messages.domain import Answer
from services.notifications.messages.handlers import take_answer
from services.notifications.messages.tellings import QUESTIONS
from services.notifications.networks.http import CONTACT
from services.notifications.replies.handlers import ask_for_call, opt_out_by_phone
from services.notifications.replies.meanings import Meaning, meaning_of

router = APIRouter(tags=["messages"])

Network = Annotated[Caller, allow(Role.ORGANISER, Role.SERVICE)]


class AnswerIn(RequestIn):
    """What a person has written back."""

    text: CleanText = Field(description="Kept nowhere.", examples=["نعم"])
    message_id: Id | None = Field(
        default=None, description="The message that it answers; else the last that asked something."
    )


class Understood(StrEnum):
    """What a person meant."""

    ACCEPT = "accept"
    DECLINE = "decline"
    CALL_ME = "call_me"
    STOP = "stop"


class TakenOut(AnswerOut):
    """What was understood."""

    message_id: Id | None = Field(
        description="That it answers; null where it wants no more messages, or a call about none."
    )
    answer: Understood


@router.post("/phones/{contact_id}/answers")
async def receive_answer(
    runtime: RuntimeDep,
    caller: Network,
    context: ContextDep,
    contact_id: Annotated[Id, Path(examples=[CONTACT])],
    said: AnswerIn,
) -> TakenOut:
    """An answer that came from a phone: yes, no, call me, or STOP, in a contact's language.  To a
    question the first yes or no counts."""
    meaning = meaning_of(said.text)
    match meaning:
        case Meaning.STOP:
            await opt_out_by_phone(runtime, context, contact_id)
            return TakenOut(message_id=None, answer=Understood.STOP)
        case Meaning.CALL_ME:
            about = await ask_for_call(runtime, context, contact_id, said.message_id)
            return TakenOut(message_id=about, answer=Understood.CALL_ME)
        case Meaning.ACCEPT | Meaning.DECLINE | Meaning.UNCLEAR:
            asked = await read.question(runtime.pool, contact_id, said.message_id, QUESTIONS)
            if asked is None:
                raise Refused("no_question", contact=contact_id)
            if meaning is Meaning.UNCLEAR:
                raise Refused("answer_unclear")
            await take_answer(runtime, context, asked, Answer(meaning))
            return TakenOut(message_id=asked, answer=Understood(meaning))
