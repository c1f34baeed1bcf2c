"""The query for the figures of a fair, on the read tables of workshops and tickets."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from chassis.answers.shapes import AnswerOut
from chassis.postgres.database import Pool
from services.ticketing.workshops.read import WORKSHOPS

NOT_SAID = "not_said"
"""Stands for the province of people who did not say where they come from."""


class FiguresOut(AnswerOut):
    """A fair in numbers; cancelled workshops do not count."""

    workshops: int
    workshops_full: int
    seats: int
    seats_reserved: int
    seats_waitlisted: int
    seats_offered: int
    seat_offers: int = Field(description="Offers of seats that became free.")
    seat_offers_taken: int
    seat_offers_lapsed: int
    no_shows: int = Field(description="Seats that were released because nobody came.")
    attended: int = Field(description="Seats that were scanned at the door.")
    walk_ins: int = Field(description="People who were let into a workshop without a seat.")
    over_capacity: int = Field(description="People whom phones let in beyond the seats.")
    tickets: int
    people_expected: int
    people_expected_by_day: Mapping[str, int] = Field(
        description="By the days of their tickets; a party of several days counts on each of them."
    )
    people_in: int
    people_in_by_day: Mapping[str, int] = Field(
        description="By the days of their tickets, also those from which the fair has moved away."
    )
    people_in_by_gate: Mapping[str, int]
    people_in_by_province: Mapping[str, int] = Field(
        description="Those who did not say where they come from are under `not_said`."
    )


CAME = """
select day, gate_id, province, people from arrivals where fair_id = $1
union all
select day, entered_gate, coalesce(province, ''),
       came - case when checked_in_at is null then 0 else coalesce(checked_in_people, party) end
  from tickets
 where fair_id = $1 and (checked_in_at is not null or inside is not null) and came > 0
   and came > case when checked_in_at is null then 0 else coalesce(checked_in_people, party) end
"""
"""People by the gate of their first entry: of a ticket as many as were inside at once, also by what
devices have uploaded."""


async def figures(db: Pool, fair_id: str) -> FiguresOut:
    """Three queries: one row of counts, whom each day expects, and the arrivals grouped in three
    ways."""
    row = await db.fetchrow(
        f"""select count(*) as workshops,
                   count(*) filter (where "full") as workshops_full,
                   coalesce(sum(capacity), 0) as seats,
                   coalesce(sum(seats_reserved), 0) as seats_reserved,
                   coalesce(sum(seats_waitlisted), 0) as seats_waitlisted,
                   coalesce(sum(seats_offered), 0) as seats_offered,
                   coalesce(sum(offers), 0) as seat_offers,
                   coalesce(sum(offers_taken), 0) as seat_offers_taken,
                   coalesce(sum(offers_lapsed), 0) as seat_offers_lapsed,
                   coalesce(sum(no_shows), 0) as no_shows,
                   coalesce(sum(attended), 0) as attended,
                   coalesce(sum(walk_ins), 0) as walk_ins,
                   coalesce(sum(over_capacity), 0) as over_capacity,
                   (select coalesce(sum(tickets), 0)::bigint from expected where fair_id = $1)
                       as tickets,
                   (select coalesce(sum(people), 0)::bigint from expected where fair_id = $1)
                       as people_expected
              from ({WORKSHOPS}) as w where fair_id = $1 and not cancelled""",
        fair_id,
    )
    expected = await db.fetch(
        """select day, people + later_people as people from expected
            where fair_id = $1 and people + later_people > 0 order by day""",
        fair_id,
    )
    came = await db.fetch(
        f"""select day, gate_id, province, sum(people)::bigint as people from ({CAME}) as came
            group by grouping sets ((day), (gate_id), (province))
            order by day, gate_id, province""",
        fair_id,
    )
    by_day = {str(r["day"]): r["people"] for r in came if r["day"] is not None}
    by_gate = {r["gate_id"]: r["people"] for r in came if r["gate_id"] is not None}
    by_province = {
        r["province"] or NOT_SAID: r["people"] for r in came if r["province"] is not None
    }
    assert row is not None  # An aggregate without groups always has one row.
    return FiguresOut(
        **row,
        people_expected_by_day={str(r["day"]): r["people"] for r in expected},
        people_in=sum(by_day.values()),
        people_in_by_day=by_day,
        people_in_by_gate=by_gate,
        people_in_by_province=by_province,
    )
