"""What is sent to ticketing over HTTP, and what it answers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Literal

from fastapi import Path
from maarid_contracts.envelope import Code, Id, Slug
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from chassis.api import wrong
from chassis.calendar import this_century
from services.ticketing.domain.ticket import LARGEST_PARTY, TicketKind

SESSION = "0192f5c4-7d3e-7c1a-9a55-3f0d6b1e2c47"
SEAT = "5b1c9a4e-2f6d-5e0b-8c3a-7d9e1f2a4b6c"
ATTENDEE = "0192f5c4-8a11-7b2e-8d4f-1c2b3a4d5e6f"
CONTACT = "0192f5c4-9b22-7c3d-9e5a-2d3c4b5e6f7a"


def _calendar_day(value: object) -> object:
    """Only what is written as a day: pydantic would take a number for seconds since 1970."""
    if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        return value
    raise wrong("date_parsing")


def _number(value: object) -> object:
    """Neither text nor true; 28.0 is the same JSON number as 28."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    raise wrong("number_expected")


Day = Annotated[date, BeforeValidator(_calendar_day), AfterValidator(this_century)]
People = Annotated[int, Field(ge=1, le=LARGEST_PARTY), BeforeValidator(_number)]
Places = Annotated[int, Field(ge=1, le=100_000), BeforeValidator(_number)]
FairPath = Annotated[Slug, Path(examples=["ouarzazate-2025"])]
SessionPath = Annotated[Id, Path(description="The session of the programme.", examples=[SESSION])]
SeatPath = Annotated[Id, Path(description="The reservation.", examples=[SEAT])]
TicketPath = Annotated[Id, Path(examples=["c0a8f3d2-61b4-5f7e-9a0c-3e5d7b9f1a2c"])]


class Request(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Response(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class Text(Response):
    """One text in the languages of the fair."""

    ar: str
    fr: str
    zgh: str | None
    en: str | None


class Workshop(Response):
    """A workshop and how many seats it has left."""

    session_id: Id
    fair_id: Slug
    title: Text
    hall_id: Slug
    starts_at: datetime
    ends_at: datetime
    status: Literal["open", "cancelled"]
    capacity: int
    seats_reserved: int
    seats_left: int
    seats_waitlisted: int
    full: bool
    places_per_organisation: int = Field(
        description="Seats, and places on the waiting list, that one organisation may take."
    )


class Rules(Request):
    """The rules of a workshop that hold from now on; what was reserved stays."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"places_per_organisation": 4}]})

    places_per_organisation: Places = Field(
        description="Seats, and places on the waiting list, that one organisation may take."
    )


class SeatWanted(Request):
    """Who would like to sit."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"attendee_id": ATTENDEE, "contact_id": CONTACT}]}
    )

    attendee_id: Id = Field(description="Who will sit: a contact, a ticket, a badge; no name.")
    contact_id: Id | None = Field(default=None, description="Whom to tell.")
    wait: bool = Field(default=True, strict=True, description="Wait for a seat where none is left.")


class Reserved(Response):
    """A seat, or a place on the waiting list: then with its rank when it was taken."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"seat_id": SEAT, "status": "waitlisted", "rank": 3}]}
    )

    seat_id: Id
    status: Literal["reserved", "waitlisted"]
    rank: int | None = None


class SeatGivenUp(Request):
    """Why a seat is given up."""

    reason: Code = "cancelled_by_attendee"


class Released(Response):
    seat_id: Id
    status: Literal["released"] = "released"


class Seat(Response):
    """A reservation or a place on the waiting list, with its rank there at this moment."""

    seat_id: Id
    session_id: Id
    attendee_id: Id
    contact_id: Id | None
    status: Literal["reserved", "waitlisted", "released"]
    rank: int | None
    reason: Code | None
    changed_at: datetime


class TicketWanted(Request):
    """Who would like to come, and when."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"kind": "pupils", "day": "2025-09-18", "party": 28, "province": "tinghir"}
            ]
        }
    )

    kind: TicketKind
    day: Day
    party: People = Field(description="People it lets in, together.")
    province: Slug | None = Field(default=None, description="Where they come from, if said.")


class Issued(Response):
    ticket_id: Id


class Ticket(Response):
    """A ticket, and where and when it let its party in."""

    ticket_id: Id
    fair_id: Slug
    kind: TicketKind
    day: date
    party: int
    province: Slug | None
    issued_at: datetime
    gate_id: Slug | None
    checked_in_at: datetime | None


class AtGate(Request):
    """Where the bearer of a ticket stands."""

    gate_id: Slug = Field(examples=["gate-north"])


class Figures(Response):
    """A fair in numbers; cancelled workshops do not count."""

    workshops: int
    workshops_full: int
    seats: int
    seats_reserved: int
    seats_waitlisted: int
    tickets: int
    people_expected: int
    people_in: int
    people_in_by_day: Mapping[str, int] = Field(
        description="By the days of their tickets, also those from which the fair has moved away."
    )
    people_in_by_gate: Mapping[str, int]
    people_in_by_province: Mapping[str, int] = Field(
        description="Those who did not say where they come from are under `not_said`."
    )
