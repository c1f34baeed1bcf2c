"""Which fairs need a repair of their assignment, and which repair was offered last: rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from chassis.postgres.database import Connection, Pool

KEPT = timedelta(days=30)
"""How long it is known what was offered, which is as long as its draft."""

# Only of fairs that are not over: who came to those of before, when their events are heard anew,
# is nothing to be mended.
NEEDS = """
select f.fair_id, adopted.draft_id as adopted, came.ids as came, went.ids as went,
       md5(concat(plan.revision, ' ', rules.version, ' ', stand.held)) as floor
  from fairs as f
 cross join lateral (select draft_id from decided_on as d where d.fair_id = f.fair_id limit 1)
       as adopted
 cross join lateral (
       select array(select e.exhibitor_id from exhibitors as e
                      left join decided_on as d using (fair_id, exhibitor_id)
                     where e.fair_id = f.fair_id and not e.withdrawn and d.exhibitor_id is null
                       and e.booths > (select count(*) from booths as b
                                        where b.fair_id = e.fair_id
                                          and b.exhibitor_id = e.exhibitor_id)
                     order by e.exhibitor_id) as ids) as came
 cross join lateral (
       select array(select e.exhibitor_id from exhibitors as e
                      join decided_on as d using (fair_id, exhibitor_id)
                     where e.fair_id = f.fair_id and e.withdrawn
                     order by e.exhibitor_id) as ids) as went
 cross join lateral (
       select string_agg(b.booth_id || ' ' || b.exhibitor_id, ',' order by b.booth_id) as held
         from booths as b where b.fair_id = f.fair_id) as stand
  left join floor_plans as plan on plan.fair_id = f.fair_id
  left join assignment_rules as rules on rules.fair_id = f.fair_id
 where not f.cancelled and f.last_day >= $1 and ($2::text is null or f.fair_id = $2)
   and (came.ids <> '{}' or went.ids <> '{}'
        or exists (select from repair_offers as o where o.fair_id = f.fair_id))
 order by f.fair_id
"""
LAST = "select adopted, came, went, floor, draft_id from repair_offers where fair_id = $1"
LOCK = """
insert into repair_offers (fair_id, offered_at, adopted, came, went, floor)
values ($1, $2, '', '{}', '{}', '') on conflict do nothing
"""
OFFER = """
update repair_offers set offered_at = $2, adopted = $3, came = $4, went = $5, floor = $6,
       draft_id = $7
 where fair_id = $1
"""
FORGET = "delete from repair_offers where fair_id = $1"
PRUNE = "delete from repair_offers where offered_at < $1"
# What the team has changed by hand, or adopted, is its own by now.
UNTOUCHED = """
  from assignment_drafts as d
 where draft_id = $1 and version = 1
   and not exists (select from assignments as a where a.draft_id = d.draft_id::text)
"""
IS_UNTOUCHED = f"select exists (select {UNTOUCHED})"
TAKE_BACK = f"delete {UNTOUCHED}"


@dataclass(frozen=True)
class Need:
    """Who came late to a fair, or went, since an assignment was adopted, and the floor as it is."""

    fair_id: str
    adopted: str
    came: tuple[str, ...]
    went: tuple[str, ...]
    floor: str

    @property
    def why(self) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
        return self.adopted, self.came, self.went


async def needs(
    db: Connection | Pool, now: datetime, fair_id: str | None = None
) -> dict[str, Need]:
    """The fairs that need a repair, or that one was offered to; of all, or one."""
    rows = await db.fetch(NEEDS, now.date(), fair_id)
    return {
        row["fair_id"]: Need(
            row["fair_id"], row["adopted"], tuple(row["came"]), tuple(row["went"]), row["floor"]
        )
        for row in rows
    }


@dataclass(frozen=True)
class Offer:
    """What was offered last, and its draft: none where nobody was left to be placed."""

    need: Need
    draft_id: UUID | None


async def last(db: Connection | Pool, fair_id: str, *, lock: bool = False) -> Offer | None:
    """What was offered to a fair last; with `lock` nobody else offers meanwhile."""
    row = await db.fetchrow(LAST + (" for update" if lock else ""), fair_id)
    if row is None:
        return None
    came, went = tuple(row["came"]), tuple(row["went"])
    return Offer(Need(fair_id, row["adopted"], came, went, row["floor"]), row["draft_id"])


async def begin(db: Connection, fair_id: str, now: datetime) -> Offer | None:
    """The same, behind the lock also for a first offer; None where it was just taken back."""
    await db.execute(LOCK, fair_id, now)
    return await last(db, fair_id, lock=True)


async def answers(db: Connection | Pool, offer: Offer, need: Need) -> bool:
    """Whether an offer is still what a fair needs.  One that the team has thrown away, or made its
    own, is: it is made again for other people alone, and not for another floor."""
    if offer.need.why != need.why:
        return False
    return offer.need.floor == need.floor or not await db.fetchval(IS_UNTOUCHED, offer.draft_id)


async def take_back(db: Connection, draft_id: UUID | None) -> None:
    """Throw an offered draft away, unless the team has made it its own."""
    await db.execute(TAKE_BACK, draft_id)


async def put(db: Connection, need: Need, draft_id: UUID | None, now: datetime) -> None:
    """Remember what is offered."""
    about = (need.adopted, list(need.came), list(need.went), need.floor, draft_id)
    await db.execute(OFFER, need.fair_id, now, *about)


async def forget(db: Connection, fair_id: str) -> None:
    await db.execute(FORGET, fair_id)


async def prune(pool: Pool, now: datetime) -> None:
    """Forget what was offered long ago, with its draft."""
    await pool.execute(PRUNE, now - KEPT)
