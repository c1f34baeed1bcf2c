"""Routes of messages, and of the figures about a fair."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Annotated

import asyncpg
from fastapi import APIRouter, Path, Query
from maarid_contracts.envelope import Code, Id, LanguageTag, Slug
from pydantic import BaseModel, ConfigDict, Field

from chassis.api.requests import (
    Caller,
    NotFound,
    Page,
    Paged,
    Role,
    RuntimeDep,
    allow,
    page_of,
    paged,
)
from services.notifications.fairs.http import OfFair
from services.notifications.fairs.read import fairs
from services.notifications.messages import read
from services.notifications.messages.domain import Status
from services.notifications.messages.handlers import follow_log
from services.notifications.messages.rows.figures import figures
from services.notifications.messages.template import Template

MESSAGE = "6e1f0c5e-8a5d-5d0b-9f3e-2b7c4d1a9e60"

router = APIRouter(tags=["messages"])

Reader = Annotated[Caller, allow(Role.ORGANISER, Role.SERVICE, Role.AUDITOR)]


class MessageOut(BaseModel):
    """A message, from requested to delivered or failed."""

    model_config = ConfigDict(from_attributes=True)

    message_id: Id
    fair_id: Slug | None
    contact_id: Id
    template: Code
    arguments: Mapping[str, str]
    status: Status
    waits_for: Code | None = Field(
        description="Why it is not settled.", examples=["contact_unknown"]
    )
    reason: Code | None = Field(description="Why it failed.", examples=["no_consent"])
    channel: Code | None
    language: LanguageTag | None = Field(description="The language in which it was written.")
    segments: int | None
    requested_at: datetime
    sent_at: datetime | None
    settled_at: datetime | None


class FiguresOut(BaseModel):
    """The messages about a fair, counted; the pending ones by what they wait for."""

    model_config = ConfigDict(from_attributes=True)

    messages: int
    by_status: Mapping[str, int]
    by_language: Mapping[str, int]
    by_channel: Mapping[str, int]
    by_template: Mapping[str, int]
    failed_by_reason: Mapping[str, int]
    pending_by_reason: Mapping[str, int]


@router.get("/messages")
async def list_messages(
    runtime: RuntimeDep,
    caller: Reader,
    page: Annotated[Page, page_of(read.ALL_MESSAGES)],
    fair_id: OfFair = None,
    contact_id: Annotated[Id | None, Query(description="Only to this contact.")] = None,
    status: Annotated[Status | None, Query(description="Only those that came so far.")] = None,
    template: Annotated[Template | None, Query(description="Only what says this.")] = None,
) -> Paged[MessageOut]:
    """Messages in the order in which they were asked for; their texts are on the phones."""
    filters = {
        "fair_id": fair_id,
        "contact_id": contact_id,
        "status": status,
        "template": template,
    }
    return paged(await read.messages(runtime.pool, filters, page), MessageOut.model_validate)


@router.get("/messages/{message_id}")
async def show_message(
    runtime: RuntimeDep, caller: Reader, message_id: Annotated[Id, Path(examples=[MESSAGE])]
) -> MessageOut:
    """One message and how far it has come."""
    found = await read.message(runtime.pool, message_id)
    if found is None:
        raise NotFound("message_unknown", message=message_id)
    return MessageOut.model_validate(found)


@router.get("/fairs/{fair_id}/figures")
async def show_figures(
    runtime: RuntimeDep,
    caller: Reader,
    fair_id: Annotated[Slug, Path(examples=["ouarzazate-2025"])],
) -> FiguresOut:
    """What was sent about a fair, in which languages and ways, and what was not."""
    if not await fairs(runtime.pool, [fair_id]):
        raise NotFound("fair_unknown", fair=fair_id)
    # A server that takes no writes for the time of a failover can still be read.
    with suppress(asyncpg.ReadOnlySQLTransactionError):
        await follow_log(runtime.pool)
    return FiguresOut.model_validate(await figures(runtime.pool, fair_id))
