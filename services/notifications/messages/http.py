"""Routes of messages, and of the figures about a fair."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated

import asyncpg
from fastapi import APIRouter, Path, Query
from maarid_contracts.envelope import Id

from chassis.answers.shapes import known
from chassis.api.fields import FairId
from chassis.api.requests import (
    Caller,
    Page,
    Paged,
    Role,
    RuntimeDep,
    allow,
    page_of,
    paged,
)
from services.notifications.fairs.read import fairs
from services.notifications.messages import read
from services.notifications.messages.domain import Status
from services.notifications.messages.handlers import follow_log
from services.notifications.messages.rows.figures import FiguresOut, figures
from services.notifications.messages.tellings import Template
from services.notifications.networks.http import OfFair

MESSAGE = "6e1f0c5e-8a5d-5d0b-9f3e-2b7c4d1a9e60"

router = APIRouter(tags=["messages"])

Reader = Annotated[Caller, allow(Role.ORGANISER, Role.SERVICE, Role.AUDITOR)]


@router.get("/messages")
async def list_messages(
    runtime: RuntimeDep,
    caller: Reader,
    page: Annotated[Page, page_of(read.ALL_MESSAGES)],
    fair_id: OfFair = None,
    contact_id: Annotated[Id | None, Query(description="Only to this contact.")] = None,
    status: Annotated[Status | None, Query(description="Only those that came so far.")] = None,
    template: Annotated[Template | None, Query(description="Only what says this.")] = None,
) -> Paged[read.MessageOut]:
    """Messages in the order in which they were asked for; their texts are on the phones."""
    filters = {"fair_id": fair_id, "contact_id": contact_id, "status": status, "template": template}
    return paged(await read.messages(runtime.pool, filters, page))


@router.get("/messages/{message_id}")
async def show_message(
    runtime: RuntimeDep, caller: Reader, message_id: Annotated[Id, Path(examples=[MESSAGE])]
) -> read.MessageOut:
    """One message and how far it has come."""
    found = await read.message(runtime.pool, message_id)
    return known(found, "message_unknown", message=message_id)


@router.get("/fairs/{fair_id}/figures")
async def show_figures(runtime: RuntimeDep, caller: Reader, fair_id: FairId) -> FiguresOut:
    """What was sent about a fair, in which languages and ways, and what was not."""
    known((await fairs(runtime.pool, [fair_id])).get(fair_id), "fair_unknown", fair=fair_id)
    # A server that takes no writes for the time of a failover can still be read.
    with suppress(asyncpg.ReadOnlySQLTransactionError):
        await follow_log(runtime.pool)
    return await figures(runtime.pool, fair_id)
