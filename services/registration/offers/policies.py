"""What offers do when a message about one was delivered or answered, or its contact was called."""

from __future__ import annotations

import structlog
from maarid_contracts.notifications import AnswerReceivedV1, CallNotedV1, MessageDeliveredV1

from chassis.definition.runtime import Runtime
from chassis.definition.service import Reaction
from chassis.kafka.received import ReceivedEvent
from chassis.kernel.refused import Refused
from services.registration.fairs.domain import fair_stream
from services.registration.offers import handlers, read
from services.registration.selection.offering import AcceptOffer, DeclineOffer, Told

log = structlog.get_logger(__name__)

TOO_LATE = frozenset({"offer_ended", "offer_lapsed", "fair_cancelled"})
REACHED = "reached"
"""The outcome of a call by which a contact was told."""
BY_MESSAGE = "declined_by_message"
"""The reason for which an application is withdrawn whose offer was declined so."""


async def begin_offer(received: ReceivedEvent, runtime: Runtime) -> None:
    """The contact of an offer has the message: the deadline counts from when it came."""
    offer_id = read.offer_of(received.contract)
    if offer_id is None:
        return
    offer = await read.offer(runtime.pool, offer_id)
    if offer is None:
        # Offers are recorded before anybody hears of them: this one is not ours.
        log.warning("offers.unknown", offer_id=offer_id)
        return
    context = received.context("begin_offer")
    await handlers.begin_offer(runtime, context, offer, received.occurred_at, Told.DELIVERED)


async def begin_told_offer(received: ReceivedEvent, runtime: Runtime) -> None:
    """The team has told the contact of an offer by telephone: the deadline counts from then."""
    noted: CallNotedV1 = received.contract
    offer_id = read.offer_of(noted)
    offer = None if offer_id is None else await read.offer(runtime.pool, offer_id)
    if offer is None or noted.outcome != REACHED:
        return
    context, told_at = received.context("begin_told_offer"), received.occurred_at
    try:
        await handlers.begin_offer(runtime, context, offer, told_at, Told.TOLD)
    except Refused as refused:
        if refused.code not in TOO_LATE:
            raise
        log.info("offers.told_late", offer_id=offer.offer_id, code=refused.code)


async def answer_offer(received: ReceivedEvent, runtime: Runtime) -> None:
    """The contact of an offer has said yes or no; it counts from when it was said."""
    answered: AnswerReceivedV1 = received.contract
    offer_id, now = read.offer_of(answered), received.occurred_at
    offer = None if offer_id is None else await read.offer(runtime.pool, offer_id)
    if offer is None:
        return
    match answered.answer:
        case "accept":
            command = AcceptOffer(offer.offer_id, now=now)
        case "decline":
            command = DeclineOffer(offer.offer_id, now=now, reason=BY_MESSAGE)
        case _:
            return  # An answer of a later version, which we cannot follow.
    try:
        context = received.context("answer_offer")
        await runtime.desk.execute(fair_stream(offer.fair_id), command, context)
    except Refused as refused:
        if refused.code not in TOO_LATE:
            raise
        log.info("offers.answered_late", offer_id=offer.offer_id, code=refused.code)


REACTIONS: tuple[Reaction, ...] = (
    (MessageDeliveredV1, begin_offer),
    (AnswerReceivedV1, answer_offer),
    (CallNotedV1, begin_told_offer),
)
