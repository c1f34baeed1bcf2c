"""Proposals to change places: rows, for nobody is told of what is only proposed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from pydantic import Field

from chassis.answers.listing import Listing, Order
from chassis.answers.shapes import AnswerOut
from chassis.kernel.refused import Refused
from chassis.log.context import CommandContext
from chassis.log.outcome import CommandIdReused
from chassis.postgres.database import Pool

KEPT = timedelta(days=30)

ADD = """
insert into swaps (swap_id, fair_id, booth_id, exhibitor_id, organisation_id, for_booth_id,
                   for_exhibitor_id, for_organisation_id, proposed_at, request_hash)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
on conflict (swap_id) do nothing
"""
AGREE = """
update swaps set agreed_at = $2 where swap_id = $1 and agreed_at is null and withdrawn_at is null
"""
WITHDRAW = """
update swaps set withdrawn_at = $2
 where swap_id = $1 and agreed_at is null and withdrawn_at is null
"""
PRUNE = "delete from swaps where proposed_at < $1"


@dataclass(frozen=True)
class Side:
    """A booth and who holds it."""

    booth_id: str
    exhibitor_id: str
    organisation_id: str


SHOWN = """
select s.swap_id, s.fair_id, s.booth_id, s.exhibitor_id, s.organisation_id, s.for_booth_id,
       s.for_exhibitor_id, s.for_organisation_id, s.proposed_at, s.agreed_at,
       case when s.agreed_at is not null then 'agreed'
            when s.withdrawn_at is not null then 'withdrawn'
            when mine.exhibitor_id = s.exhibitor_id and other.exhibitor_id = s.for_exhibitor_id
            then 'proposed' else 'lapsed' end as state
  from swaps as s
  left join booths as mine on mine.fair_id = s.fair_id and mine.booth_id = s.booth_id
  left join booths as other on other.fair_id = s.fair_id and other.booth_id = s.for_booth_id
"""
SWAPS = Listing(
    f"""{SHOWN}
    where s.fair_id = $1
      and ($2::text is null or s.organisation_id = $2 or s.for_organisation_id = $2)
    """,
    "swap_id",
    {"swap_id": Order()},
    key_type="uuid",
)


class SwapProposalOut(AnswerOut):
    """A proposal to change places."""

    swap_id: str
    fair_id: str
    state: str = Field(
        description="`proposed`, `agreed`, `withdrawn`, or `lapsed`: a booth has another holder."
    )
    booth_id: str = Field(description="Of the exhibitor who proposed it.")
    exhibitor_id: str
    organisation_id: str
    for_booth_id: str
    for_exhibitor_id: str
    for_organisation_id: str
    proposed_at: datetime
    agreed_at: datetime | None


async def add(
    pool: Pool,
    swap_id: UUID,
    fair_id: str,
    context: CommandContext,
    now: datetime,
    mine: Side,
    other: Side,
) -> None:
    """Keep a proposal.  Raises CommandIdReused where its id stands for another request."""
    sides = [
        value
        for side in (mine, other)
        for value in (side.booth_id, side.exhibitor_id, side.organisation_id)
    ]
    await pool.execute(ADD, swap_id, fair_id, *sides, now, context.request_hash)
    kept = await pool.fetchval("select request_hash from swaps where swap_id = $1", swap_id)
    if kept != context.request_hash:
        raise CommandIdReused


async def swap(
    pool: Pool, fair_id: str, swap_id: str, organisation_id: str | None
) -> SwapProposalOut:
    """A proposal of a fair, which an organisation sees where it is of it; None sees all.

    Raises Refused.
    """
    where = " where s.fair_id = $1 and s.swap_id = $2"
    found = SwapProposalOut.found(await pool.fetchrow(f"{SHOWN}{where}", fair_id, UUID(swap_id)))
    of = () if found is None else (found.organisation_id, found.for_organisation_id, None)
    if found is None or organisation_id not in of:
        raise Refused("swap_unknown", swap=swap_id)
    return found


async def agree(pool: Pool, swap_id: str, now: datetime) -> None:
    await pool.execute(AGREE, UUID(swap_id), now)


async def withdraw(pool: Pool, swap_id: str, now: datetime) -> None:
    """Take a proposal back, unless it was agreed to."""
    await pool.execute(WITHDRAW, UUID(swap_id), now)


async def prune(pool: Pool, now: datetime) -> None:
    """Forget proposals of long ago."""
    await pool.execute(PRUNE, now - KEPT)
