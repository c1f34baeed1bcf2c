"""What networks have told us and nobody has worked on yet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import asyncpg

from chassis.definition.personal import PersonalTable
from chassis.postgres.database import Connection, Pool, columns
from services.notifications.networks.network import Receipt, Reported, Said

PUT = """
insert into inbox (network, network_id, reference, short, outcome, reason, phone, text, answers)
select $1, t.* from unnest($2::text[], $3::uuid[], $4::integer[], $5::text[], $6::text[],
                           $7::text[], $8::text[], $9::text[]) as t
"""
# Those that failed come again later; the order among them does not matter.
CLAIM = """
update inbox as i
   set due = clock_timestamp() + make_interval(secs => $2), attempts = i.attempts + 1
 where i.number = any(array(select number from inbox where due <= clock_timestamp()
                             order by due, number limit $1 for update skip locked))
returning i.number, i.network, i.network_id, i.reference::text as reference, i.short, i.outcome,
          i.reason, i.phone, i.text, i.answers, i.attempts,
          extract(epoch from clock_timestamp() - i.received_at)::float8 as age
"""
DONE = "delete from inbox where number = any($1::bigint[])"
AGAIN = """
update inbox set due = clock_timestamp() + make_interval(secs => least(power(2, attempts), $2))
 where number = any($1::bigint[])
"""
TEXTS = PersonalTable(
    "inbox", "select null::text as name, phone from own.inbox where phone is not null"
)


async def put(pool: Pool, network: str, said: Iterable[Reported | Said]) -> None:
    """Keep what a network has told, in one statement."""
    if rows := [_row(each) for each in said]:
        await pool.execute(PUT, network, *columns(rows))


def _row(said: Reported | Said) -> tuple[str | int | None, ...]:
    match said:
        case Reported(Receipt(outcome, reason, network_id), reference, short):
            return (network_id or "", reference, short, outcome, reason, None, None, None)
        case Said(network_id, phone, text, answers):
            return (network_id, None, None, None, None, phone, text, answers)


async def claim(pool: Pool, limit: int, seconds: float) -> Sequence[asyncpg.Record]:
    """Claim what is due for some seconds; whoever dies leaves it to others after that."""
    return await pool.fetch(CLAIM, limit, seconds)


def answer_in(row: asyncpg.Record) -> Said:
    """What a person has written, of a row without an outcome."""
    return Said(row["network_id"], row["phone"], row["text"], row["answers"])


def receipt_in(row: asyncpg.Record) -> Reported:
    """What a network has told, of a row with an outcome."""
    receipt = Receipt(row["outcome"], row["reason"] or "", row["network_id"] or None)
    return Reported(receipt, row["reference"], row["short"])


async def done(pool: Pool, numbers: Sequence[int]) -> None:
    """No more is to be done for these."""
    await pool.execute(DONE, numbers)


async def again(pool: Pool, numbers: Sequence[int], most_seconds: float) -> None:
    """Work on these again, later each time."""
    await pool.execute(AGAIN, numbers, most_seconds)


async def forget(db: Connection, contact_id: str) -> None:
    """Delete what was written from the number of a contact, while that is known."""
    await db.execute(
        "delete from inbox as i using contacts as c where c.contact_id = $1 and i.phone = c.phone",
        contact_id,
    )
