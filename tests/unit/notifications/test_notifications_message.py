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
    CallNotedV1,
    MessageAttemptFailedV1,
    MessageDeliveredV1,
    MessageFailedV1,
    MessageReadV1,
    MessageRequestedV1,
    MessageSentV1,
    NotificationsContract,
)

from chassis.kernel.refused import Refused
from chassis.log.event_types import EventTypes
from services.notifications.messages.contracts import EVENTS
from services.notifications.messages.domain import (
    DECIDER,
    SETTLED,
    About,
    Answer,
    AnswerReceived,
    CallNoted,
    CallOutcome,
    Command,
    Event,
    MarkMessage,
    Message,
    MessageAttemptFailed,
    MessageDelivered,
    MessageFailed,
    MessageRead,
    MessageRequested,
    MessageSent,
    NoteCall,
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
UNREACHED = MessageAttemptFailed(ID, "whatsapp", "no_whatsapp")
SENT_NEXT = MessageSent(ID, "sms", "ar", 2, rung=2)
UNREACHED_NEXT = MessageAttemptFailed(ID, "sms", "no_receipt", rung=2)
DELIVERED = MessageDelivered(ID)
READ = MessageRead(ID)
FAILED = MessageFailed(ID, "no_consent")
ASKED = replace(REQUESTED, template="place_offered", about=ABOUT)
ANSWERED = AnswerReceived(ID, CONTACT, ABOUT, Answer.ACCEPT)
NOTED = CallNoted(ID, CallOutcome.REACHED, ABOUT)
YES, NO = TakeAnswer(ID, Answer.ACCEPT), TakeAnswer(ID, Answer.DECLINE)

REQUEST = RequestMessage(ID, "agadir-2025", CONTACT, "booth_assigned", ARGUMENTS, "floor-x", 7)
SEND, DELIVER, FAIL = MarkMessage(SENT), MarkMessage(DELIVERED), MarkMessage(FAILED)
OPEN, MISS = MarkMessage(READ), MarkMessage(UNREACHED)
SEND_NEXT, MISS_NEXT = MarkMessage(SENT_NEXT), MarkMessage(UNREACHED_NEXT)

COMMANDS: list[Command] = [REQUEST, SEND, MISS, SEND_NEXT, MISS_NEXT, DELIVER, OPEN, FAIL]
ORDER = [None, Status.REQUESTED, Status.SENT, Status.DELIVERED, Status.READ, Status.FAILED]


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
        ([REQUESTED], MISS, [UNREACHED]),
        ([REQUESTED, UNREACHED], MISS, []),
        ([REQUESTED, UNREACHED], SEND, []),
        ([REQUESTED, SENT], MISS, [UNREACHED]),
        ([REQUESTED, SENT, UNREACHED], SEND_NEXT, [SENT_NEXT]),
        ([REQUESTED, SENT_NEXT], MISS, []),
        ([REQUESTED, SENT_NEXT], SEND, []),
        ([REQUESTED, SENT_NEXT], MISS_NEXT, [UNREACHED_NEXT]),
        ([REQUESTED, SENT, UNREACHED], DELIVER, [DELIVERED]),
        ([REQUESTED, SENT, DELIVERED], MISS, []),
        ([REQUESTED, SENT, DELIVERED], OPEN, [READ]),
        ([REQUESTED, SENT], OPEN, [DELIVERED, READ]),
        ([REQUESTED, DELIVERED, READ], OPEN, []),
        ([REQUESTED, DELIVERED, READ], DELIVER, []),
        ([REQUESTED, FAILED], OPEN, []),
        ([REQUESTED, FAILED], SEND_NEXT, []),
    ],
)
def test_a_message_moves_forward_and_what_says_nothing_new_is_silent(
    before: list[Event], command: Command, then: list[Event]
) -> None:
    given(DECIDER, *before).when(command).then(*then)


@pytest.mark.parametrize("command", [SEND, MISS, DELIVER, OPEN, FAIL])
def test_nothing_happens_to_a_message_that_was_not_requested(command: Command) -> None:
    given(DECIDER).when(command).refused("message_unknown", message=ID)


@pytest.mark.parametrize("outcome", [DELIVERED, FAILED])
def test_what_a_message_is_about_is_said_again_when_it_is_settled(
    outcome: MessageDelivered | MessageFailed,
) -> None:
    requested, asked = replace(REQUESTED, about=ABOUT), replace(REQUEST, about=ABOUT)
    given(DECIDER).when(asked).then(requested)
    settled = replace(outcome, about=ABOUT)
    given(DECIDER, requested, SENT, UNREACHED).when(MarkMessage(outcome)).then(settled)
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


@pytest.mark.parametrize("outcome", CallOutcome)
@pytest.mark.parametrize(
    ("way", "waits"),
    [
        ((), True),
        ((SENT,), True),
        ((SENT, DELIVERED), False),
        ((SENT, DELIVERED, READ), False),
        ((FAILED,), False),
    ],
)
def test_who_was_reached_by_a_call_need_not_be_told_any_more(
    way: tuple[Event, ...], waits: bool, outcome: CallOutcome
) -> None:
    noted = CallNoted(ID, outcome, ABOUT)
    told = waits and outcome is CallOutcome.REACHED
    then = [noted, MessageDelivered(ID, ABOUT)] if told else [noted]
    given(DECIDER, ASKED, *way).when(NoteCall(ID, outcome)).then(*then)


def test_each_call_is_noted_and_none_changes_what_is_decided_of_a_message() -> None:
    call = NoteCall(ID, CallOutcome.NO_ANSWER)
    missed = CallNoted(ID, CallOutcome.NO_ANSWER)
    given(DECIDER, REQUESTED, FAILED, missed).when(call).then(missed)
    given(DECIDER, REQUESTED, missed).when(SEND).then(SENT)
    given(DECIDER).when(call).refused("message_unknown", message=ID)


@pytest.mark.parametrize(
    "event",
    [REQUESTED, SENT, SENT_NEXT, UNREACHED, DELIVERED, READ, FAILED, ANSWERED, NOTED],
)
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
        (
            SENT_NEXT,
            MessageSentV1(message_id=ID, channel="sms", language="ar", segments=2, rung=2),
        ),
        (
            UNREACHED,
            MessageAttemptFailedV1(message_id=ID, channel="whatsapp", reason="no_whatsapp", rung=1),
        ),
        (MessageDelivered(ID), MessageDeliveredV1(message_id=ID)),
        (READ, MessageReadV1(message_id=ID)),
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
        (
            NOTED,
            CallNotedV1(
                message_id=ID, outcome="reached", about=PublicAbout(kind="place_offer", id=OFFER)
            ),
        ),
    ],
)
def test_every_event_is_public(event: Event, contract: NotificationsContract) -> None:
    assert EVENT_TYPES.translate(event) == contract
    assert type(contract) in PUBLISHED


def test_every_event_has_a_name_on_disk() -> None:
    assert set(EVENT_TYPES.classes.values()) == set(get_args(Event))


def test_a_message_that_went_out_on_its_first_rung_is_said_as_it_was_before() -> None:
    assert "rung" not in EVENT_TYPES.translate(SENT).model_dump()
    stored = f'{{"message_id":"{ID}","channel":"sms","language":"ar","segments":2}}'
    assert EVENT_TYPES.load("message_sent.v1", stored) == SENT


def place(message: Message) -> tuple[int, int]:
    """How far a message has come: by its status, and on its ladder."""
    rung = max(2 * message.sent_on, 2 * message.failed_on + 1)
    return ORDER.index(message.status), rung


@hypothesis.given(st.lists(st.sampled_from(COMMANDS), max_size=20))
def test_whatever_arrives_a_message_only_moves_forward_and_repeats_are_silent(
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
            before, settled = place(message), message.status in SETTLED
            message = DECIDER.evolve(message, event)
            status, rung = place(message)
            assert status >= before[0]
            assert rung >= before[1]
            assert (status, rung) != before
            assert not settled or isinstance(event, MessageRead)
        events += decided
        assert DECIDER.decide(command, message) == []
    assert given(DECIDER, *events).state() == message
    assert len(events) == len(set(map(repr, events)))
    sent = [event.rung for event in events if isinstance(event, MessageSent)]
    assert sent == sorted(set(sent))


@hypothesis.given(st.lists(st.sampled_from(COMMANDS), max_size=12))
def test_a_settled_message_may_be_read_and_else_stays_as_it_is(commands: list[Command]) -> None:
    for settled in ([REQUESTED, SENT, DELIVERED, READ], [REQUESTED, FAILED]):
        for command in commands:
            given(DECIDER, *settled).when(command).then()
    for command in commands:
        then = [READ] if command == OPEN else []
        given(DECIDER, REQUESTED, SENT, DELIVERED).when(command).then(*then)
