"""Carry out commands on messages, and take up the log for the sender."""

from __future__ import annotations

from chassis.definition.runtime import Runtime
from chassis.log.context import CommandContext
from chassis.log.event_types import EventTypes
from chassis.postgres.database import Pool
from chassis.process.ids import uuid5
from services.notifications.messages.contracts import EVENTS
from services.notifications.messages.domain import (
    Answer,
    MarkMessage,
    MessageDelivered,
    MessageFailed,
    Outcome,
    RequestMessage,
    TakeAnswer,
    message_stream,
)
from services.notifications.messages.rows import attempts, following
from services.notifications.networks.network import Reported

EVENT_TYPES = EventTypes(EVENTS)


async def request_message(
    runtime: Runtime, context: CommandContext, command: RequestMessage
) -> None:
    """Request a message; one that was requested already stays as it is."""
    await runtime.desk.execute(message_stream(command.message_id), command, context)


async def mark_message(runtime: Runtime, context: CommandContext, outcome: Outcome) -> None:
    """Record what became of a message."""
    await runtime.desk.execute(message_stream(outcome.message_id), MarkMessage(outcome), context)


async def take_answer(
    runtime: Runtime, context: CommandContext, message_id: str, answer: Answer
) -> None:
    """Record what a contact has answered to a message.  Raises Refused."""
    command = TakeAnswer(message_id, answer)
    await runtime.desk.execute(message_stream(message_id), command, context)


async def follow_log(pool: Pool) -> None:
    """Take up all that our own log holds now: messages to send, and figures."""
    await following.follow(pool, EVENT_TYPES)


async def take_report(runtime: Runtime, network: str, reported: Reported) -> None:
    """Record what a network says of an attempt; one that is not ours changes nothing."""
    row = await attempts.tell(runtime.pool, network, reported)
    if row is None:
        return
    message_id = str(row["message_id"])
    match row["outcome"]:
        case "delivered" | "read":
            outcome: Outcome = MessageDelivered(message_id)
        case "failed":
            outcome = MessageFailed(message_id, row["reason"] or "undeliverable")
        case _:
            return  # It is under way.
    context = CommandContext(uuid5(row["reference"], row["outcome"]), "policy:receipts")
    await mark_message(runtime, context, outcome)
