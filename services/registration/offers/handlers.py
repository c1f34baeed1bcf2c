"""The handlers of offers, and of their deadlines."""

from __future__ import annotations

from datetime import datetime, timedelta

from chassis.definition.runtime import Runtime
from chassis.definition.timers import Timer
from chassis.log.context import CommandContext
from chassis.process.breakpoints import reached
from services.registration.fairs.domain import fair_stream
from services.registration.offers.read import OfferOut
from services.registration.selection.offering import BeginOffer, LapseOffer, Told

LAPSE = "lapse_offer"
"""The kind of timer that fires at the deadline of an offer."""


async def begin_offer(
    runtime: Runtime, context: CommandContext, offer: OfferOut, told_at: datetime, because: Told
) -> None:
    """The contact of an offer was told of it: its time begins, if it does not run yet."""
    # The timer is set before the deadline, so that no crash leaves a deadline that nobody looks
    # at.  A timer of a deadline that was not set, because the contact had been told before or the
    # offer has ended, changes nothing.
    due = told_at + timedelta(hours=offer.hours)
    payload = {"fair_id": offer.fair_id, "offer_id": offer.offer_id}
    key = f"lapse-offer:{offer.offer_id}:{due.isoformat()}"
    if offer.began_at is None:
        await runtime.timers.set(key, LAPSE, due, payload)
    await reached("offers.timed")
    command = BeginOffer(offer.offer_id, told_at, because)
    await runtime.desk.execute(fair_stream(offer.fair_id), command, context)


async def lapse_offer(timer: Timer, runtime: Runtime) -> None:
    """The timer `lapse_offer`: the deadline of an offer has come."""
    command = LapseOffer(timer.payload["offer_id"], now=runtime.clock.now())
    await runtime.desk.execute(fair_stream(timer.payload["fair_id"]), command, timer.context)
