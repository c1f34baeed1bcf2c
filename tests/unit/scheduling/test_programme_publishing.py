"""A timetable becomes the programme, whole or not at all."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.scheduling.programme.domain import (
    PUBLISHED,
    Computed,
    Event,
    Place,
    ProgrammePublished,
    ProgrammeRulesPublished,
    PublishProgramme,
    SessionCancelled,
    SessionRescheduled,
    SessionScheduled,
)
from services.scheduling.programme.rules import Break
from tests.unit.scheduling.test_programme_decisions import (
    DAYS,
    FAIR,
    OFF,
    ROOM,
    TENT,
    at,
    given,
    moved,
    session,
)

A, B, C = (
    session("a", 8, 9),
    session("b", 9, 10, speakers=("amina",)),
    session("c", 10, 11, speakers=("brahim",)),
)
NUMBERS = Computed(90, 80, 100, 7, "CP-SAT")


def place_of(one: SessionScheduled) -> Place:
    return Place(one.hall_id, one.starts_at, one.ends_at)


def publish(
    *sessions: SessionScheduled,
    seen: tuple[SessionScheduled, ...] = (),
    dropped: tuple[str, ...] = (),
) -> PublishProgramme:
    return PublishProgramme(
        FAIR,
        "draft",
        sessions,
        dropped,
        {one.session_id: place_of(one) for one in seen},
        NUMBERS,
        DAYS,
    )


def to(one: SessionScheduled, start: float, end: float, hall: str = "tent") -> SessionScheduled:
    return replace(one, hall_id=hall, starts_at=at(start), ends_at=at(end))


def told(before: SessionScheduled, after: SessionScheduled) -> SessionRescheduled:
    return SessionRescheduled(
        FAIR,
        before.session_id,
        after.hall_id,
        after.starts_at,
        after.ends_at,
        before.hall_id,
        before.starts_at,
        before.ends_at,
        PUBLISHED,
    )


def version(number: int, scheduled: int, rescheduled: int, cancelled: int) -> ProgrammePublished:
    return ProgrammePublished(
        FAIR, number, "draft", scheduled, rescheduled, cancelled, 90, 80, 100, 7, "CP-SAT"
    )


def test_only_differences_are_told_and_the_version_last() -> None:
    command = publish(A, to(B, 12, 13), seen=(A, B, C), dropped=("c",))
    events = (SessionCancelled(FAIR, "c", PUBLISHED), told(B, to(B, 12, 13)), version(1, 0, 1, 1))
    given(TENT, A, B, C).when(command).then(*events)
    given(TENT, A, B, C, *events).when(command).then()
    new = session("new", 14, 15)
    given(TENT, A, B, C, *events).when(publish(new)).then(new, version(2, 1, 0, 0))


def test_two_sessions_exchange_their_places() -> None:
    first, second = to(A, 9, 10), to(B, 8, 9)
    given(TENT, A, B).when(publish(first, second, seen=(A, B))).then(
        told(A, first), told(B, second), version(1, 0, 2, 0)
    )


def test_what_a_draft_does_not_name_stays_and_is_in_the_way() -> None:
    given(TENT, A).when(publish(session("new", 8, 9))).refused(
        "hall_taken", hall="tent", session="a"
    )
    given(TENT, A).when(publish(session("0", 8, 9))).refused("hall_taken", session="a")
    other = to(session("new", 8, 9), 8, 9, "room")
    given(TENT, ROOM, A).when(publish(other)).then(other, version(1, 1, 0, 0))


BREAK = ProgrammeRulesPublished(FAIR, 1, breaks=(Break(at(12), at(13), "meal"),))


@pytest.mark.parametrize(
    ("history", "command", "code", "details"),
    [
        pytest.param(
            (TENT, B, moved(B, 14, 15, "tent")),
            publish(to(B, 16, 17), seen=(B,)),
            "session_changed",
            {"session": "b"},
            id="moved meanwhile",
        ),
        pytest.param(
            (TENT, B, moved(B, 14, 15, "tent")),
            publish(seen=(B,), dropped=("b",)),
            "session_changed",
            {"session": "b"},
            id="dropped, and moved meanwhile",
        ),
        pytest.param(
            (TENT, replace(A, session_id="morning"), OFF),
            publish(replace(A, session_id="morning")),
            "session_cancelled",
            {"session": "morning"},
            id="called off meanwhile",
        ),
        pytest.param(
            (TENT, A),
            publish(replace(A, topic_code="other"), seen=(A,)),
            "session_exists",
            {"session": "a"},
            id="another session of that id",
        ),
        pytest.param((), publish(A), "hall_unknown", {"hall": "tent"}, id="no such hall"),
        pytest.param(
            (TENT, BREAK),
            publish(to(A, 12, 13)),
            "in_a_break",
            {"session": "a", "reason": "meal"},
            id="a break was published meanwhile",
        ),
        pytest.param(
            (TENT, ROOM),
            publish(B, replace(to(C, 9, 10, "room"), speakers=("amina",))),
            "speaker_taken",
            {"speaker": "amina"},
            id="a draft that clashes with itself",
        ),
    ],
)
def test_nothing_is_published_where_something_is_in_the_way(
    history: tuple[Event, ...], command: PublishProgramme, code: str, details: dict[str, str]
) -> None:
    given(*history).when(command).refused(code, **details)


def test_two_that_clash_already_do_not_keep_a_draft_from_moving_a_third() -> None:
    rules = ProgrammeRulesPublished(FAIR, 1)
    silent = replace(to(B, 8, 9, "room"), silences="everywhere")
    # They were scheduled by a version that knew of no silence.
    third = to(C, 15, 16)
    given(TENT, ROOM, rules, A, silent, C).when(publish(third, seen=(C,))).then(
        told(C, third), version(1, 0, 1, 0)
    )
