"""What contacts wrote or pressed; what nobody has understood waits for somebody of the team."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from chassis.definition.personal import PersonalTable
from chassis.postgres.database import Connection, Pool
from services.notifications.networks.network import Said

# It holds the contacts until it is written: an erasure finds either all of it or nothing.
KEEP = """
insert into answers (answer_id, contact_id, network, meaning, message_id, state, text, at)
select $1, c.contact_id, $3, $4, $5, 'open', $6, $7 from contacts as c
 where c.contact_id = any($2::uuid[]) for key share of c
on conflict (answer_id, contact_id) do nothing
"""
KEPT = "select message_id::text from answers where answer_id = $1 limit 1"
EXPLAIN = "update answers set reason = $2 where answer_id = $1 and state = 'open'"
KNOWN = "select exists (select from contacts where contact_id = $1)"
SETTLE = "update answers set state = $2, reason = $3 where answer_id = $1"
SHARING = "select contact_id::text from contacts where phone = $1 order by contact_id"
# The network's own id says which text is answered; it may be one to somebody with the same number.
ANSWERED = """
select a.message_id::text from attempts as a
 where a.network = $1 and a.network_id = $2 and a.contact_id = any($3::uuid[])
"""
CALLED_BACK = """
update answers set state = 'done' where message_id = $1 and state = 'open' and meaning = 'call_me'
"""
TEXTS = PersonalTable("answers")


@dataclass(frozen=True, slots=True)
class Written:
    """What a contact wrote or pressed.  Its `repr`, and so a log, leaves the words out."""

    network: str
    meaning: str
    text: str = field(repr=False)
    at: datetime


async def keep(
    pool: Pool,
    answer_id: UUID,
    contact_ids: Sequence[str],
    said: Written,
    message_id: str | None,
) -> str | None:
    """Keep what was written, for each contact that may have; what was kept before stays.

    Returns the message that it answers, as it was first thought: once that was answered, nobody
    would find it among the open questions again.
    """
    what = (said.network, said.meaning, message_id, said.text, said.at)
    await pool.execute(KEEP, answer_id, list(contact_ids), *what)
    return await pool.fetchval(KEPT, answer_id)


async def settle(pool: Pool, answer_id: UUID, *, reason: str | None = None) -> None:
    """Note what became of an answer: it was taken, or a person has to read it for this reason."""
    await pool.execute(SETTLE, answer_id, "done" if reason is None else "open", reason)


async def explain(pool: Pool, answer_id: UUID, reason: str) -> None:
    """Note why a person has to read an answer, unless one has read it already."""
    await pool.execute(EXPLAIN, answer_id, reason)


async def is_known(pool: Pool, contact_id: str) -> bool:
    """Whether a contact has a record."""
    return bool(await pool.fetchval(KNOWN, contact_id))


async def called_back(pool: Pool, message_id: str) -> None:
    """Who asked for a call about a message was called."""
    await pool.execute(CALLED_BACK, message_id)


async def sharing(pool: Pool, phone: str) -> list[str]:
    """The contacts with this number."""
    return [row["contact_id"] for row in await pool.fetch(SHARING, phone)]


async def answered(pool: Pool, network: str, said: Said, contact_ids: Sequence[str]) -> str | None:
    """The message that an answer names, where it was sent to one of these contacts."""
    if said.answers is None:
        return None
    return await pool.fetchval(ANSWERED, network, said.answers, list(contact_ids))


async def forget(db: Connection, contact_id: str) -> None:
    """Delete what a contact wrote, also where it stands with those who share its number."""
    await db.execute(
        "delete from answers where answer_id in"
        " (select answer_id from answers where contact_id = $1)",
        contact_id,
    )
