"""Stream `message-{message_id}`: one message to one contact, from requested to settled.

It climbs a ladder: a rung is one channel, and what fails on one rung is tried on the next.  Status
and rung only move forward.  Networks repeat their receipts and mix up their order: a receipt that
says nothing new adds no event, nor does one about a rung that was left.  After a message was
delivered it may still be read; after it has failed nothing follows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from chassis.kernel.decider import Decider, Stream
from chassis.kernel.refused import Refused


@dataclass(frozen=True, slots=True)
class About:
    """What a message asks its contact for: its kind and its id."""

    kind: str
    id: str


@dataclass(frozen=True, slots=True)
class Request:
    """What a contact is to be told.  The arguments are codes, ids and ISO times; never personal.

    The cause is the event that is told of, as stream and version, where it stands in a stream, and
    when it happened by the clock of the fair.
    """

    message_id: str
    fair_id: str | None
    contact_id: str
    template: str
    arguments: Mapping[str, str]
    cause_stream: str | None = None
    cause_version: int = 0
    about: About | None = None
    cause_at: datetime | None = None


# Events


@dataclass(frozen=True, slots=True)
class MessageRequested(Request):
    """A contact is to be told something."""


@dataclass(frozen=True, slots=True)
class MessageSent:
    """The network has taken the message, in this language and this number of segments."""

    message_id: str
    channel: str
    language: str
    segments: int
    rung: int = 1
    """The how-manieth channel of its ladder it is, from 1."""


@dataclass(frozen=True, slots=True)
class MessageAttemptFailed:
    """The message will not arrive on this rung; another one may be left."""

    message_id: str
    channel: str
    reason: str
    rung: int = 1


@dataclass(frozen=True, slots=True)
class MessageDelivered:
    """The network says that the message reached the phone, or the team that it told the contact."""

    message_id: str
    about: About | None = None


@dataclass(frozen=True, slots=True)
class MessageRead:
    """The network says that the message was opened on the phone."""

    message_id: str


@dataclass(frozen=True, slots=True)
class MessageFailed:
    """The message will not reach its contact: no rung is left, or there never was one."""

    message_id: str
    reason: str
    about: About | None = None


class Answer(StrEnum):
    """What a contact may answer to what a message asks."""

    ACCEPT = "accept"
    DECLINE = "decline"


@dataclass(frozen=True, slots=True)
class AnswerReceived:
    """The contact has answered what the message asked."""

    message_id: str
    contact_id: str
    about: About
    answer: Answer


class CallOutcome(StrEnum):
    """What came of a telephone call of the team's about a message."""

    REACHED = "reached"
    """The contact was told what the message says."""
    NO_ANSWER = "no_answer"
    """Nobody took the call: somebody is to call again."""
    WRONG_NUMBER = "wrong_number"
    """Another person has the number."""
    DECLINED = "declined"
    """The contact did not want to be told."""


@dataclass(frozen=True, slots=True)
class CallNoted:
    """Somebody of the team has called the contact, for its message had not reached it, or it had
    asked for a call."""

    message_id: str
    outcome: CallOutcome
    about: About | None = None


Outcome: TypeAlias = (
    MessageSent | MessageAttemptFailed | MessageDelivered | MessageRead | MessageFailed
)
Way: TypeAlias = MessageRequested | Outcome
"""How a message comes to its contact."""
Event: TypeAlias = Way | AnswerReceived | CallNoted


# Commands


@dataclass(frozen=True, slots=True)
class RequestMessage(Request):
    """Tell a contact something."""


@dataclass(frozen=True, slots=True)
class MarkMessage:
    """Record what has become of a message, if that is news; what it is about is known already."""

    outcome: Outcome


@dataclass(frozen=True, slots=True)
class TakeAnswer:
    """Record what a contact has answered; the first answer counts."""

    message_id: str
    answer: Answer


@dataclass(frozen=True, slots=True)
class NoteCall:
    """Record what came of a call about a message; each call is one."""

    message_id: str
    outcome: CallOutcome


Command: TypeAlias = RequestMessage | MarkMessage | TakeAnswer | NoteCall


# State


class Status(StrEnum):
    """How far a message has come; the last three settle it."""

    REQUESTED = "requested"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"


SETTLED = (Status.DELIVERED, Status.READ, Status.FAILED)


@dataclass(slots=True)
class Message:
    """A message; it has no status until it is requested."""

    status: Status | None = None
    sent_on: int = 0
    """The last rung on which it was sent."""
    failed_on: int = 0
    """The last rung on which it has failed."""
    contact_id: str = ""
    about: About | None = None
    answer: Answer | None = None


# Decisions


def decide(command: Command, message: Message) -> list[Event]:
    """Raises Refused for a message that was not requested, or an answer that does not count."""
    match command:
        case RequestMessage():
            if message.status is not None:
                return []  # The id is made of cause, template and contact: it is the same request.
            return [
                MessageRequested(
                    command.message_id,
                    command.fair_id,
                    command.contact_id,
                    command.template,
                    command.arguments,
                    command.cause_stream,
                    command.cause_version,
                    command.about,
                    command.cause_at,
                )
            ]
        case MarkMessage(outcome) if message.status is None:
            raise Refused("message_unknown", message=outcome.message_id)
        case MarkMessage(outcome):
            return _mark(outcome, message)
        case TakeAnswer():
            return _take(command, message)
        case NoteCall(message_id) if message.status is None:
            raise Refused("message_unknown", message=message_id)
        case NoteCall(message_id, outcome):
            noted = CallNoted(message_id, outcome, message.about)
            if outcome is not CallOutcome.REACHED or message.status in SETTLED:
                return [noted]
            # It need not be sent again, and whoever waits for its delivery waits no longer.
            return [noted, MessageDelivered(message_id, message.about)]


def _mark(outcome: Outcome, message: Message) -> list[Event]:
    match outcome:
        case MessageRead() if message.status is Status.DELIVERED:
            return [outcome]
        case _ if message.status in SETTLED:
            return []
        case MessageSent(rung=rung):
            return [outcome] if rung > max(message.sent_on, message.failed_on) else []
        case MessageAttemptFailed(rung=rung):
            left = rung < message.sent_on or rung <= message.failed_on
            return [] if left else [outcome]
        case MessageRead(message_id):
            # The receipt of its delivery got lost, or comes later.
            return [MessageDelivered(message_id, message.about), outcome]
        case MessageDelivered() | MessageFailed():
            # A receipt may overtake the network's own answer: that it arrived counts.
            return [replace(outcome, about=message.about)]


def _take(command: TakeAnswer, message: Message) -> list[Event]:
    if message.status is None or message.status is Status.FAILED:
        raise Refused("message_unknown", message=command.message_id)
    if message.about is None:
        raise Refused("nothing_asked", message=command.message_id)
    if message.status is Status.REQUESTED:
        # Who has read it already was quicker than its sender, who has yet to say that it is sent.
        raise Refused("message_under_way", message=command.message_id)
    if message.answer is not None:
        if message.answer is command.answer:
            return []
        raise Refused("answered_before", answer=message.answer.value)
    about, contact = message.about, message.contact_id
    return [AnswerReceived(command.message_id, contact, about, command.answer)]


def evolve(message: Message, event: Event) -> Message:
    match event:
        case MessageRequested(contact_id=contact, about=about):
            message.status, message.contact_id, message.about = Status.REQUESTED, contact, about
        case MessageSent(rung=rung):
            message.status, message.sent_on = Status.SENT, rung
        case MessageAttemptFailed(rung=rung):
            message.failed_on = rung
        case MessageDelivered():
            message.status = Status.DELIVERED
        case MessageRead():
            message.status = Status.READ
        case MessageFailed():
            message.status = Status.FAILED
        case AnswerReceived(answer=answer):
            message.answer = answer
        case CallNoted():
            pass  # What is decided of a message does not depend on who called.
    return message


DECIDER = Decider("message", Message, decide, evolve)


def message_stream(message_id: str) -> Stream[Command, Message, Event]:
    """The stream of one message."""
    return DECIDER.stream(message_id)
