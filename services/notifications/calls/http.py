"""Routes of the call desk: whom to call, and what came of it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import ConfigDict, Field

from chassis.answers.shapes import known
from chassis.api.fields import FairId, PathId, RequestIn
from chassis.api.requests import (
    Caller,
    CleanText,
    ContextDep,
    Page,
    Paged,
    Role,
    Runtime,
    RuntimeDep,
    allow,
    page_of,
    paged,
)
from services.notifications.calls import handlers, read
from services.notifications.fairs.read import fairs
from services.notifications.messages.domain import CallOutcome

router = APIRouter(tags=["calls"])

Reader = Annotated[Caller, allow(Role.ORGANISER, Role.AUDITOR)]
Organiser = allow(Role.ORGANISER)


@router.get("/fairs/{fair_id}/calls")
async def list_calls(
    runtime: RuntimeDep,
    caller: Reader,
    page: Annotated[Page, page_of(read.CALLS)],
    fair_id: FairId,
) -> Paged[read.CallOut]:
    """Contacts that are to be called by telephone, and what was tried to reach them.

    Who asked for a call stays until somebody has called; others leave when it is known that their
    message has arrived, or when it is not worth telling any more.
    """
    await _known(runtime, fair_id)
    in_full = caller.has(Role.ORGANISER)
    now = runtime.clock.now()
    return paged(await read.calls(runtime.pool, fair_id, now, page, in_full=in_full))


class CallIn(RequestIn):
    """What came of a call."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"outcome": "no_answer", "note": "نعاود نتاصلو في المساء"}]}
    )

    outcome: CallOutcome = Field(
        description="After `no_answer` somebody is to call again; the others end it."
    )
    note: CleanText | None = Field(
        default=None, description="For the team; it is deleted with its contact."
    )


@router.post("/fairs/{fair_id}/calls/{message_id}", dependencies=[Organiser])
async def note_call(
    runtime: RuntimeDep, context: ContextDep, fair_id: FairId, message_id: PathId, call: CallIn
) -> read.NotedOut:
    """Note what came of a call about a message.  Where a contact was told of an offer, its time
    begins."""
    await _known(runtime, fair_id)
    await handlers.note_call(runtime, context, fair_id, message_id, call.outcome, call.note)
    found = await read.noted(runtime.pool, message_id)
    return known(found, "message_unknown", message=message_id)


async def _known(runtime: Runtime, fair_id: str) -> None:
    known((await fairs(runtime.pool, [fair_id])).get(fair_id), "fair_unknown", fair=fair_id)
