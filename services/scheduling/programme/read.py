"""The read tables of the programme, and what can be asked of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from typing import Any

import asyncpg
import orjson

from chassis.answers.listing import Listing, Order, Page, Part
from chassis.definition.projection import Projection
from chassis.kernel.text import Text
from chassis.log.events import Fact
from chassis.postgres.database import Connection, Pool
from services.scheduling.programme.domain import (
    Event,
    HallOpened,
    SessionCancelled,
    SessionRescheduled,
    SessionScheduled,
)

OPEN_HALL = """
insert into halls (fair_id, hall_id, name, capacity) values ($1, $2, $3::text::jsonb, $4)
on conflict (fair_id, hall_id) do nothing
"""
SCHEDULE = """
insert into sessions (session_id, fair_id, sort_key, kind, title, topic_code, hall_id, speakers,
                      language, audience, starts_at, ends_at, seats)
values ($1, $2, $3, $4, $5::text::jsonb, $6, $7, $8, $9, $10, $11, $12, $13)
on conflict (session_id) do nothing
"""
RESCHEDULE = """
update sessions set sort_key = $2, hall_id = $3, starts_at = $4, ends_at = $5, last_change = $6
 where session_id = $1
"""
CANCEL = "update sessions set cancelled = true, last_change = $2 where session_id = $1"


async def project(db: Connection, facts: Sequence[Fact[Any]]) -> None:
    """Own events, one statement each."""
    for fact in facts:
        if isinstance(fact.event, Event):
            await _project_one(db, fact.event)


async def _project_one(db: Connection, event: Event) -> None:
    match event:
        case HallOpened(fair_id, hall_id, name, capacity):
            await db.execute(OPEN_HALL, fair_id, hall_id, _json(name), capacity)
        case SessionScheduled():
            await db.execute(
                SCHEDULE,
                event.session_id,
                event.fair_id,
                _sort_key(event.starts_at, event.session_id),
                event.kind,
                _json(event.title),
                event.topic_code,
                event.hall_id,
                list(event.speakers),
                event.language,
                event.audience,
                event.starts_at,
                event.ends_at,
                event.seats,
            )
        case SessionRescheduled():
            await db.execute(
                RESCHEDULE,
                event.session_id,
                _sort_key(event.starts_at, event.session_id),
                event.hall_id,
                event.starts_at,
                event.ends_at,
                event.reason,
            )
        case SessionCancelled(session_id=session_id, reason=reason):
            await db.execute(CANCEL, session_id, reason)


def _sort_key(starts_at: datetime, session_id: str) -> str:
    return f"{starts_at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}/{session_id}"


def _json(text: Text) -> str:
    return orjson.dumps(asdict(text)).decode()


PROJECTION = Projection(tables=("halls", "sessions"), own=project, events=Event)


@dataclass(frozen=True, slots=True)
class Hall:
    """A hall; its capacity is people."""

    hall_id: str
    name: Text
    capacity: int


@dataclass(frozen=True, slots=True)
class Session:
    """A session of the programme; `last_change` is why it was last moved or cancelled.

    `outside` says what a change of the fair left it outside of: its days, or its hours.
    """

    session_id: str
    kind: str
    title: Text
    topic_code: str
    hall_id: str
    speakers: list[str]
    language: str
    audience: str
    starts_at: datetime
    ends_at: datetime
    seats: int | None
    status: str
    last_change: str | None
    outside: str | None


async def cancelled_fairs_with_sessions(db: Pool) -> list[str]:
    """Fairs that were called off while sessions of theirs still stand."""
    rows = await db.fetch(
        """select fair_id from fairs as f
            where cancelled and exists (select from sessions as s
                                         where s.fair_id = f.fair_id and not s.cancelled)
            order by fair_id"""
    )
    return [row["fair_id"] for row in rows]


HALLS = Listing(
    "select hall_id, name::text as name, capacity from halls where fair_id = $1",
    "hall_id",
    {"hall_id": Order(), "capacity": Order("capacity", "integer")},
)


async def halls(db: Pool, fair_id: str, page: Page) -> Part[Hall]:
    part = await HALLS.part(db, page, fair_id)
    return part.of(lambda row: Hall(row["hall_id"], _text(row["name"]), row["capacity"]))


SESSIONS = """
select s.*, s.title::text as title_json, begins::date as day,
       case when s.cancelled then null
            when begins::date < f.first_day or ends > f.last_day + 1 then 'days'
            when begins::time < f.opens_at or ends > begins::date + f.closes_at then 'hours'
       end as outside
  from sessions as s join fairs as f using (fair_id)
 cross join lateral (select s.starts_at at time zone f.timezone as begins,
                            s.ends_at at time zone f.timezone as ends) as local
 where s.fair_id = $1
"""


async def session(db: Pool, fair_id: str, session_id: str) -> Session | None:
    row = await db.fetchrow(f"{SESSIONS} and s.session_id = $2", fair_id, session_id)
    return _session(row) if row else None


SESSIONS_OF_FAIR = Listing(
    f"""
    select * from ({SESSIONS}) as of_fair
     where ($2::date is null or day = $2)
       and ($3::text is null or kind = $3)
       and ($4::text is null or hall_id = $4)
       and ($5::text is null or topic_code = $5)
       and ($6::boolean is null or cancelled = $6)
       and ($7::boolean is null or (outside is not null) = $7)
    """,
    "sort_key",
    {"starts_at": Order(), "hall_id": Order("hall_id")},
)


async def sessions(
    db: Pool,
    fair_id: str,
    page: Page,
    *,
    day: date | None,
    kind: str | None,
    hall_id: str | None,
    topic_code: str | None,
    cancelled: bool | None,
    outside: bool | None,
) -> Part[Session]:
    """Sessions, unless said otherwise in the order in which they begin; a day is the fair's own."""
    part = await SESSIONS_OF_FAIR.part(
        db, page, fair_id, day, kind, hall_id, topic_code, cancelled, outside
    )
    return part.of(_session)


def _session(row: asyncpg.Record) -> Session:
    return Session(
        session_id=row["session_id"],
        kind=row["kind"],
        title=_text(row["title_json"]),
        topic_code=row["topic_code"],
        hall_id=row["hall_id"],
        speakers=row["speakers"],
        language=row["language"],
        audience=row["audience"],
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
        seats=row["seats"],
        status="cancelled" if row["cancelled"] else "scheduled",
        last_change=row["last_change"],
        outside=row["outside"],
    )


def _text(stored: str) -> Text:
    return Text(**orjson.loads(stored))
