"""What scheduling can be asked: plain SELECTs on its read tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

import asyncpg
import orjson

from chassis.database import Pool
from chassis.listing import Listing, Order, Page, Part
from services.scheduling.domain.plan import Exhibitor, Needs
from services.scheduling.domain.programme import Text


@dataclass(frozen=True, slots=True)
class Fair:
    """When a fair takes place, by the clocks of its town, and its poles."""

    fair_id: str
    timezone: str
    first_day: date
    last_day: date
    area_m2: int | None
    poles: frozenset[str]
    cancelled: bool


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a booth, how it came to that, and what spoke for this booth."""

    exhibitor_id: str
    organisation_id: str
    method: str
    reasons: list[str]
    assigned_at: datetime


@dataclass(frozen=True, slots=True)
class Booth:
    """A booth of the plan in force; without a holder it is free."""

    booth_id: str
    pole_id: str
    x_m: float
    y_m: float
    width_m: float
    depth_m: float
    electricity: bool
    water: bool
    corner: bool
    step_free: bool
    institutional: bool
    holder: Holder | None


@dataclass(frozen=True, slots=True)
class Participant:
    """An exhibitor or partner who takes part, and the booths it holds."""

    exhibitor_id: str
    organisation_id: str
    partner: bool
    pole_id: str
    booths_wanted: int
    booths: list[str]
    families: list[str]
    needs: Needs
    programmes: list[str]


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


@dataclass(frozen=True, slots=True)
class PoleFigures:
    booths: int
    assigned: int


@dataclass(frozen=True, slots=True)
class Figures:
    """A fair in numbers.  Cancelled sessions do not count; `area_m2` is the whole fair's."""

    booths: int
    booths_assigned: int
    institutional_booths: int
    institutional_booths_assigned: int
    booths_by_pole: Mapping[str, PoleFigures]
    booths_area_m2: float
    area_m2: int | None
    halls: int
    sessions: int
    sessions_by_kind: Mapping[str, int]
    sessions_by_day: Mapping[str, int]


async def fair(db: Pool, fair_id: str) -> Fair | None:
    row = await db.fetchrow("select * from fairs where fair_id = $1", fair_id)
    if row is None:
        return None
    return Fair(
        fair_id=row["fair_id"],
        timezone=row["timezone"],
        first_day=row["first_day"],
        last_day=row["last_day"],
        area_m2=row["area_m2"],
        poles=frozenset(row["poles"]),
        cancelled=row["cancelled"],
    )


async def exhibitors(db: Pool, fair_id: str) -> dict[str, Exhibitor]:
    """Everybody who ever took part in a fair, as its floor needs to know them."""
    rows = await db.fetch("select * from exhibitors where fair_id = $1", fair_id)
    return {row["exhibitor_id"]: _exhibitor(row) for row in rows}


async def exhibitor(db: Pool, fair_id: str, exhibitor_id: str) -> Exhibitor | None:
    row = await db.fetchrow(
        "select * from exhibitors where fair_id = $1 and exhibitor_id = $2", fair_id, exhibitor_id
    )
    return _exhibitor(row) if row else None


async def withdrawn_holders(db: Pool) -> list[tuple[str, str]]:
    """Who holds a booth after having withdrawn: (fair, exhibitor)."""
    rows = await db.fetch(
        """select distinct e.fair_id, e.exhibitor_id
             from exhibitors as e join booths as b using (fair_id, exhibitor_id)
            where e.withdrawn order by e.fair_id, e.exhibitor_id"""
    )
    return [(row["fair_id"], row["exhibitor_id"]) for row in rows]


async def cancelled_fairs_with_sessions(db: Pool) -> list[str]:
    """Fairs that were called off while sessions of theirs still stand."""
    rows = await db.fetch(
        """select fair_id from fairs as f
            where cancelled and exists (select from sessions as s
                                         where s.fair_id = f.fair_id and not s.cancelled)
            order by fair_id"""
    )
    return [row["fair_id"] for row in rows]


PARTICIPANTS = Listing(
    """
    select e.*, held.held from exhibitors as e
     cross join lateral (select array(select b.booth_id from booths as b
                                       where b.fair_id = e.fair_id
                                         and b.exhibitor_id = e.exhibitor_id
                                       order by b.booth_id) as held) as held
     where e.fair_id = $1 and not e.withdrawn
       and ($2::boolean is null or (cardinality(held.held) >= e.booths) = $2)
       and ($3::text is null or e.pole_id = $3)
       and ($4::text is null or e.organisation_id = $4)
    """,
    "exhibitor_id",
    {
        "exhibitor_id": Order(),
        "pole_id": Order("pole_id"),
        "booths_wanted": Order("booths", "integer"),
    },
)


async def participants(
    db: Pool,
    fair_id: str,
    page: Page,
    *,
    placed: bool | None,
    pole_id: str | None,
    organisation_id: str | None,
) -> Part[Participant]:
    """Who takes part; `placed` are those who hold as many booths as they registered for."""
    part = await PARTICIPANTS.part(db, page, fair_id, placed, pole_id, organisation_id)
    return part.of(_participant)


async def revision(db: Pool, fair_id: str) -> int:
    """The revision of the plan in force; 0 before there is one."""
    found = await db.fetchval("select revision from floor_plans where fair_id = $1", fair_id)
    return found or 0


async def booth(db: Pool, fair_id: str, booth_id: str) -> Booth | None:
    row = await db.fetchrow(
        "select * from booths where fair_id = $1 and booth_id = $2", fair_id, booth_id
    )
    return _booth(row) if row else None


BOOTHS = Listing(
    """
    select * from booths
     where fair_id = $1
       and ($2::text is null or pole_id = $2)
       and ($3::boolean is null or (exhibitor_id is null) = $3)
       and ($4::text is null or exhibitor_id = $4)
    """,
    "booth_id",
    {"booth_id": Order(), "pole_id": Order("pole_id")},
)


async def booths(
    db: Pool,
    fair_id: str,
    page: Page,
    *,
    pole_id: str | None,
    free: bool | None,
    exhibitor_id: str | None,
) -> Part[Booth]:
    return (await BOOTHS.part(db, page, fair_id, pole_id, free, exhibitor_id)).of(_booth)


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


async def figures(db: Pool, of: Fair) -> Figures:
    poles = await db.fetch(
        """select pole_id, count(*) as booths, count(exhibitor_id) as assigned,
                  count(*) filter (where institutional) as institutional,
                  count(exhibitor_id) filter (where institutional) as institutional_assigned,
                  sum(width_m * depth_m) as area
             from booths where fair_id = $1 group by pole_id order by pole_id""",
        of.fair_id,
    )
    on = await db.fetch(
        f"""select day, kind, count(*) as sessions from ({SESSIONS}) as of_fair
             where not cancelled group by grouping sets ((day), (kind)) order by day, kind""",
        of.fair_id,
    )
    by_kind = {row["kind"]: row["sessions"] for row in on if row["kind"] is not None}
    return Figures(
        booths=sum(row["booths"] for row in poles),
        booths_assigned=sum(row["assigned"] for row in poles),
        institutional_booths=sum(row["institutional"] for row in poles),
        institutional_booths_assigned=sum(row["institutional_assigned"] for row in poles),
        booths_by_pole={
            row["pole_id"]: PoleFigures(row["booths"], row["assigned"]) for row in poles
        },
        booths_area_m2=round(sum(row["area"] for row in poles), 2),
        area_m2=of.area_m2,
        halls=await db.fetchval("select count(*) from halls where fair_id = $1", of.fair_id),
        sessions=sum(by_kind.values()),
        sessions_by_kind=by_kind,
        sessions_by_day={str(row["day"]): row["sessions"] for row in on if row["day"] is not None},
    )


def _participant(row: asyncpg.Record) -> Participant:
    return Participant(
        exhibitor_id=row["exhibitor_id"],
        organisation_id=row["organisation_id"],
        partner=row["partner"],
        pole_id=row["pole_id"],
        booths_wanted=row["booths"],
        booths=row["held"],
        families=row["families"],
        needs=_needs(row),
        programmes=row["programmes"],
    )


def _needs(row: asyncpg.Record) -> Needs:
    return Needs(
        electricity=row["electricity"],
        water=row["water"],
        corner=row["corner"],
        step_free=row["step_free"],
        min_area_m2=row["min_area_m2"],
    )


def _exhibitor(row: asyncpg.Record) -> Exhibitor:
    return Exhibitor(
        exhibitor_id=row["exhibitor_id"],
        organisation_id=row["organisation_id"],
        pole_id=row["pole_id"],
        booths=row["booths"],
        contact_id=row["contact_id"],
        partner=row["partner"],
        families=tuple(row["families"]),
        needs=_needs(row),
        programmes=tuple(row["programmes"]),
        withdrawn=row["withdrawn"],
    )


def _booth(row: asyncpg.Record) -> Booth:
    holder = row["exhibitor_id"] and Holder(
        exhibitor_id=row["exhibitor_id"],
        organisation_id=row["organisation_id"],
        method=row["method"],
        reasons=row["reasons"],
        assigned_at=row["assigned_at"],
    )
    return Booth(
        booth_id=row["booth_id"],
        pole_id=row["pole_id"],
        x_m=row["x_m"],
        y_m=row["y_m"],
        width_m=row["width_m"],
        depth_m=row["depth_m"],
        electricity=row["electricity"],
        water=row["water"],
        corner=row["corner"],
        step_free=row["step_free"],
        institutional=row["institutional"],
        holder=holder,
    )


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
