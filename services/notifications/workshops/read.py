"""Workshops and seats in tables, and the queries on them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from maarid_contracts.ticketing import (
    SeatOfferLapsedV1,
    SeatReleasedV1,
    SeatReservedV1,
    SeatWaitlistedV1,
    WorkshopMovedV1,
    WorkshopOpenedV1,
)
from pydantic import TypeAdapter

from chassis.definition.projection import Projection, Row, Write, write
from chassis.kafka.received import ReceivedEvent
from chassis.postgres.database import Connection, Pool, columns
from services.notifications.workshops.workshop import Seat, Workshop

WORKSHOP = TypeAdapter(Workshop)

OPEN = """
insert into workshops (session_id, fair_id, title, hall_id, starts_at) values ($1, $2, $3, $4, $5)
on conflict (session_id) do nothing
"""
MOVE = "update workshops set hall_id = $2, starts_at = $3 where session_id = $1"
SEAT = """
insert into seats (seat_id, session_id, fair_id, contact_id, waited, since)
select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::boolean[], $6::bigint[])
on conflict (seat_id) do update set waited = excluded.waited
"""
RELEASE = "delete from seats where seat_id = any($1::uuid[])"

Received: TypeAlias = (
    WorkshopOpenedV1 | WorkshopMovedV1 | SeatReservedV1 | SeatWaitlistedV1 | SeatReleasedV1
)


async def project_heard(db: Connection, batch: Sequence[ReceivedEvent]) -> None:
    """Write workshops and seats; a seat is written as its last event left it."""
    writes: list[Write] = []
    seats: dict[str, Row | None] = {}
    for received in batch:
        event: Received = received.contract
        match event:
            case WorkshopOpenedV1():
                title = event.title.model_dump_json()
                row = (event.session_id, event.fair_id, title, event.hall_id, event.starts_at)
                writes.append((OPEN, row))
            case WorkshopMovedV1():
                writes.append((MOVE, (event.session_id, event.hall_id, event.starts_at)))
            case SeatReservedV1(contact_id=None) | SeatWaitlistedV1(contact_id=None):
                pass  # Nobody can be told.
            case SeatReservedV1(seat_id=seat) | SeatWaitlistedV1(seat_id=seat):
                waited = isinstance(event, SeatWaitlistedV1)
                before = seats.get(seat)
                since = before[-1] if before else received.version
                whose = (seat, event.session_id, event.fair_id, event.contact_id)
                seats[seat] = (*whose, waited, since)
            case SeatReleasedV1():
                seats[event.seat_id] = None
    await write(db, (OPEN, MOVE), writes)
    if kept := [row for row in seats.values() if row]:
        await db.execute(SEAT, *columns(kept))
    if released := [seat for seat, row in seats.items() if row is None]:
        await db.execute(RELEASE, released)


PROJECTION = Projection(tables=("workshops", "seats"), heard=project_heard, contracts=Received)


async def workshops(pool: Pool, session_ids: Iterable[str]) -> dict[str, Workshop]:
    """Those of the workshops that were opened, by session."""
    rows = await pool.fetch(
        "select session_id::text, fair_id, title, hall_id, starts_at from workshops"
        " where session_id = any($1::uuid[])",
        list(session_ids),
    )
    return {row["session_id"]: WORKSHOP.validate_python(dict(row)) for row in rows}


async def workshops_of_fair(pool: Pool, fair_id: str) -> list[str]:
    """The sessions of a fair's workshops."""
    rows = await pool.fetch("select session_id::text from workshops where fair_id = $1", fair_id)
    return [row["session_id"] for row in rows]


async def seat(pool: Pool, seat_id: str) -> Seat | None:
    """A seat, as long as it was not given up."""
    row = await pool.fetchrow(
        "select seat_id::text, session_id::text, fair_id, contact_id::text, waited"
        " from seats where seat_id = $1",
        seat_id,
    )
    return None if row is None else Seat(**row)


async def others_of(pool: Pool, event: SeatReservedV1 | SeatReleasedV1 | SeatOfferLapsedV1) -> bool:
    """Whether the contact of a seat has another one in the same workshop, or waits for one."""
    return await pool.fetchval(
        "select exists (select from seats"
        " where session_id = $1 and contact_id = $2 and seat_id <> $3)",
        event.session_id,
        event.contact_id,
        event.seat_id,
    )
