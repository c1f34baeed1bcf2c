"""The figures of a fair; they have no table of their own."""

from __future__ import annotations

from collections.abc import Mapping

from chassis.answers.shapes import AnswerOut
from chassis.postgres.database import Pool
from services.scheduling.fairs.read import Fair
from services.scheduling.programme.read import SESSIONS


class PoleFiguresOut(AnswerOut):
    booths: int
    assigned: int


class FiguresOut(AnswerOut):
    """A fair in numbers.  Cancelled sessions do not count; `area_m2` is the whole fair's."""

    booths: int
    booths_assigned: int
    institutional_booths: int
    institutional_booths_assigned: int
    booths_by_pole: Mapping[str, PoleFiguresOut]
    booths_area_m2: float
    area_m2: int | None
    halls: int
    sessions: int
    sessions_by_kind: Mapping[str, int]
    sessions_by_day: Mapping[str, int]


async def figures(db: Pool, of: Fair) -> FiguresOut:
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
    return FiguresOut(
        booths=sum(row["booths"] for row in poles),
        booths_assigned=sum(row["assigned"] for row in poles),
        institutional_booths=sum(row["institutional"] for row in poles),
        institutional_booths_assigned=sum(row["institutional_assigned"] for row in poles),
        booths_by_pole={row["pole_id"]: PoleFiguresOut.of(row) for row in poles},
        booths_area_m2=round(sum(row["area"] for row in poles), 2),
        area_m2=of.area_m2,
        halls=await db.fetchval("select count(*) from halls where fair_id = $1", of.fair_id),
        sessions=sum(by_kind.values()),
        sessions_by_kind=by_kind,
        sessions_by_day={str(row["day"]): row["sessions"] for row in on if row["day"] is not None},
    )
