"""The way of one message: given what happened, when this is asked, then that happens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.domain.message import (
    Command,
    Event,
    MarkDelivered,
    MarkFailed,
    MarkSent,
    Message,
    MessageDelivered,
    MessageFailed,
    MessageRequested,
    MessageSent,
    RequestMessage,
    Status,
    decide,
    evolve,
    initial,
    stream_of,
)
from services.notifications.domain.refused import Refused
from services.notifications.names import NAMES

ID = "6e1f0c5e-8a5d-5d0b-9f3e-2b7c4d1a9e60"
CONTACT = "0192f5c4-9b22-7c3d-9e5a-2d3c4b5e6f7a"
ARGUMENTS = {"booth": "P-012", "pole_id": "products"}

REQUEST = RequestMessage(ID, "agadir-2025", CONTACT, "booth_assigned", ARGUMENTS)
SEND = MarkSent(ID, "sms", "ar", 2)
DELIVER = MarkDelivered(ID)
FAIL = MarkFailed(ID, "no_consent")

REQUESTED = MessageRequested(ID, "agadir-2025", CONTACT, "booth_assigned", ARGUMENTS)
SENT = MessageSent(ID, "sms", "ar", 2)
DELIVERED = MessageDelivered(ID)
FAILED = MessageFailed(ID, "no_consent")

COMMANDS: list[Command] = [REQUEST, SEND, DELIVER, FAIL]
ORDER = [None, Status.REQUESTED, Status.SENT, Status.DELIVERED, Status.FAILED]


def replay(events: Sequence[Event]) -> Message:
    message = initial()
    for event in events:
        message = evolve(message, event)
    return message


@pytest.mark.parametrize(
    ("given_events", "when", "then"),
    [
        ([], REQUEST, [REQUESTED]),
        ([REQUESTED], REQUEST, []),
        ([REQUESTED, SENT, DELIVERED], REQUEST, []),
        ([REQUESTED], SEND, [SENT]),
        ([REQUESTED, SENT], SEND, []),
        ([REQUESTED, DELIVERED], SEND, []),
        ([REQUESTED, FAILED], SEND, []),
        ([REQUESTED, SENT], DELIVER, [DELIVERED]),
        ([REQUESTED], DELIVER, [DELIVERED]),
        ([REQUESTED, SENT, DELIVERED], DELIVER, []),
        ([REQUESTED, SENT, FAILED], DELIVER, []),
        ([REQUESTED], FAIL, [FAILED]),
        ([REQUESTED, SENT], FAIL, [FAILED]),
        ([REQUESTED, SENT, DELIVERED], FAIL, []),
        ([REQUESTED, FAILED], FAIL, []),
    ],
)
def test_a_message_moves_forward_and_what_says_nothing_new_is_silent(
    given_events: list[Event], when: Command, then: list[Event]
) -> None:
    assert decide(when, replay(given_events)) == then


@pytest.mark.parametrize("when", [SEND, DELIVER, FAIL])
def test_nothing_happens_to_a_message_that_nobody_asked_for(when: Command) -> None:
    with pytest.raises(Refused) as refused:
        decide(when, initial())
    assert refused.value.code == "message_unknown"
    assert refused.value.details == {"message": ID}


def test_a_message_has_a_stream_of_its_own() -> None:
    assert stream_of(ID) == f"message-{ID}"


@pytest.mark.parametrize("event", [REQUESTED, SENT, DELIVERED, FAILED])
def test_every_event_reads_back_from_disk_as_it_was_written(event: Event) -> None:
    name = NAMES.name_of(event)
    assert name.endswith(".v1")
    assert NAMES.load(name, NAMES.dump(event)) == event


def test_every_event_has_a_name_on_disk() -> None:
    assert set(NAMES.classes.values()) == set(get_args(Event))


@given(st.lists(st.sampled_from(COMMANDS), max_size=12))
def test_whatever_arrives_the_status_never_goes_back_and_repeats_are_silent(
    commands: list[Command],
) -> None:
    message = initial()
    events: list[Event] = []
    for command in commands:
        try:
            decided = decide(command, message)
        except Refused:
            assert message.status is None
            continue
        for event in decided:
            moved = evolve(message, event)
            assert ORDER.index(moved.status) > ORDER.index(message.status)
            message = moved
        events += decided
        assert decide(command, message) == []
    assert replay(events) == message
    assert len(events) <= 3


@given(st.lists(st.sampled_from(COMMANDS), max_size=12))
def test_a_settled_message_stays_as_it_is(commands: list[Command]) -> None:
    for settled in ([REQUESTED, SENT, DELIVERED], [REQUESTED, FAILED]):
        for command in commands:
            assert decide(command, replay(settled)) == []
