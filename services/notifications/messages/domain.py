"""Stream `message-{message_id}`: one message to one contact, from requested to settled.

Its status only moves forward.  Networks repeat their receipts and mix up their order: a receipt
that says nothing new adds no event, nor does any after the message was delivered or has failed.
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


@dataclass(frozen=True, slots=True)
class MessageDelivered:
    """The network says that the message reached the phone."""

    message_id: str
    about: About | None = None


@dataclass(frozen=True, slots=True)
class MessageFailed:
    """The message will not reach its contact."""

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


Outcome: TypeAlias = MessageSent | MessageDelivered | MessageFailed
Way: TypeAlias = MessageRequested | Outcome
"""How a message comes to its contact."""
Event: TypeAlias = Way | AnswerReceived


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


Command: TypeAlias = RequestMessage | MarkMessage | TakeAnswer


# State


class Status(StrEnum):
    """How far a message has come; the last two settle it."""

    REQUESTED = "requested"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"


SETTLED = (Status.DELIVERED, Status.FAILED)


@dataclass(slots=True)
class Message:
    """A message; it has no status until it is requested."""

    status: Status | None = None
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
        case MarkMessage(MessageSent() as sent):
            return [sent] if message.status is Status.REQUESTED else []
        case MarkMessage(settled):
            # A receipt may overtake the network's own answer: that it arrived counts.
            return [] if message.status in SETTLED else [replace(settled, about=message.about)]
        case TakeAnswer():
            return _take(command, message)


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
        case MessageSent():
            message.status = Status.SENT
        case MessageDelivered():
            message.status = Status.DELIVERED
        case MessageFailed():
            message.status = Status.FAILED
        case AnswerReceived(answer=answer):
            message.answer = answer
    return message


DECIDER = Decider("message", Message, decide, evolve)


def message_stream(message_id: str) -> Stream[Command, Message, Event]:
    """The stream of one message."""
    return DECIDER.stream(message_id)
