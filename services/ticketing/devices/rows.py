"""The table `own.devices`: phones, where they stand, and the hashes of their tokens."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from maarid_contracts.envelope import Id, Slug
from pydantic import Field

from chassis.answers.listing import Listing, Order, Page, Part
from chassis.answers.shapes import AnswerOut
from chassis.postgres.database import CALLER_SECONDS, Pool


class Device(NamedTuple):
    """A phone, and the gate or the workshop's door where it stands."""

    device_id: str
    fair_id: str
    gate_id: str
    session_id: str | None
    label: str


class Registered(NamedTuple):
    """A phone as an organiser made it known; the code is there until it is used."""

    code: str | None
    code_until: datetime
    request_hash: bytes | None


class DeviceOut(AnswerOut):
    """A phone at a gate, or at the door of a workshop."""

    device_id: Id
    fair_id: Slug
    label: str
    gate_id: Slug
    session_id: Id | None = Field(description="It stands at the door of this workshop.")
    registered_at: datetime
    paired_at: datetime | None
    revoked_at: datetime | None


REGISTER = """
insert into devices (device_id, fair_id, gate_id, session_id, label, request_hash, code,
                     code_until, registered_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
on conflict (device_id) do nothing
"""


async def register(
    db: Pool,
    device: Device,
    request_hash: bytes | None,
    code: str,
    until: datetime,
    now: datetime,
) -> Registered:
    """The row, also where the same request made it before.

    Raises asyncpg.UniqueViolationError where another device has this code, once in 10^10 times.
    """
    place = (device.fair_id, device.gate_id, device.session_id, device.label)
    await db.execute(REGISTER, device.device_id, *place, request_hash, code, until, now)
    row = await db.fetchrow(
        "select code, code_until, request_hash from devices where device_id = $1",
        device.device_id,
    )
    assert row is not None  # It was inserted, or was there.
    return Registered(*row)


PAIR = """
update devices set code = null, token_hash = $2, paired_at = $3
 where device_id = $1 and code = $4 and code_until > $3 and revoked_at is null
returning device_id::text, fair_id, gate_id, session_id::text, label
"""


async def by_code(db: Pool, code: str) -> str | None:
    """The device that waits to be paired by a code."""
    found: UUID | None = await db.fetchval("select device_id from devices where code = $1", code)
    return None if found is None else str(found)


async def pair(
    db: Pool, device_id: str, code: str, token_hash: bytes, now: datetime
) -> Device | None:
    """Give a device its token, once: None where the code was used or its time is over."""
    row = await db.fetchrow(PAIR, device_id, token_hash, now, code)
    return None if row is None else Device(*row)


async def with_hash(db: Pool, device_id: str) -> tuple[Device, bytes] | None:
    """A device that was paired and not revoked, and the hash of its token."""
    row = await db.fetchrow(
        "select device_id::text, fair_id, gate_id, session_id::text, label, token_hash"
        " from devices where device_id = $1 and token_hash is not null and revoked_at is null",
        device_id,
        timeout=CALLER_SECONDS,
    )
    return None if row is None else (Device(*row[:5]), row["token_hash"])


async def revoke(db: Pool, device_id: str, now: datetime) -> DeviceOut | None:
    """End what a device may do.  What it uploaded stays."""
    row = await db.fetchrow(
        "update devices set revoked_at = coalesce(revoked_at, $2), code = null, token_hash = null"
        " where device_id = $1 returning *",
        device_id,
        now,
    )
    return DeviceOut.found(row)


UNHEARD = """
select d.device_id::text, d.session_id::text, e.version, e.type, e.data
  from devices as d
 cross join lateral (
    select version, type, data::text as data from log.events
     where stream = 'device-' || d.device_id and version > d.heard_version
     order by version limit 1) as e
 where d.session_id is not null and ($1::uuid is null or d.session_id = $1)
 limit $2
"""


class Unheard(NamedTuple):
    """An event of a phone at a door of which its workshop has not heard yet."""

    device_id: str
    session_id: str
    version: int
    type: str
    data: str


async def unheard(db: Pool, session_id: str | None, limit: int) -> list[Unheard]:
    """The next of each phone at a workshop's door, or at any."""
    return [Unheard(*row) for row in await db.fetch(UNHEARD, session_id, limit)]


async def heard(db: Pool, event: Unheard) -> None:
    """The workshop has heard of an event, and of all before it."""
    await db.execute(
        "update devices set heard_version = $2 where device_id = $1 and heard_version < $2",
        event.device_id,
        event.version,
    )


DEVICES = Listing(
    "select * from devices where fair_id = $1",
    "device_id",
    {
        "registered_at": Order(
            "registered_at",
            "timestamptz",
            found="select registered_at from devices where device_id = $key",
        )
    },
    key_type="uuid",
)


async def devices(db: Pool, fair_id: str, page: Page) -> Part[DeviceOut]:
    return (await DEVICES.part(db, page, fair_id)).of(DeviceOut.of)
