"""Files that were sent: kept until they have been read, then their rows, and what goes again."""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from chassis.kernel.refused import Refused
from chassis.log.context import CommandContext
from chassis.postgres.database import Connection, Pool
from chassis.process.breakpoints import reached
from services.registration.duplicates.rows import catch_up
from services.registration.intakes.reading import unpacked
from services.registration.intakes.rows import DAYS, PATIENCE
from services.registration.intakes.rows.comparing import compare

ADD = """
insert into intakes (intake_id, fair_id, asked_by, created_at, pole_id, file)
values ($1, $2, $3, $4, $5, $6)
"""
FILE = "select fair_id, pole_id, file from intakes where intake_id = $1"
POLES = """
select jsonb_build_object('pole_id', p ->> 'pole_id', 'ar', p -> 'name' ->> 'ar',
                          'fr', p -> 'name' ->> 'fr') as named
  from fairs, jsonb_array_elements(poles) with ordinality as each(p, n)
 where fair_id = $1 order by n
"""
PROGRAMMES = """
select jsonb_build_object('id', p ->> 'programme_id', 'ar', p -> 'name' ->> 'ar',
                          'fr', p -> 'name' ->> 'fr') as named
  from fairs, jsonb_array_elements(programmes) with ordinality as each(p, n)
 where fair_id = $1 order by n
"""
FAMILIES = """
select jsonb_build_object('code', code, 'ar', name ->> 'ar', 'fr', name ->> 'fr') as named
  from families order by code
"""
KEEP = """
insert into intake_rows (intake_id, number, sheet, line, cells, given, keys, phone, status, reasons,
                         changes, organisation_id)
select $1, number, sheet, line, cells, given, keys, phone, status, reasons, changes, organisation_id
  from jsonb_to_recordset($2::jsonb) as r(number integer, sheet text, line integer, cells jsonb,
       given jsonb, keys jsonb, phone text, status text, reasons jsonb, changes jsonb,
       organisation_id text)
"""
# Numbers that were erased while the file was being read.
FORGET = """
delete from intake_rows as r using intakes as i
 where i.intake_id = $1 and r.intake_id = i.intake_id and r.phone is not null
   and sha256(convert_to(i.intake_id || r.phone, 'UTF8')) = any(i.forget)
"""
READ = """
update intakes set state = 'read', file = null, forget = '{}', sheets = $2::jsonb
 where intake_id = $1
"""

TOO_OLD = f"delete from intakes where created_at < $1::timestamptz - make_interval(days => {DAYS})"
UNREADABLE = """
update intakes as i set file = null from log.jobs as j
 where j.id = i.intake_id and i.file is not null and j.state in ('failed', 'stopped')
"""


async def add(
    db: Connection,
    intake_id: UUID,
    fair_id: str,
    context: CommandContext,
    now: datetime,
    pole_id: str | None,
    file: bytes,
) -> None:
    """Keep a file until it has been read."""
    await db.execute(ADD, intake_id, fair_id, context.actor, now, pole_id, file)


async def load_file(pool: Pool, given: Any) -> str | None:
    """What the job that reads a file is given; None where it has been read."""
    row = await pool.fetchrow(FILE, UUID(given["intake_id"]))
    if row is None:
        raise Refused("intake_unknown", intake_id=given["intake_id"])
    if row["file"] is None:
        return None
    fair = {
        "poles": [orjson.loads(each["named"]) for each in await pool.fetch(POLES, row["fair_id"])],
        "programmes": [
            orjson.loads(each["named"]) for each in await pool.fetch(PROGRAMMES, row["fair_id"])
        ],
        "families": [orjson.loads(each["named"]) for each in await pool.fetch(FAMILIES)],
    }
    file = base64.b64encode(row["file"]).decode()
    return orjson.dumps({"file": file, "fair": fair, "pole_id": row["pole_id"]}).decode()


async def take_rows(pool: Pool, given: Any, result: str) -> str:
    """Keep the rows of a file, each with what is known of it by now."""
    intake_id, read = UUID(given["intake_id"]), orjson.loads(result)
    total = 0
    await catch_up(pool, PATIENCE)
    async with pool.acquire() as db, db.transaction():
        state = await db.fetchval(
            "select state from intakes where intake_id = $1 for update", intake_id
        )
        if state != "reading":
            return "null"
        for portion in read["rows"]:
            rows: list[dict[str, Any]] = orjson.loads(unpacked(portion))
            await compare(db, rows)
            await db.execute(KEEP, intake_id, orjson.dumps(rows).decode())
            total += len(rows)
        await reached("intakes.taking")
        await db.execute(FORGET, intake_id)
        await db.execute(READ, intake_id, orjson.dumps(read["sheets"]).decode())
    return orjson.dumps({"rows": total}).decode()


async def delete(pool: Pool, fair_id: str, intake_id: str) -> None:
    sql = "delete from intakes where fair_id = $1 and intake_id = $2"
    await pool.execute(sql, fair_id, UUID(intake_id))


async def clear(pool: Pool, now: datetime) -> None:
    """Delete what has been kept for long enough, and files that could not be read."""
    await pool.execute(TOO_OLD, now)
    await pool.execute(UNREADABLE)
