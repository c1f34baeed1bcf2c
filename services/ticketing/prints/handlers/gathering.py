"""Gathers what stands on a print.  Names come from the copies of persons or with the request, and
go nowhere but onto it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from chassis.answers.shapes import known
from chassis.definition.runtime import Runtime
from chassis.kernel.refused import Refused
from services.ticketing.fairs import read as fairs
from services.ticketing.organisations import read as organisations
from services.ticketing.prints import read, sheets
from services.ticketing.prints.sheets import (
    BadgeFacts,
    Form,
    Paper,
    Sheets,
    TicketFacts,
    WorkshopFacts,
    pages_of,
)
from services.ticketing.prints.words import PrintLanguage, in_language
from services.ticketing.tickets.read import TicketOut
from services.ticketing.workshops.read import WorkshopOut

MOST = 200
"""Badges or certificates of one request."""


async def ticket(runtime: Runtime, shown: TicketOut, code: str, language: PrintLanguage) -> Sheets:
    """One ticket; nobody's name is on it, for we know none."""
    called, _ = await _fair(runtime, shown.fair_id, language)
    facts = TicketFacts(
        called, shown.kind, shown.day, shown.last_day, shown.party, code, shown.short_code
    )
    return sheets.ticket(facts, language)


async def badges_of_exhibitors(
    runtime: Runtime,
    fair_id: str,
    exhibitors: Sequence[str] | None,
    wearers: Sequence[str] | None,
    paper: Paper,
    language: PrintLanguage,
) -> Sheets:
    """The badges of those who wear one by registration's records, as far as we have heard.

    Raises Refused where there is nobody, where one who is named wears none (any more), or where
    they are too many.
    """
    called, between = await _fair(runtime, fair_id, language)
    found = await read.wearers(runtime.pool, fair_id, exhibitors, wearers, MOST + 1)
    for missing in sorted(set(wearers or ()) - {each.wearer_id for each in found}):
        raise Refused("wearer_unknown", wearer=missing)
    _bounded(len(found))
    if not found:
        raise Refused("nobody_wears_badges", fair=fair_id)
    names = await organisations.names(runtime.pool, {each.organisation_id for each in found})
    facts = [
        BadgeFacts(each.name, each.role, in_language(names.get(each.organisation_id, {}), language))
        for each in found
    ]
    return sheets.badges(called, between, facts, paper, language)


async def badges_of_others(
    runtime: Runtime,
    fair_id: str,
    people: Sequence[BadgeFacts],
    paper: Paper,
    language: PrintLanguage,
) -> Sheets:
    """The badges of people whom the request names: guests, press."""
    called, between = await _fair(runtime, fair_id, language)
    return sheets.badges(called, between, people, paper, language)


async def certificates(
    runtime: Runtime,
    workshop: WorkshopOut,
    attendees: Sequence[str] | None,
    names: Mapping[str, str],
    skip_unnamed: bool,
    language: PrintLanguage,
) -> Sheets:
    """A certificate for each who had a seat; a name of the request goes before that of a record.

    Raises Refused before the workshop has begun, where one who is asked for had no seat, where
    somebody has no name that is known, or where they are too many.
    """
    session = workshop.session_id
    if workshop.status == "cancelled":
        raise Refused("workshop_cancelled")
    if runtime.clock.now() < workshop.starts_at:
        raise Refused("workshop_not_begun", starts_at=workshop.starts_at.isoformat())
    fair = known(
        await fairs.fair(runtime.pool, workshop.fair_id), "fair_unknown", fair=workshop.fair_id
    )
    found = await read.attendees(runtime.pool, session, attendees, MOST + 1)
    _bounded(len(found))
    for missing in sorted({*(attendees or ()), *names} - {each.attendee_id for each in found}):
        raise Refused("attendee_without_seat", attendee=missing, session=session)
    said = [names.get(each.attendee_id, each.name) for each in found]
    named = [name for name in said if name is not None]
    if not named or (len(named) < len(said) and not skip_unnamed):
        raise Refused("names_missing", missing=len(said) - len(named), attendees=len(said))
    called, _ = await _fair(runtime, workshop.fair_id, language)
    title = in_language(workshop.model_dump()["title"], language)
    return sheets.certificates(
        WorkshopFacts(called, title, fair.day_of(workshop.starts_at)), named, language
    )


def page_there_is(made: Sheets, form: Form, page: int) -> int:
    """The page, which a picture shows alone.  Raises Refused where the print is shorter."""
    pages = pages_of(made)
    if form is Form.PNG and page > pages:
        raise Refused("page_unknown", page=page, pages=pages)
    return page


def _bounded(count: int) -> None:
    if count > MOST:
        raise Refused("too_many_to_print", most=MOST)


async def _fair(
    runtime: Runtime, fair_id: str, language: PrintLanguage
) -> tuple[str, tuple[date, date]]:
    """What a fair is called, and its days."""
    fair = known(await fairs.fair(runtime.pool, fair_id), "fair_unknown", fair=fair_id)
    name = await fairs.name(runtime.pool, fair_id)
    return in_language(name, language) or fair_id, (fair.first_day, fair.last_day)
