"""Stream `ticket-{ticket_id}`: one ticket for a day or several, which lets a party in once, or
again where the rules of the fair's gates say so.

What gates without a network have let in stands in the streams of their devices; a command brings
along what they have uploaded of the ticket.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypeAlias

from chassis.kernel.decider import Decider, Stream
from chassis.kernel.refused import Refused
from services.ticketing.gates.kinds import TicketKind
from services.ticketing.gates.movements import Movement, Presence, presence_of

LARGEST_PARTY = 60
"""People on one ticket: a school class with those who come along, or a coach."""
MOST_ISSUES = 255
"""The code of a ticket has one byte for the number of its issue."""


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
    that of the paper which was shown, where it is known.  Without `people` the whole party comes.
    A steward may overrule what gates refuse; `over_limit` says that too many are inside already.
    """

    ticket_id: str
    gate_id: str
    now: datetime
    today: date
    first_day: date
    last_day: date
    fair_cancelled: bool = False
    issue: int | None = None
    people: int | None = None
    reentry: bool = False
    scan_id: str | None = None
    device_id: str | None = None
    overrule: bool = False
    over_limit: bool = False
    uploaded: tuple[Movement, ...] = ()


@dataclass(frozen=True, slots=True)
class CheckOut:
    """Note that people went out: it is a fact, whatever we know of how they came in.

    Without `people` all went who are inside.
    """

    ticket_id: str
    gate_id: str
    now: datetime
    people: int | None = None
    scan_id: str | None = None
    device_id: str | None = None
    uploaded: tuple[Movement, ...] = ()


@dataclass(frozen=True, slots=True)
class NoteDoubleEntry:
    """Tell that an entry was one too many, behind the entry before it."""

    ticket_id: str
    first_id: str
    first_gate_id: str
    first_at: datetime
    second_id: str
    second_gate_id: str
    second_at: datetime


Command: TypeAlias = (
    IssueTicket | RevokeTicket | ReissueTicket | CheckIn | CheckOut | NoteDoubleEntry
)


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
    """`party` people came in; `again` where the ticket had opened a gate with a network before."""

    fair_id: str
    ticket_id: str
    gate_id: str
    party: int
    checked_in_at: datetime
    again: bool = False
    overruled: bool = False
    scan_id: str | None = None
    device_id: str | None = None


@dataclass(frozen=True, slots=True)
class TicketCheckedOut:
    fair_id: str
    ticket_id: str
    gate_id: str
    people: int
    checked_out_at: datetime
    scan_id: str | None = None
    device_id: str | None = None


@dataclass(frozen=True, slots=True)
class DoubleEntryFound:
    """More people came in than the ticket is for, without an exit between, as known by then."""

    fair_id: str
    ticket_id: str
    first_id: str
    first_gate_id: str
    first_at: datetime
    second_id: str
    second_gate_id: str
    second_at: datetime


Event: TypeAlias = (
    TicketIssued
    | TicketRevoked
    | TicketReissued
    | TicketCheckedIn
    | TicketCheckedOut
    | DoubleEntryFound
)


@dataclass(slots=True)
class Ticket:
    """The events of a ticket on which a gate decides."""

    issued: TicketIssued | None = None
    issue: int = 1
    revoked: bool = False
    passages: list[Movement] = field(default_factory=list[Movement])
    """What happened at gates with a network, in the order in which it was decided."""
    doubles: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])

    def pass_by(
        self, direction: str, at: datetime, people: int, gate_id: str, scan_id: str | None
    ) -> None:
        """Keep a movement; one that no device scanned has a number in the place of its scan."""
        number = len(self.passages)
        id_ = scan_id or f"passage {number}"
        self.passages.append(Movement(id_, at, direction, people, gate_id, sequence=number))


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
        case CheckOut():
            return _check_out(command, ticket)
        case NoteDoubleEntry():
            return _note(command, ticket)


def would_open(command: CheckIn, ticket: Ticket) -> bool:
    """Whether people come in by this command, as the ticket is now."""
    try:
        return bool(_check_in(command, ticket))
    except Refused:
        return False


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
    issued = _known(ticket, command.ticket_id)
    if ticket.revoked:
        raise Refused("ticket_revoked", ticket=issued.ticket_id)
    if command.issue is not None and command.issue < ticket.issue:
        raise Refused("ticket_reissued", ticket=issued.ticket_id, issue=ticket.issue)
    movements = (*ticket.passages, *command.uploaded)
    if _is_known(command.scan_id, movements):
        return []  # A device has decided it alone, and uploaded it.
    people = command.people or issued.party
    broken = _broken(command, issued, presence_of(movements, issued.party), people)
    if command.fair_cancelled:
        raise broken or Refused("fair_cancelled", fair=issued.fair_id)
    try:
        _on_its_days(issued, command)
    except Refused as refused:
        broken = broken or refused
    if broken is not None and not command.overrule:
        raise broken
    return [
        TicketCheckedIn(
            issued.fair_id,
            issued.ticket_id,
            command.gate_id,
            people,
            command.now,
            again=any(each.direction == "in" for each in ticket.passages),
            overruled=broken is not None or command.over_limit,
            scan_id=command.scan_id,
            device_id=command.device_id,
        )
    ]


def _broken(
    command: CheckIn, issued: TicketIssued, presence: Presence, people: int
) -> Refused | None:
    """Why so many do not come in with this ticket, with those who have; None where they do."""
    left = issued.party - (presence.inside if command.reentry else presence.entered)
    if people <= left:
        return None
    if left > 0:
        return Refused("too_many_people", ticket=issued.ticket_id, people=people, left=left)
    first = presence.first
    return Refused(
        "already_checked_in",
        ticket=issued.ticket_id,
        gate=first and first.gate_id,
        at=first and first.at.isoformat(),
    )


def _check_out(command: CheckOut, ticket: Ticket) -> list[Event]:
    issued = _known(ticket, command.ticket_id)
    movements = (*ticket.passages, *command.uploaded)
    if _is_known(command.scan_id, movements):
        return []
    inside = presence_of(movements, issued.party).inside
    return [
        TicketCheckedOut(
            issued.fair_id,
            issued.ticket_id,
            command.gate_id,
            command.people or inside or issued.party,
            command.now,
            command.scan_id,
            command.device_id,
        )
    ]


def _is_known(scan_id: str | None, movements: tuple[Movement, ...]) -> bool:
    return scan_id is not None and any(each.scan_id == scan_id for each in movements)


def _note(command: NoteDoubleEntry, ticket: Ticket) -> list[Event]:
    issued = _known(ticket, command.ticket_id)
    if (command.first_id, command.second_id) in ticket.doubles:
        return []
    return [
        DoubleEntryFound(
            issued.fair_id,
            issued.ticket_id,
            command.first_id,
            command.first_gate_id,
            command.first_at,
            command.second_id,
            command.second_gate_id,
            command.second_at,
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
        case TicketCheckedIn() as e:
            ticket.pass_by("in", e.checked_in_at, e.party, e.gate_id, e.scan_id)
        case TicketCheckedOut() as e:
            ticket.pass_by("out", e.checked_out_at, e.people, e.gate_id, e.scan_id)
        case DoubleEntryFound() as e:
            ticket.doubles.add((e.first_id, e.second_id))
    return ticket


DECIDER = Decider("ticket", initial, decide, evolve)


def ticket_stream(ticket_id: str) -> Stream[Command, Ticket, Event]:
    """The stream of one ticket."""
    return DECIDER.stream(ticket_id)
