"""Messages in a table, and the queries on it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg
import orjson

from chassis.answers.listing import Listing, Order, Page, Part
from chassis.definition.projection import Projection
from chassis.log.events import Fact
from chassis.postgres.database import Connection, Pool
from services.notifications.fairs.read import Row, json_of, write_rows
from services.notifications.messages.domain import (
    Event,
    MessageDelivered,
    MessageFailed,
    MessageRequested,
    MessageSent,
)
from services.notifications.messages.waits import AWAITS_RECEIPT, QUEUED

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
                         segments = s.segments, sent_at = s.at
  from unnest($1::uuid[], $2::text[], $3::text[], $4::integer[], $5::timestamptz[])
       as s(message_id, channel, language, segments, at)
 where m.message_id = s.message_id
"""
DELIVER = """
update messages as m set status = 'delivered', settled_at = d.at
  from unnest($1::uuid[], $2::timestamptz[]) as d(message_id, at)
 where m.message_id = d.message_id
"""
FAIL = """
update messages as m set status = 'failed', reason = f.reason, settled_at = f.at
  from unnest($1::uuid[], $2::text[], $3::timestamptz[]) as f(message_id, reason, at)
 where m.message_id = f.message_id
"""


async def project_own(db: Connection, facts: Sequence[Fact[Event]]) -> None:
    """Write messages: first the requested ones, then the sent and then the settled ones, whatever
    the order of the messages among each other."""
    rows: dict[str, list[Row]] = defaultdict(list)
    for fact in facts:
        event, at = fact.event, fact.occurred_at
        match event:
            case MessageRequested():
                rows[REQUEST].append(
                    (
                        event.message_id,
                        fact.causation_id or fact.event_id,
                        fact.event_id,
                        event.fair_id,
                        event.contact_id,
                        event.template,
                        json_of(event.arguments),
                        fact.correlation_id,
                        fact.traceparent,
                        at,
                    )
                )
            case MessageSent():
                rows[SEND].append(
                    (event.message_id, event.channel, event.language, event.segments, at)
                )
            case MessageDelivered():
                rows[DELIVER].append((event.message_id, at))
            case MessageFailed():
                rows[FAIL].append((event.message_id, event.reason, at))
    await write_rows(db, rows, (REQUEST, SEND, DELIVER, FAIL))


PROJECTION = Projection(tables=("messages",), own=project_own, events=Event)


@dataclass(frozen=True, slots=True)
class Message:
    """A message and its status; `waits_for` says why it is not settled."""

    message_id: str
    requested_by: str
    fair_id: str | None
    contact_id: str
    template: str
    arguments: Mapping[str, str]
    status: str
    requested_at: datetime
    channel: str | None
    language: str | None
    segments: int | None
    sent_at: datetime | None
    settled_at: datetime | None
    reason: str | None
    waits_for: str | None


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


async def participants(pool: Pool, fair_id: str, after: UUID | None, limit: int) -> list[UUID]:
    """Contacts whose organisations take part in a fair or have applied to, page by page.

    The messages say it, for every application is answered by one.  So it is known as well of fairs
    that were announced before this service kept participants.
    """
    rows = await pool.fetch(PARTICIPANTS, fair_id, after, limit)
    return [row["contact_id"] for row in rows]


MESSAGES = """
select m.*, m.arguments::text as stored_arguments, s.waits_for
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


async def messages(pool: Pool, filters: Mapping[str, str | None], page: Page) -> Part[Message]:
    """Messages, in the order of their requests unless the page names another.

    `filters` may name `fair_id`, `contact_id`, `status` and `template`; None is no filter.
    """
    chosen = {name: value for name, value in filters.items() if value is not None}
    part = await _messages_with(chosen).part(pool, page, *chosen.values())
    return part.of(_message)


async def message(pool: Pool, message_id: str) -> Message | None:
    """One message; None where none was requested under this id."""
    row = await pool.fetchrow(f"{MESSAGES} where message_id = $1", message_id)
    return None if row is None else _message(row)


def _message(row: asyncpg.Record) -> Message:
    return Message(
        str(row["message_id"]),
        str(row["requested_by"]),
        row["fair_id"],
        str(row["contact_id"]),
        row["template"],
        orjson.loads(row["stored_arguments"]),
        row["status"],
        row["requested_at"],
        row["channel"],
        row["language"],
        row["segments"],
        row["sent_at"],
        row["settled_at"],
        row["reason"],
        _waits_for(row["status"], row["waits_for"]),
    )


def _waits_for(status: str, waits_for: str | None) -> str | None:
    match status:
        case "requested":
            return waits_for or QUEUED
        case "sent":
            return AWAITS_RECEIPT
        case _:
            return None
