"""Gather what a decision on the gates of a fair needs, then let the desk decide."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import uuid5

from chassis.definition.runtime import Runtime
from chassis.log.context import CommandContext
from services.ticketing.gates import read
from services.ticketing.gates.domain import (
    GIVEN_FOR,
    SetGateRules,
    TakePlaceInside,
    gate_stream,
)


async def set_rules(
    runtime: Runtime,
    context: CommandContext,
    fair_id: str,
    reentry: Sequence[str],
    inside_limit: int | None,
) -> None:
    command = SetGateRules(fair_id, tuple(reentry), inside_limit)
    await runtime.desk.execute(gate_stream(fair_id), command, context)


async def take_place_inside(
    runtime: Runtime,
    context: CommandContext,
    fair_id: str,
    ticket_id: str,
    scan_id: str,
    people: int,
    overrule: bool,
) -> bool:
    """Keep places for people who are about to come in; whether that was against the limit.

    Raises Refused where nobody more may come in.
    """
    now = runtime.clock.now()
    inside, landed = await read.inside_and_landed(runtime.pool, fair_id, now - 2 * GIVEN_FOR)
    command = TakePlaceInside(fair_id, ticket_id, scan_id, people, inside, landed, now, overrule)
    own = CommandContext(
        uuid5(context.command_id, "place"),
        context.actor,
        correlation_id=context.correlation_id or context.command_id,
    )
    outcome = await runtime.desk.execute(gate_stream(fair_id), command, own)
    return any(getattr(event, "overruled", False) for event in outcome.events)
