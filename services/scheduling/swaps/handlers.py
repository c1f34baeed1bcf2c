"""The handlers of swaps: proposed by one exhibitor, made when the other agrees."""

from __future__ import annotations

from uuid import UUID, uuid5

from chassis.answers.shapes import known
from chassis.definition.runtime import Runtime
from chassis.kernel.refused import Refused
from chassis.log.context import CommandContext
from services.scheduling.floor import read as floor
from services.scheduling.floor.assigning import Agreed
from services.scheduling.floor.domain import Floor, SwapBooths, decide, floor_stream
from services.scheduling.planning.read import profiles
from services.scheduling.swaps import rows
from services.scheduling.swaps.rows import Side, SwapProposalOut


async def propose(
    runtime: Runtime,
    context: CommandContext,
    fair_id: str,
    organisation_id: str,
    booth_id: str,
    for_booth_id: str,
) -> UUID:
    """Keep a proposal.  Raises Refused where the two could not change places as they stand."""
    await runtime.desk.refused_before(context)
    mine = await _side(runtime, fair_id, booth_id)
    if mine.organisation_id != organisation_id:
        raise Refused("booth_not_yours", booth=booth_id)
    other = await _side(runtime, fair_id, for_booth_id)
    command = await _swapping(runtime, fair_id, mine, other)
    state: Floor = await runtime.desk.state(floor_stream(fair_id))
    decide(command, state)
    swap_id = uuid5(context.command_id, "swap")
    await rows.add(runtime.pool, swap_id, fair_id, context, runtime.clock.now(), mine, other)
    return swap_id


async def agree(runtime: Runtime, context: CommandContext, swap: SwapProposalOut) -> None:
    """Let two exhibitors change places, once, whoever asks how often.

    Raises Refused where the proposal has lapsed or was withdrawn, and where a rule forbids it.
    """
    await runtime.desk.refused_before(context)
    if swap.state in ("withdrawn", "lapsed"):
        raise Refused("swap_lapsed", first=swap.booth_id, second=swap.for_booth_id)
    mine = Side(swap.booth_id, swap.exhibitor_id, swap.organisation_id)
    other = Side(swap.for_booth_id, swap.for_exhibitor_id, swap.for_organisation_id)
    command = await _swapping(runtime, swap.fair_id, mine, other)
    # By the id of the proposal: agreed to again under another key, it is not swapped back.
    once = uuid5(UUID(swap.swap_id), "agreed")
    asked = CommandContext(once, context.actor, correlation_id=context.command_id)
    await runtime.desk.execute(floor_stream(swap.fair_id), command, asked)
    await rows.agree(runtime.pool, swap.swap_id, runtime.clock.now())


async def _swapping(runtime: Runtime, fair_id: str, mine: Side, other: Side) -> SwapBooths:
    everybody = await floor.exhibitors(runtime.pool, fair_id)
    decided_on = await profiles(runtime.pool, fair_id)
    agreed = Agreed(mine.exhibitor_id, other.exhibitor_id, decided_on)
    return SwapBooths(mine.booth_id, other.booth_id, everybody, agreed=agreed)


async def _side(runtime: Runtime, fair_id: str, booth_id: str) -> Side:
    """Raises Refused where nobody holds the booth."""
    found = await floor.booth(runtime.pool, fair_id, booth_id)
    holder = known(found, "booth_unknown", booth=booth_id).holder
    if holder is None:
        raise Refused("booth_free", booth=booth_id)
    return Side(booth_id, holder.exhibitor_id, holder.organisation_id)
