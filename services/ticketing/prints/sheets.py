"""What stands on each print, in whole texts; how it is laid out stands in sheets.typ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TypedDict

from services.ticketing.prints.words import PrintLanguage, Told, days, people, role, told, word


class Form(StrEnum):
    """A file of all pages, or a picture of one."""

    PDF = "pdf"
    PNG = "png"


class Paper(StrEnum):
    """Four badges on a sheet of A4, each A6; or a label of 62 mm each."""

    SHEET = "sheet"
    LABEL = "label"


Item = Mapping[str, Told | str]


class Sheets(TypedDict):
    """One print; its size is that of a page, in millimetres."""

    kind: str
    language: str
    width: int
    height: int
    items: Sequence[Item]


A_SHEET = 4
"""Badges on one page of A4."""


def pages_of(sheets: Sheets) -> int:
    """How many pages a print has."""
    count = len(sheets["items"])
    return -(-count // A_SHEET) if sheets["kind"] == "badges" else count


@dataclass(frozen=True, slots=True)
class TicketFacts:
    """A ticket, the name of its fair in one language, and its code, as a gate reads it."""

    fair: str
    kind: str
    first_day: date
    last_day: date
    party: int
    code: str
    short_code: str


@dataclass(frozen=True, slots=True)
class BadgeFacts:
    """Somebody who wears a badge; the role is a code, and may be empty as the organisation."""

    name: str
    role: str
    organisation: str


@dataclass(frozen=True, slots=True)
class WorkshopFacts:
    """What somebody attended, and on which day."""

    fair: str
    title: str
    day: date


def ticket(facts: TicketFacts, language: PrintLanguage) -> Sheets:
    """One ticket: A6, with the code to be read and below it the one to be typed."""
    short = facts.short_code
    item: Item = {
        "title": word("ticket", language),
        "fair": told(facts.fair),
        "days": days(facts.first_day, facts.last_day, language),
        "kind": word(facts.kind, language),
        "party": told(str(facts.party)),
        "people": people(facts.party, language),
        "typed": word("type", language),
        "note": word("show", language),
        "short": f"{short[:4]} {short[4:]}",
        "code": facts.code,
    }
    return {"kind": "tickets", "language": language, "width": 105, "height": 148, "items": [item]}


def badges(
    fair: str,
    between: tuple[date, date],
    wearers: Sequence[BadgeFacts],
    paper: Paper,
    language: PrintLanguage,
) -> Sheets:
    """A badge each, in their order."""
    shared = {"fair": told(fair), "days": days(*between, language)}
    items = [
        {
            **shared,
            "name": told(each.name),
            "role": role(each.role, language),
            "organisation": told(each.organisation),
        }
        for each in wearers
    ]
    if paper is Paper.LABEL:
        return {"kind": "labels", "language": language, "width": 62, "height": 86, "items": items}
    return {"kind": "badges", "language": language, "width": 210, "height": 297, "items": items}


def certificates(facts: WorkshopFacts, names: Sequence[str], language: PrintLanguage) -> Sheets:
    """A certificate of attendance each, in their order."""
    shared = {
        "fair": told(facts.fair),
        "title": word("certificate", language),
        "to": word("given_to", language),
        "attended": word("attended", language),
        "workshop": told(facts.title),
        "days": days(facts.day, facts.day, language),
        "signed": word("signed", language),
    }
    items = [{**shared, "name": told(name)} for name in names]
    return {
        "kind": "certificates", "language": language, "width": 297, "height": 210, "items": items
    }  # fmt: skip
