"""What offered seats do when a message about one was delivered, failed, or was answered.

What comes too late changes nothing: the offer is over, and its contact is told so otherwise.
"""

from __future__ import annotations

from maarid_contracts.notifications import (
    AnswerReceivedV1,
    MessageDeliveredV1,
    MessageFailedV1,
)
from maarid_contracts.ticketing import SEAT_OFFER

from chassis.definition.runtime import Runtime
from chassis.definition.service import Reaction
from chassis.kafka.received import ReceivedEvent
from chassis.kernel.refused import Refused
from services.ticketing.workshops import handlers

TOO_LATE = frozenset({"offer_over", "seat_unknown", "workshop_cancelled", "workshop_started"})
BY_MESSAGE = "declined_by_message"
"""The reason for which a seat is released whose offer was declined so."""


def seat_of(event: MessageDeliveredV1 | MessageFailedV1 | AnswerReceivedV1) -> str | None:
    """The seat whose offer a message is about; None where it is about none."""
    about = event.about
    return about.id if about is not None and about.kind == SEAT_OFFER else None


async def begin_offer(received: ReceivedEvent, runtime: Runtime) -> None:
    """The contact of an offer has the message: its time counts from when it came."""
    if (seat_id := seat_of(received.contract)) is not None:
        context = received.context("begin_offer")
        await handlers.begin_offer(runtime, context, seat_id, received.occurred_at)


async def pass_offer(received: ReceivedEvent, runtime: Runtime) -> None:
    """The contact of an offer will not be told: the next one is asked."""
    if (seat_id := seat_of(received.contract)) is not None:
        context = received.context("pass_offer")
        await handlers.pass_offer(runtime, context, seat_id, received.contract.reason)


async def answer_offer(received: ReceivedEvent, runtime: Runtime) -> None:
    """The contact of an offer has said yes or no."""
    answered: AnswerReceivedV1 = received.contract
    seat_id = seat_of(answered)
    if seat_id is None:
        return
    context = received.context("answer_offer")
    try:
        match answered.answer:
            case "accept":
                await handlers.accept_offer(runtime, context, seat_id)
            case "decline":
                await handlers.decline_offer(runtime, context, seat_id, BY_MESSAGE)
            case _:
                pass  # An answer of a later version, which we cannot follow.
    except Refused as refused:
        if refused.code not in TOO_LATE:
            raise


REACTIONS: tuple[Reaction, ...] = (
    (MessageDeliveredV1, begin_offer),
    (MessageFailedV1, pass_offer),
    (AnswerReceivedV1, answer_offer),
)
