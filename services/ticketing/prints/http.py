"""Routes of prints: tickets, badges and certificates, as PDF or as a picture."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Response
from maarid_contracts.envelope import Code, Id
from pydantic import ConfigDict, Field

from chassis.answers.shapes import known
from chassis.api.fields import FairId, Flag, JsonNumber, RequestIn
from chassis.api.requests import Caller, CleanText, ContextDep, Role, RuntimeDep, allow
from chassis.definition.runtime import Runtime
from chassis.kernel.refused import Refused
from services.ticketing.prints.handlers import gathering
from services.ticketing.prints.handlers.gathering import MOST
from services.ticketing.prints.handlers.press import printed
from services.ticketing.prints.sheets import BadgeFacts, Form, Paper, Sheets
from services.ticketing.prints.words import PrintLanguage
from services.ticketing.tickets import read as tickets
from services.ticketing.tickets.handlers import code_of, ring_of
from services.ticketing.tickets.http import TicketPath
from services.ticketing.workshops import read as workshops
from services.ticketing.workshops.http import SessionPath

router = APIRouter(tags=["prints"])

PDF, PNG = "application/pdf", "image/png"
WEARER = "0192f5c4-8a11-7b2e-8d4f-1c2b3a4d5e6f"

Shower = Annotated[Caller, allow(Role.ORGANISER, Role.STEWARD, Role.SERVICE)]
Name = Annotated[CleanText, Field(max_length=200, examples=["فاطمة (اسم مختلق)"])]
PageNumber = Annotated[int, Field(ge=1, le=MOST), JsonNumber]
Ids = Annotated[list[Id], Field(min_length=1, max_length=MOST)]


def _answers(*media_types: str) -> dict[int | str, dict[str, Any]]:
    content = {each: {"schema": {"type": "string", "format": "binary"}} for each in media_types}
    return {200: {"description": "What is to be printed.", "content": content}}


# Models


class PrintIn(RequestIn):
    """How something is printed; a picture shows one page."""

    language: PrintLanguage = PrintLanguage.ARABIC
    form: Form = Form.PDF
    page: PageNumber = Field(default=1, description="The page that a picture shows.")


class PersonIn(RequestIn):
    """Somebody whom registration does not know, as a guest; the name is printed and not kept."""

    name: Name
    role: Code = Field(examples=["press"])
    organisation: CleanText | None = None


class BadgesIn(PrintIn):
    """The badges to be printed: of all exhibitors, of some, of some wearers, or of people named
    here."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"language": "fr", "paper": "label", "wearers": [WEARER]}]}
    )

    paper: Paper = Paper.SHEET
    exhibitors: Ids | None = Field(default=None, description="Only their people.")
    wearers: Ids | None = Field(default=None, description="Only these, as for a badge once more.")
    people: Annotated[list[PersonIn], Field(min_length=1, max_length=MOST)] | None = Field(
        default=None, description="These alone, and nobody whom registration knows."
    )


class AttendeeIn(RequestIn):
    """What somebody who attended is called; it is printed and not kept."""

    attendee_id: Id
    name: Name


class CertificatesIn(PrintIn):
    """The certificates to be printed: of all who attended, or of some."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"language": "ar", "attendees": [WEARER]}]}
    )

    attendees: Ids | None = Field(default=None, description="Only these.")
    names: Annotated[list[AttendeeIn], Field(max_length=MOST)] = Field(
        default=[], description="For those who have no record, or are to be called otherwise."
    )
    skip_unnamed: Flag = Field(default=False, description="Leave out whose name is not known.")


# Routes


@router.get("/tickets/{ticket_id}/ticket.pdf", response_class=Response, responses=_answers(PDF))
async def print_ticket(
    ticket_id: TicketPath,
    caller: Shower,
    runtime: RuntimeDep,
    language: PrintLanguage = PrintLanguage.ARABIC,
) -> Response:
    """A ticket to be printed, on A6: its code to be read, and eight letters to be typed."""
    return await _ticket(runtime, caller, ticket_id, language, Form.PDF)


@router.get("/tickets/{ticket_id}/ticket.png", response_class=Response, responses=_answers(PNG))
async def draw_ticket(
    ticket_id: TicketPath,
    caller: Shower,
    runtime: RuntimeDep,
    language: PrintLanguage = PrintLanguage.ARABIC,
) -> Response:
    """The same as a picture, to be shown on a phone."""
    return await _ticket(runtime, caller, ticket_id, language, Form.PNG)


@router.post(
    "/fairs/{fair_id}/badges",
    dependencies=[allow(Role.ORGANISER)],
    response_class=Response,
    responses=_answers(PDF, PNG),
)
async def print_badges(
    fair_id: FairId, wanted: BadgesIn, context: ContextDep, runtime: RuntimeDep
) -> Response:
    """Badges, at most 200: four on a sheet of A4 with marks to cut by, or labels of 62 mm.

    Names come from registration's records, as far as they have arrived here; whoever was erased or
    has left has no badge.
    """
    await runtime.desk.refused_before(context)
    if wanted.people is None:
        made = await gathering.badges_of_exhibitors(
            runtime, fair_id, wanted.exhibitors, wanted.wearers, wanted.paper, wanted.language
        )
    else:
        people = [BadgeFacts(p.name, p.role, p.organisation or "") for p in wanted.people]
        made = await gathering.badges_of_others(
            runtime, fair_id, people, wanted.paper, wanted.language
        )
    return await _pages(runtime, made, wanted)


@router.post(
    "/workshops/{session_id}/certificates",
    dependencies=[allow(Role.ORGANISER)],
    response_class=Response,
    responses=_answers(PDF, PNG),
)
async def print_certificates(
    session_id: SessionPath, wanted: CertificatesIn, context: ContextDep, runtime: RuntimeDep
) -> Response:
    """Certificates of attendance, at most 200, for those who had a seat; where the door has noted
    who came, for those alone."""
    await runtime.desk.refused_before(context)
    workshop = known(
        await workshops.workshop(runtime.pool, session_id), "workshop_unknown", session=session_id
    )
    names = {each.attendee_id: each.name for each in wanted.names}
    made = await gathering.certificates(
        runtime, workshop, wanted.attendees, names, wanted.skip_unnamed, wanted.language
    )
    return await _pages(runtime, made, wanted)


async def _ticket(
    runtime: Runtime, caller: Caller, ticket_id: str, language: PrintLanguage, form: Form
) -> Response:
    ticket = known(
        await tickets.ticket(runtime.pool, ticket_id), "ticket_unknown", ticket=ticket_id
    )
    if not caller.may_act_at(ticket.fair_id):
        raise Refused("ticket_unknown", ticket=ticket_id)
    if ticket.revoked:
        raise Refused("ticket_revoked", ticket=ticket_id)
    code = code_of(ring_of(runtime).current(), ticket)
    if code is None:
        raise Refused("ticket_has_no_code", ticket=ticket_id)
    made = await gathering.ticket(runtime, ticket, code, language)
    return _file(await printed(runtime, made, form), form)


async def _pages(runtime: Runtime, made: Sheets, wanted: PrintIn) -> Response:
    page = gathering.page_there_is(made, wanted.form, wanted.page)
    return _file(await printed(runtime, made, wanted.form, page), wanted.form)


def _file(content: bytes, form: Form) -> Response:
    return Response(content, media_type=PDF if form is Form.PDF else PNG)
