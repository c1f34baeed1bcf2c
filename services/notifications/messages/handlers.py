"""Carry out commands on messages, and take up the log for the sender."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from chassis.definition.runtime import Runtime
from chassis.definition.timers import Deadline, Timer
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
from services.notifications.messages.rows.attempts import Attempt, Report
from services.notifications.networks.network import Outcome as Reply, Receipt, Reported
from services.notifications.networks.rows import PocketPhone, promise

EVENT_TYPES = EventTypes(EVENTS)
RECEIPT = "receipt"
"""The kind of timer that fires where no receipt has come."""
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


async def mark_attempt(
    runtime: Runtime, handing: Handing, tried: Attempt, sent_on: int
) -> Deadline | None:
    """Record as events what is known of an attempt; `sent_on` is the rung of the last MessageSent.

    Returns the timer that a message has to have which was sent, until its receipt comes.
    """
    message_id, rung = str(handing.message_id), tried.rung
    if tried.outcome == "failed":
        reason = tried.reason or "undeliverable"
        failed = MessageAttemptFailed(message_id, tried.channel, reason, rung)
        await mark_message(runtime, handing, failed)
        return None
    if rung > sent_on:
        sent = MessageSent(message_id, tried.channel, tried.language, tried.segments, rung)
        await mark_message(runtime, handing, sent)
    match tried.outcome:
        case "accepted":
            due = runtime.clock.now() + PATIENCE[tried.channel]
            payload = {"message_id": message_id, "channel": tried.channel, "rung": str(rung)}
            return Deadline(timer_of(message_id), RECEIPT, due, payload)
        case "read":
            await mark_message(runtime, handing, MessageRead(message_id))
        case _:
            await mark_message(runtime, handing, MessageDelivered(message_id))
    return None


async def take_reports(
    runtime: Runtime, said: Sequence[tuple[str, Reported]]
) -> Sequence[bool | BaseException]:
    """Record receipts that networks, which are named, have sent by themselves: late, again, in any
    order, or of what we do not know.

    Returns of each whether it is of an attempt of ours, or what kept it from being recorded.  The
    attempts are settled first.  Killed after that, the same receipts once more do the rest.
    """
    reports = await attempts.reported(runtime.pool, said)
    marked = await asyncio.gather(
        *(_mark_report(runtime, each) for each in reports), return_exceptions=True
    )
    deadlines = [each for each in marked if isinstance(each, Deadline)]
    failed: list[UUID] = []
    known: list[UUID] = []
    settled: list[str] = []
    for report, error in zip(reports, marked, strict=True):
        if report.attempt is None or isinstance(error, BaseException):
            continue
        message_id = report.message["message_id"]
        if report.attempt.outcome == "failed":
            failed.append(message_id)
            continue
        known.append(message_id)
        if report.attempt.outcome != "accepted":
            settled.append(timer_of(str(message_id)))
    if deadlines:
        await runtime.timers.set_all(deadlines)
    if failed:
        await sending.wake_unknown(runtime.pool, failed)
    if known:
        await asyncio.gather(sending.known(runtime.pool, known), runtime.timers.cancel(*settled))
    return [
        error if isinstance(error, BaseException) else report.is_ours
        for report, error in zip(reports, marked, strict=True)
    ]


async def _mark_report(runtime: Runtime, report: Report) -> Deadline | None:
    """Record as events what a receipt has come to, where that is news; returns a timer as
    `mark_attempt` does."""
    tried, row = report.attempt, report.message
    if tried is None:
        return None
    said = Status.DELIVERED if tried.outcome == "delivered" else Status.READ
    if row["status"] in (Status.FAILED, said):
        return None
    handing = Handing(row["message_id"], row["correlation_id"], row["requested_by"])
    return await mark_attempt(runtime, handing, tried, row["sent_on"])


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
    (taken,) = await take_reports(runtime, [(PocketPhone.name, Reported(said, reference))])
    if isinstance(taken, BaseException):
        raise taken


async def miss_receipt(timer: Timer, runtime: Runtime) -> None:
    """No receipt has come: the sender, who can ask the network, is to look after the message."""
    message_id, rung = UUID(timer.payload["message_id"]), int(timer.payload["rung"])
    await sending.is_overdue(runtime.pool, message_id, rung)


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
