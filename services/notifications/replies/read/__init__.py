"""Answered messages and contacts that want no more, in tables, and the queries on them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from maarid_contracts.registration import ConsentGivenV1

from chassis.definition.projection import Projection
from chassis.kafka.received import ReceivedEvent
from chassis.log.events import Fact
from chassis.postgres.database import Connection, Pool, columns
from services.notifications.messages.domain import AnswerReceived
from services.notifications.replies.domain import ContactOptedOut

Own: TypeAlias = AnswerReceived | ContactOptedOut

ANSWER = "insert into answered select unnest($1::uuid[]) on conflict (message_id) do nothing"
# The last time that each side said something, in whatever order the two are read.
OPT_OUT = """
insert into opt_outs as o (contact_id, opted_out_at)
select contact_id, max(at) from unnest($1::uuid[], $2::timestamptz[]) as n(contact_id, at)
 group by contact_id
on conflict (contact_id) do update
   set opted_out_at = greatest(o.opted_out_at, excluded.opted_out_at),
       consented_at = case when o.consented_at > excluded.opted_out_at then o.consented_at end
"""
CONSENT = """
update opt_outs as o set consented_at = greatest(o.consented_at, c.at)
  from (select contact_id, max(at) as at
          from unnest($1::uuid[], $2::timestamptz[]) as n(contact_id, at) group by contact_id) as c
 where o.contact_id = c.contact_id and c.at > o.opted_out_at
"""


async def project_own(db: Connection, facts: Sequence[Fact[Own]]) -> None:
    """Write which messages were answered, and who wants no more of them."""
    answered: list[str] = []
    opted_out: list[tuple[object, ...]] = []
    for fact in facts:
        match fact.event:
            case AnswerReceived(message_id):
                answered.append(message_id)
            case ContactOptedOut(contact_id):
                opted_out.append((contact_id, fact.occurred_at))
    if answered:
        await db.execute(ANSWER, answered)
    if opted_out:
        await db.execute(OPT_OUT, *columns(opted_out))


async def project_heard(db: Connection, batch: Sequence[ReceivedEvent]) -> None:
    """Write who has agreed to messages again."""
    given = [(received.contract.contact_id, received.occurred_at) for received in batch]
    await db.execute(CONSENT, *columns(given))


PROJECTION = Projection(
    tables=("answered", "opt_outs"),
    own=project_own,
    heard=project_heard,
    events=Own,
    contracts=ConsentGivenV1,
)

OPEN_QUESTIONS = """
select m.message_id::text, m.contact_id::text
  from messages as m
 where m.contact_id = any($1::uuid[]) and m.template = any($2)
   and m.status in ('sent', 'delivered')
   and not exists (select from answered as a where a.message_id = m.message_id)
 order by m.requested_by desc limit 10
"""
LAST_MESSAGE = """
select message_id::text from messages
 where contact_id = any($1::uuid[]) and ($2::uuid is null or message_id = $2)
   and status <> 'requested' and fair_id is not null
 order by requested_by desc limit 1
"""
MESSAGE = """
select m.message_id::text, m.contact_id::text, m.template, c.language, c.second_language
  from messages as m join contacts as c using (contact_id) where m.message_id = $1
"""


ANSWERED = "select exists (select from answered where message_id = $1)"
OPTED_OUT = "select exists (select from opt_outs where contact_id = $1 and consented_at is null)"


@dataclass(frozen=True, slots=True)
class Question:
    """A message that asks something, and whom."""

    message_id: str
    contact_id: str


@dataclass(frozen=True, slots=True)
class Linked:
    """A message that a link answers, and how its contact reads."""

    message_id: str
    contact_id: str
    template: str
    language: str
    second_language: str


async def open_questions(
    pool: Pool, contact_ids: Sequence[str], templates: Iterable[str]
) -> list[Question]:
    """The messages to these contacts that ask something and were not answered, newest first."""
    rows = await pool.fetch(OPEN_QUESTIONS, list(contact_ids), list(templates))
    return [Question(**row) for row in rows]


async def last_message(
    pool: Pool, contact_ids: Sequence[str], named: str | None = None
) -> str | None:
    """The last message about a fair that these contacts may have in mind; or else the named one, if
    it is theirs."""
    return await pool.fetchval(LAST_MESSAGE, list(contact_ids), named)


async def linked(pool: Pool, message_id: str) -> Linked | None:
    """A message whose contact is known."""
    row = await pool.fetchrow(MESSAGE, message_id)
    return None if row is None else Linked(**row)


async def opted_out(pool: Pool, contact_id: str) -> bool:
    """Whether a contact wants no more messages, and has not agreed to them since."""
    return bool(await pool.fetchval(OPTED_OUT, contact_id))


async def answered(pool: Pool, message_id: str) -> bool:
    """Whether a message was answered."""
    return bool(await pool.fetchval(ANSWERED, message_id))
