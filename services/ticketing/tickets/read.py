"""The read tables `tickets`, `expected`, `arrivals`, `passages` and `double_entries`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Annotated

from maarid_contracts.envelope import Code, Id, Slug
from pydantic import BeforeValidator, Field

from chassis.answers.shapes import AnswerOut
from chassis.definition.projection import Projection, Row
from chassis.log.events import Fact
from chassis.postgres.database import Connection, Pool, columns
from services.ticketing.gates.read.counting import count_anew
from services.ticketing.tickets.code import letters_of
from services.ticketing.tickets.domain import (
    DoubleEntryFound,
    Event,
    TicketCheckedIn,
    TicketCheckedOut,
    TicketIssued,
    TicketKind,
    TicketReissued,
    TicketRevoked,
)

# Projection

EXPECT = """
insert into expected as e (fair_id, day, tickets, people, later_tickets, later_people)
select fair_id, on_day,
       {sign} coalesce(sum(1) filter (where on_day = day), 0),
       {sign} coalesce(sum(party) filter (where on_day = day), 0),
       {sign} coalesce(sum(1) filter (where on_day > day), 0),
       {sign} coalesce(sum(party) filter (where on_day > day), 0)
  from {those}
       cross join lateral (select generate_series(day, coalesce(last_day, day), '1 day')::date)
                  as days(on_day)
 group by fair_id, on_day order by fair_id, on_day
on conflict (fair_id, day) do update
   set tickets = e.tickets + excluded.tickets, people = e.people + excluded.people,
       later_tickets = e.later_tickets + excluded.later_tickets,
       later_people = e.later_people + excluded.later_people
"""
"""A ticket counts on each of its days, and in `tickets` and `people` on the first alone."""
ISSUE = f"""
with issued as (
    insert into tickets (ticket_id, fair_id, kind, day, party, province, last_day, issued_at)
    select * from unnest($1::uuid[], $2::text[], $3::text[], $4::date[], $5::integer[],
                         $6::text[], $7::date[], $8::timestamptz[])
    on conflict (ticket_id) do nothing
    returning fair_id, day, last_day, party
)
{EXPECT.format(sign="+", those="issued")}
"""
REISSUE = """
update tickets as t set issue = r.issue
  from unnest($1::uuid[], $2::smallint[]) as r(ticket_id, issue)
 where t.ticket_id = r.ticket_id
"""
REVOKE = f"""
with revoked as (
    update tickets as t set revoked_at = r.revoked_at, revoked_for = r.reason
      from unnest($1::uuid[], $2::text[], $3::timestamptz[]) as r(ticket_id, reason, revoked_at)
     where t.ticket_id = r.ticket_id and t.revoked_at is null
    returning t.fair_id, t.day, t.last_day, t.party
)
{EXPECT.format(sign="-", those="revoked")}
"""
CHECK_IN = """
with entered as (
    update tickets as t set gate_id = c.gate_id, checked_in_at = c.checked_in_at,
           checked_in_people = nullif(c.people, t.party), checked_in_scan = c.scan_id
      from unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::integer[], $5::uuid[])
           as c(ticket_id, gate_id, checked_in_at, people, scan_id)
     where t.ticket_id = c.ticket_id
    returning t.ticket_id, t.fair_id, t.day, t.gate_id, coalesce(t.province, '') as province,
              c.people, t.inside is not null as counted
), arrived as (
    insert into arrivals as a (fair_id, day, gate_id, province, tickets, people)
    select fair_id, day, gate_id, province, count(*), sum(people) from entered
     group by fair_id, day, gate_id, province order by fair_id, day, gate_id, province
    on conflict (fair_id, day, gate_id, province) do update
       set tickets = a.tickets + excluded.tickets, people = a.people + excluded.people
)
select ticket_id::text from entered where counted
"""
"""A ticket's first entry over the network; of those of which devices have told, all is counted."""
PASSAGES = """
insert into passages (ticket_id, version, fair_id, gate_id, scan_id, at, direction, people,
                      overruled)
select * from unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::uuid[],
                     $6::timestamptz[], $7::text[], $8::integer[], $9::boolean[])
"""
FOUND = """
insert into double_entries (ticket_id, first_id, second_id, found_at)
select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::timestamptz[])
on conflict do nothing
"""


async def project(db: Connection, facts: Sequence[Fact[Event]]) -> None:
    """A ticket is issued before anything else happens to it; the last issue counts."""
    issued: list[Row] = []
    reissued: dict[str, int] = {}
    revoked: list[Row] = []
    gates = Gates()
    for fact in facts:
        at = fact.occurred_at
        match fact.event:
            case TicketIssued() as e:
                kind, days = e.kind.value, (e.last_day, at)
                issued.append((e.ticket_id, e.fair_id, kind, e.day, e.party, e.province, *days))
            case TicketReissued() as e:
                reissued[e.ticket_id] = e.issue
            case TicketRevoked() as e:
                revoked.append((e.ticket_id, e.reason, at))
            case TicketCheckedIn() | TicketCheckedOut() | DoubleEntryFound() as e:
                gates.add(fact, e)
    if issued:
        await db.execute(ISSUE, *columns(issued))
    if reissued:
        await db.execute(REISSUE, list(reissued), list(reissued.values()))
    if revoked:
        await db.execute(REVOKE, *columns(revoked))
    await gates.write(db)


@dataclass(slots=True)
class Gates:
    """What a batch of events says of entries and exits."""

    entered: list[Row] = field(default_factory=list[Row])
    passed: list[Row] = field(default_factory=list[Row])
    found: list[Row] = field(default_factory=list[Row])

    def add(
        self, fact: Fact[Event], event: TicketCheckedIn | TicketCheckedOut | DoubleEntryFound
    ) -> None:
        match event:
            case TicketCheckedIn(again=False) as e:
                at = e.checked_in_at
                self.entered.append((e.ticket_id, e.gate_id, at, e.party, e.scan_id))
            case TicketCheckedIn() as e:
                self._pass(fact, e, e.checked_in_at, "in", e.party, e.overruled)
            case TicketCheckedOut() as e:
                self._pass(fact, e, e.checked_out_at, "out", e.people, False)
            case DoubleEntryFound() as e:
                self.found.append((e.ticket_id, e.first_id, e.second_id, fact.occurred_at))

    def _pass(
        self,
        fact: Fact[Event],
        event: TicketCheckedIn | TicketCheckedOut,
        at: datetime,
        *moved: object,
    ) -> None:
        scan = event.scan_id or fact.event_id
        where = (event.fair_id, event.gate_id, scan, at)
        self.passed.append((event.ticket_id, fact.version, *where, *moved))

    async def write(self, db: Connection) -> None:
        touched = {row[0] for row in self.passed}
        if self.entered:
            touched |= {row[0] for row in await db.fetch(CHECK_IN, *columns(self.entered))}
        if self.passed:
            await db.execute(PASSAGES, *columns(self.passed))
        if self.found:
            await db.execute(FOUND, *columns(self.found))
        if touched:
            await count_anew(db, touched)


PROJECTION = Projection(
    tables=("tickets", "expected", "arrivals", "passages", "double_entries"),
    own=project,
    events=Event,
)


# Queries


SHOWN = """
select ticket_id, fair_id, kind, day, coalesce(last_day, day) as last_day, party, province,
       issued_at, issue, revoked_at is not null as revoked, revoked_at, revoked_for,
       short_code, coalesce(gate_id, entered_gate) as gate_id,
       coalesce(checked_in_at, entered_at) as checked_in_at,
       coalesce(inside, checked_in_people,
                case when checked_in_at is not null then party else 0 end) as inside
  from tickets
"""


class TicketOut(AnswerOut):
    """A ticket, and where and when it let its party in."""

    ticket_id: Id
    fair_id: Slug
    kind: TicketKind
    day: date = Field(description="The first day on which it opens a gate.")
    last_day: date = Field(description="The last one, which may be the same.")
    party: int
    province: Slug | None
    issued_at: datetime
    issue: int = Field(description="How often it was given out; what was printed before is void.")
    revoked: bool
    revoked_at: datetime | None
    revoked_for: Code | None
    code: str | None = Field(
        default=None,
        description="The text of its QR code (contracts/tickets/README.md), for those who hand it"
        " out; none where the ticket was revoked, or is for a day before 2020.",
    )
    short_code: Annotated[str, BeforeValidator(letters_of)] = Field(
        description="Eight letters, typed where the code cannot be read.",
        json_schema_extra={"examples": ["QTHZKABM"]},
    )
    gate_id: Slug | None
    checked_in_at: datetime | None
    inside: int = Field(description="People of it who are inside now, as far as gates have told.")


async def ticket(db: Pool, ticket_id: str) -> TicketOut | None:
    row = await db.fetchrow(f"{SHOWN} where ticket_id = $1", ticket_id)
    return TicketOut.found(row)
