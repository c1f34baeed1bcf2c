"""The HTTP edge of notifications: what was sent, what was not and why, and the pocket phones."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Annotated, Literal

import asyncpg
from fastapi import APIRouter, Path, Query
from maarid_contracts.envelope import Code, Id, LanguageTag, Slug
from pydantic import BaseModel, ConfigDict, Field

from chassis.api import Caller, NotFound, Page, Paged, Role, RuntimeDep, allow, page_of, paged
from services.notifications import queries
from services.notifications.domain.message import Status
from services.notifications.domain.template import Template
from services.notifications.following import follow

MESSAGE = "6e1f0c5e-8a5d-5d0b-9f3e-2b7c4d1a9e60"
CONTACT = "0192f5c4-9b22-7c3d-9e5a-2d3c4b5e6f7a"

router = APIRouter(tags=["messages"])

Reader = Annotated[Caller, allow(Role.ORGANISER, Role.SERVICE, Role.AUDITOR)]
Organiser = Annotated[Caller, allow(Role.ORGANISER)]
OfFair = Annotated[Slug | None, Query(description="Only about this fair.")]


class Response(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class Message(Response):
    """A message on its way from requested to delivered or failed."""

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


class Phone(Response):
    """A contact's pocket phone, and how many texts it holds."""

    contact_id: Id
    messages: int
    last_at: datetime


class PhoneMessage(Response):
    """A text as its reader sees it."""

    message_id: Id
    fair_id: Slug | None
    template: Code | None
    text: str
    language: LanguageTag
    direction: Literal["ltr", "rtl"]
    channel: Code
    at: datetime


class Figures(Response):
    """The messages about a fair, counted; the pending ones by what they wait for."""

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
    page: Annotated[Page, page_of(queries.ALL_MESSAGES)],
    fair_id: OfFair = None,
    contact_id: Annotated[Id | None, Query(description="Only to this contact.")] = None,
    status: Annotated[Status | None, Query(description="Only those that came so far.")] = None,
    template: Annotated[Template | None, Query(description="Only what says this.")] = None,
) -> Paged[Message]:
    """Messages in the order in which they were asked for; their texts are on the phones."""
    filters = {
        "fair_id": fair_id,
        "contact_id": contact_id,
        "status": status,
        "template": template,
    }
    return paged(await queries.messages(runtime.pool, filters, page), Message.model_validate)


@router.get("/messages/{message_id}")
async def show_message(
    runtime: RuntimeDep, caller: Reader, message_id: Annotated[Id, Path(examples=[MESSAGE])]
) -> Message:
    """One message and how far it has come."""
    found = await queries.message(runtime.pool, message_id)
    if found is None:
        raise NotFound("message_unknown", message=message_id)
    return Message.model_validate(found)


@router.get("/phones")
async def list_phones(
    runtime: RuntimeDep,
    caller: Organiser,
    page: Annotated[Page, page_of(queries.PHONES)],
    fair_id: OfFair = None,
) -> Paged[Phone]:
    """The contacts to whom texts were sent."""
    return paged(await queries.phones(runtime.pool, fair_id, page), Phone.model_validate)


@router.get("/phones/{contact_id}")
async def show_phone(
    runtime: RuntimeDep,
    caller: Organiser,
    page: Annotated[Page, page_of(queries.PHONE)],
    contact_id: Annotated[Id, Path(examples=[CONTACT])],
) -> Paged[PhoneMessage]:
    """Every text on one pocket phone, in the order in which they came."""
    part = await queries.phone(runtime.pool, contact_id, page)
    if not part.rows and not page.after:
        raise NotFound("phone_unknown", contact=contact_id)
    return paged(part, PhoneMessage.model_validate)


@router.get("/fairs/{fair_id}/figures")
async def show_figures(
    runtime: RuntimeDep,
    caller: Reader,
    fair_id: Annotated[Slug, Path(examples=["ouarzazate-2025"])],
) -> Figures:
    """What was sent about a fair, in which languages and ways, and what was not."""
    if not await queries.fairs(runtime.pool, [fair_id]):
        raise NotFound("fair_unknown", fair=fair_id)
    # A server that takes no writes for the time of a failover can still be read.
    with suppress(asyncpg.ReadOnlySQLTransactionError):
        await follow(runtime.pool)
    return Figures.model_validate(await queries.figures(runtime.pool, fair_id))
