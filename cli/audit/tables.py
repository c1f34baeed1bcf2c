"""Personal data in tables that are not declared to hold any, whoever wrote it there.

Each row goes by as text.  Events are looked at where the log is, and names of streams with them.
"""

from __future__ import annotations

from typing import Any

from chassis.definition.service import ServiceDefinition
from chassis.postgres.database import Connection
from cli.audit.lines import Problems
from cli.audit.personal import Personal

PASSED_OVER = frozenset({"log.events", "log.heard", "log.heard_totals"})
FOLDED = frozenset({"own.organisation_keys", "own.catalogue_products"})
"""Public names of organisations and products in a spelling of ours, in which they may equal a name
that nobody made public in that spelling."""
TABLES = """
select c.oid, n.nspname || '.' || c.relname as name,
       array(select a.attname from pg_attribute as a
              where a.attrelid = c.oid and a.atttypid = 'bytea'::regtype and a.attnum > 0
                and not a.attisdropped) as bytes
  from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
 where n.nspname in ('read', 'own', 'log') and c.relkind = 'r'
 order by name
"""
LARGE = frozenset({"log.jobs", "log.dead_letters"})
"""Tables whose rows may have megabytes, and are fetched one by one."""
PREFETCH = 1000


async def persons_in_tables(
    db: Connection, definition: ServiceDefinition, personal: Personal
) -> tuple[int, Problems]:
    """How many rows were looked at, and in which tables persons stand: never who."""
    passed_over = PASSED_OVER | FOLDED | {each.name for each in definition.personal}
    rows, problems = 0, Problems()
    for table in await db.fetch(TABLES):
        name: str = table["name"]
        if name in passed_over:
            continue
        bytes_too = "".join(f', t."{column}"' for column in table["bytes"])
        query = f"select t::text as said{bytes_too} from {name} as t"
        found = 0
        async for row in db.cursor(query, prefetch=1 if name in LARGE else PREFETCH):
            rows += 1
            found += any(personal.stands_in(_text(value)) for value in row.values())
        if found:
            problems.add(f"{definition.name}: {found} rows of {name}", found)
    return rows, problems


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value or ""
