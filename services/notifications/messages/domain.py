"""Stream `message-{message_id}`: one message to one contact, from requested to settled.

Its status only moves forward.  Networks repeat their receipts and mix up their order: a receipt
that says nothing new adds no event, nor does any after the message was delivered or has failed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from chassis.kernel.decider import Decider, Stream
from chassis.kernel.refused import Refused

# Commands


@dataclass(frozen=True, slots=True)
class RequestMessage:
    """Tell a contact something.  The arguments are codes, ids and ISO times; never personal.

    The cause is the event that is told of, as stream and version, where it stands in a stream.
    """

    message_id: str
    fair_id: str | None
    contact_id: str
    template: str
    arguments: Mapping[str, str]
    cause_stream: str | None = None
    cause_version: int = 0


@dataclass(frozen=True, slots=True)
class MarkSent:
    """The network has taken the message, in this language and this number of segments."""

    message_id: str
    channel: str
    language: str
    segments: int


@dataclass(frozen=True, slots=True)
class MarkDelivered:
    """The network says that the message reached the phone."""

    message_id: str


@dataclass(frozen=True, slots=True)
class MarkFailed:
    """The message will not reach its contact."""

    message_id: str
    reason: str


Command: TypeAlias = RequestMessage | MarkSent | MarkDelivered | MarkFailed


# Events


@dataclass(frozen=True, slots=True)
class MessageRequested:
    message_id: str
    fair_id: str | None
    contact_id: str
    template: str
    arguments: Mapping[str, str]
    cause_stream: str | None = None
    cause_version: int = 0


@dataclass(frozen=True, slots=True)
class MessageSent:
    message_id: str
    channel: str
    language: str
    segments: int


@dataclass(frozen=True, slots=True)
class MessageDelivered:
    message_id: str


@dataclass(frozen=True, slots=True)
class MessageFailed:
    message_id: str
    reason: str


Event: TypeAlias = MessageRequested | MessageSent | MessageDelivered | MessageFailed


# State


class Status(StrEnum):
    """How far a message has come; the last two settle it."""

    REQUESTED = "requested"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(slots=True)
class Message:
    """A message; it has no status until it is requested."""

    status: Status | None = None


def initial() -> Message:
    return Message()


# Decisions


def decide(command: Command, message: Message) -> list[Event]:
    """Raises Refused("message_unknown") for a message that was not requested."""
    status = message.status
    match command:
        case RequestMessage() if status is None:
            return [
                MessageRequested(
                    command.message_id,
                    command.fair_id,
                    command.contact_id,
                    command.template,
                    command.arguments,
                    command.cause_stream,
                    command.cause_version,
                )
            ]
        case RequestMessage():
            return []  # The id is made of cause, template and contact: it is the same request.
        case MarkSent() | MarkDelivered() | MarkFailed() if status is None:
            raise Refused("message_unknown", message=command.message_id)
        case MarkSent() if status is Status.REQUESTED:
            return [
                MessageSent(
                    command.message_id,
                    command.channel,
                    command.language,
                    command.segments,
                )
            ]
        case MarkSent():
            return []
        case MarkDelivered() | MarkFailed() if status in (
            Status.DELIVERED,
            Status.FAILED,
        ):
            return []
        case MarkDelivered():
            # A receipt may overtake the network's own answer: that it arrived counts.
            return [MessageDelivered(command.message_id)]
        case MarkFailed():
            return [MessageFailed(command.message_id, command.reason)]


def evolve(message: Message, event: Event) -> Message:
    match event:
        case MessageRequested():
            message.status = Status.REQUESTED
        case MessageSent():
            message.status = Status.SENT
        case MessageDelivered():
            message.status = Status.DELIVERED
        case MessageFailed():
            message.status = Status.FAILED
    return message


DECIDER = Decider("message", initial, decide, evolve)


def message_stream(message_id: str) -> Stream[Command, Message, Event]:
    """The stream of one message."""
    return DECIDER.stream(message_id)
