"""The routes of lists that delegations send: taken in, looked at, annotated, imported."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Header, Response
from fastapi.responses import JSONResponse
from maarid_contracts.envelope import Code
from pydantic import BaseModel, Field

from chassis.answers.problems import preferred_language
from chassis.answers.shapes import known
from chassis.api.fields import FairId, Flag, PathId, RequestIn, SlugFilter
from chassis.api.requests import (
    Caller,
    ContextDep,
    Page,
    Paged,
    Role,
    Runtime,
    RuntimeDep,
    allow,
    page_of,
    paged,
    upload,
)
from chassis.kernel.refused import Refused
from services.registration.fairs.read import fair
from services.registration.intakes import handlers, reasons
from services.registration.intakes.rows import files, imports, shown
from services.registration.intakes.rows.shown import IntakeOut, RowOut, row_out

router = APIRouter(prefix="/fairs/{fair_id}/intakes", tags=["intakes"])

MOST_BYTES = 5_000_000
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# Names and phones: nobody but the team reads them.
Organiser = allow(Role.ORGANISER)
Team = Annotated[Caller, Organiser]
File = Annotated[bytes, upload(MOST_BYTES)]
Language = Annotated[str, Header(alias="accept-language", include_in_schema=False)]


class RowStatus(StrEnum):
    """What is known of a row."""

    NEW = "new"
    KNOWN = "known"
    CHANGED = "changed"
    WRONG = "wrong"


class Outcome(StrEnum):
    """What became of a row."""

    IMPORTED = "imported"
    ALREADY_THERE = "already_there"
    REFUSED = "refused"


class IntakeAccepted(BaseModel):
    """The list that is being read; `/jobs/{intake_id}` is the job."""

    intake_id: str


class ImportIn(RequestIn):
    """How a list is imported."""

    late_because: Annotated[
        Code | None,
        Field(
            description="Why the team takes applications after the call has closed.",
            examples=["delegation_sent_it_late"],
        ),
    ] = None
    correct_known: Annotated[
        Flag, Field(description="Correct what is known as the list says it, in `changed` rows.")
    ] = False


@router.post("", status_code=202, dependencies=[Organiser], response_model=IntakeAccepted)
async def take_in_list(
    fair_id: FairId,
    file: File,
    runtime: RuntimeDep,
    context: ContextDep,
    pole_id: SlugFilter = None,
) -> Response:
    """Send a list of applications: XLSX, ODS or CSV, 5 MB and 20,000 rows at most.

    It is read, and nothing is imported.  `pole_id` is the pole of rows that name none.
    """
    found = known(await fair(runtime.pool, fair_id), "fair_unknown", fair_id=fair_id)
    if pole_id is not None and pole_id not in {pole.pole_id for pole in found.poles}:
        raise Refused("pole_unknown", pole_id=pole_id)
    intake_id = str(await handlers.take_in(runtime, context, fair_id, pole_id, file))
    where = {"location": f"/fairs/{fair_id}/intakes/{intake_id}"}
    return JSONResponse({"intake_id": intake_id}, 202, where)


@router.get("", dependencies=[Organiser])
async def list_intakes(
    fair_id: FairId, runtime: RuntimeDep, page: Annotated[Page, page_of(shown.OF_FAIR)]
) -> Paged[IntakeOut]:
    """The lists that were sent for a fair, for 14 days."""
    known(await fair(runtime.pool, fair_id), "fair_unknown", fair_id=fair_id)
    return paged(await shown.OF_FAIR.part(runtime.pool, page, fair_id), IntakeOut.of)


@router.get("/{intake_id}", dependencies=[Organiser])
async def show_intake(fair_id: FairId, intake_id: PathId, runtime: RuntimeDep) -> IntakeOut:
    """How far a list is, what was understood of it, and what became of its rows."""
    return await _intake(runtime, fair_id, intake_id)


@router.get("/{intake_id}/rows", dependencies=[Organiser])
async def list_intake_rows(
    fair_id: FairId,
    intake_id: PathId,
    runtime: RuntimeDep,
    page: Annotated[Page, page_of(shown.ROWS)],
    status: RowStatus | None = None,
    outcome: Outcome | None = None,
    accepted: Language = "",
) -> Paged[RowOut]:
    """The rows of a list: what is known of each, and what is to be mended where."""
    await _intake(runtime, fair_id, intake_id)
    language = preferred_language(accepted, dict.fromkeys(reasons.LANGUAGES))
    part = await shown.ROWS.part(runtime.pool, page, intake_id, status, outcome)
    return paged(part, lambda row: row_out(dict(row), language))


@router.get(
    "/{intake_id}/annotated.xlsx",
    response_class=Response,
    responses={
        200: {
            "description": "The list.",
            "content": {XLSX: {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
async def download_annotated_list(
    fair_id: FairId, intake_id: PathId, runtime: RuntimeDep, caller: Team
) -> Response:
    """The list as it was sent, with the reasons beside each row, to be sent back to its sender."""
    found = await _intake(runtime, fair_id, intake_id)
    if found.state in ("reading", "failed"):
        raise Refused("intake_busy", state=found.state)
    file = await handlers.annotated_file(runtime, intake_id, caller.actor)
    name = f'attachment; filename="{fair_id}-{intake_id[:8]}.xlsx"'
    return Response(file, media_type=XLSX, headers={"content-disposition": name})


@router.post("/{intake_id}/import", status_code=202, dependencies=[Organiser])
async def import_list(
    fair_id: FairId, intake_id: PathId, body: ImportIn, runtime: RuntimeDep, context: ContextDep
) -> IntakeOut:
    """Import the rows of a list that are not wrong: an application each, of an organisation that is
    enrolled where nobody knows it.  What was refused before is tried anew."""
    await runtime.desk.refused_before(context)
    await _intake(runtime, fair_id, intake_id)
    await imports.begin_import(
        runtime.pool, context, intake_id, body.late_because, correct=body.correct_known
    )
    return await _intake(runtime, fair_id, intake_id)


@router.delete("/{intake_id}", status_code=204, dependencies=[Organiser])
async def delete_list(
    fair_id: FairId, intake_id: PathId, runtime: RuntimeDep, context: ContextDep
) -> None:
    """Delete a list with its names and phones, if it is there; what was imported stays."""
    await runtime.desk.refused_before(context)
    known(await fair(runtime.pool, fair_id), "fair_unknown", fair_id=fair_id)
    await files.delete(runtime.pool, fair_id, intake_id)


async def _intake(runtime: Runtime, fair_id: str, intake_id: str) -> IntakeOut:
    found = await shown.intake(runtime.pool, fair_id, intake_id)
    return known(found, "intake_unknown", intake_id=intake_id)
