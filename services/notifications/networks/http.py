"""Routes of the pocket phones."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path
from maarid_contracts.envelope import Code, Id, LanguageTag, Slug
from pydantic import BaseModel, ConfigDict

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
from services.notifications.networks import rows
from services.notifications.networks.directions import Direction

CONTACT = "0192f5c4-9b22-7c3d-9e5a-2d3c4b5e6f7a"

router = APIRouter(tags=["messages"])

Organiser = Annotated[Caller, allow(Role.ORGANISER)]


class PhoneOut(BaseModel):
    """A contact's pocket phone, and how many texts it holds."""

    model_config = ConfigDict(from_attributes=True)

    contact_id: Id
    messages: int
    last_at: datetime


class PhoneMessageOut(BaseModel):
    """A text as its reader sees it."""

    model_config = ConfigDict(from_attributes=True)

    message_id: Id
    fair_id: Slug | None
    template: Code | None
    text: str
    language: LanguageTag
    direction: Direction
    channel: Code
    at: datetime


@router.get("/phones")
async def list_phones(
    runtime: RuntimeDep,
    caller: Organiser,
    page: Annotated[Page, page_of(rows.PHONES)],
    fair_id: OfFair = None,
) -> Paged[PhoneOut]:
    """The contacts to whom texts were sent."""
    return paged(await rows.phones(runtime.pool, fair_id, page), PhoneOut.model_validate)


@router.get("/phones/{contact_id}")
async def show_phone(
    runtime: RuntimeDep,
    caller: Organiser,
    page: Annotated[Page, page_of(rows.PHONE)],
    contact_id: Annotated[Id, Path(examples=[CONTACT])],
) -> Paged[PhoneMessageOut]:
    """Every text on one pocket phone, in the order in which they came."""
    part = await rows.phone(runtime.pool, contact_id, page)
    if not part.rows and not page.after:
        raise NotFound("phone_unknown", contact=contact_id)
    return paged(part, PhoneMessageOut.model_validate)
