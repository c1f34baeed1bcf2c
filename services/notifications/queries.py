"""What notifications can be asked: plain SELECTs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

import asyncpg
import orjson

from chassis.database import Pool
from chassis.listing import Listing, Order, Page, Part

Named: TypeAlias = Mapping[str, str | None]
"""A name by language."""

QUEUED = "queued"
AWAITS_RECEIPT = "awaiting_receipt"


@dataclass(frozen=True, slots=True)
class Fair:
    """What texts say of a fair; where it takes place is known once that has been changed."""

    fair_id: str
    name: Named
    timezone: str
    poles: Mapping[str, Named]
    venue: Named | None = None
    city: Named | None = None
    cancelled: bool = False


@dataclass(frozen=True, slots=True)
class Workshop:
    """Where and when a workshop takes place."""

    session_id: str
    fair_id: str
    title: Named
    hall_id: str
    starts_at: datetime


@dataclass(frozen=True, slots=True)
class Seat:
    """A seat, or a place on the waiting list, of somebody whom we can tell."""

    seat_id: str
    session_id: str
    fair_id: str
    contact_id: str
    waited: bool


@dataclass(frozen=True, slots=True)
class Message:
    """A message and how far it has come; `waits_for` says why it is not further."""

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


@dataclass(frozen=True, slots=True)
class Phone:
    """A pocket phone: how many texts it holds, and when the last came."""

    contact_id: str
    messages: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class PhoneMessage:
    """A text as its reader sees it; `number` counts all texts of the pocket phones."""

    number: int
    message_id: str
    fair_id: str | None
    template: str | None
    channel: str
    language: str
    direction: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Figures:
    """The messages about a fair, counted."""

    messages: int
    by_status: Mapping[str, int]
    by_language: Mapping[str, int]
    by_channel: Mapping[str, int]
    by_template: Mapping[str, int]
    failed_by_reason: Mapping[str, int]
    pending_by_reason: Mapping[str, int]


async def fairs(pool: Pool, fair_ids: Iterable[str]) -> dict[str, Fair]:
    rows = await pool.fetch(
        "select fair_id, name::text, timezone, poles::text, venue::text, city::text, cancelled"
        " from fairs where fair_id = any($1)",
        list(fair_ids),
    )
    return {
        row["fair_id"]: Fair(
            row["fair_id"],
            orjson.loads(row["name"]),
            row["timezone"],
            orjson.loads(row["poles"]),
            row["venue"] and orjson.loads(row["venue"]),
            row["city"] and orjson.loads(row["city"]),
            row["cancelled"],
        )
        for row in rows
    }


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

    Who that is stands in what they were told, for every application is answered: so it is known
    as well of fairs that were announced before anybody had to know.
    """
    rows = await pool.fetch(PARTICIPANTS, fair_id, after, limit)
    return [row["contact_id"] for row in rows]


async def halls(pool: Pool, fair_ids: Iterable[str]) -> dict[tuple[str, str], Named]:
    """The names of the fairs' halls, by fair and hall."""
    rows = await pool.fetch(
        "select fair_id, hall_id, name::text from halls where fair_id = any($1)", list(fair_ids)
    )
    return {(row["fair_id"], row["hall_id"]): orjson.loads(row["name"]) for row in rows}


async def workshops(pool: Pool, session_ids: Iterable[str]) -> dict[str, Workshop]:
    rows = await pool.fetch(
        "select session_id, fair_id, title::text, hall_id, starts_at from workshops"
        " where session_id = any($1::uuid[])",
        list(session_ids),
    )
    return {
        str(row["session_id"]): Workshop(
            str(row["session_id"]),
            row["fair_id"],
            orjson.loads(row["title"]),
            row["hall_id"],
            row["starts_at"],
        )
        for row in rows
    }


async def seat(pool: Pool, seat_id: str) -> Seat | None:
    row = await pool.fetchrow(
        "select seat_id, session_id, fair_id, contact_id, waited from seats where seat_id = $1",
        UUID(seat_id),
    )
    if row is None:
        return None
    return Seat(
        str(row["seat_id"]),
        str(row["session_id"]),
        row["fair_id"],
        str(row["contact_id"]),
        row["waited"],
    )


async def workshops_of_fair(pool: Pool, fair_id: str) -> list[str]:
    """The sessions of a fair's workshops."""
    rows = await pool.fetch("select session_id from workshops where fair_id = $1", fair_id)
    return [str(row["session_id"]) for row in rows]


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
    """Messages, unless said otherwise in the order in which they were asked for.

    `filters` may name `fair_id`, `contact_id`, `status` and `template`; None is no filter.
    """
    given = {name: value for name, value in filters.items() if value is not None}
    part = await _messages_with(given).part(pool, page, *given.values())
    return part.of(_message)


async def message(pool: Pool, message_id: str) -> Message | None:
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


PHONES = Listing(
    """
    select p.contact_id, count(*) as messages, max(p.at) as last_at from phone_messages as p
      left join messages as m using (message_id)
     where ($1::text is null or m.fair_id = $1) group by p.contact_id
    """,
    "contact_id",
    {"contact_id": Order()},
    key_type="uuid",
)


async def phones(pool: Pool, fair_id: str | None, page: Page) -> Part[Phone]:
    """The phones that hold texts, or texts about one fair."""
    part = await PHONES.part(pool, page, fair_id)
    return part.of(lambda row: Phone(str(row["contact_id"]), row["messages"], row["last_at"]))


PHONE = Listing(
    """
    select p.*, m.fair_id, m.template from phone_messages as p
      left join messages as m using (message_id)
     where p.contact_id = $1
    """,
    "number",
    {"at": Order()},
    key_type="bigint",
)


async def phone(pool: Pool, contact_id: str, page: Page) -> Part[PhoneMessage]:
    """The texts of one phone, unless said otherwise in the order in which they came."""
    return (await PHONE.part(pool, page, UUID(contact_id))).of(_phone_message)


def _phone_message(row: asyncpg.Record) -> PhoneMessage:
    return PhoneMessage(
        row["number"],
        str(row["message_id"]),
        row["fair_id"],
        row["template"],
        row["channel"],
        row["language"],
        row["direction"],
        row["text"],
        row["at"],
    )


COUNTED = "select kind, value, messages from figures where fair_id = $1 and messages > 0"
PENDING = """
select waits_for, count(*) as messages from sending where fair_id = $1 group by waits_for
"""


async def figures(pool: Pool, fair_id: str) -> Figures:
    """What was counted so far.  Whoever is yet to be told of something waits in the queue."""
    counted: dict[str, dict[str, int]] = {
        kind: {} for kind in ("status", "language", "channel", "template", "reason", "fanout")
    }
    for row in await pool.fetch(COUNTED, fair_id):
        counted[row["kind"]][row["value"]] = row["messages"]
    waits: Counter[str] = Counter(counted["fanout"])
    for row in await pool.fetch(PENDING, fair_id):
        waits[row["waits_for"] or QUEUED] += row["messages"]
    if sent := counted["status"].get("sent", 0):
        waits[AWAITS_RECEIPT] = sent
    return Figures(
        messages=sum(counted["template"].values()),
        by_status=_sorted(counted["status"]),
        by_language=_sorted(counted["language"]),
        by_channel=_sorted(counted["channel"]),
        by_template=_sorted(counted["template"]),
        failed_by_reason=_sorted(counted["reason"]),
        pending_by_reason=_sorted({reason: n for reason, n in waits.items() if n}),
    )


def _sorted(counted: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(counted.items()))
