"""The routes of documents."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Query
from maarid_contracts.selection import DocumentNumber
from pydantic import BaseModel, ConfigDict, Field

from chassis.answers.shapes import known
from chassis.api.fields import Day, FairId, PathId, RequestIn
from chassis.api.requests import (
    Caller,
    ContextDep,
    Page,
    Paged,
    Role,
    RuntimeDep,
    allow,
    page_of,
    paged,
)
from chassis.kernel.refused import Refused
from services.registration.applications.read import application
from services.registration.documents import handlers, read
from services.registration.documents.handlers import Found, Note
from services.registration.documents.read import DocumentOfFairOut, DocumentOut
from services.registration.dossiers.domain import Document
from services.registration.fairs.read import fair
from services.registration.organisations.http import may_read

router = APIRouter(tags=["selection"])

Team = allow(Role.ORGANISER, Role.AUDITOR)
OwnOrReader = Annotated[Caller, allow(Role.ORGANISER, Role.AUDITOR, Role.SERVICE, Role.EXHIBITOR)]


class State(StrEnum):
    """In what state a document is; `lacking` is missing or expires."""

    SEEN = "seen"
    MISSING = "missing"
    EXPIRES = "expires"
    LACKING = "lacking"


class DocumentIn(RequestIn):
    """What the team found of a document.  The document itself is not kept."""

    document: Document
    found: Annotated[Found, Field(description="`unknown` takes back what was noted.")]
    seen_on: Annotated[Day | None, Field(description="Of one that was seen; none: today.")] = None
    expires_on: Annotated[
        Day | None, Field(description="Of one that was seen: the last day on which it is valid.")
    ] = None
    number: Annotated[
        DocumentNumber | None,
        Field(description="Of a register extract or a sanitary authorisation that was seen."),
    ] = None

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "document": "onssa_authorisation",
                    "found": "seen",
                    "expires_on": "2026-12-31",
                    "number": "MIA.7.84.16",
                }
            ]
        },
    )


class DocumentsOut(BaseModel):
    application_id: str
    documents: list[DocumentOut]


@router.post(
    "/fairs/{fair_id}/applications/{application_id}/documents",
    dependencies=[allow(Role.ORGANISER)],
)
async def note_document(
    fair_id: FairId,
    application_id: PathId,
    body: DocumentIn,
    runtime: RuntimeDep,
    context: ContextDep,
) -> DocumentsOut:
    """Note that a document of an application was seen, or is missing; a later note replaces it."""
    said = (body.seen_on, body.expires_on, body.number)
    if body.found is not Found.SEEN and said != (None, None, None):
        raise Refused("document_not_seen", document=body.document)
    await handlers.note_document(runtime, context, fair_id, application_id, body.as_a(Note))
    documents = await read.documents(runtime.pool, application_id)
    return DocumentsOut(application_id=application_id, documents=documents)


@router.get("/fairs/{fair_id}/applications/{application_id}/documents")
async def list_documents_of_application(
    fair_id: FairId, application_id: PathId, runtime: RuntimeDep, caller: OwnOrReader
) -> DocumentsOut:
    """What was noted of an application's documents; an organisation sees it of its own."""
    found = await application(runtime.pool, fair_id, application_id)
    if found is None or not await may_read(runtime, caller, found.organisation_id):
        raise Refused("application_unknown", application_id=application_id)
    documents = await read.documents(runtime.pool, application_id)
    return DocumentsOut(application_id=application_id, documents=documents)


@router.get("/fairs/{fair_id}/documents", dependencies=[Team])
async def list_documents(
    fair_id: FairId,
    runtime: RuntimeDep,
    page: Annotated[Page, page_of(read.DOCUMENTS_OF_FAIR)],
    state: Annotated[State | None, Query(description="`lacking`: missing or expires.")] = None,
    document: Document | None = None,
) -> Paged[DocumentOfFairOut]:
    """Documents of the applications to a fair: which are missing, or expire before it ends."""
    known(await fair(runtime.pool, fair_id), "fair_unknown", fair_id=fair_id)
    states = None
    if state is not None:
        states = read.LACKING if state is State.LACKING else (state.value,)
    part = await read.DOCUMENTS_OF_FAIR.part(runtime.pool, page, fair_id, states, document)
    return paged(part, DocumentOfFairOut.of)
