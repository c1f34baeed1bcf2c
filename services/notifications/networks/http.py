"""Routes of the pocket phones."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query
from maarid_contracts.envelope import Id, Slug

from chassis.answers.shapes import known
from chassis.api.requests import Caller, Page, Paged, Role, RuntimeDep, allow, page_of, paged
from services.notifications.networks import rows

CONTACT = "0192f5c4-9b22-7c3d-9e5a-2d3c4b5e6f7a"

router = APIRouter(tags=["messages"])

Organiser = Annotated[Caller, allow(Role.ORGANISER)]
OfFair = Annotated[Slug | None, Query(description="Only about this fair.")]


@router.get("/phones")
async def list_phones(
    runtime: RuntimeDep,
    caller: Organiser,
    page: Annotated[Page, page_of(rows.PHONES)],
    fair_id: OfFair = None,
) -> Paged[rows.PhoneOut]:
    """The contacts to whom texts were sent."""
    return paged(await rows.phones(runtime.pool, fair_id, page))


@router.get("/phones/{contact_id}")
async def show_phone(
    runtime: RuntimeDep,
    caller: Organiser,
    page: Annotated[Page, page_of(rows.PHONE)],
    contact_id: Annotated[Id, Path(examples=[CONTACT])],
) -> Paged[rows.PhoneMessageOut]:
    """Every text on one pocket phone, in the order in which they came."""
    part = await rows.phone(runtime.pool, contact_id, page)
    known(part.rows or page.after or None, "phone_unknown", contact=contact_id)
    return paged(part)
