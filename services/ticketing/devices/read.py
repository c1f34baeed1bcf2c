"""The read tables `scans` and `reused_sequences`, and what a device needs to decide alone."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

import asyncpg

from chassis.definition.projection import Projection, Row
from chassis.log.events import Fact
from chassis.postgres.database import Connection, Pool, columns
from services.ticketing.devices.domain import Event, GateScansRecorded, Scan, SequencesReused
from services.ticketing.gates.read.counting import count_anew
from services.ticketing.tickets.code import typed as number_typed

# Projection

SCANS = """
insert into scans (device_id, sequence, fair_id, gate_id, session_id, scan_id, at, ticket_id,
                   direction, people, verdict, decided, overruled, received_at)
select * from unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::uuid[], $6::uuid[],
                     $7::timestamptz[], $8::uuid[], $9::text[], $10::integer[], $11::text[],
                     $12::text[], $13::boolean[], $14::timestamptz[])
"""
REUSED = """
insert into reused_sequences (device_id, sequence, fair_id, told_at)
select * from unnest($1::uuid[], $2::bigint[], $3::text[], $4::timestamptz[])
on conflict (device_id, sequence) do nothing
"""


async def project(db: Connection, facts: Sequence[Fact[Event]]) -> None:
    """Scans by device and number; then the people of the tickets that they are of."""
    scans: list[Row] = []
    reused: list[Row] = []
    touched: set[str] = set()
    for fact in facts:
        match fact.event:
            case GateScansRecorded() as e:
                for scan in e.scans:
                    scans.append(_row(e, scan))
                    if scan.ticket_id is not None and e.session_id is None:
                        touched.add(scan.ticket_id)
            case SequencesReused() as e:
                at = fact.occurred_at
                reused += [(e.device_id, each, e.fair_id, at) for each in e.sequences]
    if scans:
        await db.execute(SCANS, *columns(scans))
    if reused:
        await db.execute(REUSED, *columns(reused))
    if touched:
        await count_anew(db, touched)


def _row(event: GateScansRecorded, scan: Scan) -> Row:
    return (
        event.device_id,
        scan.sequence,
        event.fair_id,
        event.gate_id,
        event.session_id,
        scan.scan_id,
        scan.at,
        scan.ticket_id,
        scan.direction,
        scan.people,
        scan.verdict,
        scan.decided,
        scan.overruled,
        event.received_at,
    )


PROJECTION = Projection(tables=("scans", "reused_sequences"), own=project, events=Event)


# Queries


async def workshop_of(db: Pool, fair_id: str, session_id: str) -> str | None:
    """The workshop, where it is one of the fair."""
    return await db.fetchval(
        "select session_id::text from workshops where fair_id = $1 and session_id = $2",
        fair_id,
        session_id,
    )


async def tickets_of(
    db: Pool, fair_id: str, ids: Collection[str], letters: Collection[str]
) -> Mapping[str, str]:
    """The tickets of a fair, by their ids, and by the letters that somebody typed.

    Letters that two tickets of the fair share stand for neither.
    """
    found: dict[str, str] = {}
    if ids:
        rows = await db.fetch(
            "select ticket_id::text from tickets"
            " where fair_id = $1 and ticket_id = any($2::uuid[])",
            fair_id,
            list(ids),
        )
        found = {row["ticket_id"]: row["ticket_id"] for row in rows}
    numbers = {each: number_typed(each) for each in letters}
    if numbers:
        rows = await db.fetch(
            "select short_code, min(ticket_id::text) as ticket_id from tickets"
            " where fair_id = $1 and short_code = any($2::bigint[])"
            " group by short_code having count(*) = 1",
            fair_id,
            [number for number in numbers.values() if number is not None],
        )
        by_number = {row["short_code"]: row["ticket_id"] for row in rows}
        found |= {
            each: by_number[number] for each, number in numbers.items() if number in by_number
        }
    return found


STATE = """
case when revoked_at is not null then 128 else 0 end
+ least(60, greatest(0, case when kind = any($2::text[]) then coalesce(inside, checked_in_people,
      case when checked_in_at is not null then party else 0 end)
  else coalesce(entered, checked_in_people,
      case when checked_in_at is not null then party else 0 end) end))
"""
"""Of a ticket in the bundle: whether it was revoked, and the people of it who are inside, or who
have come in where they may not come again."""


def _unsigned(value: str, size: int) -> str:
    """SQL for a whole number in so many bytes, the highest first."""
    return f"substring(int8send(({value})::bigint) from {9 - size})"


EPOCH = "date '2020-01-01'"
KINDS = "array['visitor', 'buyer', 'pupils', 'exhibitor', 'guest']"
PACKED = " || ".join(
    (
        "substring(uuid_send(ticket_id) from 1 for 8)",
        _unsigned("short_code", 5),
        _unsigned(f"array_position({KINDS}, kind) - 1", 1),
        _unsigned(f"greatest(0, day - {EPOCH})", 2),
        _unsigned(f"greatest(0, coalesce(last_day, day) - {EPOCH})", 2),
        _unsigned("issue", 1),
        _unsigned("party", 1),
        _unsigned(STATE, 1),
    )
)
"""The 21 bytes of a ticket in the bundle."""
WHOLE = f"""
select string_agg({PACKED}, ''::bytea) as rows, count(*) as count from tickets where fair_id = $1
"""
TOUCHED = """
touched as materialized (
    select substring(stream from 8)::uuid as ticket_id from log.events
     where position > $3 and position <= $4 and stream like 'ticket-%'
    union
    select (scan ->> 'ticket_id')::uuid from log.events
     cross join lateral jsonb_array_elements(data -> 'scans') as scan
     where position > $3 and position <= $4 and type = 'gate_scans_recorded.v1'
       and scan ->> 'ticket_id' is not null
)
"""
"""The tickets of which something happened between two positions of the log."""
CHANGED = f"""
with {TOUCHED}
select string_agg({PACKED}, ''::bytea) as rows, count(*) as count
  from tickets join touched using (ticket_id) where fair_id = $1
"""
FURTHEST = 20_000
"""Events behind the head of the log, of all fairs: a device further behind is given everything."""


class Tickets(NamedTuple):
    """The tickets of a fair, as 21 bytes each, and the position of the log that they stand at."""

    version: int
    whole: bool
    number: int
    rows: bytes


async def tickets(db: Connection, fair_id: str, since: int, reentry: Collection[str]) -> Tickets:
    """All tickets, or those that changed since a position; in a transaction that sees one moment.

    Read tables are written with their events, and positions have no gaps: what stands in the log
    up to a position stands in the tables, and nothing else does.
    """
    head: int = await db.fetchval("select coalesce(max(position), 0) from log.events")
    whole = not max(1, head - FURTHEST) <= since <= head or await db.fetchval(
        "select exists (select from log.events where position > $1 and stream = $2 and type = $3)",
        since,
        f"gate-{fair_id}",
        "gate_rules_set.v1",
    )
    if whole:
        row = await db.fetchrow(WHOLE, fair_id, list(reentry))
    else:
        row = await db.fetchrow(CHANGED, fair_id, list(reentry), since, head)
    assert row is not None  # An aggregate without groups always has one row.
    return Tickets(head, whole, row["count"], row["rows"] or b"")


SESSION = """
select session_id, starts_at, ends_at, capacity, cancelled,
       jsonb_build_object('ar', title_ar, 'fr', title_fr, 'zgh', title_zgh, 'en', title_en)
           as title,
       walk_ins + over_capacity as walk_ins, attended,
       (select coalesce(jsonb_agg(jsonb_build_object(
                   'seat_id', s.seat_id, 'attendee_id', s.attendee_id, 'places', s.places,
                   'ticket', encode(substring(uuid_send(s.attendee_id) from 1 for 8), 'hex'),
                   'attended', s.attended_at is not null
               ) order by s.arrived, s.seat_id), '[]')
          from seats as s where s.session_id = w.session_id and s.status = 'reserved') as seats
  from workshops as w where session_id = $1
"""


async def session(db: Connection, session_id: str) -> asyncpg.Record | None:
    """The workshop at whose door a device stands, with those who have a seat."""
    return await db.fetchrow(SESSION, session_id)
