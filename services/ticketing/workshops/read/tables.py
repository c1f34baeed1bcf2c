"""The read tables `workshops` and `seats`, written from the events of both."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import astuple, dataclass, field
from datetime import datetime

from chassis.definition.projection import Projection, Row
from chassis.log.events import Fact
from chassis.postgres.database import Connection, columns
from services.ticketing.workshops.doors import NO_SHOW
from services.ticketing.workshops.events import (
    CapacityExceeded,
    DoorEvent,
    Event,
    HeldSeatsReleased,
    OfferEvent,
    SeatAttended,
    SeatEvent,
    SeatOfferDeadlineSet,
    SeatOfferDeclined,
    SeatOffered,
    SeatOfferLapsed,
    SeatOfferPassed,
    SeatReleased,
    SeatReserved,
    SeatWaitlisted,
    WalkInAdmitted,
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
update workshops as w
   set places_per_organisation = r.places, opens_at = r.opens_at, held = r.held,
       held_until = r.held_until, offer_minutes = r.offers, no_show_minutes = r.no_shows
  from unnest($1::uuid[], $2::integer[], $3::timestamptz[], $4::integer[], $5::timestamptz[],
              $6::integer[], $7::integer[])
       as r(session_id, places, opens_at, held, held_until, offers, no_shows)
 where w.session_id = r.session_id
"""
CANCEL = """
update workshops set cancelled = true, seats_offered = 0 where session_id = any($1::uuid[])
"""
# An offer ends in whatever comes next; that somebody came stays.
WRITE_SEATS = """
with counted as (
    update workshops as w set seats_reserved = w.seats_reserved + c.reserved,
                              seats_waitlisted = w.seats_waitlisted + c.waitlisted
      from unnest($12::uuid[], $13::integer[], $14::integer[])
           as c(session_id, reserved, waitlisted)
     where w.session_id = c.session_id
)
insert into seats (seat_id, session_id, attendee_id, contact_id, status, reason, arrived,
                   changed_at, places, offered_until, attended_at)
select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[],
                     $7::bigint[], $8::timestamptz[], $9::integer[], $10::timestamptz[],
                     $11::timestamptz[])
on conflict (seat_id) do update
   set status = excluded.status, reason = excluded.reason, changed_at = excluded.changed_at,
       offered_until = excluded.offered_until,
       attended_at = coalesce(excluded.attended_at, seats.attended_at)
"""
COUNT = """
update workshops as w
   set seats_offered = w.seats_offered + c.offered, offers = w.offers + c.offers,
       offers_taken = w.offers_taken + c.taken, offers_lapsed = w.offers_lapsed + c.lapsed,
       no_shows = w.no_shows + c.no_shows, attended = w.attended + c.attended,
       walk_ins = w.walk_ins + c.walk_ins, over_capacity = w.over_capacity + c.over_capacity
  from unnest($1::uuid[], $2::integer[], $3::integer[], $4::integer[], $5::integer[],
              $6::integer[], $7::integer[], $8::integer[], $9::integer[])
       as c(session_id, offered, offers, taken, lapsed, no_shows, attended, walk_ins, over_capacity)
 where w.session_id = c.session_id
"""


@dataclass(slots=True)
class Counts:
    """What a batch adds to the rarer counts of a workshop; offers are counted, else places."""

    offered: int = 0
    offers: int = 0
    taken: int = 0
    lapsed: int = 0
    no_shows: int = 0
    attended: int = 0
    walk_ins: int = 0
    over_capacity: int = 0


@dataclass(slots=True)
class Seats:
    """The last row of each seat of a batch, and what the batch adds to each workshop's counts."""

    rows: dict[str, Row] = field(default_factory=dict[str, Row])
    arrived: dict[str, tuple[int, int]] = field(default_factory=dict[str, tuple[int, int]])
    attended: dict[str, datetime] = field(default_factory=dict[str, datetime])
    reserved: dict[str, int] = field(default_factory=lambda: defaultdict[str, int](int))
    waitlisted: dict[str, int] = field(default_factory=lambda: defaultdict[str, int](int))
    counts: dict[str, Counts] = field(default_factory=lambda: defaultdict[str, Counts](Counts))

    def add(self, event: SeatEvent, version: int, occurred_at: datetime) -> None:
        session, reason, places = event.session_id, None, event.places
        match event:
            case SeatReserved():
                status = "reserved"
                self.reserved[session] += places
                if event.from_waitlist:
                    self.waitlisted[session] -= places
                if event.from_offer:
                    self.counts[session].offered -= places
                    self.counts[session].taken += 1
            case SeatWaitlisted():
                status = "waitlisted"
                self.waitlisted[session] += places
            case SeatReleased():
                status, reason = "released", event.reason
                counts = self.waitlisted if event.waited else self.reserved
                counts[session] -= places
                if reason == NO_SHOW:
                    self.counts[session].no_shows += places
        self._write(event, version, occurred_at, status, reason, places)

    def offer(self, event: OfferEvent, version: int, occurred_at: datetime) -> None:
        """Whoever is offered a seat stays on the waiting list until the answer."""
        counts, places, until = self.counts[event.session_id], 1, None
        match event:
            case SeatOffered(places=places, lapses_at=until):
                counts.offered += places
                counts.offers += 1
            case SeatOfferDeadlineSet(lapses_at=until):
                pass
            case SeatOfferPassed(places=places) | SeatOfferDeclined(places=places):
                counts.offered -= places
            case SeatOfferLapsed(places=places):
                counts.offered -= places
                counts.lapsed += 1
        self._write(event, version, occurred_at, "waitlisted", None, places, until)

    def come(self, event: DoorEvent, version: int, occurred_at: datetime) -> None:
        counts = self.counts[event.session_id]
        match event:
            case SeatAttended():
                counts.attended += event.places
                self.attended[event.seat_id] = event.at
                self._write(event, version, occurred_at, "reserved", None, event.places)
            case WalkInAdmitted():
                counts.walk_ins += event.people
            case CapacityExceeded():
                counts.over_capacity += event.people

    def _write(
        self,
        event: SeatEvent | OfferEvent | SeatAttended,
        version: int,
        occurred_at: datetime,
        status: str,
        reason: str | None,
        places: int,
        offered_until: datetime | None = None,
    ) -> None:
        seat = event.seat_id
        # Only a seat's first row in the table keeps its version and its places; a later one leaves
        # both alone.
        arrived, places = self.arrived.setdefault(seat, (version, places))
        self.rows[seat] = (
            *(seat, event.session_id, event.attendee_id, event.contact_id, status, reason),
            *(arrived, occurred_at, places, offered_until, self.attended.get(seat)),
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
        if self.rows:
            # One statement for both tables: the round trip costs more than its work.
            rows = columns(list(self.rows.values()))
            await db.execute(WRITE_SEATS, *rows, sessions, reserved, waitlisted)
        if self.counts:
            more = [(session, *astuple(self.counts[session])) for session in sorted(self.counts)]
            await db.execute(COUNT, *columns(more))


async def project(db: Connection, facts: Sequence[Fact[Event]]) -> None:
    """A workshop opens before it moves, and moves before it is cancelled."""
    opened: list[WorkshopOpened] = []
    moved: dict[str, WorkshopMoved] = {}
    rules: dict[str, WorkshopRulesSet] = {}
    cancelled: list[str] = []
    seats = Seats()
    for fact in facts:
        match event := fact.event:
            case SeatReserved() | SeatWaitlisted() | SeatReleased():
                seats.add(event, fact.version, fact.occurred_at)
            case (
                SeatOffered()
                | SeatOfferDeadlineSet()
                | SeatOfferPassed()
                | SeatOfferDeclined()
                | SeatOfferLapsed()
            ):
                seats.offer(event, fact.version, fact.occurred_at)
            case SeatAttended() | WalkInAdmitted() | CapacityExceeded():
                seats.come(event, fact.version, fact.occurred_at)
            case WorkshopOpened():
                opened.append(event)
            case WorkshopMoved():
                moved[event.session_id] = event
            case WorkshopRulesSet():
                rules[event.session_id] = event
            case WorkshopCancelled():
                cancelled.append(event.session_id)
            case WorkshopFull() | WorkshopReopened() | HeldSeatsReleased():
                pass  # They follow from the counts, and from the rules.
    if opened:
        await _open(db, opened)
    if moved:
        rows = [(e.session_id, e.hall_id, e.starts_at, e.ends_at) for e in moved.values()]
        await db.execute(MOVE, *columns(rows))
    if rules:
        await db.execute(RULES, *columns([_rules(event) for event in rules.values()]))
    if seats.rows or seats.counts:
        await seats.write(db)
    if cancelled:
        await db.execute(CANCEL, cancelled)


def _rules(event: WorkshopRulesSet) -> Row:
    held = (event.held, event.held_until)
    bounds = (event.places_per_organisation, event.opens_at)
    return (event.session_id, *bounds, *held, event.offer_minutes, event.no_show_minutes)


async def _open(db: Connection, opened: Sequence[WorkshopOpened]) -> None:
    rows: list[Row] = []
    for e in opened:
        title = (e.title.ar, e.title.fr, e.title.zgh, e.title.en)
        slot = (e.starts_at, e.ends_at)
        rows.append((e.session_id, e.fair_id, *title, e.hall_id, e.capacity, *slot))
    await db.execute(OPEN, *columns(rows))


PROJECTION = Projection(tables=("workshops", "seats"), own=project, events=Event)
