"""Workshops and seats in tables, and the queries on them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TypeAlias, get_args
from uuid import UUID

import orjson
from maarid_contracts import Contract
from maarid_contracts.ticketing import (
    SeatReleasedV1,
    SeatReservedV1,
    SeatWaitlistedV1,
    WorkshopMovedV1,
    WorkshopOpenedV1,
)

from chassis.definition.projection import Projection
from chassis.kafka.received import ReceivedEvent
from chassis.postgres.database import Connection, Pool
from services.notifications.fairs.read import Row, json_of, names, write_rows
from services.notifications.workshops.workshop import Seat, Workshop

Projected: TypeAlias = (
    WorkshopOpenedV1 | WorkshopMovedV1 | SeatReservedV1 | SeatWaitlistedV1 | SeatReleasedV1
)
PROJECTED: tuple[type[Contract], ...] = get_args(Projected)
"""The events that change the tables of workshops and seats."""

OPEN_WORKSHOP = """
insert into workshops (session_id, fair_id, title, hall_id, starts_at)
select * from unnest($1::uuid[], $2::text[], $3::jsonb[], $4::text[], $5::timestamptz[])
on conflict (session_id) do nothing
"""
MOVE_WORKSHOP = """
update workshops as w set hall_id = m.hall_id, starts_at = m.starts_at
  from unnest($1::uuid[], $2::text[], $3::timestamptz[]) as m(session_id, hall_id, starts_at)
 where w.session_id = m.session_id
"""
SEAT = """
insert into seats (seat_id, session_id, fair_id, contact_id, waited, since)
select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::boolean[], $6::bigint[])
on conflict (seat_id) do update set waited = excluded.waited
"""
RELEASE = "delete from seats where seat_id = any($1::uuid[])"


async def project_heard(db: Connection, batch: Sequence[ReceivedEvent]) -> None:
    """Write workshops and seats; a seat is written as its last event left it."""
    rows: dict[str, list[Row]] = defaultdict(list)
    slots: dict[str, Row] = {}
    seats: dict[str, Row | None] = {}
    for received in batch:
        event: object = received.contract
        if not isinstance(event, Projected):
            continue
        match event:
            case WorkshopOpenedV1():
                title = json_of(names(event.title))
                rows[OPEN_WORKSHOP].append(
                    (event.session_id, event.fair_id, title, event.hall_id, event.starts_at)
                )
            case WorkshopMovedV1():
                slots[event.session_id] = (event.session_id, event.hall_id, event.starts_at)
            case SeatReservedV1() | SeatWaitlistedV1():
                if event.contact_id is None:
                    continue  # Nobody can be told.
                before = seats.get(event.seat_id)
                since = before[-1] if before else received.version
                seats[event.seat_id] = (
                    event.seat_id,
                    event.session_id,
                    event.fair_id,
                    event.contact_id,
                    isinstance(event, SeatWaitlistedV1),
                    since,
                )
            case SeatReleasedV1():
                seats[event.seat_id] = None
    rows[MOVE_WORKSHOP] += slots.values()
    rows[SEAT] += [row for row in seats.values() if row]
    await write_rows(db, rows, (OPEN_WORKSHOP, MOVE_WORKSHOP, SEAT))
    if released := [seat for seat, row in seats.items() if row is None]:
        await db.execute(RELEASE, released)


PROJECTION = Projection(tables=("workshops", "seats"), heard=project_heard, contracts=Projected)


async def workshops(pool: Pool, session_ids: Iterable[str]) -> dict[str, Workshop]:
    """Those of the workshops that were opened, by session."""
    rows = await pool.fetch(
        "select session_id, fair_id, title::text, hall_id, starts_at from workshops"
        " where session_id = any($1::uuid[])",
        list(session_ids),
    )
    return {
        str(row["session_id"]): Workshop(
            str(row["session_id"]),
            row["fair_id"],
            orjson.loads(row["title"]),
            row["hall_id"],
            row["starts_at"],
        )
        for row in rows
    }


async def workshops_of_fair(pool: Pool, fair_id: str) -> list[str]:
    """The sessions of a fair's workshops."""
    rows = await pool.fetch("select session_id from workshops where fair_id = $1", fair_id)
    return [str(row["session_id"]) for row in rows]


async def seat(pool: Pool, seat_id: str) -> Seat | None:
    """A seat, as long as it was not given up."""
    row = await pool.fetchrow(
        "select seat_id, session_id, fair_id, contact_id, waited from seats where seat_id = $1",
        UUID(seat_id),
    )
    if row is None:
        return None
    return Seat(
        str(row["seat_id"]),
        str(row["session_id"]),
        row["fair_id"],
        str(row["contact_id"]),
        row["waited"],
    )
