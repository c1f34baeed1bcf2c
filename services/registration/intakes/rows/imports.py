"""The import of a list: asked for, claimed with a lease, and done row by row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from chassis.kernel.refused import Refused
from chassis.log.context import CommandContext
from chassis.log.outcome import CommandIdReused
from chassis.postgres.database import Connection, Pool

Database = Connection | Pool

BEGIN = """
update intakes
   set state = 'importing', runs = runs + 1, import_command_id = $2, import_request_hash = $3,
       import_actor = $4, late_because = $5, correct_known = $6, import_ended_at = null,
       lease_holder = null, lease_until = null, revision = revision + 1
 where intake_id = $1
"""
AGAIN = """
update intake_rows set outcome = null, refused_code = null, refused_given = null
 where intake_id = $1 and outcome = 'refused'
"""
CLAIM = """
update intakes
   set lease_holder = $1, lease_until = clock_timestamp() + make_interval(secs => $2)
 where intake_id = (select intake_id from intakes
                     where state = 'importing'
                       and coalesce(lease_until, '-infinity') <= clock_timestamp()
                     order by intake_id limit 1 for update skip locked)
returning intake_id, fair_id, runs, import_command_id, import_actor, late_because, correct_known
"""
RENEW = """
update intakes set lease_until = clock_timestamp() + make_interval(secs => $3)
 where intake_id = $1 and lease_holder = $2 and state = 'importing'
returning true
"""
OPEN = """
select number, line, given::text, keys::text, organisation_id, changes::text from intake_rows
 where intake_id = $1 and outcome is null and status <> 'wrong' order by number limit $2
"""
ENROLLED = "update intake_rows set organisation_id = $3 where intake_id = $1 and number = $2"
END_ROW = """
update intake_rows
   set outcome = $3, refused_code = $4, refused_given = $5::jsonb, application_id = $6
 where intake_id = $1 and number = $2
"""
END = """
update intakes set state = 'imported', import_ended_at = $3, lease_holder = null,
       lease_until = null, revision = revision + 1
 where intake_id = $1 and lease_holder = $2
"""


@dataclass(frozen=True)
class Import:
    """An import that is ours until its lease runs out; `runs` counts those of the intake."""

    intake_id: UUID
    fair_id: str
    runs: int
    import_command_id: UUID
    import_actor: str
    late_because: str | None
    correct_known: bool


async def begin_import(
    pool: Pool, context: CommandContext, intake_id: str, late_because: str | None, *, correct: bool
) -> None:
    """Ask for the import; those rows are tried anew that were refused before.

    Raises Refused while the list is read or imported already; nothing changes for the same request
    again.
    """
    key = UUID(intake_id)
    async with pool.acquire() as db, db.transaction():
        row = await db.fetchrow(
            "select state, import_command_id, import_request_hash from intakes"
            " where intake_id = $1 for update",
            key,
        )
        if row is None:
            raise Refused("intake_unknown", intake_id=intake_id)
        if row["import_command_id"] == context.command_id:
            if row["import_request_hash"] != context.request_hash:
                raise CommandIdReused
            return
        if row["state"] in ("reading", "importing"):
            raise Refused("intake_busy", state=row["state"])
        asked = (context.command_id, context.request_hash, context.actor)
        await db.execute(BEGIN, key, *asked, late_because, correct)
        await db.execute(AGAIN, key)


async def claim(pool: Pool, holder: UUID, seconds: float) -> Import | None:
    row = await pool.fetchrow(CLAIM, holder, seconds)
    return None if row is None else Import(**row)


async def renew(pool: Pool, intake_id: UUID, holder: UUID, seconds: float) -> bool:
    return bool(await pool.fetchval(RENEW, intake_id, holder, seconds))


async def open_rows(db: Database, intake_id: UUID, limit: int) -> list[dict[str, Any]]:
    """The next rows to import."""
    return [
        {
            **row,
            **{name: orjson.loads(row[name]) for name in ("given", "keys", "changes")},
        }
        for row in await db.fetch(OPEN, intake_id, limit)
    ]


async def enrolled(db: Database, intake_id: UUID, number: int, organisation_id: str) -> None:
    await db.execute(ENROLLED, intake_id, number, organisation_id)


async def end_row(
    db: Database,
    intake_id: UUID,
    number: int,
    outcome: str,
    *,
    refused: Refused | None = None,
    application_id: str | None = None,
) -> None:
    code = given = None
    if refused is not None:
        code, given = refused.code, orjson.dumps(refused.details, default=str).decode()
    await db.execute(END_ROW, intake_id, number, outcome, code, given, application_id)


async def end_import(db: Database, intake_id: UUID, holder: UUID, now: datetime) -> None:
    await db.execute(END, intake_id, holder, now)
