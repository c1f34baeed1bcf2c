"""The fairs that were announced: their read table, and what can be asked of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from maarid_contracts.registration import FairAnnouncedV1, FairCancelledV1, FairChangedV1

from chassis.definition.projection import Projection
from chassis.kafka.received import ReceivedEvent
from chassis.postgres.database import Connection, Pool

ANNOUNCE = """
insert into fairs (fair_id, timezone, first_day, last_day, area_m2, poles)
values ($1, $2, $3, $4, $5, $6)
on conflict (fair_id) do update
   set timezone = excluded.timezone, first_day = excluded.first_day,
       last_day = excluded.last_day, area_m2 = excluded.area_m2, poles = excluded.poles
"""
CHANGE = """
update fairs set timezone = $2, first_day = $3, last_day = $4, area_m2 = $5, opens_at = $6,
       closes_at = $7
 where fair_id = $1
"""
CANCEL = "update fairs set cancelled = true where fair_id = any($1::text[])"

Received = FairAnnouncedV1 | FairChangedV1 | FairCancelledV1


async def hear(db: Connection, batch: Sequence[ReceivedEvent]) -> None:
    """A fair is announced before it changes, and changes before it is cancelled."""
    announced: list[tuple[object, ...]] = []
    changed: list[tuple[object, ...]] = []
    cancelled: list[str] = []
    contracts: list[Received] = [
        received.contract for received in batch if isinstance(received.contract, Received)
    ]
    for fair in contracts:
        match fair:
            case FairAnnouncedV1():
                announced.append(
                    (
                        fair.fair_id,
                        fair.timezone,
                        fair.first_day,
                        fair.last_day,
                        fair.area_m2,
                        [pole.pole_id for pole in fair.poles],
                    )
                )
            case FairChangedV1():
                changed.append(
                    (
                        fair.fair_id,
                        fair.timezone,
                        fair.first_day,
                        fair.last_day,
                        fair.area_m2,
                        fair.opens_at,
                        fair.closes_at,
                    )
                )
            case FairCancelledV1():
                cancelled.append(fair.fair_id)
    if announced:
        await db.executemany(ANNOUNCE, announced)
    if changed:
        await db.executemany(CHANGE, changed)
    if cancelled:
        await db.execute(CANCEL, cancelled)


PROJECTION = Projection(tables=("fairs",), heard=hear, contracts=Received)


@dataclass(frozen=True, slots=True)
class Fair:
    """When a fair takes place, by the clocks of its town, and its poles."""

    fair_id: str
    timezone: str
    first_day: date
    last_day: date
    area_m2: int | None
    poles: frozenset[str]
    cancelled: bool


async def fair(db: Pool, fair_id: str) -> Fair | None:
    """A fair, if it was announced."""
    row = await db.fetchrow("select * from fairs where fair_id = $1", fair_id)
    if row is None:
        return None
    return Fair(
        fair_id=row["fair_id"],
        timezone=row["timezone"],
        first_day=row["first_day"],
        last_day=row["last_day"],
        area_m2=row["area_m2"],
        poles=frozenset(row["poles"]),
        cancelled=row["cancelled"],
    )
