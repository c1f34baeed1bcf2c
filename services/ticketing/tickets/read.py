"""The read tables `tickets`, `expected` and `arrivals`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from maarid_contracts.envelope import Id, Slug

from chassis.answers.shapes import AnswerOut
from chassis.definition.projection import Projection
from chassis.log.events import Fact
from chassis.postgres.database import Connection, Pool, columns
from services.ticketing.tickets.domain import Event, TicketCheckedIn, TicketIssued, TicketKind

# Projection

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


async def project(db: Connection, facts: Sequence[Fact[Event]]) -> None:
    """A ticket is issued before its party is let in."""
    issued: list[tuple[object, ...]] = []
    entered: list[tuple[object, ...]] = []
    for fact in facts:
        match fact.event:
            case TicketIssued() as e:
                at = fact.occurred_at
                issued.append(
                    (e.ticket_id, e.fair_id, e.kind.value, e.day, e.party, e.province, at)
                )
            case TicketCheckedIn() as e:
                entered.append((e.ticket_id, e.gate_id, e.checked_in_at))
    if issued:
        await db.execute(ISSUE, *columns(issued))
    if entered:
        await db.execute(CHECK_IN, *columns(entered))


PROJECTION = Projection(tables=("tickets", "expected", "arrivals"), own=project, events=Event)


# Queries


class TicketOut(AnswerOut):
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


async def ticket(db: Pool, ticket_id: str) -> TicketOut | None:
    row = await db.fetchrow("select * from tickets where ticket_id = $1", ticket_id)
    return TicketOut.found(row)
