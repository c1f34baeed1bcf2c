"""The way of one message, and how its events are stored and published."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import hypothesis
import pytest
from hypothesis import strategies as st
from maarid_contracts.notifications import (
    EVENTS as PUBLISHED,
    About as PublicAbout,
    AnswerReceivedV1,
    MessageDeliveredV1,
    MessageFailedV1,
    MessageRequestedV1,
    MessageSentV1,
    NotificationsContract,
)

from chassis.kernel.refused import Refused
from chassis.log.event_types import EventTypes
from services.notifications.messages.contracts import EVENTS
from services.notifications.messages.domain import (
    DECIDER,
    About,
    Answer,
    AnswerReceived,
    Command,
    Event,
    MarkMessage,
    MessageDelivered,
    MessageFailed,
    MessageRequested,
    MessageSent,
    RequestMessage,
    Status,
    TakeAnswer,
    message_stream,
)
from tests.deciding import given

EVENT_TYPES = EventTypes(EVENTS)
ID = "6e1f0c5e-8a5d-5d0b-9f3e-2b7c4d1a9e60"
CONTACT = "0192f5c4-9b22-7c3d-9e5a-2d3c4b5e6f7a"
OFFER = "0192f5c4-7d3e-8c1a-8a55-3f0d6b1e2c51"
ABOUT = About("place_offer", OFFER)
ARGUMENTS = {"booth": "P-012", "pole_id": "products"}

REQUESTED = MessageRequested(ID, "agadir-2025", CONTACT, "booth_assigned", ARGUMENTS, "floor-x", 7)
SENT = MessageSent(ID, "sms", "ar", 2)
DELIVERED = MessageDelivered(ID)
FAILED = MessageFailed(ID, "no_consent")
ASKED = replace(REQUESTED, template="place_offered", about=ABOUT)
ANSWERED = AnswerReceived(ID, CONTACT, ABOUT, Answer.ACCEPT)
YES, NO = TakeAnswer(ID, Answer.ACCEPT), TakeAnswer(ID, Answer.DECLINE)

REQUEST = RequestMessage(ID, "agadir-2025", CONTACT, "booth_assigned", ARGUMENTS, "floor-x", 7)
SEND, DELIVER, FAIL = MarkMessage(SENT), MarkMessage(DELIVERED), MarkMessage(FAILED)

COMMANDS: list[Command] = [REQUEST, SEND, DELIVER, FAIL]
ORDER = [None, Status.REQUESTED, Status.SENT, Status.DELIVERED, Status.FAILED]


@pytest.mark.parametrize(
    ("before", "command", "then"),
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
    before: list[Event], command: Command, then: list[Event]
) -> None:
    given(DECIDER, *before).when(command).then(*then)


@pytest.mark.parametrize("command", [SEND, DELIVER, FAIL])
def test_nothing_happens_to_a_message_that_was_not_requested(command: Command) -> None:
    given(DECIDER).when(command).refused("message_unknown", message=ID)


@pytest.mark.parametrize("outcome", [DELIVERED, FAILED])
def test_what_a_message_is_about_is_said_again_when_it_is_settled(
    outcome: MessageDelivered | MessageFailed,
) -> None:
    requested, asked = replace(REQUESTED, about=ABOUT), replace(REQUEST, about=ABOUT)
    given(DECIDER).when(asked).then(requested)
    settled = replace(outcome, about=ABOUT)
    given(DECIDER, requested, SENT).when(MarkMessage(outcome)).then(settled)
    told = [EVENT_TYPES.translate(each).model_dump() for each in (requested, settled)]
    assert [each["about"] for each in told] == [{"kind": "place_offer", "id": OFFER}] * 2


@pytest.mark.parametrize("way", [(SENT,), (SENT, DELIVERED), (DELIVERED,)])
def test_the_first_answer_to_what_a_message_asks_counts(way: tuple[Event, ...]) -> None:
    given(DECIDER, ASKED, *way).when(YES).then(ANSWERED)
    declined = replace(ANSWERED, answer=Answer.DECLINE)
    given(DECIDER, ASKED, *way).when(NO).then(declined)
    answered = given(DECIDER, ASKED, *way, ANSWERED)
    answered.when(YES).then()
    answered.when(NO).refused("answered_before", answer="accept")


def test_an_answer_is_no_step_of_a_message_on_its_way() -> None:
    sent = given(DECIDER, ASKED, SENT, ANSWERED)
    sent.when(DELIVER).then(replace(DELIVERED, about=ABOUT))
    sent.when(SEND).then()
    assert sent.state().status is Status.SENT


@pytest.mark.parametrize(
    ("before", "code"),
    [
        ([], "message_unknown"),
        ([ASKED, FAILED], "message_unknown"),
        ([ASKED], "message_under_way"),
        ([REQUESTED, SENT, DELIVERED], "nothing_asked"),
    ],
)
def test_an_answer_to_what_nobody_was_asked_does_not_count(before: list[Event], code: str) -> None:
    given(DECIDER, *before).when(YES).refused(code, message=ID)


def test_a_message_about_nothing_is_said_as_it_was_before() -> None:
    told = [EVENT_TYPES.translate(each).model_dump() for each in (REQUESTED, DELIVERED, FAILED)]
    assert not any("about" in each for each in told)
    stored = f'{{"message_id":"{ID}"}}'
    assert EVENT_TYPES.load("message_delivered.v1", stored) == DELIVERED


def test_a_message_has_a_stream_of_its_own() -> None:
    assert message_stream(ID).name == f"message-{ID}"


@pytest.mark.parametrize("event", [REQUESTED, SENT, DELIVERED, FAILED, ANSWERED])
def test_every_event_reads_back_from_disk_as_it_was_written(event: Event) -> None:
    name = EVENT_TYPES.name_of(event)
    assert name.endswith(".v1")
    assert EVENT_TYPES.load(name, EVENT_TYPES.dump(event)) == event


@pytest.mark.parametrize(
    ("event", "contract"),
    [
        (
            MessageRequested(ID, "agadir-2025", CONTACT, "booth_assigned", {"booth": "P-012"}),
            MessageRequestedV1(
                message_id=ID,
                fair_id="agadir-2025",
                contact_id=CONTACT,
                template="booth_assigned",
                arguments={"booth": "P-012"},
            ),
        ),
        (
            MessageSent(ID, "whatsapp", "zgh", 1),
            MessageSentV1(message_id=ID, channel="whatsapp", language="zgh", segments=1),
        ),
        (MessageDelivered(ID), MessageDeliveredV1(message_id=ID)),
        (MessageFailed(ID, "no_consent"), MessageFailedV1(message_id=ID, reason="no_consent")),
        (
            ANSWERED,
            AnswerReceivedV1(
                message_id=ID,
                contact_id=CONTACT,
                about=PublicAbout(kind="place_offer", id=OFFER),
                answer="accept",
            ),
        ),
    ],
)
def test_every_event_is_public(event: Event, contract: NotificationsContract) -> None:
    assert EVENT_TYPES.translate(event) == contract
    assert type(contract) in PUBLISHED


def test_every_event_has_a_name_on_disk() -> None:
    assert set(EVENT_TYPES.classes.values()) == set(get_args(Event))


@hypothesis.given(st.lists(st.sampled_from(COMMANDS), max_size=12))
def test_whatever_arrives_the_status_never_goes_back_and_repeats_are_silent(
    commands: list[Command],
) -> None:
    message = DECIDER.initial()
    events: list[Event] = []
    for command in commands:
        try:
            decided = DECIDER.decide(command, message)
        except Refused:
            assert message.status is None
            continue
        for event in decided:
            before = message.status
            message = DECIDER.evolve(message, event)
            assert ORDER.index(message.status) > ORDER.index(before)
        events += decided
        assert DECIDER.decide(command, message) == []
    assert given(DECIDER, *events).state() == message
    assert len(events) <= 3


@hypothesis.given(st.lists(st.sampled_from(COMMANDS), max_size=12))
def test_a_settled_message_stays_as_it_is(commands: list[Command]) -> None:
    for settled in ([REQUESTED, SENT, DELIVERED], [REQUESTED, FAILED]):
        for command in commands:
            given(DECIDER, *settled).when(command).then()
