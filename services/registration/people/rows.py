"""The names and phone numbers of people who wear badges: table `own.people`; personal/rows.py says
how.

That somebody wears a badge and as what are events of the exhibitor, seen in `wearers`.  Whoever
leaves, asked for it or not, is forgotten: the event comes first, then the row is emptied, by the
handler and after a crash by the publisher, which follows the log (`record`).  The people of an
exhibitor that withdraws are marked by the same follower, and removed by `workers.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from maarid_contracts.registration import WearerRecordV1
from pydantic import Field

from chassis.answers.listing import Listing, Order
from chassis.answers.shapes import AnswerOut
from chassis.postgres.database import Connection, Pool
from services.registration.people.domain import EraseWearer, People, Standing, exhibitor_stream
from services.registration.personal.read import EventOut, events_about
from services.registration.personal.rows import Persons


@dataclass(frozen=True)
class WearerDetails:
    """The personal part of somebody who wears a badge; `phone` is E.164."""

    name: str
    phone: str | None


def _is_erased(people: People, wearer_id: str) -> bool | None:
    standing = people.standings.get(wearer_id)
    return None if standing is None else standing is not Standing.WEARS


PEOPLE = Persons(
    one="wearer",
    many="people",
    table="people",
    standings="wearers",
    corrections="people_corrections",
    publisher="people_publisher",
    key="wearer_id",
    owner="exhibitor_id",
    personal=("name", "phone"),
    said="r.fair_id, r.organisation_id, r.role",
    model=WearerRecordV1,
    telling=frozenset({"wearer_added.v1", "wearer_removed.v1", "wearer_erased.v1"}),
    forgetting=frozenset({"wearer_removed.v1", "wearer_erased.v1"}),
    record="""
    update people as c
       set recorded = true,
           withdrawn = c.withdrawn or a.status <> 'accepted',
           name = case when r.erased then null else c.name end,
           phone = case when r.erased then null else c.phone end,
           erased = c.erased or r.erased,
           revision = c.revision + (r.erased and not c.erased)::int
      from wearers as r join applications as a on a.application_id = r.exhibitor_id
     where r.wearer_id = c.wearer_id and c.wearer_id = any($1::text[])
    """,
    stream=exhibitor_stream,
    is_erased=_is_erased,
    erasing=EraseWearer,
    ending=frozenset({"exhibitor_withdrawn.v1"}),
    end="update people set withdrawn = true where exhibitor_id = any($1::text[])",
)


class WearerOut(AnswerOut):
    wearer_id: str
    exhibitor_id: str
    organisation_id: str
    role: str
    name: str
    phone: str | None = Field(description="E.164.")
    revision: int


OF_EXHIBITOR = Listing(
    """
    select c.wearer_id, c.exhibitor_id, r.organisation_id, r.role, c.name, c.phone, c.revision
      from people as c join wearers as r using (wearer_id)
     where r.fair_id = $1 and r.exhibitor_id = $2 and not c.erased and not r.erased
    """,
    "wearer_id",
    {"wearer_id": Order(), "role": Order("role")},
)

LEFT_BEHIND = """
select wearer_id, exhibitor_id from people
 where withdrawn and recorded and not erased order by wearer_id limit 100
"""
"""People of exhibitors that have withdrawn."""


class WearerExportOut(AnswerOut):
    """All that this service holds of one who wears or wore a badge; what is null was erased."""

    wearer_id: str
    fair_id: str
    exhibitor_id: str
    organisation_id: str
    role: str
    name: str | None
    phone: str | None = Field(description="E.164.")
    written_at: datetime | None = Field(description="When name and number were written down.")
    left_because: str | None
    events: list[EventOut] = Field(description="What happened, when, and by whom.")


EXPORTED = """
select r.wearer_id, r.fair_id, r.exhibitor_id, r.organisation_id, r.role, r.left_because, c.name,
       c.phone, c.written_at
  from wearers as r left join people as c on c.wearer_id = r.wearer_id and not c.erased
 where r.wearer_id = $1
"""


async def export(db: Connection | Pool, wearer_id: str) -> WearerExportOut | None:
    row = await db.fetchrow(EXPORTED, wearer_id)
    if row is None:
        return None
    streams = [PEOPLE.stream(row["exhibitor_id"]).name]
    events = await events_about(db, streams, PEOPLE.key, wearer_id)
    return WearerExportOut.model_validate({**row, "events": events})
