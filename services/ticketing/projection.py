"""Events to read tables: a few statements for a batch, however many events it has."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from maarid_contracts.registration import (
    ContactAddedV1,
    ContactErasedV1,
    FairAnnouncedV1,
    FairCancelledV1,
    FairChangedV1,
)

from chassis.database import Connection
from chassis.heard import Heard
from chassis.log import Fact
from chassis.projection import Projection
from services.ticketing.domain import ticket, workshop
from services.ticketing.domain.ticket import TicketCheckedIn, TicketIssued
from services.ticketing.domain.workshop import (
    SeatEvent,
    SeatReleased,
    SeatReserved,
    SeatWaitlisted,
    WorkshopCancelled,
    WorkshopFull,
    WorkshopMoved,
    WorkshopOpened,
    WorkshopReopened,
    WorkshopRulesSet,
)

OPEN = """
insert into workshops (session_id, fair_id, title_ar, title_fr, title_zgh, title_en, hall_id,
                       capacity, starts_at, ends_at)
select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
                     $7::text[], $8::integer[], $9::timestamptz[], $10::timestamptz[])
on conflict (session_id) do nothing
"""
MOVE = """
update workshops as w set hall_id = m.hall_id, starts_at = m.starts_at, ends_at = m.ends_at
  from unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::timestamptz[])
       as m(session_id, hall_id, starts_at, ends_at)
 where w.session_id = m.session_id
"""
RULES = """
update workshops as w set places_per_organisation = r.places
  from unnest($1::uuid[], $2::integer[]) as r(session_id, places)
 where w.session_id = r.session_id
"""
CANCEL = "update workshops set cancelled = true where session_id = any($1::uuid[])"
SEATS = """
with counted as (
    update workshops as w set seats_reserved = w.seats_reserved + c.reserved,
                              seats_waitlisted = w.seats_waitlisted + c.waitlisted
      from unnest($9::uuid[], $10::integer[], $11::integer[])
           as c(session_id, reserved, waitlisted)
     where w.session_id = c.session_id
)
insert into seats (seat_id, session_id, attendee_id, contact_id, status, reason, arrived,
                   changed_at)
select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[],
                     $7::bigint[], $8::timestamptz[])
on conflict (seat_id) do update
   set status = excluded.status, reason = excluded.reason, changed_at = excluded.changed_at
"""
ISSUE = """
with issued as (
    insert into tickets (ticket_id, fair_id, kind, day, party, province, issued_at)
    select * from unnest($1::uuid[], $2::text[], $3::text[], $4::date[], $5::integer[],
                         $6::text[], $7::timestamptz[])
    on conflict (ticket_id) do nothing
    returning fair_id, day, party
)
insert into expected as e (fair_id, day, tickets, people)
select fair_id, day, count(*), sum(party) from issued group by fair_id, day order by fair_id, day
on conflict (fair_id, day) do update
   set tickets = e.tickets + excluded.tickets, people = e.people + excluded.people
"""
CHECK_IN = """
with entered as (
    update tickets as t set gate_id = c.gate_id, checked_in_at = c.checked_in_at
      from unnest($1::uuid[], $2::text[], $3::timestamptz[])
           as c(ticket_id, gate_id, checked_in_at)
     where t.ticket_id = c.ticket_id
    returning t.fair_id, t.day, t.gate_id, coalesce(t.province, '') as province, t.party
)
insert into arrivals as a (fair_id, day, gate_id, province, tickets, people)
select fair_id, day, gate_id, province, count(*), sum(party) from entered
 group by fair_id, day, gate_id, province order by fair_id, day, gate_id, province
on conflict (fair_id, day, gate_id, province) do update
   set tickets = a.tickets + excluded.tickets, people = a.people + excluded.people
"""
FAIRS = """
insert into fairs (fair_id, timezone, first_day, last_day) values ($1, $2, $3, $4)
on conflict (fair_id) do update set timezone = excluded.timezone,
   first_day = excluded.first_day, last_day = excluded.last_day
"""
CHANGE_FAIR = """
update fairs set timezone = $2, first_day = $3, last_day = $4 where fair_id = $1
"""
CANCEL_FAIRS = "update fairs set cancelled = true where fair_id = any($1::text[])"
CONTACTS = """
insert into contacts (contact_id, organisation_id)
select * from unnest($1::uuid[], $2::uuid[])
on conflict (contact_id) do update set organisation_id = excluded.organisation_id
"""


class Seat(NamedTuple):
    """One row of `seats`, as a batch leaves it."""

    seat_id: str
    session_id: str
    attendee_id: str
    contact_id: str | None
    status: str
    reason: str | None
    arrived: int
    changed_at: datetime


@dataclass(slots=True)
class Seats:
    """The last word on each seat of a batch, and what the batch adds to each workshop's counts."""

    rows: dict[str, Seat] = field(default_factory=dict[str, Seat])
    reserved: dict[str, int] = field(default_factory=lambda: defaultdict[str, int](int))
    waitlisted: dict[str, int] = field(default_factory=lambda: defaultdict[str, int](int))

    def add(self, event: SeatEvent, fact: Fact) -> None:
        reason: str | None = None
        match event:
            case SeatReserved():
                status = "reserved"
                self.reserved[event.session_id] += 1
                self.waitlisted[event.session_id] -= event.from_waitlist
            case SeatWaitlisted():
                status = "waitlisted"
                self.waitlisted[event.session_id] += 1
            case SeatReleased():
                status, reason = "released", event.reason
                counts = self.waitlisted if event.waited else self.reserved
                counts[event.session_id] -= 1
        before = self.rows.get(event.seat_id)
        # Only a seat's first row in the table keeps this version; a later one leaves it alone.
        arrived = before.arrived if before else fact.version
        self.rows[event.seat_id] = Seat(
            event.seat_id,
            event.session_id,
            event.attendee_id,
            event.contact_id,
            status,
            reason,
            arrived,
            fact.occurred_at,
        )

    async def write(self, db: Connection) -> None:
        # Sorted, so that two writers lock the workshops in the same order.
        sessions = sorted(
            session
            for session in self.reserved.keys() | self.waitlisted.keys()
            if self.reserved[session] or self.waitlisted[session]
        )
        reserved = [self.reserved[session] for session in sessions]
        waitlisted = [self.waitlisted[session] for session in sessions]
        # One statement for both tables: the round trip costs more than its work.
        rows = _columns(list(self.rows.values()))
        await db.execute(SEATS, *rows, sessions, reserved, waitlisted)


async def project(db: Connection, facts: Sequence[Fact]) -> None:
    """Own events.  A workshop opens before it moves, and moves before it is cancelled."""
    opened: list[WorkshopOpened] = []
    moved: dict[str, WorkshopMoved] = {}
    rules: dict[str, int] = {}
    cancelled: list[str] = []
    seats = Seats()
    issued: list[tuple[TicketIssued, datetime]] = []
    entered: list[TicketCheckedIn] = []
    for fact in facts:
        event: workshop.Event | ticket.Event = fact.event
        match event:
            case SeatReserved() | SeatWaitlisted() | SeatReleased():
                seats.add(event, fact)
            case TicketIssued():
                issued.append((event, fact.occurred_at))
            case TicketCheckedIn():
                entered.append(event)
            case WorkshopOpened():
                opened.append(event)
            case WorkshopMoved():
                moved[event.session_id] = event
            case WorkshopRulesSet():
                rules[event.session_id] = event.places_per_organisation
            case WorkshopCancelled():
                cancelled.append(event.session_id)
            case WorkshopFull() | WorkshopReopened():
                pass  # Both follow from the counts.
    if opened:
        await _open(db, opened)
    if moved:
        rows = [(e.session_id, e.hall_id, e.starts_at, e.ends_at) for e in moved.values()]
        await db.execute(MOVE, *_columns(rows))
    if rules:
        await db.execute(RULES, list(rules), list(rules.values()))
    if seats.rows:
        await seats.write(db)
    if cancelled:
        await db.execute(CANCEL, cancelled)
    if issued:
        rows = [
            (e.ticket_id, e.fair_id, e.kind.value, e.day, e.party, e.province, at)
            for e, at in issued
        ]
        await db.execute(ISSUE, *_columns(rows))
    if entered:
        rows = [(e.ticket_id, e.gate_id, e.checked_in_at) for e in entered]
        await db.execute(CHECK_IN, *_columns(rows))


async def _open(db: Connection, opened: Sequence[WorkshopOpened]) -> None:
    rows = [
        (
            event.session_id,
            event.fair_id,
            event.title.ar,
            event.title.fr,
            event.title.zgh,
            event.title.en,
            event.hall_id,
            event.capacity,
            event.starts_at,
            event.ends_at,
        )
        for event in opened
    ]
    await db.execute(OPEN, *_columns(rows))


async def hear(db: Connection, batch: Sequence[Heard]) -> None:
    """What registration says of fairs and contacts; contacts are ids only, no names.

    A fair is announced before it changes, and changes before it is cancelled.
    """
    fairs: list[tuple[object, ...]] = []
    changed: list[tuple[object, ...]] = []
    ended: list[str] = []
    contacts: dict[UUID, UUID | None] = {}
    for heard in batch:
        match heard.contract:
            case FairAnnouncedV1() as fair:
                fairs.append((fair.fair_id, fair.timezone, fair.first_day, fair.last_day))
            case FairChangedV1() as fair:
                changed.append((fair.fair_id, fair.timezone, fair.first_day, fair.last_day))
            case FairCancelledV1() as fair:
                ended.append(fair.fair_id)
            case ContactAddedV1() as contact:
                contacts[UUID(contact.contact_id)] = UUID(contact.organisation_id)
            case ContactErasedV1() as contact:
                contacts[UUID(contact.contact_id)] = None
            case _:
                pass  # What scheduling says is for the policies.
    if fairs:
        await db.executemany(FAIRS, fairs)
    if changed:
        await db.executemany(CHANGE_FAIR, changed)
    if ended:
        await db.execute(CANCEL_FAIRS, ended)
    if known := [(who, whose) for who, whose in contacts.items() if whose is not None]:
        await db.execute(CONTACTS, *_columns(known))
    if erased := [who for who, whose in contacts.items() if whose is None]:
        await db.execute("delete from contacts where contact_id = any($1::uuid[])", erased)


def _columns(rows: Sequence[tuple[object, ...]]) -> list[list[object]]:
    """Rows turned into the arrays that `unnest` makes rows of again."""
    return [list(column) for column in zip(*rows, strict=True)]


PROJECTION = Projection(
    tables=("fairs", "contacts", "workshops", "seats", "tickets", "expected", "arrivals"),
    own=project,
    heard=hear,
)
