"""The routes of persons who are kept though nobody needs them any more."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from chassis.api.fields import RequestIn
from chassis.api.requests import ContextDep, Page, Paged, Role, RuntimeDep, allow, page_of, paged
from services.registration.retention import handlers, rows
from services.registration.retention.handlers import kept_since
from services.registration.retention.rows import ConfirmedOut, KeptOut, RetentionOut

router = APIRouter(prefix="/retention", tags=["retention"])

Organiser = allow(Role.ORGANISER)


class ConfirmIn(RequestIn):
    digest: Annotated[
        str, Field(pattern=r"^[0-9a-f]{64}$", description="Of the list, as its summary says it.")
    ]


@router.get("", dependencies=[Organiser])
async def list_kept(
    runtime: RuntimeDep, page: Annotated[Page, page_of(rows.LIST)]
) -> Paged[KeptOut]:
    """Contacts and people with badges whom nobody has needed for longer than they are kept."""
    return paged(await rows.LIST.part(runtime.pool, page, kept_since(runtime)), KeptOut.of)


@router.get("/summary", dependencies=[Organiser])
async def show_retention(runtime: RuntimeDep) -> RetentionOut:
    """The list in one line: how many are on it, and the digest that confirms it."""
    months: int = runtime.settings.kept_months
    return await rows.summary(runtime.pool, kept_since(runtime), months)


@router.post("/confirm", dependencies=[Organiser], status_code=202)
async def confirm_retention(
    body: ConfirmIn, runtime: RuntimeDep, context: ContextDep
) -> ConfirmedOut:
    """Erase those on the list, if it is still the one with this digest.

    Nobody else is erased, and nobody who is needed again meanwhile.
    """
    return await handlers.confirm(runtime, context, body.digest)
