"""Who is inside, by all scans of the tickets that were touched: written, and gathered for others.

Set by set and from the scans alone, so that the order in which devices upload leaves no trace.
"""

from __future__ import annotations

from collections.abc import Collection

from chassis.postgres.database import Connection

NOBODY = "'00000000-0000-0000-0000-000000000000'::uuid"
"""Stands for the device of a gate with a network: such a scan comes before others of its moment."""
ORDER = "at, device_id, sequence, scan_id"


def moves_of(tickets: str, others: str) -> str:
    """SQL for every movement at the gates, each scan once, where conditions hold for the table
    `tickets`, and for both `passages` and `scans`."""
    return f"""
    select distinct on (ticket_id, scan_id) * from (
        select ticket_id, coalesce(checked_in_scan, ticket_id) as scan_id, {NOBODY} as device_id,
               0::bigint as sequence, checked_in_at as at, 'in' as direction,
               coalesce(checked_in_people, party) as people, gate_id,
               null::timestamptz as received_at
          from tickets where checked_in_at is not null and {tickets}
        union all
        select ticket_id, scan_id, {NOBODY}, version, at, direction, people, gate_id, null
          from passages where {others}
        union all
        select ticket_id, scan_id, device_id, sequence, at, direction, people, gate_id, received_at
          from scans where moves and session_id is null and {others}
    ) as told order by ticket_id, scan_id, device_id, sequence
    """


LOCK = """
select ticket_id from tickets where ticket_id = any($1::uuid[]) order by ticket_id for update
"""
FORGET = "delete from doubles where ticket_id = any($1::uuid[])"
COUNT = f"""
with moves as ({moves_of("ticket_id = any($1::uuid[])", "ticket_id = any($1::uuid[])")}),
steps as (
    select m.*, t.party, t.fair_id,
           sum(case direction when 'in' then people else -people end) over told as total,
           lag(direction) over told as direction_before, lag(scan_id) over told as first_id,
           lag(m.gate_id) over told as first_gate, lag(at) over told as first_at
      from moves as m join tickets as t using (ticket_id)
    window told as (partition by ticket_id order by {ORDER})
), flow as (
    select *, total - least(0, min(total) over (partition by ticket_id order by {ORDER})) as inside
      from steps
), found as (
    insert into doubles (ticket_id, second_id, fair_id, second_gate, second_at, first_id,
                         first_gate, first_at)
    select ticket_id, scan_id, fair_id, gate_id, at, first_id, first_gate, first_at from flow
     where direction = 'in' and direction_before = 'in' and inside > party
), counted as (
    select ticket_id, (array_agg(inside order by at desc, device_id desc, sequence desc,
                                 scan_id desc))[1] as inside,
           coalesce(sum(people) filter (where direction = 'in'), 0) as entered,
           least(max(inside), min(party)) as came,
           min(at) filter (where direction = 'in') as entered_at,
           (array_agg(gate_id order by {ORDER}) filter (where direction = 'in'))[1] as entered_gate
      from flow group by ticket_id
)
update tickets as t
   set inside = c.inside, entered = c.entered, came = c.came, entered_at = c.entered_at,
       entered_gate = c.entered_gate
  from counted as c where t.ticket_id = c.ticket_id
"""


async def count_anew(db: Connection, tickets: Collection[str]) -> None:
    """Count the people of some tickets, whose scans are written.

    The rows are locked first: another replica that has just written scans of the same tickets has
    committed them by then, and the count, which begins afterwards, sees them.
    """
    ids = list(tickets)
    await db.fetch(LOCK, ids)
    await db.execute(FORGET, ids)
    await db.execute(COUNT, ids)
