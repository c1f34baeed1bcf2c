"""What a purge needs to be allowed, looked at before anything is locked."""

from __future__ import annotations

from collections.abc import Sequence

from chassis.postgres.database import Connection
from cli.purge.errors import PurgeError

MAY_REWRITE = """
select t.name from unnest($1::text[]) as t(name)
 where to_regclass(t.name) is not null and not has_table_privilege(t.name, 'maintain')
"""
OWNS_DATABASE = """
select pg_has_role(datdba, 'usage') from pg_database where datname = current_database()
"""
TURNS_LOG = """
select has_function_privilege('pg_switch_wal()', 'execute')
   and has_function_privilege('pg_ls_waldir()', 'execute')
   and pg_has_role('pg_checkpoint', 'usage')
"""


async def require(db: Connection, service: str, tables: Sequence[str]) -> None:
    """Raises PurgeError with what a superuser has to say."""
    refused = await db.fetch(MAY_REWRITE, list(tables))
    if refused or not await db.fetchval(OWNS_DATABASE):
        raise PurgeError(
            f"The database of {service} is purged by its owner: give its address as"
            f" MAARID_{service.upper()}_OWNER_DATABASE_URL."
        )
    if not await db.fetchval(TURNS_LOG):
        role, name = await db.fetchrow("select current_user, current_database()") or ("", "")
        raise PurgeError(
            f"{role} may not turn over PostgreSQL's log. `maarid migrate --databases` gives it the"
            f' right; or have a superuser say in database {name}: grant pg_checkpoint to "{role}";'
            f' grant execute on function pg_switch_wal(), pg_ls_waldir() to "{role}";'
        )
