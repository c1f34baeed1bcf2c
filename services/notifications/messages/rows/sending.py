"""Messages to send: which are due, which are done with, and what the others wait for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import asyncpg

from chassis.definition.projection import as_json
from chassis.postgres.database import Connection, Pool, columns

EARLIER = "earlier_message"
"""A message waits for an earlier one to the same contact, which it must not overtake."""
MORNING = "quiet_hours"
"""A message waits for the end of the quiet hours, and keeps back nothing until then."""
UNKNOWN = "unknown"
"""Nobody knows whether the network has taken the message."""
PAUSED = "campaign_paused"
"""A message waits until its campaign goes on, and keeps back nothing until then."""
KEEPING_NOTHING_BACK = (UNKNOWN, PAUSED)


@dataclass(frozen=True, slots=True)
class Wait:
    """What a message waits for, and when to look again."""

    reason: str
    seconds: float | None = None
    """None is a little longer each time."""
    forever: bool = False
    """Until somebody says what became of it."""


@dataclass(frozen=True, slots=True)
class Rest:
    """A message waits for the morning."""

    until: datetime


class Waiting(NamedTuple):
    """A message that is to wait, by whoever holds its claim."""

    message_id: UUID
    claimed: datetime
    """When the claim lapses, which tells it from a later one."""
    wait: Wait


class Resting(NamedTuple):
    """A message that is to rest until the morning, by whoever holds its claim."""

    message_id: UUID
    claimed: datetime
    until: datetime


URGENT = UUID(int=0)
"""The turn of what somebody waits for with the phone in hand: before all others, and held back for
nothing, for it tells of no event."""

BULK = UUID(int=0xFFFFFFFF << 96)
"""Turns from here on are those of campaigns: behind all others, and in their own order there."""


def bulk_turn(told_of: UUID) -> UUID:
    """The turn of a message of a campaign, by the event that started it."""
    return UUID(int=BULK.int | told_of.int >> 32)


# Of campaigns few at a time, so that there is always room for what somebody waits for.  Each row
# has a turn: `adopt` has given one to those of the first version.
CLAIM = """
with new as (
    select message_id from sending
     where waits_for is null and due <= clock_timestamp() and turn < $8::uuid
       and (since <= clock_timestamp() - make_interval(secs => $3) or turn = $7::uuid)
     order by turn, version, message_id limit $1 for update skip locked
), waiting as (
    select message_id from sending
     where waits_for is not null and due <= clock_timestamp() and turn < $8::uuid
     order by due, turn, version, message_id limit $5 for update skip locked
), bulk as (
    select message_id from sending
     where waits_for is null and due <= clock_timestamp() and turn >= $8::uuid
     order by turn, version, message_id limit $9 for update skip locked
), bulk_waiting as (
    select message_id from sending
     where waits_for is not null and due <= clock_timestamp() and turn >= $8::uuid
     order by due, turn, version, message_id limit $9 for update skip locked
), claimed as (
    update sending as s
       set due = clock_timestamp() + make_interval(secs => $2), attempts = s.attempts + 1
     where s.message_id = any(array(select message_id from new
                                    union all select message_id from waiting
                                    union all select message_id from bulk
                                    union all select message_id from bulk_waiting))
    returning s.message_id, s.attempts, s.contact_id, s.turn, s.stream, s.version, s.due,
              s.happened_at, s.superseded, s.overdue
)
select m.message_id, m.requested_by, m.fair_id, m.contact_id, m.template, m.status,
       m.arguments::text as arguments, m.correlation_id, m.traceparent, s.attempts, s.due,
       coalesce(s.happened_at, m.requested_at) as happened_at, s.superseded, s.overdue,
       s.turn >= $8::uuid as bulk,
       coalesce(m.rung, 0) as sent_on,
       c.phone, c.language, c.second_language, c.channel, c.consent,
       e.contact_id is not null as erased,
       exists (select from opt_outs as o
                where o.contact_id = m.contact_id and o.consented_at is null) as opted_out,
       exists (select from sending as f
                where f.contact_id = s.contact_id
                  and (f.turn, f.version, f.message_id) < (s.turn, s.version, s.message_id)
                  and f.attempts < $4
                  and (f.waits_for is distinct from $6 or f.due <= clock_timestamp())
                  and f.message_id not in (select message_id from claimed))
       or exists (select from fanout as f
                   where f.contact_id = s.contact_id and f.stream = s.stream
                     and f.version < s.version and f.attempts < $4) as follows
  from claimed as s join messages as m using (message_id)
  left join contacts as c on c.contact_id = m.contact_id
  left join erased_contacts as e on e.contact_id = m.contact_id
 order by s.turn, s.version, s.message_id
"""
# A receipt that says that it failed may have come in the meantime: then it has its next turn.  The
# messages that waited for the last one to a contact have theirs.
DONE = """
with done as (
    select s.message_id, d.sent and 'failed' = (
               select coalesce(outcome, '') from attempts as a where a.message_id = s.message_id
                order by begun_at desc, rung desc limit 1) as failed
      from sending as s join unnest($1::uuid[], $2::boolean[]) as d(message_id, sent)
           using (message_id)
       for update of s
), again as (
    update sending as s set due = clock_timestamp(), waits_for = null
      from done as d where s.message_id = d.message_id and d.failed
), woken as (
    update sending set due = '-infinity'
     where waits_for = $4 and contact_id = any($3::uuid[])
       and message_id not in (select message_id from done)
)
delete from sending where message_id in (select message_id from done where failed is not true)
"""
# Whoever was woken or claimed by another meanwhile stays as that left it.  A record that came while
# its absence was being written woke no message, hence the second look.  What may have been sent
# keeps nothing back.
WAIT = """
update sending as s
   set waits_for = w.reason,
       attempts = greatest(s.attempts, case when w.reason = any($4::text[]) then $5 else 0 end),
       due = case
             when w.reason = 'contact_unknown'
              and exists (select from contacts as c where c.contact_id = s.contact_id)
             then clock_timestamp()
             when w.forever then 'infinity'
             else clock_timestamp()
                  + make_interval(secs => coalesce(w.seconds, least(power(2, s.attempts), $3))) end
  from unnest($1::uuid[], $2::text[], $6::float8[], $7::boolean[], $8::timestamptz[])
       as w(message_id, reason, seconds, forever, claimed)
 where s.message_id = w.message_id and s.due = w.claimed
"""
# It was told of long ago.  One whose sender is still at it has its receipt waited for anew.
OVERDUE = """
insert into sending (message_id, due, attempts, contact_id, fair_id, turn, again, overdue)
select message_id, clock_timestamp(), -1, contact_id, fair_id, told_of, true, true
  from messages where message_id = $1 and rung = $2 and status = 'sent'
on conflict (message_id) do nothing
"""
KNOWN = "delete from sending where message_id = any($1::uuid[]) and waits_for = $2"
WAKE_UNKNOWN = """
update sending set due = '-infinity' where message_id = any($1::uuid[]) and waits_for = $2
"""
# As often as before: a night is no attempt.
REST = """
update sending as s
   set waits_for = $3, attempts = greatest(s.attempts - 1, 0),
       due = case when $5 then 'infinity' else r.until end
  from unnest($1::uuid[], $2::timestamptz[], $4::timestamptz[]) as r(message_id, until, claimed)
 where s.message_id = r.message_id and s.due = r.claimed
"""
# They come before the messages that are only tried again from time to time.
WAKE = "update sending set due = '-infinity' where waits_for is not null"


OVERTAKE = """
update sending as s set superseded = true
  from messages as m
 where m.message_id = s.message_id and s.contact_id = $1 and m.template = any($2)
   and m.arguments @> $3::jsonb
   and (s.stream is null or s.stream = $4 and s.version < $5)
"""
RELEASE = """
update sending set waits_for = null, due = clock_timestamp()
 where campaign_id = $1 and waits_for = $2
"""
UNFOLLOWED = """
select exists (select from messages as m
                where contact_id = $1 and status = 'requested' and template = any($2)
                  and not exists (select from sending where message_id = m.message_id))
"""


async def claim(
    pool: Pool,
    limit: int,
    seconds: float,
    settle_seconds: float,
    patient_attempts: int,
    waiting_limit: int,
    bulk_limit: int,
) -> Sequence[asyncpg.Record]:
    """Claim messages that are due for some seconds, in the order in which contacts read them; of
    campaigns at most so many, and as many that have waited."""
    kept_back = (settle_seconds, patient_attempts)
    turns = (URGENT, BULK, bulk_limit)
    return await pool.fetch(CLAIM, limit, seconds, *kept_back, waiting_limit, MORNING, *turns)


class Finished(NamedTuple):
    """A message for which no more is to be done."""

    message_id: UUID
    sent: bool
    """Whether it awaits a receipt."""
    wakes: UUID | None
    """The contact whose next messages have their turn; None where more were claimed with it."""


async def done(pool: Pool, messages: Sequence[Finished]) -> None:
    """No more is to be done for these messages."""
    await pool.execute(DONE, *columns(messages), EARLIER)


async def wait(
    pool: Pool, messages: Sequence[Waiting], max_seconds: float, patient_attempts: int
) -> None:
    """Keep these messages until what they wait for comes, or so many seconds have passed."""
    ids, claims, waits = columns(messages)
    reasons = [each.reason for each in waits]
    seconds = [each.seconds for each in waits]
    forever = [each.forever for each in waits]
    await pool.execute(
        WAIT,
        ids,
        reasons,
        max_seconds,
        KEEPING_NOTHING_BACK,
        patient_attempts,
        seconds,
        forever,
        claims,
    )


async def is_overdue(pool: Pool, message_id: UUID, rung: int) -> None:
    """No receipt has come for a message: its sender is to look after it, if it still is on this
    rung."""
    await pool.execute(OVERDUE, message_id, rung)


async def known(pool: Pool, message_ids: Sequence[UUID]) -> None:
    """What became of messages that waited to be known is known now, and they wait no longer."""
    await pool.execute(KNOWN, message_ids, UNKNOWN)


async def wake_unknown(pool: Pool, message_ids: Sequence[UUID]) -> None:
    """Messages that waited to be known have failed on their channel: they go on to the next."""
    await pool.execute(WAKE_UNKNOWN, message_ids, UNKNOWN)


async def rest(pool: Pool, messages: Sequence[Resting], *, played: bool) -> None:
    """Keep these messages until the morning; of a fair that is played, until its hour is moved."""
    ids, claims, until = columns(messages)
    await pool.execute(REST, ids, until, MORNING, claims, played)


async def wake_resting(pool: Pool) -> None:
    """The hour of the fair was moved: look again at what waits for the morning."""
    await pool.execute(f"{WAKE} and waits_for = $1", MORNING)


async def is_unfollowed(pool: Pool, contact_id: str, templates: Sequence[str]) -> bool:
    """Whether messages of these templates to a contact were asked for and are not queued yet."""
    return await pool.fetchval(UNFOLLOWED, contact_id, templates)


async def overtake(
    pool: Pool,
    contact_id: str,
    templates: Sequence[str],
    arguments: Mapping[str, str],
    stream: str,
    version: int,
) -> None:
    """Mark the messages to a contact, with these arguments, that an event has overtaken: those of
    earlier versions of its stream, and those that tell of no event."""
    said = as_json(arguments)
    await pool.execute(OVERTAKE, contact_id, templates, said, stream, version)


async def release_campaign(pool: Pool, campaign_id: str) -> None:
    """A campaign goes on: its messages stand in line again."""
    await pool.execute(RELEASE, campaign_id, PAUSED)


async def wake_campaign(pool: Pool, campaign_id: str) -> None:
    """A campaign was stopped: what rests or waits need not any longer."""
    await pool.execute(f"{WAKE} and campaign_id = $1 and waits_for <> $2", campaign_id, UNKNOWN)


async def wake_contact(db: Connection, contact_id: str) -> None:
    """A contact's record has come, or its erasure."""
    await db.execute(f"{WAKE} and contact_id = $1", contact_id)


async def wake_fair(db: Connection | Pool, fair_id: str) -> None:
    """More is known of a fair: its name, or a hall's."""
    await db.execute(f"{WAKE} and fair_id = $1", fair_id)


async def wake_followers(db: Connection | Pool, contact_ids: Iterable[str]) -> None:
    """A message to these contacts is done with: the ones behind it have their turn."""
    await db.execute(f"{WAKE} and waits_for = $1 and contact_id = any($2)", EARLIER, [*contact_ids])
