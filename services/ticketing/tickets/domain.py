"""Stream `ticket-{ticket_id}`: one ticket for one day, which lets a party in once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TypeAlias

from chassis.kernel.decider import Decider, Stream
from chassis.kernel.refused import Refused

LARGEST_PARTY = 60
"""People on one ticket: a school class with those who come along, or a coach."""


class TicketKind(StrEnum):
    """The kind of visitor that a ticket is for."""

    VISITOR = "visitor"
    BUYER = "buyer"
    PUPILS = "pupils"
    EXHIBITOR = "exhibitor"
    GUEST = "guest"


@dataclass(frozen=True, slots=True)
class TicketDetails:
    """What a ticket says."""

    fair_id: str
    ticket_id: str
    kind: TicketKind
    day: date
    party: int
    province: str | None


# Commands


@dataclass(frozen=True, slots=True)
class IssueTicket(TicketDetails):
    """Give out a ticket; `first_day`, `last_day` and whether it was called off are the fair's."""

    first_day: date
    last_day: date
    fair_cancelled: bool = False


@dataclass(frozen=True, slots=True)
class CheckIn:
    """Let the bearer in; `today` is the date of `now` where the fair takes place.

    `first_day`, `last_day` and whether it was called off are the fair's, as it is now.
    """

    ticket_id: str
    gate_id: str
    now: datetime
    today: date
    first_day: date
    last_day: date
    fair_cancelled: bool = False


Command: TypeAlias = IssueTicket | CheckIn


# Events


@dataclass(frozen=True, slots=True)
class TicketIssued(TicketDetails):
    """The ticket was given out; one gate opens to it, once."""


@dataclass(frozen=True, slots=True)
class TicketCheckedIn:
    fair_id: str
    ticket_id: str
    gate_id: str
    party: int
    checked_in_at: datetime


Event: TypeAlias = TicketIssued | TicketCheckedIn


@dataclass(slots=True)
class Ticket:
    """The events of a ticket on which a gate decides."""

    issued: TicketIssued | None = None
    checked_in: TicketCheckedIn | None = None


def initial() -> Ticket:
    return Ticket()


def decide(command: Command, ticket: Ticket) -> list[Event]:
    """Raises Refused for a day or party that cannot be, and for a ticket that does not open."""
    match command:
        case IssueTicket():
            return _issue(command, ticket)
        case CheckIn():
            return _check_in(command, ticket)


def _issue(command: IssueTicket, ticket: Ticket) -> list[Event]:
    if ticket.issued is not None:
        return []  # Its id was made for one wish only, so this is the same wish again.
    if command.fair_cancelled:
        raise Refused("fair_cancelled", fair=command.fair_id)
    if not command.first_day <= command.day <= command.last_day:
        raise Refused(
            "outside_fair",
            day=command.day.isoformat(),
            first_day=command.first_day.isoformat(),
            last_day=command.last_day.isoformat(),
        )
    if not 1 <= command.party <= LARGEST_PARTY:
        raise Refused("party_out_of_range", party=command.party, most=LARGEST_PARTY)
    return [
        TicketIssued(
            command.fair_id,
            command.ticket_id,
            command.kind,
            command.day,
            command.party,
            command.province,
        )
    ]


def _check_in(command: CheckIn, ticket: Ticket) -> list[Event]:
    issued, before = ticket.issued, ticket.checked_in
    if issued is None:
        raise Refused("ticket_unknown", ticket=command.ticket_id)
    if before is not None:
        raise Refused(
            "already_checked_in",
            ticket=issued.ticket_id,
            gate=before.gate_id,
            at=before.checked_in_at.isoformat(),
        )
    if command.fair_cancelled:
        raise Refused("fair_cancelled", fair=issued.fair_id)
    _on_its_day(issued.day, command)
    return [
        TicketCheckedIn(
            issued.fair_id, issued.ticket_id, command.gate_id, issued.party, command.now
        )
    ]


def _on_its_day(day: date, command: CheckIn) -> None:
    """Raises Refused where the ticket does not open today.

    A fair may have moved away from the day of a ticket.  We cannot tell its bearer, so the ticket
    opens on any day of the fair instead.
    """
    today = command.today
    if command.first_day <= day <= command.last_day:
        if today != day:
            raise Refused("wrong_day", day=day.isoformat(), today=today.isoformat())
    elif not command.first_day <= today <= command.last_day:
        raise Refused(
            "fair_not_on",
            today=today.isoformat(),
            first_day=command.first_day.isoformat(),
            last_day=command.last_day.isoformat(),
        )


def evolve(ticket: Ticket, event: Event) -> Ticket:
    match event:
        case TicketIssued():
            ticket.issued = event
        case TicketCheckedIn():
            ticket.checked_in = event
    return ticket


DECIDER = Decider("ticket", initial, decide, evolve)


def ticket_stream(ticket_id: str) -> Stream[Command, Ticket, Event]:
    """The stream of one ticket."""
    return DECIDER.stream(ticket_id)
