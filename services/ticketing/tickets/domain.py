"""Stream `ticket-{ticket_id}`: one ticket for a day or several, which lets a party in once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TypeAlias

from chassis.kernel.decider import Decider, Stream
from chassis.kernel.refused import Refused

LARGEST_PARTY = 60
"""People on one ticket: a school class with those who come along, or a coach."""
MOST_ISSUES = 255
"""The code of a ticket has one byte for the number of its issue."""


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
    last_day: date | None = None
    """Of a ticket for several days; None where `day` is its only one."""

    @property
    def until(self) -> date:
        """The last day on which it opens a gate."""
        return self.last_day or self.day


# Commands


@dataclass(frozen=True, slots=True)
class IssueTicket:
    """Give out a ticket; `first_day`, `last_day` and whether it was called off are the fair's."""

    ticket: TicketDetails
    first_day: date
    last_day: date
    fair_cancelled: bool = False


@dataclass(frozen=True, slots=True)
class RevokeTicket:
    ticket_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class ReissueTicket:
    """Give out the ticket once more: what was printed before opens no gate."""

    ticket_id: str


@dataclass(frozen=True, slots=True)
class CheckIn:
    """Let the bearer in; `today` is the date of `now` where the fair takes place.

    `first_day`, `last_day` and whether it was called off are the fair's, as it is now.  `issue` is
    that of the paper which was shown, where it is known.
    """

    ticket_id: str
    gate_id: str
    now: datetime
    today: date
    first_day: date
    last_day: date
    fair_cancelled: bool = False
    issue: int | None = None


Command: TypeAlias = IssueTicket | RevokeTicket | ReissueTicket | CheckIn


# Events


@dataclass(frozen=True, slots=True)
class TicketIssued(TicketDetails):
    """The ticket was given out, in its first issue; one gate opens to it, once."""


@dataclass(frozen=True, slots=True)
class TicketRevoked:
    """The ticket opens no gate any more."""

    fair_id: str
    ticket_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class TicketReissued:
    """The ticket was given out once more; only this issue opens a gate."""

    fair_id: str
    ticket_id: str
    issue: int


@dataclass(frozen=True, slots=True)
class TicketCheckedIn:
    fair_id: str
    ticket_id: str
    gate_id: str
    party: int
    checked_in_at: datetime


Event: TypeAlias = TicketIssued | TicketRevoked | TicketReissued | TicketCheckedIn


@dataclass(slots=True)
class Ticket:
    """The events of a ticket on which a gate decides."""

    issued: TicketIssued | None = None
    issue: int = 1
    revoked: bool = False
    checked_in: TicketCheckedIn | None = None


def initial() -> Ticket:
    return Ticket()


def decide(command: Command, ticket: Ticket) -> list[Event]:
    """Raises Refused for days or a party that cannot be, and for a ticket that does not open."""
    match command:
        case IssueTicket():
            return _issue(command, ticket)
        case RevokeTicket():
            issued = _known(ticket, command.ticket_id)
            if ticket.revoked:
                return []  # Already fact, whatever the reason was.
            return [TicketRevoked(issued.fair_id, issued.ticket_id, command.reason)]
        case ReissueTicket():
            issued = _known(ticket, command.ticket_id)
            if ticket.revoked:
                raise Refused("ticket_revoked", ticket=issued.ticket_id)
            if ticket.issue == MOST_ISSUES:
                raise Refused("reissues_used_up", ticket=issued.ticket_id, most=MOST_ISSUES)
            return [TicketReissued(issued.fair_id, issued.ticket_id, ticket.issue + 1)]
        case CheckIn():
            return _check_in(command, ticket)


def _known(ticket: Ticket, ticket_id: str) -> TicketIssued:
    if ticket.issued is None:
        raise Refused("ticket_unknown", ticket=ticket_id)
    return ticket.issued


def _issue(command: IssueTicket, ticket: Ticket) -> list[Event]:
    if ticket.issued is not None:
        return []  # Its id was made for one wish only, so this is the same wish again.
    wanted = command.ticket
    if command.fair_cancelled:
        raise Refused("fair_cancelled", fair=wanted.fair_id)
    if wanted.until < wanted.day:
        raise Refused(
            "ends_before_it_begins",
            day=wanted.day.isoformat(),
            last_day=wanted.until.isoformat(),
        )
    for day in (wanted.day, wanted.until):
        if not command.first_day <= day <= command.last_day:
            raise Refused(
                "outside_fair",
                day=day.isoformat(),
                first_day=command.first_day.isoformat(),
                last_day=command.last_day.isoformat(),
            )
    if not 1 <= wanted.party <= LARGEST_PARTY:
        raise Refused("party_out_of_range", party=wanted.party, most=LARGEST_PARTY)
    return [
        TicketIssued(
            wanted.fair_id,
            wanted.ticket_id,
            wanted.kind,
            wanted.day,
            wanted.party,
            wanted.province,
            # One day is said in one way only.
            None if wanted.until == wanted.day else wanted.until,
        )
    ]


def _check_in(command: CheckIn, ticket: Ticket) -> list[Event]:
    issued, before = _known(ticket, command.ticket_id), ticket.checked_in
    if ticket.revoked:
        raise Refused("ticket_revoked", ticket=issued.ticket_id)
    if command.issue not in (None, ticket.issue):
        raise Refused("ticket_reissued", ticket=issued.ticket_id, issue=ticket.issue)
    if before is not None:
        raise Refused(
            "already_checked_in",
            ticket=issued.ticket_id,
            gate=before.gate_id,
            at=before.checked_in_at.isoformat(),
        )
    if command.fair_cancelled:
        raise Refused("fair_cancelled", fair=issued.fair_id)
    _on_its_days(issued, command)
    return [
        TicketCheckedIn(
            issued.fair_id, issued.ticket_id, command.gate_id, issued.party, command.now
        )
    ]


def _on_its_days(issued: TicketIssued, command: CheckIn) -> None:
    """Raises Refused where the ticket does not open today.

    A fair may have moved away from the days of a ticket.  We cannot tell its bearer, so a ticket
    of which no day is left opens on any day of the fair instead.
    """
    today = command.today
    first, last = max(issued.day, command.first_day), min(issued.until, command.last_day)
    if first <= last:
        if not first <= today <= last:
            raise Refused("wrong_day", day=_days(first, last), today=today.isoformat())
    elif not command.first_day <= today <= command.last_day:
        raise Refused(
            "fair_not_on",
            today=today.isoformat(),
            first_day=command.first_day.isoformat(),
            last_day=command.last_day.isoformat(),
        )


def _days(first: date, last: date) -> str:
    """One day, or the first and last of several, as ISO 8601 writes both."""
    return "/".join(day.isoformat() for day in dict.fromkeys((first, last)))


def evolve(ticket: Ticket, event: Event) -> Ticket:
    match event:
        case TicketIssued():
            ticket.issued = event
        case TicketRevoked():
            ticket.revoked = True
        case TicketReissued():
            ticket.issue = event.issue
        case TicketCheckedIn():
            ticket.checked_in = event
    return ticket


DECIDER = Decider("ticket", initial, decide, evolve)


def ticket_stream(ticket_id: str) -> Stream[Command, Ticket, Event]:
    """The stream of one ticket."""
    return DECIDER.stream(ticket_id)
