"""Attempts to hand messages over: a row each, committed before the network is asked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

import asyncpg

from chassis.postgres.database import Connection, Pool, columns
from services.notifications.networks.network import Receipt, Reported

# What an attempt may still become: a receipt that comes late or again never takes it back.  That
# the text arrived outranks that it failed, as where we did not wait for the receipt any longer.
RANK = (
    "coalesce(array_position(array['not_taken', 'accepted', 'failed', 'delivered', 'read'], {}), 0)"
)
IS_NEWS = f"{RANK.format('n.outcome')} > {RANK.format('a.outcome')}"
SET = f"""
       set answered_at = coalesce(a.answered_at, clock_timestamp()),
           network_id = coalesce(a.network_id, n.network_id),
           settled_at = case when {IS_NEWS} then clock_timestamp() else a.settled_at end,
           reason = case when {IS_NEWS} then n.reason else a.reason end,
           outcome = case when {IS_NEWS} then n.outcome else a.outcome end
"""

OF_MESSAGES = """
select reference, message_id, network, channel, rung, language, segments, network_id, outcome,
       reason, extract(epoch from clock_timestamp() - begun_at)::float8 as age
  from attempts where message_id = any($1::uuid[]) order by message_id, begun_at, rung
"""
# Only with the claim in hand, which is thereby renewed, on a channel that is open, of a campaign
# that is not held, and while the contact, or the number of a code, is known: an erasure finds the
# row or prevents it.
BEGIN = """
with asked as (
    select * from unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::uuid[], $5::text[],
                         $6::text[], $7::text[], $8::integer[], $9::text[], $10::integer[],
                         $11::numeric[])
           as a(reference, message_id, due, contact_id, fair_id, network, channel, rung, language,
                segments, cost_mad)
), open as (
    select a.* from asked as a join channels as c using (network)
     where c.state = 'running' and c.blocked_until <= clock_timestamp()
), known as (
    select contact_id from contacts where contact_id = any($4::uuid[])
     order by contact_id for key share
), asked_for as (
    select code_id from codes where code_id = any($4::uuid[]) and phone is not null
     order by code_id for share
), mine as (
    update sending as s set due = clock_timestamp() + make_interval(secs => $12)
      from open as o
     where s.message_id = o.message_id and s.due = o.due
       and not exists (select from campaigns as c
                        where c.campaign_id = s.campaign_id and c.state in ('paused', 'stopped'))
       and (o.contact_id in (select contact_id from known)
            or o.contact_id in (select code_id from asked_for))
    returning s.message_id, s.due
), begun as (
    insert into attempts (reference, message_id, contact_id, fair_id, network, channel, rung,
                          language, segments, cost_mad)
    select o.reference, o.message_id, o.contact_id, o.fair_id, o.network, o.channel, o.rung,
           o.language, o.segments, o.cost_mad
      from open as o join mine as m using (message_id)
    returning message_id
)
select a.message_id, m.due, o.message_id is not null as is_open
  from asked as a left join open as o using (message_id)
  left join mine as m using (message_id) left join begun as b using (message_id)
"""
# Rows are locked in one order, for receipts of the same attempts may come to another replica.
LOCK = """
locked as materialized (
    select reference from attempts where reference = any(array(select reference from n))
     order by reference for update
)"""
ANSWER = f"""
with n as (
    select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[])
           as n(reference, outcome, reason, network_id)
), {LOCK}
update attempts as a {SET}
  from n join locked using (reference) where a.reference = n.reference
returning a.reference, a.outcome, a.reason
"""
# Where a network's answer was lost, its id is not known.  Some repeat two bytes of our reference:
# these say which attempt it was, if there is but one.  Of what is said of one attempt at once that
# counts which says most.
REPORT = f"""
with said as (
    select s.*, coalesce(
               (select reference from attempts where reference = s.reference),
               (select reference from attempts
                 where network = s.network and network_id = s.network_id limit 1),
               (select min(reference::text)::uuid from attempts
                 where network = s.network and answered_at is null
                   and begun_at > clock_timestamp() - interval '1 day'
                   and ('x' || right(reference::text, 4))::bit(16)::integer = s.short
                having count(*) = 1)) as attempt
      from unnest($1::text[], $2::uuid[], $3::integer[], $4::text[], $5::text[], $6::text[])
           with ordinality as s(network, reference, short, outcome, reason, network_id, number)
), n as (
    select distinct on (attempt) number, network, attempt as reference, outcome, reason, network_id
      from said where attempt is not null order by attempt, {RANK.format("outcome")} desc, number
), {LOCK}, a as (
    update attempts as a {SET}
      from n join locked using (reference)
     where a.reference = n.reference and a.network = n.network
    returning a.*, n.number
)
select s.number, s.attempt is not null as is_ours,
       a.reference, a.message_id, a.network, a.channel, a.rung, a.language, a.segments,
       a.network_id, a.outcome, a.reason, 0::float8 as age,
       m.status, coalesce(m.rung, 0) as sent_on, m.correlation_id, m.requested_by
  from said as s left join a using (number) left join messages as m using (message_id)
 order by s.number
"""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt; without an outcome nobody knows what became of it."""

    reference: str
    network: str
    channel: str
    rung: int
    language: str
    segments: int
    network_id: str | None
    outcome: str | None
    reason: str | None
    age: float
    """Seconds since it was begun, by the wall."""


class Beginning(NamedTuple):
    """An attempt that is to be made, by whoever holds the claim of its message."""

    reference: UUID
    message_id: UUID
    due: datetime
    """When the claim lapses, which tells it from a later one."""
    contact_id: UUID
    fair_id: str | None
    network: str
    channel: str
    rung: int
    language: str
    segments: int
    cost_mad: Decimal
    """What the network asks for it, by the route that it goes."""


@dataclass(frozen=True, slots=True)
class Begun:
    """Whether the attempt stands in its row: `due` is when the claim lapses now, and None where it
    was not begun, for the channel is closed, or else the claim was lost."""

    due: datetime | None
    is_open: bool


async def of_messages(pool: Pool, message_ids: Sequence[UUID]) -> dict[UUID, list[Attempt]]:
    """What was tried for these messages, in its order."""
    found: defaultdict[UUID, list[Attempt]] = defaultdict(list)
    for row in await pool.fetch(OF_MESSAGES, message_ids):
        found[row["message_id"]].append(_attempt(row))
    return found


def _attempt(row: asyncpg.Record) -> Attempt:
    reference, *others = (row[name] for name in Attempt.__slots__)
    return Attempt(str(reference), *others)


async def begin(pool: Pool, rows: Sequence[Beginning], seconds: float) -> Sequence[Begun]:
    """Commit attempts, and renew their claims for some seconds; after that they may be made."""
    found = {row["message_id"]: row for row in await pool.fetch(BEGIN, *columns(rows), seconds)}
    return [Begun(found[row.message_id]["due"], found[row.message_id]["is_open"]) for row in rows]


async def answered(
    pool: Pool, rows: Sequence[tuple[str, Receipt]]
) -> Sequence[tuple[str, str | None]]:
    """Record what networks answered; returns what is known of each by now, as outcome and reason.
    A receipt may have come before the answer."""
    given = [(reference, *_said_in(receipt)) for reference, receipt in rows]
    found = {str(row[0]): (row[1], row[2]) for row in await pool.fetch(ANSWER, *columns(given))}
    # The attempts of somebody who was erased meanwhile are gone.
    return [found.get(ref, (each.outcome, each.reason or None)) for ref, each in rows]


@dataclass(frozen=True, slots=True)
class Report:
    """What a receipt came to: whether it is of an attempt of ours, and that attempt as it is known
    by now with its message (`message_id`, `status`, `sent_on`, `correlation_id`, `requested_by`).
    These are None where nobody knows of it, or where another receipt says as much or more."""

    is_ours: bool
    attempt: Attempt | None
    message: asyncpg.Record


async def reported(pool: Pool, said: Sequence[tuple[str, Reported]]) -> Sequence[Report]:
    """Record receipts, each with the name of its network, in one statement."""
    given = [(name, each.reference, each.short, *_said_in(each.receipt)) for name, each in said]
    rows = await pool.fetch(REPORT, *columns(given))
    return [
        Report(row["is_ours"], None if row["reference"] is None else _attempt(row), row)
        for row in rows
    ]


def _said_in(receipt: Receipt) -> tuple[str, str | None, str | None]:
    return receipt.outcome, receipt.reason or None, receipt.network_id


async def forget_attempts(db: Connection, contact_id: str) -> None:
    """Delete every attempt to reach a contact."""
    await db.execute("delete from attempts where contact_id = $1", contact_id)
