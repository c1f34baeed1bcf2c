"""Claim the time of a workshop before its seat is asked for, and give it back."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from uuid import UUID, uuid5

import asyncpg

from chassis.definition.runtime import Runtime
from chassis.kernel.refused import Refused
from chassis.log.context import CommandContext
from chassis.log.outcome import Busy, Unavailable
from chassis.process.breakpoints import reached
from services.ticketing.duty import read
from services.ticketing.duty.domain import ClaimDuty, MoveDuty, ReleaseDuty, duty_stream


async def claim_duty(
    runtime: Runtime,
    context: CommandContext,
    session_id: str,
    seat_id: str,
    organisation_id: str,
    places: int,
) -> str | None:
    """Claim the time, where the exhibitor has a stand to attend; returns its fair then.

    The claim has an id of its own: that of the request remains the seat's, so that a retry finds
    its answer whether or not the exhibitor had a stand by then.  Raises Refused.
    """
    found = await read.standing(runtime.pool, session_id, organisation_id, context.command_id)
    if found is None or found["people"] < 2 or found["answered"]:
        return None
    fair_id = found["fair_id"]
    command = ClaimDuty(
        fair_id,
        organisation_id,
        session_id,
        seat_id,
        str(context.command_id),
        found["starts_at"],
        found["ends_at"],
        places,
        found["people"],
        tuple(found["given_back"]),
    )
    claiming = replace(context, command_id=uuid5(context.command_id, "claim"))
    try:
        await runtime.desk.execute(duty_stream(fair_id, organisation_id), command, claiming)
    except Refused as refused:
        # Under the request's own id too: its retry must not ask for the seat after all.
        await runtime.desk.keep_refusal(context, refused.code, refused.details)
    await reached("duty.claimed")
    return fair_id


async def release_refused(
    runtime: Runtime, context: CommandContext, fair_id: str, organisation_id: str, seat_id: str
) -> None:
    """Give back the time of a seat that was refused.  Should that fail, `settle_claims` does it."""
    command = ReleaseDuty(fair_id, organisation_id, seat_id, "seat_refused")
    releasing = replace(context, command_id=uuid5(context.command_id, "release"))
    with suppress(Busy, Unavailable):
        await runtime.desk.execute(duty_stream(fair_id, organisation_id), command, releasing)


async def settle_claim(runtime: Runtime, context: CommandContext, claim: asyncpg.Record) -> None:
    """Let a claim be as its seat and workshop are, or end it where no seat was ever asked for.

    First the request is kept from asking: its process may have stood still, and go on.  Where it
    has asked after all, the claim stays.
    """
    fair_id, organisation_id, seat_id = claim["fair_id"], claim["organisation_id"], claim["seat_id"]
    if claim["found"] == "moved":
        slot = (claim["starts_at"], claim["ends_at"])
        command = MoveDuty(fair_id, organisation_id, seat_id, *slot, claim["people"])
    elif claim["found"] == "released":
        command = ReleaseDuty(fair_id, organisation_id, seat_id, "seat_released")
    else:
        request_id: UUID = claim["request_id"]
        lapsed = Refused("reservation_lapsed", seat=seat_id)
        fence = CommandContext(request_id, context.actor)
        with suppress(Refused):
            await runtime.desk.keep_refusal(fence, lapsed.code, lapsed.details)
        if await read.is_seated(runtime.pool, seat_id):
            return
        command = ReleaseDuty(fair_id, organisation_id, seat_id, lapsed.code)
    await runtime.desk.execute(duty_stream(fair_id, organisation_id), command, context)
