"""The read tables of the programme, and what can be asked of them."""

from __future__ import annotations

from datetime import UTC, datetime
from operator import attrgetter
from typing import Any

from pydantic import Field

from chassis.answers.listing import Listing, Order
from chassis.answers.shapes import AnswerOut, Stored
from chassis.definition.projection import Projection, Write, as_json, rows_of_facts
from chassis.kernel.text import Text
from chassis.log.events import Fact
from chassis.postgres.database import Pool
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
insert into sessions (session_id, sort_key, hall_id, starts_at, ends_at, title, fair_id, kind,
                      topic_code, speakers, language, audience, seats)
values ($1, $2, $3, $4, $5, $6::text::jsonb, $7, $8, $9, $10, $11, $12, $13)
on conflict (session_id) do nothing
"""
RESCHEDULE = """
update sessions set sort_key = $2, hall_id = $3, starts_at = $4, ends_at = $5, last_change = $6
 where session_id = $1
"""
CANCEL = "update sessions set cancelled = true, last_change = $2 where session_id = $1"

_columns_of_session = attrgetter(
    *("fair_id", "kind", "topic_code", "speakers", "language", "audience", "seats")
)


def _write(fact: Fact[Event]) -> Write:
    match fact.event:
        case HallOpened(fair_id, hall_id, name, capacity):
            return OPEN_HALL, (fair_id, hall_id, as_json(name), capacity)
        case SessionScheduled() as event:
            return SCHEDULE, (*_place(event), as_json(event.title), *_columns_of_session(event))
        case SessionRescheduled() as event:
            return RESCHEDULE, (*_place(event), event.reason)
        case SessionCancelled(session_id=session_id, reason=reason):
            return CANCEL, (session_id, reason)


def _place(event: SessionScheduled | SessionRescheduled) -> tuple[Any, ...]:
    """What can change of a session, behind its id."""
    begins = f"{event.starts_at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}"
    sort_key = f"{begins}/{event.session_id}"
    return event.session_id, sort_key, event.hall_id, event.starts_at, event.ends_at


PROJECTION = Projection(
    tables=("halls", "sessions"),
    own=rows_of_facts((OPEN_HALL, SCHEDULE, RESCHEDULE, CANCEL), _write),
    events=Event,
)


class HallOut(AnswerOut):
    """A hall; its capacity is people."""

    hall_id: str
    name: Stored[Text]
    capacity: int


class SessionOut(AnswerOut):
    """A session; times are in UTC.  `last_change` is why it was last moved or cancelled.

    `outside` says that a change of the fair left it outside of its `days`, or of its `hours`.
    """

    session_id: str
    kind: str
    title: Stored[Text]
    topic_code: str
    hall_id: str
    speakers: list[str]
    language: str
    audience: str
    starts_at: datetime
    ends_at: datetime
    seats: int | None
    status: str = Field(examples=["scheduled", "cancelled"])
    last_change: str | None
    outside: str | None = Field(examples=[None, "days", "hours"])


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
    "select hall_id, name, capacity from halls where fair_id = $1",
    "hall_id",
    {"hall_id": Order(), "capacity": Order("capacity", "integer")},
)


SESSIONS = """
select s.*, begins::date as day,
       case when s.cancelled then 'cancelled' else 'scheduled' end as status,
       case when s.cancelled then null
            when begins::date < f.first_day or ends > f.last_day + 1 then 'days'
            when begins::time < f.opens_at or ends > begins::date + f.closes_at then 'hours'
       end as outside
  from sessions as s join fairs as f using (fair_id)
 cross join lateral (select s.starts_at at time zone f.timezone as begins,
                            s.ends_at at time zone f.timezone as ends) as local
 where s.fair_id = $1
"""


async def session(db: Pool, fair_id: str, session_id: str) -> SessionOut | None:
    row = await db.fetchrow(f"{SESSIONS} and s.session_id = $2", fair_id, session_id)
    return SessionOut.found(row)


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
"""Unless said otherwise in the order in which they begin; a day is the fair's own."""
