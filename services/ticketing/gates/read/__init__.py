"""The read tables `gate_rules` and `doubles`, and who is inside a fair."""

from __future__ import annotations

from collections.abc import Sequence, Set
from datetime import datetime
from typing import Annotated, NamedTuple

from maarid_contracts.envelope import Id, Slug
from pydantic import Field

from chassis.answers.listing import Listing, Order, Page, Part
from chassis.answers.shapes import AnswerOut
from chassis.definition.projection import Projection
from chassis.log.events import Fact
from chassis.postgres.database import Connection, Pool
from services.ticketing.gates.domain import Event, GateRulesSet
from services.ticketing.gates.movements import Movement
from services.ticketing.gates.read.counting import ORDER, moves_of

# Projection

RULES = """
insert into gate_rules (fair_id, reentry, inside_limit) values ($1, $2, $3)
on conflict (fair_id) do update
   set reentry = excluded.reentry, inside_limit = excluded.inside_limit
"""


async def project(db: Connection, facts: Sequence[Fact[Event]]) -> None:
    """The last rules of each fair; a place that was given is no entry yet."""
    rules = {
        fact.event.fair_id: fact.event for fact in facts if isinstance(fact.event, GateRulesSet)
    }
    for fair_id, event in sorted(rules.items()):
        await db.execute(RULES, fair_id, list(event.reentry), event.inside_limit)


PROJECTION = Projection(tables=("gate_rules", "doubles"), own=project, events=Event)


# Queries


class Rules(NamedTuple):
    """What holds at the gates of a fair; where nothing was said, nobody comes in again."""

    reentry: Set[str] = frozenset()
    inside_limit: int | None = None


async def rules(db: Connection | Pool, fair_id: str) -> Rules:
    row = await db.fetchrow(
        "select reentry, inside_limit from gate_rules where fair_id = $1", fair_id
    )
    return Rules() if row is None else Rules(frozenset(row["reentry"]), row["inside_limit"])


UPLOADED = """
select scan_id::text, at, direction, people, gate_id, device_id::text, sequence from scans
 where ticket_id = $1 and moves and session_id is null
"""


async def uploaded(db: Pool, ticket_id: str) -> list[Movement]:
    """What devices have uploaded of a ticket, in no order."""
    return [Movement(*row) for row in await db.fetch(UPLOADED, ticket_id)]


INSIDE = """
select greatest(0, (
    select coalesce(sum(coalesce(inside, checked_in_people, party)), 0) from tickets
     where fair_id = $1 and (checked_in_at is not null or inside is not null)
) + (
    select coalesce(sum(case direction when 'in' then people else -people end), 0)
      from (select distinct on (scan_id) direction, people from scans
             where fair_id = $1 and ticket_id is null and moves and session_id is null
             order by scan_id, device_id, sequence) as tally
))::bigint
"""


async def inside(db: Connection | Pool, fair_id: str) -> int:
    """The people inside, as known now; those without tickets are the tallies of devices."""
    return await db.fetchval(INSIDE, fair_id)


LANDED = f"""
select ({INSIDE}) as inside, array(
    select coalesce(checked_in_scan, ticket_id)::text from tickets
     where fair_id = $1 and checked_in_at > $2
    union all
    select scan_id::text from passages where fair_id = $1 and at > $2
) as landed
"""


async def inside_and_landed(db: Pool, fair_id: str, since: datetime) -> tuple[int, frozenset[str]]:
    """The people inside, and the scans of entries since a moment that are among them."""
    row = await db.fetchrow(LANDED, fair_id, since)
    assert row is not None  # It selects from no table.
    return row["inside"], frozenset(row["landed"])


PEAK = "The most who were inside at once, as known now."
CHANGED = "When a device uploaded what belongs here, if that was after the hour had ended."


class HourOut(AnswerOut):
    """An hour at a gate."""

    gate_id: Slug
    hour: datetime = Field(description="When it begins.")
    came_in: int
    went_out: int
    changed_at: datetime | None = Field(description=CHANGED)


class PeakOut(AnswerOut):
    """The most who were inside at once."""

    inside: int
    at: datetime | None
    changed_at: datetime | None = Field(
        description="When a device uploaded what changed an hour up to then, after it had ended."
    )


class DeviceScansOut(AnswerOut):
    """What a device has uploaded."""

    device_id: Id
    label: str
    gate_id: Slug
    session_id: Id | None
    scans: int
    missing: int = Field(description="Scans with smaller numbers than its last that did not come.")
    last_upload_at: datetime | None
    reused: Sequence[int] = Field(description="Numbers that it gave to more than one scan.")
    revoked_at: datetime | None


class PresenceOut(AnswerOut):
    """Who is inside a fair, and how that came about, as far as gates and devices have told."""

    fair_id: Slug
    at: datetime
    inside: int
    inside_limit: int | None
    reentry: Sequence[str]
    peak: Annotated[PeakOut, Field(description=PEAK)]
    hours: Sequence[HourOut]
    scans: int = Field(description="Uploaded by devices, with those at the doors of workshops.")
    missing: int = Field(description="Scans that devices made and have not uploaded, at least.")
    double_entries: int
    devices: Sequence[DeviceScansOut]


FLOW = f"""
with moves as materialized ({moves_of("fair_id = $1", "fair_id = $1")}),
totals as (
    select *, sum(case direction when 'in' then people else -people end)
                  over (partition by ticket_id order by {ORDER}) as total from moves
), floored as (
    select *, case when ticket_id is null then total else
                  total - least(0, min(total) over (partition by ticket_id order by {ORDER}))
              end as inside from totals
), flow as (
    select *, inside - lag(inside, 1, 0) over (partition by ticket_id order by {ORDER}) as change
      from floored
), running as (
    select at, sum(change) over (order by {ORDER}, ticket_id) as inside from flow
), hours as (
    select gate_id, date_trunc('hour', at, 'UTC') as hour,
           coalesce(sum(people) filter (where direction = 'in'), 0)::bigint as came_in,
           coalesce(sum(people) filter (where direction = 'out'), 0)::bigint as went_out,
           max(received_at) filter (
               where received_at >= date_trunc('hour', at, 'UTC') + interval '1 hour'
           ) as changed_at
      from moves group by gate_id, hour
), peak as (
    select at, inside from running order by inside desc, at limit 1
)
select gate_id, hour, came_in, went_out, changed_at, null::bigint as inside from hours
union all
select null, at, null, null,
       (select max(changed_at) from hours where hour <= peak.at), inside::bigint from peak
 order by hour, gate_id
"""
DEVICES = """
select d.device_id, d.label, d.gate_id, d.session_id, d.revoked_at,
       coalesce(s.scans, 0) as scans, coalesce(s.highest - s.scans, 0) as missing,
       s.last_upload_at,
       array(select sequence from reused_sequences as r
              where r.device_id = d.device_id order by sequence) as reused
  from devices as d
  left join (select device_id, count(*) as scans, max(sequence) as highest,
                    max(received_at) as last_upload_at
               from scans where fair_id = $1 group by device_id) as s using (device_id)
 where d.fair_id = $1 order by d.registered_at, d.device_id
"""


async def presence(db: Connection | Pool, fair_id: str, now: datetime) -> PresenceOut:
    """Four queries; what comes in between may be in the later ones only."""
    held = await rules(db, fair_id)
    flow = await db.fetch(FLOW, fair_id)
    devices = [DeviceScansOut.of(row) for row in await db.fetch(DEVICES, fair_id)]
    doubles = await db.fetchval("select count(*) from doubles where fair_id = $1", fair_id)
    peak = PeakOut(inside=0, at=None, changed_at=None)
    for row in flow:
        if row["gate_id"] is None:
            peak = PeakOut(
                inside=max(0, row["inside"]), at=row["hour"], changed_at=row["changed_at"]
            )
    return PresenceOut(
        fair_id=fair_id,
        at=now,
        inside=await inside(db, fair_id),
        inside_limit=held.inside_limit,
        reentry=sorted(held.reentry),
        peak=peak,
        hours=[HourOut.of(row) for row in flow if row["gate_id"] is not None],
        scans=sum(device.scans for device in devices),
        missing=sum(device.missing for device in devices),
        double_entries=doubles,
        devices=devices,
    )


class DoubleEntryOut(AnswerOut):
    """An entry that was one too many, and the entry before it; times by the server's clock."""

    ticket_id: Id
    first_id: Id
    first_gate: Slug
    first_at: datetime
    second_id: Id
    second_gate: Slug
    second_at: datetime
    found_at: datetime | None = Field(description="When it was told to others; soon, where null.")


DOUBLES = Listing(
    """
    select d.*, e.found_at from doubles as d
      left join double_entries as e using (ticket_id, first_id, second_id)
     where d.fair_id = $1
    """,
    "second_id",
    {
        "second_at": Order(
            "second_at",
            "timestamptz",
            found="select second_at from doubles where second_id = $key",
        )
    },
    key_type="uuid",
)


async def double_entries(db: Pool, fair_id: str, page: Page) -> Part[DoubleEntryOut]:
    """Those that stand by all that is known now."""
    return (await DOUBLES.part(db, page, fair_id)).of(DoubleEntryOut.of)


class Untold(NamedTuple):
    """A double entry of which nobody was told yet."""

    ticket_id: str
    first_id: str
    first_gate: str
    first_at: datetime
    second_id: str
    second_gate: str
    second_at: datetime


async def untold(db: Pool, limit: int) -> list[Untold]:
    rows = await db.fetch(
        """select ticket_id::text, first_id::text, first_gate, first_at, second_id::text,
                  second_gate, second_at
             from doubles as d where not exists (
                  select from double_entries as e where e.ticket_id = d.ticket_id
                     and e.first_id = d.first_id and e.second_id = d.second_id)
            order by ticket_id, second_at limit $1""",
        limit,
    )
    return [Untold(*row) for row in rows]
