"""The codes that were asked for: whose number, until when, and how often they were tried.

A row is a code that was asked for, granted or silently refused, and all limits are counts of rows.
The number stands in it for as long as the code may be used; then its keyed hash stays for a day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

import asyncpg

from chassis.definition.personal import PersonalTable
from chassis.postgres.database import Connection, Pool, columns
from services.notifications.codes.limits import Limit, Rule, Use

CODES = PersonalTable(
    "codes", "select null::text as name, phone from own.codes where phone is not null"
)
LIFE = "10 minutes"
TRIES = 5
GRACE = "5 minutes"
"""So long after its end a right answer is repeated to the same request."""
KEPT = "1 day"
LOCK = "select pg_advisory_xact_lock(hashtextextended('maarid.codes', 0))"
"""One at a time over all replicas: of two at once both would be the last that is let through."""

FOUND = """
select phone, fair_id, granted, expires_at, expires_at > clock_timestamp() as alive
  from codes where code_id = $1
"""
GRANT = f"""
insert into codes (code_id, granted, phone, language, fair_id, number, prefix, address, cost_mad,
                   expires_at)
values ($1, $2, case when $2 then $3 end, $4, $5, case when $2 then $6::bytea end,
        case when $2 then $7::bytea end, $8, case when $2 then $9::numeric else 0 end,
        clock_timestamp() + interval '{LIFE}')
returning phone, fair_id, granted, expires_at, true as alive
"""
LANGUAGES = """
select language, second_language from contacts where phone = $1 order by contact_id limit 1
"""
COUNTED_BY = {
    Limit.FAIR: "fair_id is not distinct from $1::text",
    Limit.ADDRESS: "address = $2::bytea",
    Limit.PREFIX: "prefix = $3::bytea",
    Limit.NUMBER: "number = $4::bytea",
}
TRY = f"""
update codes set tries = tries || $2::uuid, right_by = case when $3 and granted then $2::uuid end
 where code_id = $1 and right_by is null and expires_at > clock_timestamp()
   and cardinality(tries) < {TRIES} and not $2::uuid = any(tries)
returning phone, right_by, cardinality(tries) as tried
"""
TRIED = f"""
select phone, right_by, array_position(tries, $2::uuid) as tried from codes
 where code_id = $1 and $2::uuid = any(tries)
   and expires_at > clock_timestamp() - interval '{GRACE}'
"""
CONTACTS = "select contact_id::text from contacts where phone = $1 order by contact_id"
TO_SEND = """
select code_id, phone, language from codes
 where code_id = any($1::uuid[]) and granted and phone is not null
   and expires_at > clock_timestamp()
"""
# In this order: a text that is being written holds the row, so the update waits for it, and the
# text is there to be deleted.
BLANK = """
with those as (
    select code_id from codes where {those} order by code_id for update
), blank as (
    update codes as c
       set phone = null, expires_at = least(expires_at, clock_timestamp()){more}
      from those where c.code_id = those.code_id
    returning c.code_id
)
select code_id from blank
"""
ENDED = BLANK.format(
    those=f"phone is not null and expires_at < clock_timestamp() - interval '{GRACE}'", more=""
)
OF_CONTACT = BLANK.format(
    those="phone = (select phone from contacts where contact_id = $1)",
    more=", number = null, prefix = null",
)
UNSEND = """
with gone as (delete from attempts where contact_id = any($1::uuid[]))
delete from phone_messages where contact_id = any($1::uuid[])
"""
DROP = f"delete from codes where at < clock_timestamp() - interval '{KEPT}' and phone is null"


@dataclass(frozen=True, slots=True)
class Marks:
    """By what a request is counted: its fair, and keyed hashes."""

    fair_id: str | None
    address: bytes
    prefix: bytes
    number: bytes


async def one_at_a_time(db: Connection) -> None:
    """Wait for whoever asks for a code at this moment, until the end of the transaction."""
    await db.execute(LOCK)


async def languages_of(pool: Pool, phone: str) -> tuple[str, ...]:
    """The languages of a contact with this number; none where there is none."""
    row = await pool.fetchrow(LANGUAGES, phone)
    return () if row is None else (row["language"], row["second_language"])


async def found(db: Connection, code_id: str) -> asyncpg.Record | None:
    """A code that was asked for before."""
    return await db.fetchrow(FOUND, code_id)


async def uses(db: Connection, rules: Sequence[Rule], marks: Marks) -> list[tuple[Rule, Use]]:
    """What each rule counts now.  By a number only what was granted counts: no other row has its
    hash."""
    parts: list[str] = []
    for n, rule in enumerate(rules):
        tests = [f"at > clock_timestamp() - interval '{rule.seconds} seconds'"]
        if (counted := COUNTED_BY.get(rule.limit)) is not None:
            tests.append(counted)
        where = f"filter (where {' and '.join(tests)})"
        what = "sum(cost_mad)" if rule.limit is Limit.SPEND else "count(*)"
        leaves = f"extract(epoch from min(at) {where} - clock_timestamp())::float8 + {rule.seconds}"
        parts.append(f"coalesce({what} {where}, 0)::numeric as used_{n}")
        parts.append(f"coalesce({leaves}, 0)::float8 as leaves_{n}")
    longest = max(rule.seconds for rule in rules)
    row = await db.fetchrow(
        f"select {', '.join(parts)} from codes"
        f" where at > clock_timestamp() - interval '{longest} seconds'",
        marks.fair_id,
        marks.address,
        marks.prefix,
        marks.number,
    )
    assert row is not None
    return [(rule, Use(row[f"used_{n}"], row[f"leaves_{n}"])) for n, rule in enumerate(rules)]


async def keep(
    db: Connection,
    code_id: str,
    *,
    granted: bool,
    phone: str,
    language: str,
    marks: Marks,
    cost_mad: Decimal,
) -> asyncpg.Record:
    """Keep that a code was asked for; of one that is refused neither number nor hash of it."""
    row = await db.fetchrow(
        GRANT,
        code_id,
        granted,
        phone,
        language,
        marks.fair_id,
        marks.number,
        marks.prefix,
        marks.address,
        cost_mad,
    )
    assert row is not None
    return row


async def tried(
    pool: Pool, code_id: str, command_id: UUID, *, right: bool
) -> asyncpg.Record | None:
    """Count a try, once for each request; None where the code is over, or nobody asked for it."""
    counted = await pool.fetchrow(TRY, code_id, command_id, right)
    return counted or await pool.fetchrow(TRIED, code_id, command_id)


async def contacts(pool: Pool, phone: str) -> list[str]:
    """The contacts of a number, which may be several: phones are shared."""
    return [row["contact_id"] for row in await pool.fetch(CONTACTS, phone)]


async def to_send(pool: Pool, message_ids: Sequence[UUID]) -> Sequence[asyncpg.Record]:
    """Those of the codes that are still worth sending: to which number, in which language."""
    return await pool.fetch(TO_SEND, list(message_ids))


async def forget_ended(pool: Pool) -> None:
    """Forget the numbers of codes that are over, their texts on pocket phones, and old rows."""
    async with pool.acquire() as db, db.transaction():
        await _unsend(db, await db.fetch(ENDED))
    await pool.execute(DROP)


async def forget_contact(db: Connection, contact_id: str) -> None:
    """End the codes of a contact's number, and forget it; for use while its record is there."""
    await _unsend(db, await db.fetch(OF_CONTACT, contact_id))


async def _unsend(db: Connection, blank: Sequence[asyncpg.Record]) -> None:
    if blank:
        await db.execute(UNSEND, *columns((row["code_id"],) for row in blank))
