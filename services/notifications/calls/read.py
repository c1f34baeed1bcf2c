"""Messages that are to be told by telephone, in a table, and the list of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeAlias

from maarid_contracts.envelope import Code, Id, LanguageTag
from pydantic import Field

from chassis.answers.listing import Listing, Order, Page, Part
from chassis.answers.shapes import AnswerOut, Stored
from chassis.definition.projection import Projection, Row
from chassis.log.events import Fact
from chassis.postgres.database import Connection, Pool, columns
from services.notifications.messages.domain import CallNoted, CallOutcome, MessageFailed
from services.notifications.messages.rows.sending import UNKNOWN
from services.notifications.messages.tellings import Template
from services.notifications.messages.worth import OF_OTHERS, WORTH

Own: TypeAlias = MessageFailed | CallNoted

NOT_TO_BE_TOLD = frozenset({"no_consent", "opted_out", "contact_erased", "too_late", "superseded"})
"""Why messages fail that nobody is to be called about."""
CODE = Template.CODE.value

FAIL = """
insert into calls as c (message_id, fair_id, requested_at, failed_at, reason)
select m.message_id, m.fair_id, m.requested_at, f.at, f.reason
  from unnest($1::uuid[], $2::text[], $3::timestamptz[]) as f(message_id, reason, at)
  join messages as m using (message_id)
 where m.fair_id is not null and m.template <> $4
on conflict (message_id) do update set failed_at = excluded.failed_at, reason = excluded.reason
"""
# Of several calls the last one says whether somebody is to call again.
NOTE = """
insert into calls as c (message_id, fair_id, requested_at, calls, called_at, outcome, closed)
select m.message_id, m.fair_id, m.requested_at, n.calls, n.at, n.outcome, n.closed
  from unnest($1::uuid[], $2::integer[], $3::timestamptz[], $4::text[], $5::boolean[])
       as n(message_id, calls, at, outcome, closed)
  join messages as m using (message_id)
 where m.fair_id is not null
on conflict (message_id) do update
   set calls = c.calls + excluded.calls, called_at = excluded.called_at,
       outcome = excluded.outcome, closed = excluded.closed
"""


async def project_own(db: Connection, facts: Sequence[Fact[Own]]) -> None:
    """Write which messages are to be told by telephone, and the calls that were made."""
    failed: list[Row] = []
    noted: dict[str, Row] = {}
    calls: Counter[str] = Counter()
    for fact in facts:
        match fact.event:
            case MessageFailed(message_id, reason):
                if reason not in NOT_TO_BE_TOLD:
                    failed.append((message_id, reason, fact.occurred_at))
            case CallNoted(message_id, outcome):
                calls[message_id] += 1
                what = (fact.occurred_at, str(outcome), closes(outcome))
                noted[message_id] = (message_id, calls[message_id], *what)
    if failed:
        await db.execute(FAIL, *columns(failed), CODE)
    if noted:
        await db.execute(NOTE, *columns(noted.values()))


def closes(outcome: CallOutcome) -> bool:
    """Whether nobody needs to call again."""
    return outcome is not CallOutcome.NO_ANSWER


PROJECTION = Projection(tables=("calls",), own=project_own, events=Own)


class Why(StrEnum):
    """Why a contact is to be called."""

    ASKED = "asked"
    """It asked for a call."""
    UNREACHED = "unreached"
    """No channel is left that brings the message to its phone."""
    UNCONFIRMED = "unconfirmed"
    """The message was sent, and no receipt has come in time by the last channel."""
    UNKNOWN = "unknown"
    """Nobody knows whether the network has taken the message, which is not sent again."""


class TriedOut(AnswerOut):
    """An attempt to hand the message over."""

    channel: Code
    outcome: Code = Field(description="`unknown` where nobody knows.", examples=["failed"])
    reason: Code | None = Field(examples=["no_whatsapp"])
    at: datetime = Field(description="By the clock of the wall.")


class NoteOut(AnswerOut):
    """What was written down about a call."""

    outcome: CallOutcome
    note: str
    at: datetime


class CallOut(AnswerOut):
    """A contact that is to be called about a message."""

    message_id: Id
    contact_id: Id
    template: Code
    why: Why
    reason: Code | None = Field(description="Why the message failed.", examples=["no_receipt"])
    since: datetime
    requested_at: datetime
    language: LanguageTag = Field(description="Of the contact.")
    phone: str | None = Field(description="For organisers.")
    tried: Stored[Sequence[TriedOut]]
    calls: int = Field(description="How often somebody has called.")
    called_at: datetime | None
    outcome: CallOutcome | None = Field(description="Of the last call.")
    notes: Stored[Sequence[NoteOut]] = Field(description="For organisers.")


ASKED = "select from answers as a where a.message_id = {} and a.state = 'open'"
# Those who asked are called however old their message is.  Of the others nobody is called who wants
# no messages, nor about what has arrived after all, or is not worth telling any more.
LIST = f"""
select w.message_id, m.contact_id, m.template, w.why, w.reason, w.since, m.requested_at,
       c.language, case when $7 then c.phone end as phone,
       coalesce(k.calls, 0) as calls, k.called_at, k.outcome,
       coalesce((
           select jsonb_agg(jsonb_build_object(
                      'channel', t.channel, 'outcome', coalesce(t.outcome, 'unknown'),
                      'reason', t.reason, 'at', t.begun_at) order by t.begun_at, t.rung)
             from attempts as t where t.message_id = w.message_id), '[]') as tried,
       coalesce((
           select jsonb_agg(jsonb_build_object(
                      'outcome', n.outcome, 'note', n.note, 'at', n.at) order by n.at, n.note_id)
             from call_notes as n where n.message_id = w.message_id and $7), '[]') as notes
  from (
    select f.message_id, case f.reason when 'no_receipt' then 'unconfirmed' else 'unreached' end
           as why, f.reason, f.failed_at as since
      from calls as f
     where f.fair_id = $1 and f.failed_at is not null and not f.closed and f.requested_at > $3
       and not exists ({ASKED.format("f.message_id")} and a.meaning = 'call_me')
    union all
    select s.message_id, 'unknown', null, u.requested_at
      from sending as s join messages as u using (message_id)
     where s.fair_id = $1 and s.waits_for = '{UNKNOWN}' and s.due = 'infinity'
       and u.status in ('requested', 'sent') and u.template <> $6
       and not exists (select from calls as k where k.message_id = s.message_id and k.closed)
       and not exists ({ASKED.format("s.message_id")} and a.meaning = 'call_me')
    union all
    select a.message_id, 'asked', null, min(a.at)
      from answers as a join messages as q on q.message_id = a.message_id
     where q.fair_id = $1 and a.state = 'open' and a.meaning = 'call_me'
     group by a.message_id
  ) as w
  join messages as m using (message_id)
  join contacts as c on c.contact_id = m.contact_id
  left join calls as k on k.message_id = w.message_id
  left join unnest($4::text[], $5::interval[]) as v(template, lasts) on v.template = m.template
  left join workshops as s on s.session_id = (m.arguments ->> 'session_id')::uuid
 where w.why = 'asked'
    or m.requested_at + coalesce(v.lasts, $8) > $2 and coalesce(s.starts_at > $2, true)
       and not exists (select from opt_outs as o
                        where o.contact_id = m.contact_id and o.consented_at is null)
       and not exists (select from attempts as t
                        where t.message_id = w.message_id and t.outcome in ('delivered', 'read'))
"""
LASTS: Mapping[str, timedelta] = {template: worth.lasts for template, worth in WORTH.items()}
LONGEST = max(OF_OTHERS.lasts, *LASTS.values())

CALLS = Listing(
    LIST,
    "message_id",
    {
        "requested_at": Order(
            "requested_at",
            "timestamptz",
            "select requested_at from messages where message_id = $key",
        )
    },
    key_type="uuid",
)


def asked_for(fair_id: str, now: datetime, *, in_full: bool) -> tuple[object, ...]:
    """What the list is asked with, of a fair at a moment by its clock."""
    oldest = now - LONGEST
    worth = (list(LASTS), list(LASTS.values()))
    return (fair_id, now, oldest, *worth, CODE, in_full, OF_OTHERS.lasts)


async def calls(
    pool: Pool, fair_id: str, now: datetime, page: Page, *, in_full: bool
) -> Part[CallOut]:
    """The contacts that are to be called about a fair, in the order in which their messages were
    asked for; with numbers and notes only `in_full`."""
    part = await CALLS.part(pool, page, *asked_for(fair_id, now, in_full=in_full))
    return part.of(CallOut.of)


class NotedOut(AnswerOut):
    """The calls about a message."""

    message_id: Id
    calls: int
    called_at: datetime
    outcome: CallOutcome = Field(description="Of the last call.")


CONTACT = """
select contact_id::text from messages
 where message_id = $1 and fair_id = $2 and template <> $3
"""
NOTED = "select message_id, calls, called_at, outcome from calls where message_id = $1"


async def contact_of(pool: Pool, fair_id: str, message_id: str) -> str | None:
    """The contact of a message about a fair; None where there is none to be called about."""
    return await pool.fetchval(CONTACT, message_id, fair_id, CODE)


async def noted(pool: Pool, message_id: str) -> NotedOut | None:
    """The calls about a message."""
    return NotedOut.found(await pool.fetchrow(NOTED, message_id))
