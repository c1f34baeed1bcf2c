"""The routes of organisations that are enrolled."""

from __future__ import annotations

from typing import Annotated, Self

from fastapi import APIRouter, Query
from maarid_contracts.envelope import Code, Slug
from pydantic import ConfigDict, Field, model_validator

from chassis.answers.shapes import known
from chassis.api.fields import Day, Flag, PathId, RequestIn, SlugFilter, TextIn
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
    wrong,
)
from chassis.kernel.refused import Refused
from services.registration.organisations import read
from services.registration.organisations.domain import (
    CORRECTABLE,
    CorrectOrganisation,
    Kind,
    Removable,
    organisation_stream,
)
from services.registration.organisations.read import OrganisationOut

router = APIRouter(tags=["organisations"])

Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$", description="ISO 3166-1 alpha-2.")]
RegisterNumber = Annotated[
    CleanText,
    Field(
        max_length=40,
        description="Its number in the public register of its kind.",
        examples=["1254/2019"],
    ),
]
Year = Annotated[int, Field(strict=True, ge=1800, le=2099, description="When it was founded.")]
Commune = Annotated[Slug, Field(examples=["bzou"])]
Programmes = Annotated[
    tuple[Slug, ...], Field(max_length=20, description="Programmes that support it.")
]


class LabelIn(RequestIn):
    code: Annotated[Code, Field(examples=["organic"])]
    expires_on: Annotated[Day | None, Field(description="The last day on which it holds.")] = None


Labels = Annotated[tuple[LabelIn, ...], Field(max_length=50)]


class CorrectionIn(RequestIn):
    """What changes of an organisation; a field that is not given stays as it is."""

    reason: Annotated[Code, Field(examples=["typing_error"])]
    kind: Kind | None = None
    name: TextIn | None = None
    province: Slug | None = None
    region: Slug | None = None
    country: Country | None = None
    women_led: Flag | None = None
    youth_led: Flag | None = None
    register_number: RegisterNumber | None = None
    founded: Year | None = None
    commune: Commune | None = None
    programmes: Programmes | None = None
    labels: Labels | None = None
    removed: Annotated[
        tuple[Removable, ...],
        Field(max_length=len(Removable), description="Fields that have no value from now on."),
    ] = ()

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"reason": "typing_error", "register_number": "1254/2019"}]
        },
    )

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.removed and all(getattr(self, name) is None for name in CORRECTABLE):
            raise wrong("nothing_changes")
        return self


ListReader = allow(Role.ORGANISER, Role.AUDITOR)
Corrector = allow(Role.ORGANISER, Role.SERVICE)
OwnOrReader = Annotated[Caller, allow(Role.ORGANISER, Role.AUDITOR, Role.SERVICE, Role.EXHIBITOR)]


@router.get("/organisations", dependencies=[ListReader])
async def list_organisations(
    runtime: RuntimeDep,
    page: Annotated[Page, page_of(read.ORGANISATIONS)],
    kind: Kind | None = None,
    province: SlugFilter = None,
    women_led: Annotated[bool | None, Query()] = None,
    merged: Annotated[
        bool | None, Query(description="Those that were merged into another, or those that stay.")
    ] = None,
) -> Paged[OrganisationOut]:
    """Organisations, by kind, province, and whether women lead them."""
    part = await read.ORGANISATIONS.part(runtime.pool, page, kind, province, women_led, merged)
    return paged(part, OrganisationOut.of)


@router.get("/organisations/{organisation_id}")
async def show_organisation(
    organisation_id: PathId, runtime: RuntimeDep, caller: OwnOrReader
) -> OrganisationOut:
    """One organisation; `merged_into` leads to the one that it turned out to be."""
    allowed = await may_read(runtime, caller, organisation_id)
    return await _known(runtime, organisation_id, allowed=allowed)


@router.post("/organisations/{organisation_id}/correct", dependencies=[Corrector])
async def correct_organisation(
    organisation_id: PathId, body: CorrectionIn, runtime: RuntimeDep, context: ContextDep
) -> OrganisationOut:
    """Put right what is said of an organisation."""
    command = body.as_a(CorrectOrganisation, programmes=distinct(body.programmes))
    await runtime.desk.execute(organisation_stream(organisation_id), command, context)
    return await _known(runtime, organisation_id, allowed=True)


def distinct(codes: tuple[str, ...] | None) -> tuple[str, ...] | None:
    """Each code once, in the order in which they were given."""
    return None if codes is None else tuple(dict.fromkeys(codes))


async def may_read(runtime: Runtime, caller: Caller, organisation_id: str) -> bool:
    """Whether an organisation may be read of: by auditors, and whoever acts for it."""
    return caller.has(Role.AUDITOR) or await acts_for(runtime, caller, organisation_id)


async def whose(runtime: Runtime, caller: Caller, organisation_id: str | None) -> list[str] | None:
    """The ids whose entries a list shows: those of an organisation that is asked for, without one
    an exhibitor's own, or else None, which is everybody's.

    Raises Refused where the caller may not read of them.
    """
    if organisation_id is None and not caller.may_read(None):
        organisation_id = known(caller.organisation_id, "organisation_unknown")
    if organisation_id is None:
        return None
    if not await may_read(runtime, caller, organisation_id):
        raise Refused("organisation_unknown", organisation_id=organisation_id)
    return await read.one_with(runtime.pool, organisation_id)


async def acts_for(runtime: Runtime, caller: Caller, organisation_id: str) -> bool:
    """Whether a caller may act for an organisation: who speaks for one speaks for those that are
    one with it."""
    if caller.may_act_for(organisation_id):
        return True
    own = caller.organisation_id
    if own is None or not caller.may_act_for(own):
        return False
    return organisation_id in await read.one_with(runtime.pool, own)


async def require_own(runtime: Runtime, caller: Caller, organisation_id: str) -> list[str]:
    """All ids of an organisation, first the one that stays.

    Raises Refused where there is no such organisation, or the caller may not act for it.
    """
    allowed = await acts_for(runtime, caller, organisation_id)
    ids = await read.one_with(runtime.pool, organisation_id) if allowed else []
    return known(ids or None, "organisation_unknown", organisation_id=organisation_id)


async def _known(runtime: Runtime, organisation_id: str, *, allowed: bool) -> OrganisationOut:
    found = await read.organisation(runtime.pool, organisation_id) if allowed else None
    return known(found, "organisation_unknown", organisation_id=organisation_id)
