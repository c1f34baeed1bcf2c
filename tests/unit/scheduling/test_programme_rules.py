"""What sessions keep: hours, breaks, equipment, availability and silence; given, when, then."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from services.scheduling.programme.domain import (
    HallOpened,
    ProgrammeRulesPublished,
    PublishRules,
    SessionScheduled,
)
from services.scheduling.programme.rules import (
    Break,
    HallRules,
    Rules,
    SpeakerTimes,
    Window,
)
from tests.unit.scheduling.test_programme_decisions import (
    FAIR,
    MORNING,
    ROOM,
    TENT,
    TITLE,
    at,
    given,
    move,
    moved,
    schedule,
    session,
)

GARDEN = HallOpened(FAIR, "garden", TITLE, 500)


def window(begins: float, ends: float) -> Window:
    return Window(at(begins), at(ends))


def pause(begins: float, ends: float, *halls: str) -> Break:
    return Break(at(begins), at(ends), "prayer", halls)


def published(revision: int = 1, **rules: Any) -> ProgrammeRulesPublished:
    return ProgrammeRulesPublished(FAIR, revision, **rules)


def test_rules_are_published_once_and_replaced() -> None:
    first, second = Rules(hours=(window(9, 19),)), Rules(breaks=(pause(12, 13),))
    one, two = published(hours=first.hours), published(2, breaks=second.breaks)
    given(TENT).when(PublishRules(FAIR, first)).then(one)
    given(TENT, one).when(PublishRules(FAIR, first)).then()
    given(TENT, one).when(PublishRules(FAIR, second)).then(two)
    given(TENT, one, two).when(PublishRules(FAIR, Rules())).then(published(3))
    given().when(PublishRules(FAIR, Rules())).then()


@pytest.mark.parametrize(
    ("rules", "code"),
    [
        pytest.param(Rules(hours=(window(9, 9),)), "window_ends_before_it_begins", id="hours"),
        pytest.param(Rules(breaks=(pause(9, 8),)), "window_ends_before_it_begins", id="break"),
        pytest.param(
            Rules(halls=(HallRules("tent", available=(window(9, 8),)),)),
            "window_ends_before_it_begins",
            id="a hall's times",
        ),
        pytest.param(
            Rules(speakers=(SpeakerTimes("amina", (window(9, 8),)),)),
            "window_ends_before_it_begins",
            id="a speaker's times",
        ),
        pytest.param(Rules(halls=(HallRules("tent"),) * 2), "named_twice", id="hall twice"),
        pytest.param(
            Rules(speakers=(SpeakerTimes("amina", (window(9, 10),)),) * 2),
            "named_twice",
            id="speaker twice",
        ),
        pytest.param(Rules(halls=(HallRules("garden"),)), "hall_unknown", id="hall"),
        pytest.param(
            Rules(halls=(HallRules("tent", neighbours=("garden",)),)),
            "hall_unknown",
            id="neighbour",
        ),
        pytest.param(Rules(breaks=(pause(12, 13, "garden"),)), "hall_unknown", id="break's hall"),
    ],
)
def test_rules_that_nothing_could_keep_are_refused(rules: Rules, code: str) -> None:
    given(TENT).when(PublishRules(FAIR, rules)).refused(code)


EQUIPPED = replace(MORNING, requires=("projector", "wifi"))
HELD = [
    pytest.param(
        MORNING, published(hours=(window(10, 19),)), "outside_programme_hours", id="too early"
    ),
    pytest.param(
        MORNING,
        published(hours=(window(8, 10), window(10, 19))),
        "outside_programme_hours",
        id="in two times",
    ),
    pytest.param(MORNING, published(breaks=(pause(10, 13),)), "in_a_break", id="break"),
    pytest.param(
        MORNING, published(breaks=(pause(10, 13, "tent"),)), "in_a_break", id="break of its hall"
    ),
    pytest.param(
        MORNING,
        published(halls=(HallRules("tent", available=(window(10, 19),)),)),
        "hall_unavailable",
        id="hall",
    ),
    pytest.param(
        EQUIPPED,
        published(halls=(HallRules("tent", ("projector",)),)),
        "equipment_missing",
        id="equipment",
    ),
    pytest.param(EQUIPPED, published(), "equipment_missing", id="no equipment is known"),
    pytest.param(
        MORNING,
        published(speakers=(SpeakerTimes("brahim", (window(14, 19),)),)),
        "speaker_unavailable",
        id="speaker",
    ),
]


@pytest.mark.parametrize(("wanted", "rules", "code"), HELD)
def test_a_session_that_does_not_keep_the_rules_is_refused(
    wanted: SessionScheduled, rules: ProgrammeRulesPublished, code: str
) -> None:
    given(TENT, rules).when(schedule(wanted)).refused(code)
    # What stands already does not come back to it either, once it was moved.
    elsewhere = moved(wanted, 20, 22, "tent")
    given(TENT, wanted, elsewhere, rules).when(move("morning", 9, 11)).refused(code)


@pytest.mark.parametrize(
    ("wanted", "rules"),
    [
        pytest.param(MORNING, published(hours=(window(9, 11),)), id="all the hours"),
        pytest.param(MORNING, published(breaks=(pause(8, 9), pause(11, 12))), id="between"),
        pytest.param(MORNING, published(breaks=(pause(9, 11, "room"),)), id="elsewhere"),
        pytest.param(
            EQUIPPED, published(halls=(HallRules("tent", ("projector", "wifi")),)), id="equipped"
        ),
        pytest.param(
            MORNING,
            published(
                halls=(HallRules("tent", available=(window(8, 9), window(9, 11))),),
                speakers=(SpeakerTimes("brahim", (window(9, 12),)),),
            ),
            id="available",
        ),
    ],
)
def test_a_session_that_keeps_the_rules_takes_place(
    wanted: SessionScheduled, rules: ProgrammeRulesPublished
) -> None:
    given(TENT, ROOM, rules).when(schedule(wanted)).then(wanted)


def test_a_session_stands_that_later_rules_forbid() -> None:
    rules = published(breaks=(pause(10, 13),))
    given(TENT, MORNING, rules).when(move("morning", 9, 11)).then()
    given(TENT, MORNING, rules).when(move("morning", 13, 15)).then(moved(MORNING, 13, 15, "tent"))


def test_who_wants_silence_gets_it_both_ways() -> None:
    near = published(halls=(HallRules("tent", neighbours=("room",)),))
    everywhere = replace(session("opening", 9, 11), silences="everywhere")
    neighbours = replace(session("show", 9, 11), silences="neighbours")
    halls = (TENT, ROOM, GARDEN, near)
    beside, away = session("a", 10, 12, hall="room"), session("b", 10, 12, hall="garden")
    for silent, other, refused in (
        (everywhere, beside, True),
        (everywhere, away, True),
        (neighbours, beside, True),
        (neighbours, away, False),
    ):
        for first, second in ((silent, other), (other, silent)):
            when = given(*halls, first).when(schedule(second))
            if refused:
                when.refused("silenced", session=first.session_id)
            else:
                when.then(second)
    after = session("c", 11, 12, hall="room")
    given(*halls, everywhere).when(schedule(after)).then(after)
