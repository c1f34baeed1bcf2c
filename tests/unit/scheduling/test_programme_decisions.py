"""The programme, as given, when, then."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta

import pytest

from chassis.kernel.text import Text
from services.scheduling.programme.domain import (
    DECIDER,
    CancelSession,
    CancelSessions,
    Command,
    Event,
    FairDays,
    HallOpened,
    OpenHall,
    Programme,
    RescheduleSession,
    ScheduleSession,
    SessionCancelled,
    SessionRescheduled,
    SessionScheduled,
)
from tests import deciding

FAIR = "ouarzazate-2025"
DAYS = FairDays(datetime(2025, 9, 16, 23, tzinfo=UTC), datetime(2025, 9, 22, 23, tzinfo=UTC))
"""17 to 22 September 2025 in Morocco, which is one hour ahead of UTC."""

TITLE = Text("التسويق", "Marketing")
TENT = HallOpened(FAIR, "tent", Text("خيمة", "Tente"), 40)
ROOM = HallOpened(FAIR, "room", Text("قاعة", "Salle"), 20)


def at(hour: float, day: int = 17) -> datetime:
    return datetime(2025, 9, day, tzinfo=UTC) + timedelta(hours=hour)


def session(
    name: str, start: float, end: float, *, hall: str = "tent", speakers: tuple[str, ...] = ()
) -> SessionScheduled:
    return SessionScheduled(
        fair_id=FAIR,
        session_id=name,
        kind="workshop",
        title=TITLE,
        topic_code="marketing",
        hall_id=hall,
        speakers=speakers,
        language="ar",
        audience="exhibitors",
        starts_at=at(start),
        ends_at=at(end),
        seats=20,
    )


def schedule(event: SessionScheduled) -> ScheduleSession:
    values = {each.name: getattr(event, each.name) for each in fields(event)}
    return ScheduleSession(**values, fair_days=DAYS)


def move(name: str, start: float, end: float, hall: str = "tent") -> RescheduleSession:
    return RescheduleSession(name, hall, at(start), at(end), "hall_flooded", DAYS)


def moved(event: SessionScheduled, start: float, end: float, hall: str) -> SessionRescheduled:
    return SessionRescheduled(
        FAIR,
        event.session_id,
        hall,
        at(start),
        at(end),
        event.hall_id,
        event.starts_at,
        event.ends_at,
        "hall_flooded",
    )


def given(*events: Event) -> deciding.Given[Command, Programme, Event]:
    return deciding.given(DECIDER, *events)


MORNING = session("morning", 9, 11, speakers=("amina", "brahim"))


def test_a_hall_opens_once() -> None:
    command = OpenHall(FAIR, "tent", TENT.name, 40)
    given().when(command).then(TENT)
    given(TENT).when(command).then()


def test_a_session_gets_a_hall_and_a_time_once() -> None:
    command = schedule(MORNING)
    given(TENT).when(command).then(MORNING)
    given(TENT, MORNING).when(command).then()


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(session("next", 11, 12, speakers=("amina",)), id="begins when it ends"),
        pytest.param(session("before", 8, 9, speakers=("amina",)), id="ends when it begins"),
        pytest.param(session("beside", 9, 11, hall="room", speakers=("chama",)), id="elsewhere"),
        pytest.param(replace(session("all", 12, 13), seats=40), id="every seat of the hall"),
        pytest.param(replace(session("open", 12, 13), seats=None), id="open to all"),
        pytest.param(session("long", 11, 23), id="twelve hours"),
        pytest.param(
            replace(MORNING, session_id="first", starts_at=DAYS.begin, ends_at=at(1)),
            id="from the first minute",
        ),
        pytest.param(
            replace(MORNING, session_id="last", starts_at=at(22, 22), ends_at=DAYS.end),
            id="to the last minute",
        ),
    ],
)
def test_a_session_that_overlaps_no_other_takes_place(other: SessionScheduled) -> None:
    given(TENT, ROOM, MORNING).when(schedule(other)).then(other)


def test_a_cancelled_session_frees_its_hall_and_its_speakers() -> None:
    instead = replace(MORNING, session_id="instead")
    off = SessionCancelled(FAIR, "morning", "speaker_ill")
    given(TENT, MORNING, off).when(schedule(instead)).then(instead)


def test_a_moved_session_frees_where_it_was_and_takes_where_it_is() -> None:
    history = given(TENT, ROOM, MORNING, moved(MORNING, 14, 16, "room"))
    history.when(schedule(session("a", 9, 11))).then(session("a", 9, 11))
    history.when(schedule(session("b", 15, 17, hall="room"))).refused("hall_taken")


def test_a_session_moves_even_into_its_own_time() -> None:
    given(TENT, MORNING).when(move("morning", 10, 12)).then(moved(MORNING, 10, 12, "tent"))


def test_a_session_that_is_there_already_does_not_move() -> None:
    given(TENT, MORNING).when(move("morning", 9, 11)).then()


def test_a_session_moves_back_to_where_it_was() -> None:
    there = moved(MORNING, 14, 16, "room")
    given(TENT, ROOM, MORNING, there).when(move("morning", 9, 11)).then(
        SessionRescheduled(
            FAIR, "morning", "tent", at(9), at(11), "room", at(14), at(16), "hall_flooded"
        )
    )


def test_a_session_is_cancelled_once() -> None:
    command = CancelSession("morning", "speaker_ill")
    then = SessionCancelled(FAIR, "morning", "speaker_ill")
    given(TENT, MORNING).when(command).then(then)
    given(TENT, MORNING, then).when(command).then()


def test_with_a_fair_all_that_is_still_to_take_place_is_cancelled_once() -> None:
    noon, off = session("noon", 12, 14), SessionCancelled(FAIR, "morning", "speaker_ill")
    history = (TENT, MORNING, noon, session("night", 20, 22), off)
    then = (
        SessionCancelled(FAIR, "noon", "fair_cancelled"),
        SessionCancelled(FAIR, "night", "fair_cancelled"),
    )
    given(*history).when(CancelSessions()).then(*then)
    given(*history, *then).when(CancelSessions()).then()
    given().when(CancelSessions()).then()


OFF = SessionCancelled(FAIR, "morning", "speaker_ill")


@pytest.mark.parametrize(
    ("history", "command", "code", "details"),
    [
        pytest.param(
            (TENT,),
            OpenHall(FAIR, "tent", TENT.name, 50),
            "hall_differs",
            {"hall": "tent", "capacity": 40},
            id="hall differs",
        ),
        pytest.param(
            (TENT, MORNING),
            schedule(replace(MORNING, topic_code="investment")),
            "session_exists",
            {"session": "morning"},
            id="another session of that id",
        ),
        pytest.param(
            (TENT, MORNING, OFF),
            schedule(MORNING),
            "session_exists",
            {"session": "morning"},
            id="scheduled again after it was cancelled",
        ),
        pytest.param(
            (TENT,),
            schedule(session("a", 9, 9)),
            "session_ends_before_it_starts",
            {},
            id="takes no time",
        ),
        pytest.param(
            (TENT,), schedule(session("a", 9, 21.1)), "session_too_long", {"hours": 12}, id="long"
        ),
        pytest.param(
            (TENT,),
            schedule(replace(MORNING, starts_at=DAYS.begin - timedelta(seconds=1), ends_at=at(1))),
            "outside_fair",
            {},
            id="before the fair",
        ),
        pytest.param(
            (TENT,),
            schedule(replace(MORNING, starts_at=at(22, 22), ends_at=at(23.1, 22))),
            "outside_fair",
            {},
            id="after the fair",
        ),
        pytest.param((), schedule(MORNING), "hall_unknown", {"hall": "tent"}, id="no such hall"),
        pytest.param(
            (ROOM,),
            schedule(replace(MORNING, hall_id="room", seats=21)),
            "hall_too_small",
            {"hall": "room", "capacity": 20, "seats": 21},
            id="more seats than the hall has",
        ),
        pytest.param(
            (TENT, MORNING),
            schedule(session("a", 10.9, 12)),
            "hall_taken",
            {"hall": "tent", "session": "morning"},
            id="hall taken",
        ),
        pytest.param(
            (TENT, ROOM, MORNING),
            schedule(session("a", 8, 9.1, hall="room", speakers=("zahra", "brahim"))),
            "speaker_taken",
            {"speaker": "brahim", "session": "morning"},
            id="speaker taken",
        ),
        pytest.param(
            (TENT,), move("nothing", 9, 11), "session_unknown", {"session": "nothing"}, id="unknown"
        ),
        pytest.param(
            (TENT, MORNING, OFF),
            move("morning", 10, 11),
            "session_cancelled",
            {"session": "morning"},
            id="moved after it was cancelled",
        ),
        pytest.param(
            (TENT, ROOM, MORNING, session("room", 9, 10, hall="room")),
            move("morning", 9, 11, "room"),
            "hall_taken",
            {"hall": "room", "session": "room"},
            id="moved into a taken hall",
        ),
        pytest.param(
            (TENT,),
            CancelSession("nothing", "speaker_ill"),
            "session_unknown",
            {"session": "nothing"},
            id="cancelled though unknown",
        ),
    ],
)
def test_what_cannot_take_place_is_refused(
    history: tuple[Event, ...], command: Command, code: str, details: dict[str, object]
) -> None:
    given(*history).when(command).refused(code, **details)
