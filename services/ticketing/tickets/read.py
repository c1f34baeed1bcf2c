"""The read tables `tickets`, `expected` and `arrivals`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated

from maarid_contracts.envelope import Code, Id, Slug
from pydantic import BeforeValidator, Field

from chassis.answers.shapes import AnswerOut
from chassis.definition.projection import Projection
from chassis.log.events import Fact
from chassis.postgres.database import Connection, Pool, columns
from services.ticketing.tickets.code import letters_of
from services.ticketing.tickets.domain import (
    Event,
    TicketCheckedIn,
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


async def project(db: Connection, facts: Sequence[Fact[Event]]) -> None:
    """A ticket is issued before anything else happens to it; the last issue counts."""
    issued: list[tuple[object, ...]] = []
    reissued: dict[str, int] = {}
    revoked: list[tuple[object, ...]] = []
    entered: list[tuple[object, ...]] = []
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
            case TicketCheckedIn() as e:
                entered.append((e.ticket_id, e.gate_id, e.checked_in_at))
    if issued:
        await db.execute(ISSUE, *columns(issued))
    if reissued:
        await db.execute(REISSUE, list(reissued), list(reissued.values()))
    if revoked:
        await db.execute(REVOKE, *columns(revoked))
    if entered:
        await db.execute(CHECK_IN, *columns(entered))


PROJECTION = Projection(tables=("tickets", "expected", "arrivals"), own=project, events=Event)


# Queries


SHOWN = """
select ticket_id, fair_id, kind, day, coalesce(last_day, day) as last_day, party, province,
       issued_at, issue, revoked_at is not null as revoked, revoked_at, revoked_for,
       short_code, gate_id, checked_in_at
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


async def ticket(db: Pool, ticket_id: str) -> TicketOut | None:
    row = await db.fetchrow(f"{SHOWN} where ticket_id = $1", ticket_id)
    return TicketOut.found(row)
