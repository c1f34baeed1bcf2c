"""What offers do when a message about one was delivered: its time begins."""

from __future__ import annotations

import structlog
from maarid_contracts.notifications import MessageDeliveredV1

from chassis.definition.runtime import Runtime
from chassis.definition.service import Reaction
from chassis.kafka.received import ReceivedEvent
from services.registration.offers import handlers, read
from services.registration.selection.offering import Told

log = structlog.get_logger(__name__)


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


REACTIONS: tuple[Reaction, ...] = ((MessageDeliveredV1, begin_offer),)
