"""Messages in a table, and the queries on it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from maarid_contracts.envelope import Code, Id, LanguageTag, Slug
from pydantic import Field

from chassis.answers.listing import Listing, Order, Page, Part
from chassis.answers.shapes import AnswerOut, Stored
from chassis.definition.projection import Projection, Row, Write, as_json
from chassis.log.events import Fact
from chassis.postgres.database import Connection, Pool, columns
from services.notifications.messages.domain import (
    AnswerReceived,
    CallNoted,
    Event,
    MessageAttemptFailed,
    MessageDelivered,
    MessageFailed,
    MessageRead,
    MessageRequested,
    MessageSent,
    Status,
)

REQUEST = """
insert into messages (message_id, told_of, requested_by, fair_id, contact_id, template, arguments,
                      correlation_id, traceparent, requested_at, status)
select r.*, 'requested'
  from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::uuid[], $6::text[], $7::jsonb[],
              $8::uuid[], $9::text[], $10::timestamptz[]) as r
on conflict (message_id) do nothing
"""
SEND = """
update messages as m set status = 'sent', channel = s.channel, language = s.language,
                         segments = s.segments, rung = s.rung, sent_at = s.at
  from unnest($1::uuid[], $2::text[], $3::text[], $4::integer[], $5::integer[], $6::timestamptz[])
       as s(message_id, channel, language, segments, rung, at)
 where m.message_id = s.message_id
"""
FALL_BACK = """
update messages as m set attempt_reason = a.reason
  from unnest($1::uuid[], $2::text[]) as a(message_id, reason)
 where m.message_id = a.message_id
"""
DELIVER = """
update messages as m set status = 'delivered', settled_at = d.at
  from unnest($1::uuid[], $2::timestamptz[]) as d(message_id, at)
 where m.message_id = d.message_id
"""
OPEN = """
update messages as m set status = 'read', read_at = r.at
  from unnest($1::uuid[], $2::timestamptz[]) as r(message_id, at)
 where m.message_id = r.message_id
"""
FAIL = """
update messages as m set status = 'failed', reason = f.reason, settled_at = f.at
  from unnest($1::uuid[], $2::text[], $3::timestamptz[]) as f(message_id, reason, at)
 where m.message_id = f.message_id
"""


def _write(fact: Fact[Event]) -> Write | None:
    event, at = fact.event, fact.occurred_at
    match event:
        case MessageRequested(message_id, fair, contact, template, arguments):
            told_of = fact.causation_id or fact.event_id
            what = (fair, contact, template, as_json(arguments))
            origin = (fact.correlation_id, fact.traceparent)
            return REQUEST, (message_id, told_of, fact.event_id, *what, *origin, at)
        case MessageSent(message_id, channel, language, segments, rung):
            return SEND, (message_id, channel, language, segments, rung, at)
        case MessageAttemptFailed(message_id, _, reason):
            return FALL_BACK, (message_id, reason)
        case MessageDelivered(message_id):
            return DELIVER, (message_id, at)
        case MessageRead(message_id):
            return OPEN, (message_id, at)
        case MessageFailed(message_id, reason):
            return FAIL, (message_id, reason, at)
        case AnswerReceived() | CallNoted():
            return None


async def project_own(db: Connection, facts: Sequence[Fact[Event]]) -> None:
    """Write messages: first the requested ones, then the sent and then the settled ones, whatever
    the order of the messages among each other.  Of several events of one kind of a message the last
    counts.  What a contact answers changes no message, nor does a call."""
    steps = (REQUEST, SEND, FALL_BACK, DELIVER, OPEN, FAIL)
    rows: dict[str, dict[object, Row]] = {step: {} for step in steps}
    for statement, row in filter(None, map(_write, facts)):
        rows[statement][row[0]] = row
    for statement, found in rows.items():
        if found:
            await db.execute(statement, *columns(found.values()))


PROJECTION = Projection(tables=("messages",), own=project_own, events=Event)


class MessageOut(AnswerOut):
    """A message, from requested to delivered, perhaps read, or failed."""

    message_id: Id
    fair_id: Slug | None
    contact_id: Id
    template: Code
    arguments: Stored[Mapping[str, str]]
    status: Status
    waits_for: Code | None = Field(
        description="Why it is not settled.", examples=["contact_unknown"]
    )
    reason: Code | None = Field(description="Why it failed.", examples=["no_consent"])
    channel: Code | None
    language: LanguageTag | None = Field(description="The language in which it was written.")
    segments: int | None
    rung: int | None = Field(description="Which channel of its ladder it was last sent by, from 1.")
    attempt_reason: Code | None = Field(
        description="Why it did not arrive by a channel.", examples=["no_whatsapp"]
    )
    requested_at: datetime
    sent_at: datetime | None = Field(description="By the last channel.")
    settled_at: datetime | None
    read_at: datetime | None = Field(description="Opened on the phone, where the channel says so.")


# As long as an application is open or accepted, its contact was told once more of one received
# than of one that ended.  Counted so, the order of the messages does not matter.
PARTICIPANTS = """
select contact_id from messages
 where fair_id = $1 and ($2::uuid is null or contact_id > $2)
   and template in ('application_received', 'application_rejected', 'participation_withdrawn')
 group by contact_id
having 2 * count(*) filter (where template = 'application_received') > count(*)
 order by contact_id limit $3
"""


QUESTION = """
select p.message_id::text from phone_messages as p join messages as m using (message_id)
 where p.contact_id = $1 and ($2::uuid is null or p.message_id = $2) and m.template = any($3)
 order by p.number desc limit 1
"""


async def question(
    pool: Pool, contact_id: str, message_id: str | None, templates: Iterable[str]
) -> str | None:
    """The message on a phone that an answer is to: the one that it names, or else the last that
    asks something."""
    return await pool.fetchval(QUESTION, contact_id, message_id, list(templates))


async def participants(pool: Pool, fair_id: str, after: UUID | None, limit: int) -> list[UUID]:
    """Contacts whose organisations take part in a fair or have applied to, page by page.

    The messages say it, for every application is answered by one.  So it is known as well of fairs
    that were announced before this service kept participants.
    """
    rows = await pool.fetch(PARTICIPANTS, fair_id, after, limit)
    return [row["contact_id"] for row in rows]


MESSAGES = """
select m.*, case when m.status = 'requested' then coalesce(s.waits_for, 'queued')
                 when m.status <> 'sent' then null
                 when s.again then coalesce(s.waits_for, 'queued')
                 else 'awaiting_receipt' end as waits_for
  from messages as m left join sending as s using (message_id)
"""
FILTERS = {"fair_id": "text", "contact_id": "uuid", "status": "text", "template": "text"}


def _messages_with(names: Iterable[str]) -> Listing:
    # Ids of events sort by time.  A filter that is not given is left out, so that a plan made for
    # any values uses the index of the filter that there is.
    tests = [f"m.{name} = ${n}::text::{FILTERS[name]}" for n, name in enumerate(names, start=1)]
    return Listing(
        f"{MESSAGES} where {' and '.join(tests) or 'true'}",
        "requested_by",
        {"requested_at": Order()},
        key_type="uuid",
    )


ALL_MESSAGES = _messages_with(())


async def messages(pool: Pool, filters: Mapping[str, str | None], page: Page) -> Part[MessageOut]:
    """Messages, in the order of their requests unless the page names another.

    `filters` may name `fair_id`, `contact_id`, `status` and `template`; None is no filter.
    """
    chosen = {name: value for name, value in filters.items() if value is not None}
    return (await _messages_with(chosen).part(pool, page, *chosen.values())).of(MessageOut.of)


async def message(pool: Pool, message_id: str) -> MessageOut | None:
    """One message; None where none was requested under this id."""
    return MessageOut.found(await pool.fetchrow(f"{MESSAGES} where message_id = $1", message_id))
