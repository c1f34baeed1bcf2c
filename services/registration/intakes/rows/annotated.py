"""Annotated files: made when they are asked for, and again once something has changed."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson

from chassis.answers.problems import Problems
from chassis.kernel.refused import Refused
from chassis.postgres.database import Connection, Pool
from services.registration.intakes import reasons
from services.registration.intakes.reading import packed
from services.registration.intakes.rows import PORTION

Database = Connection | Pool
PROBLEMS = Problems(Path(__file__).parents[2])
"""What the team reads of a row whose import was refused."""

ANNOTATED = """
select revision, case when annotated_revision = revision then annotated end as file
  from intakes where intake_id = $1
"""
PORTION_OF = """
select max(number) as last, jsonb_agg(jsonb_build_object('sheet', sheet, 'cells', cells,
       'status', status, 'outcome', outcome, 'reasons', reasons, 'refused',
       refused_code || refused_given::text)
       order by number)::text as rows
  from (select * from intake_rows where intake_id = $1 and number > $2 order by number limit $3)
       as portion
"""
REFUSALS = """
select distinct refused_code as code, refused_given::text as given from intake_rows
 where intake_id = $1 and refused_code is not null
"""


async def annotated(db: Database, intake_id: str) -> tuple[int, bytes | None]:
    """The revision of an intake, and its annotated file where one of this revision was made."""
    row = await db.fetchrow(ANNOTATED, UUID(intake_id))
    return (0, None) if row is None else (row["revision"], row["file"])


async def load_rows(pool: Pool, given: Any) -> str | None:
    """What the job that annotates is given; None where the file has been made."""
    intake_id = UUID(given["intake_id"])
    found = await pool.fetchrow(
        "select sheets::text, annotated_revision from intakes where intake_id = $1", intake_id
    )
    if found is None:
        raise Refused("intake_unknown", intake_id=given["intake_id"])
    if found["annotated_revision"] == given["revision"]:
        return None
    portions: list[str] = []
    last = 0
    while True:
        row = await pool.fetchrow(PORTION_OF, intake_id, last, PORTION)
        if row is None or row["last"] is None:
            break
        last = row["last"]
        portions.append(packed(row["rows"].encode()))
    told = {
        row["code"] + row["given"]: {
            language: PROBLEMS.text(row["code"], language, orjson.loads(row["given"]))
            for language in reasons.LANGUAGES
        }
        for row in await pool.fetch(REFUSALS, intake_id)
    }
    sheets = orjson.loads(found["sheets"])
    return orjson.dumps({"sheets": sheets, "rows": portions, "refusals": told}).decode()


async def take_annotated(pool: Pool, given: Any, result: str) -> str:
    """Keep an annotated file, if nothing has changed meanwhile."""
    await pool.execute(
        "update intakes set annotated = $3, annotated_revision = $2"
        " where intake_id = $1 and revision = $2",
        UUID(given["intake_id"]),
        given["revision"],
        base64.b64decode(orjson.loads(result)),
    )
    return "null"
