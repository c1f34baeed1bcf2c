"""Personal data in tables that are not declared to hold any, whoever wrote it there.

Rows that can tell of anybody go by as text.  Events are looked at where the log is, and names of
streams with them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chassis.definition.service import ServiceDefinition
from chassis.postgres.database import Connection
from cli.audit.lines import Problems
from cli.audit.personal import Personal

PASSED_OVER = frozenset({"log.events", "log.heard", "log.heard_totals"})
FOLDED = frozenset({"own.organisation_keys", "own.catalogue_products"})
"""Public names of organisations and products in a spelling of ours, in which they may equal a name
that nobody made public in that spelling."""
NAMES_OF_STREAMS = ("stream", "topic")
"""Columns with what the log is looked at for."""
TABLES = """
select n.nspname || '.' || c.relname as name,
       array_agg(a.attname::text order by a.attnum) as columns,
       array_agg(t.typname::text order by a.attnum) as types
  from pg_class as c
  join pg_namespace as n on n.oid = c.relnamespace
  join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  join pg_type as t on t.oid = a.atttypid
 where n.nspname in ('read', 'own', 'log') and c.relkind = 'r'
   and t.typname in ('text', 'varchar', '_text', 'json', 'jsonb', 'bytea')
   and a.attname <> all($1::text[])
 group by 1 order by 1
"""
SPACE = """jsonb_path_exists({}::jsonb, '$.** ? (@ like_regex " ")')"""
DIGITS = "[0-9]([ .-]?[0-9]){8}"
LARGE = frozenset({"log.jobs", "log.dead_letters"})
"""Tables whose rows may have megabytes, and are fetched one by one."""
PREFETCH = 1000


async def persons_in_tables(
    db: Connection, definition: ServiceDefinition, personal: Personal
) -> tuple[int, Problems]:
    """How many rows were looked at, and in which tables persons stand: never who."""
    passed_over = PASSED_OVER | FOLDED | {each.name for each in definition.personal}
    rows, problems = 0, Problems()
    for table in await db.fetch(TABLES, NAMES_OF_STREAMS):
        name: str = table["name"]
        if name in passed_over:
            continue
        query = _telling_rows(name, list(zip(table["columns"], table["types"], strict=True)))
        rows += await db.fetchval(f"select count(*) from {name}")
        found = 0
        async for row in db.cursor(query, prefetch=1 if name in LARGE else PREFETCH):
            found += any(personal.stands_in(_text(value)) for value in row.values())
        if found:
            problems.add(f"{definition.name}: {found} rows of {name}", found)
    return rows, problems


def _telling_rows(table: str, columns: Sequence[tuple[str, str]]) -> str:
    """SQL: the texts of the rows in which a name or a number can stand.

    Most rows have ids and codes alone, and need not come here: a name has a space within, and a
    number nine digits.
    """
    said, can_tell = list[str](), list[str]()
    for column, type_ in columns:
        value = f't."{column}"'
        if type_ == "bytea":
            said.append(value)
            can_tell.append(f"{value} is not null")
            continue
        text = f"array_to_string({value}, E'\\n')" if type_ == "_text" else f"{value}::text"
        said.append(text)
        space = SPACE.format(value) if type_.startswith("json") else f"{text} like '% %'"
        can_tell += [space, f"{text} ~ '{DIGITS}'"]
    return f"select {', '.join(said)} from {table} as t where {' or '.join(can_tell)}"


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value or ""
