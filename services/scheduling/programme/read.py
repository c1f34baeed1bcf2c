"""The read tables of the programme, and what can be asked of them."""

from __future__ import annotations

from datetime import UTC, datetime
from operator import attrgetter
from typing import Any

import orjson
from maarid_contracts.programme import Break, HallRules, SpeakerTimes, Window
from pydantic import Field, TypeAdapter

from chassis.answers.listing import Listing, Order
from chassis.answers.shapes import AnswerOut, Stored
from chassis.definition.projection import Projection, Write, as_json, rows_of_facts
from chassis.kernel.text import Text
from chassis.log.events import Fact
from chassis.postgres.database import Pool
from services.scheduling.programme.calendar import Entry
from services.scheduling.programme.facts import (
    Event,
    HallOpened,
    ProgrammePublished,
    ProgrammeRulesPublished,
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
                      topic_code, speakers, language, audience, seats, requires, silences)
values ($1, $2, $3, $4, $5, $6::text::jsonb, $7, $8, $9, $10, $11, $12, $13, $14, $15)
on conflict (session_id) do nothing
"""
RESCHEDULE = """
update sessions set sort_key = $2, hall_id = $3, starts_at = $4, ends_at = $5, last_change = $6
 where session_id = $1
"""
CANCEL = "update sessions set cancelled = true, last_change = $2 where session_id = $1"
RULES = """
insert into programmes (fair_id, rules_revision, hours, breaks, halls, speakers)
values ($1, $2, $3::text::jsonb, $4::text::jsonb, $5::text::jsonb, $6::text::jsonb)
on conflict (fair_id) do update
   set rules_revision = excluded.rules_revision, hours = excluded.hours, breaks = excluded.breaks,
       halls = excluded.halls, speakers = excluded.speakers
"""
PUBLISH = """
insert into programmes (fair_id, version, published_at, draft_id, scheduled, rescheduled, cancelled,
                        points, objective, bound, seed, solver)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
on conflict (fair_id) do update
   set version = excluded.version, published_at = excluded.published_at,
       draft_id = excluded.draft_id, scheduled = excluded.scheduled,
       rescheduled = excluded.rescheduled, cancelled = excluded.cancelled,
       points = excluded.points, objective = excluded.objective, bound = excluded.bound,
       seed = excluded.seed, solver = excluded.solver
"""

_columns_of_session = attrgetter(
    *("fair_id", "kind", "topic_code", "speakers", "language", "audience", "seats"),
    *("requires", "silences"),
)
_columns_of_version = attrgetter(
    *("draft_id", "scheduled", "rescheduled", "cancelled"),
    *("points", "objective", "bound", "seed", "solver"),
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
        case ProgrammeRulesPublished(fair_id, revision, hours, breaks, halls, speakers):
            lists = map(as_json, (hours, breaks, halls, speakers))
            return RULES, (fair_id, revision, *lists)
        case ProgrammePublished() as event:
            return PUBLISH, (
                event.fair_id,
                event.version,
                fact.occurred_at,
                *_columns_of_version(event),
            )


def _place(event: SessionScheduled | SessionRescheduled) -> tuple[Any, ...]:
    """What can change of a session, behind its id."""
    begins = f"{event.starts_at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}"
    sort_key = f"{begins}/{event.session_id}"
    return event.session_id, sort_key, event.hall_id, event.starts_at, event.ends_at


PROJECTION = Projection(
    tables=("halls", "programmes", "sessions"),
    own=rows_of_facts((OPEN_HALL, SCHEDULE, RESCHEDULE, CANCEL, RULES, PUBLISH), _write),
    events=Event,
)


class HallOut(AnswerOut):
    """A hall; its capacity is people."""

    hall_id: str
    name: Stored[Text]
    capacity: int


class SessionOut(AnswerOut):
    """A session; times are in UTC.  `last_change` is why it was last moved or cancelled.

    `outside` says that a change of the fair left it outside of its `days`, or of its `hours`; or
    that it does not keep rules published since: `programme_hours`, `break`, `hall`, `equipment` or
    `speaker`.
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
    outside: str | None = Field(examples=[None, "days", "hours", "break"])
    requires: list[str] = Field(description="Equipment of its hall.")
    silences: str = Field(examples=["nowhere", "neighbours", "everywhere"])


class ProgrammeRulesOut(AnswerOut):
    """What sessions have to keep; times are in UTC.  Revision 0 is that nothing was published."""

    rules_revision: int = 0
    hours: Stored[tuple[Window, ...]] = ()
    breaks: Stored[tuple[Break, ...]] = ()
    halls: Stored[tuple[HallRules, ...]] = ()
    speakers: Stored[tuple[SpeakerTimes, ...]] = ()


class ProgrammeOut(AnswerOut):
    """The programme as a whole.  Version 0 is that no timetable was adopted.

    `points` is what it was worth when it was adopted, as changed by hand; `objective` is what its
    run came to, and no timetable that keeps its demands has more than `bound`.
    """

    version: int = 0
    published_at: datetime | None = None
    draft_id: str | None = None
    scheduled: int | None = None
    rescheduled: int | None = None
    cancelled: int | None = None
    points: int | None = None
    objective: int | None = None
    bound: int | None = None
    seed: int | None = None
    solver: str | None = None


async def rules(db: Pool, fair_id: str) -> ProgrammeRulesOut:
    row = await db.fetchrow("select * from programmes where fair_id = $1", fair_id)
    return ProgrammeRulesOut.found(row) or ProgrammeRulesOut()


async def programme(db: Pool, fair_id: str) -> ProgrammeOut:
    row = await db.fetchrow("select * from programmes where fair_id = $1", fair_id)
    return ProgrammeOut.found(row) or ProgrammeOut()


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
            when p.hours <> '[]' and not exists (
                 select from jsonb_to_recordset(p.hours) as w(begins timestamptz, ends timestamptz)
                  where w.begins <= s.starts_at and s.ends_at <= w.ends) then 'programme_hours'
            when exists (
                 select from jsonb_to_recordset(p.breaks)
                          as w(begins timestamptz, ends timestamptz, hall_ids text[])
                  where w.begins < s.ends_at and s.starts_at < w.ends
                    and (w.hall_ids = '{}' or s.hall_id = any(w.hall_ids))) then 'break'
            when exists (
                 select from jsonb_to_recordset(p.halls) as h(hall_id text, available jsonb)
                  where h.hall_id = s.hall_id and h.available <> '[]' and not exists (
                        select from jsonb_to_recordset(h.available)
                                 as w(begins timestamptz, ends timestamptz)
                         where w.begins <= s.starts_at and s.ends_at <= w.ends)) then 'hall'
            when not s.requires <@ coalesce((
                 select h.equipment from jsonb_to_recordset(p.halls)
                                      as h(hall_id text, equipment text[])
                  where h.hall_id = s.hall_id), '{}') then 'equipment'
            when exists (
                 select from jsonb_to_recordset(p.speakers) as h(speaker text, available jsonb)
                  where h.speaker = any(s.speakers) and not exists (
                        select from jsonb_to_recordset(h.available)
                                 as w(begins timestamptz, ends timestamptz)
                         where w.begins <= s.starts_at and s.ends_at <= w.ends)) then 'speaker'
       end as outside
  from sessions as s join fairs as f using (fair_id)
  left join programmes as p using (fair_id)
 cross join lateral (select s.starts_at at time zone f.timezone as begins,
                            s.ends_at at time zone f.timezone as ends) as local
 where s.fair_id = $1
"""


async def session(db: Pool, fair_id: str, session_id: str) -> SessionOut | None:
    row = await db.fetchrow(f"{SESSIONS} and s.session_id = $2", fair_id, session_id)
    return SessionOut.found(row)


# The log counts the changes of a session: what stood before this was asked has none missing.
ENTRIES = """
select s.session_id, s.title, h.name as hall, s.kind, s.starts_at, s.ends_at, s.cancelled,
       e.changes, e.changed_at
  from sessions as s
  join halls as h using (fair_id, hall_id)
  join (select data ->> 'session_id' as session_id, count(*) - 1 as changes,
               max(recorded_at) as changed_at
          from events where stream = $2
           and type in ('session_scheduled.v1', 'session_rescheduled.v1', 'session_cancelled.v1')
         group by 1) as e on e.session_id = s.session_id
 where s.fair_id = $1
   and ($3::text is null or s.hall_id = $3)
   and ($4::text is null or $4 = any(s.speakers))
   and ($5::text is null or s.topic_code = $5)
   and ($6::text is null or s.audience = $6)
   and ($7::text is null or s.speakers && array(
        select colleague.contact_id from exhibitors as e
          join exhibitors as colleague using (fair_id, organisation_id)
         where e.fair_id = $1 and e.exhibitor_id = $7 and colleague.contact_id is not null))
 order by s.sort_key
"""
_ENTRY = TypeAdapter(Entry)


async def entries(db: Pool, fair_id: str, stream: str, *filters: str | None) -> list[Entry]:
    """The sessions of a fair for a calendar, in a hall, by a speaker, of a topic, for an audience,
    by contacts of an exhibitor's organisation; those that were called off are there, for whoever
    has them in theirs."""
    rows = await db.fetch(ENTRIES, fair_id, stream, *filters)
    return [
        _ENTRY.validate_python(
            {**row, "title": orjson.loads(row["title"]), "hall": orjson.loads(row["hall"])}
        )
        for row in rows
    ]


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
