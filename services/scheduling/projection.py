"""Events to read tables: a few statements for a batch, however many events it has."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

import orjson
from maarid_contracts.registration import (
    ExhibitorRegisteredV1,
    ExhibitorWithdrawnV1,
    FairAnnouncedV1,
    FairCancelledV1,
    FairChangedV1,
    Participation,
)

from chassis.database import Connection
from chassis.heard import Heard
from chassis.log import Fact
from chassis.projection import Projection
from services.scheduling.domain import floor, programme

PLAN = """
insert into floor_plans (fair_id, revision, published_at) values ($1, $2, $3)
on conflict (fair_id) do update
   set revision = excluded.revision, published_at = excluded.published_at
"""
REMOVE_BOOTHS = "delete from booths where fair_id = $1 and not booth_id = any($2::text[])"
BOOTHS = """
insert into booths (fair_id, booth_id, pole_id, x_m, y_m, width_m, depth_m, electricity, water,
                    corner, step_free, institutional)
select $1, * from unnest($2::text[], $3::text[], $4::float8[], $5::float8[], $6::float8[],
                         $7::float8[], $8::bool[], $9::bool[], $10::bool[], $11::bool[],
                         $12::bool[])
on conflict (fair_id, booth_id) do update
   set pole_id = excluded.pole_id, x_m = excluded.x_m, y_m = excluded.y_m,
       width_m = excluded.width_m, depth_m = excluded.depth_m,
       electricity = excluded.electricity, water = excluded.water, corner = excluded.corner,
       step_free = excluded.step_free, institutional = excluded.institutional
"""
ASSIGN = """
update booths as b
   set exhibitor_id = a.exhibitor_id, organisation_id = a.organisation_id, method = a.method,
       reasons = string_to_array(a.reasons, ' '), assigned_at = a.assigned_at
  from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
              $7::timestamptz[])
       as a(fair_id, booth_id, exhibitor_id, organisation_id, method, reasons, assigned_at)
 where b.fair_id = a.fair_id and b.booth_id = a.booth_id
"""
RELEASE = """
update booths as b
   set exhibitor_id = null, organisation_id = null, method = null, reasons = null,
       assigned_at = null
  from unnest($1::text[], $2::text[]) as r(fair_id, booth_id)
 where b.fair_id = r.fair_id and b.booth_id = r.booth_id
"""
HALLS = """
insert into halls (fair_id, hall_id, name, capacity) values ($1, $2, $3::text::jsonb, $4)
on conflict (fair_id, hall_id) do nothing
"""
SESSIONS = """
insert into sessions (session_id, fair_id, sort_key, kind, title, topic_code, hall_id, speakers,
                      language, audience, starts_at, ends_at, seats)
values ($1, $2, $3, $4, $5::text::jsonb, $6, $7, $8, $9, $10, $11, $12, $13)
on conflict (session_id) do nothing
"""
MOVE = """
update sessions set sort_key = $2, hall_id = $3, starts_at = $4, ends_at = $5, last_change = $6
 where session_id = $1
"""
CANCEL = "update sessions set cancelled = true, last_change = $2 where session_id = $1"
FAIRS = """
insert into fairs (fair_id, timezone, first_day, last_day, area_m2, poles)
values ($1, $2, $3, $4, $5, $6)
on conflict (fair_id) do update
   set timezone = excluded.timezone, first_day = excluded.first_day,
       last_day = excluded.last_day, area_m2 = excluded.area_m2, poles = excluded.poles
"""
CHANGE_FAIR = """
update fairs set timezone = $2, first_day = $3, last_day = $4, area_m2 = $5, opens_at = $6,
       closes_at = $7
 where fair_id = $1
"""
CANCEL_FAIRS = "update fairs set cancelled = true where fair_id = any($1::text[])"
EXHIBITORS = """
insert into exhibitors (exhibitor_id, fair_id, organisation_id, contact_id, partner, pole_id,
                        booths, families, electricity, water, corner, step_free, min_area_m2,
                        programmes)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
on conflict (exhibitor_id) do nothing
"""
WITHDRAW = "update exhibitors set withdrawn = true where exhibitor_id = any($1::text[])"


async def project(db: Connection, facts: Sequence[Fact]) -> None:
    """Own events, in order: runs of one type, as first fit makes them, are written at once."""
    for kind, some in groupby(facts, key=_type_of):
        run = list(some)
        if kind is floor.BoothAssigned:
            await db.execute(ASSIGN, *_columns(_assignment(fact) for fact in run))
        elif kind is floor.BoothReleased:
            await db.execute(RELEASE, *_columns((f.event.fair_id, f.event.booth_id) for f in run))
        else:
            for fact in run:
                await _project_one(db, fact.event, fact.occurred_at)


def _type_of(fact: Fact) -> type[object]:
    event: object = fact.event
    return type(event)


async def _project_one(
    db: Connection, event: floor.FloorPlanPublished | programme.Event, at: datetime
) -> None:
    match event:
        case floor.FloorPlanPublished(fair_id, revision, booths):
            await db.execute(PLAN, fair_id, revision, at)
            await db.execute(REMOVE_BOOTHS, fair_id, [booth.booth_id for booth in booths])
            # A booth's columns stand in the order of its fields.
            rows = (tuple(vars(booth).values()) for booth in booths)
            await db.execute(BOOTHS, fair_id, *_columns(rows))
        case programme.HallOpened(fair_id, hall_id, name, capacity):
            await db.execute(HALLS, fair_id, hall_id, _json(name), capacity)
        case programme.SessionScheduled():
            await db.execute(
                SESSIONS,
                event.session_id,
                event.fair_id,
                _sort_key(event.starts_at, event.session_id),
                event.kind,
                _json(event.title),
                event.topic_code,
                event.hall_id,
                list(event.speakers),
                event.language,
                event.audience,
                event.starts_at,
                event.ends_at,
                event.seats,
            )
        case programme.SessionRescheduled():
            await db.execute(
                MOVE,
                event.session_id,
                _sort_key(event.starts_at, event.session_id),
                event.hall_id,
                event.starts_at,
                event.ends_at,
                event.reason,
            )
        case programme.SessionCancelled(session_id=session_id, reason=reason):
            await db.execute(CANCEL, session_id, reason)


async def hear(db: Connection, batch: Sequence[Heard]) -> None:
    """Fairs and who takes part.  Whoever withdrew is not registered again under the same id.

    A fair is announced before it changes, and changes before it is cancelled.
    """
    fairs: list[tuple[object, ...]] = []
    changed: list[tuple[object, ...]] = []
    cancelled: list[str] = []
    registered: list[tuple[object, ...]] = []
    withdrawn: list[str] = []
    for heard in batch:
        match heard.contract:
            case FairAnnouncedV1() as fair:
                fairs.append(
                    (
                        fair.fair_id,
                        fair.timezone,
                        fair.first_day,
                        fair.last_day,
                        fair.area_m2,
                        [pole.pole_id for pole in fair.poles],
                    )
                )
            case FairChangedV1() as fair:
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
            case FairCancelledV1() as fair:
                cancelled.append(fair.fair_id)
            case ExhibitorRegisteredV1() as exhibitor:
                registered.append(_exhibitor(exhibitor))
            case ExhibitorWithdrawnV1() as exhibitor:
                withdrawn.append(exhibitor.exhibitor_id)
            case _:
                pass  # Nothing else of registration concerns booths or halls.
    if fairs:
        await db.executemany(FAIRS, fairs)
    if changed:
        await db.executemany(CHANGE_FAIR, changed)
    if cancelled:
        await db.execute(CANCEL_FAIRS, cancelled)
    if registered:
        await db.executemany(EXHIBITORS, registered)
    if withdrawn:
        await db.execute(WITHDRAW, withdrawn)


def _exhibitor(exhibitor: ExhibitorRegisteredV1) -> tuple[object, ...]:
    needs = exhibitor.needs
    return (
        exhibitor.exhibitor_id,
        exhibitor.fair_id,
        exhibitor.organisation_id,
        exhibitor.contact_id,
        exhibitor.participation is Participation.INSTITUTIONAL_PARTNER,
        exhibitor.pole_id,
        exhibitor.booths,
        list(exhibitor.families),
        needs.electricity,
        needs.water,
        needs.corner,
        needs.step_free,
        needs.min_area_m2,
        list(exhibitor.programmes),
    )


def _assignment(fact: Fact) -> tuple[object, ...]:
    event: floor.BoothAssigned = fact.event
    return (
        event.fair_id,
        event.booth_id,
        event.exhibitor_id,
        event.organisation_id,
        event.method,
        # `unnest` would flatten an array of arrays; reason codes have no spaces.
        " ".join(event.reasons),
        fact.occurred_at,
    )


def _sort_key(starts_at: datetime, session_id: str) -> str:
    return f"{starts_at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}/{session_id}"


def _json(text: programme.Text) -> str:
    return orjson.dumps(asdict(text)).decode()


def _columns(rows: Iterable[Sequence[Any]]) -> list[list[Any]]:
    """Rows turned into the arrays that `unnest` makes rows of again."""
    return [list(column) for column in zip(*rows, strict=True)]


PROJECTION = Projection(
    tables=("fairs", "exhibitors", "floor_plans", "booths", "halls", "sessions"),
    own=project,
    heard=hear,
)
