"""Carry out commands on messages, and take up the log for the sender."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid5

import structlog

from chassis.definition.runtime import Runtime
from chassis.definition.timers import Timer
from chassis.log.context import CommandContext
from chassis.log.event_types import EventTypes
from chassis.postgres.database import Pool
from services.notifications.messages.contracts import EVENTS
from services.notifications.messages.domain import (
    Answer,
    MarkMessage,
    MessageAttemptFailed,
    MessageDelivered,
    MessageFailed,
    MessageRead,
    MessageSent,
    Outcome,
    RequestMessage,
    Status,
    TakeAnswer,
    message_stream,
)
from services.notifications.messages.rows import attempts, following, sending
from services.notifications.messages.rows.attempts import Attempt
from services.notifications.networks.network import Outcome as Reply, Receipt, Reported
from services.notifications.networks.rows import PocketPhone, promise

log = structlog.get_logger(__name__)

EVENT_TYPES = EventTypes(EVENTS)
RECEIPT = "receipt"
"""The kind of timer that fires where no receipt has come."""
NO_RECEIPT = "no_receipt"
POCKET_OUTCOMES: Mapping[str, Reply] = {
    "delivered": "delivered",
    "read": "read",
    "failed": "failed",
}
PATIENCE: Mapping[str, timedelta] = {"whatsapp": timedelta(hours=2), "sms": timedelta(hours=24)}
"""How long a receipt is waited for by each channel, by the clock of the fairs."""


async def request_message(
    runtime: Runtime, context: CommandContext, command: RequestMessage
) -> None:
    """Request a message; one that was requested already stays as it is."""
    await runtime.desk.execute(message_stream(command.message_id), command, context)


@dataclass(frozen=True, slots=True)
class Handing:
    """A message that is being handed over, as its events name it."""

    message_id: UUID
    correlation_id: UUID
    requested_by: UUID


async def mark_message(runtime: Runtime, handing: Handing, outcome: Outcome) -> None:
    """Record what became of a message; the same again adds nothing."""
    match outcome:
        case MessageSent(rung=rung) | MessageAttemptFailed(rung=rung):
            label = f"{type(outcome).__name__}:{rung}"
        case MessageDelivered() | MessageRead() | MessageFailed():
            label = type(outcome).__name__
    context = CommandContext(
        command_id=uuid5(handing.message_id, label),
        actor="policy:send",
        correlation_id=handing.correlation_id,
        causation_id=handing.requested_by,
    )
    await runtime.desk.execute(message_stream(outcome.message_id), MarkMessage(outcome), context)


async def mark_attempt(runtime: Runtime, handing: Handing, tried: Attempt, sent_on: int) -> None:
    """Record as events what is known of an attempt; `sent_on` is the rung of the last MessageSent.

    A message that was sent has a timer from then until its receipt comes.
    """
    message_id, rung = str(handing.message_id), tried.rung
    if tried.outcome == "failed":
        reason = tried.reason or "undeliverable"
        failed = MessageAttemptFailed(message_id, tried.channel, reason, rung)
        await mark_message(runtime, handing, failed)
        return
    if rung > sent_on:
        sent = MessageSent(message_id, tried.channel, tried.language, tried.segments, rung)
        await mark_message(runtime, handing, sent)
    match tried.outcome:
        case "accepted":
            due = runtime.clock.now() + PATIENCE[tried.channel]
            payload = {"message_id": message_id, "channel": tried.channel, "rung": str(rung)}
            await runtime.timers.set(timer_of(message_id), RECEIPT, due, payload)
        case "read":
            await mark_message(runtime, handing, MessageRead(message_id))
        case _:
            await mark_message(runtime, handing, MessageDelivered(message_id))


async def take_report(runtime: Runtime, network_name: str, reported: Reported) -> None:
    """Record a receipt that a network has sent by itself: late, again, in any order, or of what we
    do not know.

    The attempt is settled first.  Killed after that, the same report once more does the rest.
    """
    receipt = reported.receipt
    found = await attempts.reported(runtime.pool, network_name, reported.reference, receipt)
    if found is None:
        log.info("receipts.unknown", network=network_name, outcome=receipt.outcome)
        return
    tried, row = found
    handing = Handing(row["message_id"], row["correlation_id"], row["requested_by"])
    said = Status.DELIVERED if tried.outcome == "delivered" else Status.READ
    if tried.outcome == "not_taken" or row["status"] in (Status.FAILED, said):
        return
    await mark_attempt(runtime, handing, tried, row["sent_on"])
    if tried.outcome == "failed":
        await sending.wake_unknown(runtime.pool, handing.message_id)
    else:
        await sending.known(runtime.pool, handing.message_id)
        if tried.outcome != "accepted":
            await runtime.timers.cancel(timer_of(str(handing.message_id)))


async def hear_pocket(timer: Timer, runtime: Runtime) -> None:
    """A pocket phone that is played says what became of a text: of two things that have come about
    by now the second, for it implies the first."""
    payload = timer.payload
    reference, outcome = payload["reference"], payload["outcome"]
    if "then" in payload:
        then_at = datetime.fromisoformat(payload["then_at"])
        if then_at <= runtime.clock.now():
            outcome = payload["then"]
        else:
            then = {"outcome": payload["then"], "reason": ""}
            await promise(runtime.timers, reference, then_at, then)
    said = Receipt(POCKET_OUTCOMES[outcome], payload["reason"])
    await take_report(runtime, PocketPhone.name, Reported(said, reference))


async def miss_receipt(timer: Timer, runtime: Runtime) -> None:
    """No receipt has come: the attempt has failed for all that we know, unless it was settled.

    What the message is tried on next is up to its sender, who follows the log.
    """
    message_id, rung = UUID(timer.payload["message_id"]), int(timer.payload["rung"])
    row = await attempts.given_up(runtime.pool, message_id, rung, NO_RECEIPT)
    if row is None:
        return  # It was settled meanwhile.
    failed = MessageAttemptFailed(str(message_id), timer.payload["channel"], NO_RECEIPT, rung)
    handing = Handing(message_id, row["correlation_id"], row["requested_by"])
    await mark_message(runtime, handing, failed)


def timer_of(message_id: str) -> str:
    """The key of the timer of a message that was sent."""
    return f"receipt:{message_id}"


async def take_answer(
    runtime: Runtime, context: CommandContext, message_id: str, answer: Answer
) -> None:
    """Record what a contact has answered to a message.  Raises Refused."""
    command = TakeAnswer(message_id, answer)
    await runtime.desk.execute(message_stream(message_id), command, context)


async def follow_log(pool: Pool) -> None:
    """Take up all that our own log holds now: messages to send, and figures."""
    await following.follow(pool, EVENT_TYPES)
