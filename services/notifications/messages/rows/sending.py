"""Messages to send: which are due, which are done with, and what the others wait for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

import asyncpg

from chassis.postgres.database import Connection, Pool

EARLIER = "earlier_message"
"""A message waits for an earlier one to the same contact, which it must not overtake."""

URGENT = UUID(int=0)
"""The turn of what somebody waits for with the phone in hand: before all others, and held back for
nothing, for it tells of no event."""

CLAIM = """
with new as (
    select message_id from sending
     where waits_for is null and due <= clock_timestamp()
       and (since <= clock_timestamp() - make_interval(secs => $3) or turn = $6::uuid)
     order by turn, version, message_id limit $1 for update skip locked
), waiting as (
    select message_id from sending
     where waits_for is not null and due <= clock_timestamp()
     order by due limit $5 for update skip locked
), claimed as (
    update sending as s
       set due = clock_timestamp() + make_interval(secs => $2), attempts = s.attempts + 1
     where s.message_id = any(array(select message_id from new
                                    union all select message_id from waiting))
    returning s.message_id, s.attempts, s.contact_id, s.turn, s.stream, s.version
)
select m.message_id, m.requested_by, m.fair_id, m.contact_id, m.template, m.status,
       m.arguments::text as arguments, m.correlation_id, m.traceparent, s.attempts,
       c.phone, c.language, c.second_language, c.channel, c.consent,
       e.contact_id is not null as erased,
       exists (select from sending as f
                where f.contact_id = s.contact_id
                  and (f.turn, f.version, f.message_id) < (s.turn, s.version, s.message_id)
                  and f.attempts < $4
                  and f.message_id not in (select message_id from claimed))
       or exists (select from fanout as f
                   where f.contact_id = s.contact_id and f.stream = s.stream
                     and f.version < s.version and f.attempts < $4) as follows
  from claimed as s join messages as m using (message_id)
  left join contacts as c on c.contact_id = m.contact_id
  left join erased_contacts as e on e.contact_id = m.contact_id
 order by s.turn, s.version, s.message_id
"""
DONE = "delete from sending where message_id = any($1::uuid[])"
# A record that came while its absence was being written woke no message, hence the second look.
WAIT = """
update sending as s
   set waits_for = w.reason,
       due = clock_timestamp() + case
             when w.reason = 'contact_unknown'
              and exists (select from contacts as c where c.contact_id = s.contact_id)
             then interval '0'
             else make_interval(secs => least(power(2, s.attempts), $3)) end
  from unnest($1::uuid[], $2::text[]) as w(message_id, reason)
 where s.message_id = w.message_id
"""
# They come before the messages that are only tried again from time to time.
WAKE = "update sending set due = '-infinity' where waits_for is not null"


async def claim(
    pool: Pool,
    limit: int,
    seconds: float,
    settle_seconds: float,
    patient_attempts: int,
    waiting_limit: int,
) -> Sequence[asyncpg.Record]:
    """Claim messages that are due for some seconds, in the order in which contacts read them."""
    kept_back = (settle_seconds, patient_attempts)
    return await pool.fetch(CLAIM, limit, seconds, *kept_back, waiting_limit, URGENT)


async def done(pool: Pool, message_ids: Sequence[UUID]) -> None:
    """No more is to be done for these messages."""
    await pool.execute(DONE, message_ids)


async def wait(pool: Pool, reasons: Mapping[UUID, str], max_seconds: float) -> None:
    """Keep these messages until what they wait for comes, or so many seconds have passed."""
    await pool.execute(WAIT, list(reasons), list(reasons.values()), max_seconds)


async def wake_contact(db: Connection, contact_id: str) -> None:
    """A contact's record has come, or its erasure."""
    await db.execute(f"{WAKE} and contact_id = $1", contact_id)


async def wake_fair(db: Connection | Pool, fair_id: str) -> None:
    """More is known of a fair: its name, or a hall's."""
    await db.execute(f"{WAKE} and fair_id = $1", fair_id)


async def wake_followers(db: Connection | Pool, contact_ids: Iterable[str]) -> None:
    """A message to these contacts is done with: the ones behind it have their turn."""
    await db.execute(f"{WAKE} and waits_for = $1 and contact_id = any($2)", EARLIER, [*contact_ids])
