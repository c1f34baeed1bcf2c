"""What is wrong with a timetable, and what it is worth: each rule broken once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import given, strategies as st

from chassis.kernel.text import Text
from services.scheduling.programme.facts import Place
from services.scheduling.programme.rules import Break, HallRules, Rules, SpeakerTimes, Window
from services.scheduling.timetable.problem import (
    DAY,
    SEAT,
    Problem,
    Request,
    Slot,
    Wish,
    Worth,
    ceiling,
    faults,
    grid,
    hindered,
    seated,
    worth,
)

MIDNIGHT = datetime(2025, 9, 17, tzinfo=UTC)


def at(hour: float, day: int = 0) -> datetime:
    return MIDNIGHT + timedelta(days=day, hours=hour)


def window(begins: float, ends: float, day: int = 0) -> Window:
    return Window(at(begins, day), at(ends, day))


def request(name: str, topic: str = "marketing", **more: Any) -> Request:
    of: dict[str, Any] = {"minutes": 60, "seats": 10, **more}
    return Request(
        name, "workshop", Text("نص", "Texte"), topic, of.pop("minutes"), "ar", "all", **of
    )


def place(begins: float, *, hall: str = "tent", day: int = 0, hours: float = 1) -> Place:
    return Place(hall, at(begins, day), at(begins + hours, day))


def problem(*requests: Request, **more: Any) -> Problem:
    rules = Rules(
        hours=(window(9, 19), window(9, 19, 1)),
        breaks=(Break(at(12), at(14), "prayer"),),
        halls=(HallRules("tent", ("projector",), available=(window(9, 17), window(9, 17, 1))),),
        speakers=(SpeakerTimes("amina", (window(9, 12), window(9, 19, 1))),),
    )
    of: dict[str, Any] = {
        "rules": rules,
        "halls": {"tent": 40, "room": 10},
        "days": (window(0, 24), window(0, 24, 1)),
        "requests": requests,
        **more,
    }
    return Problem(**of)


GOOD = problem(
    request("a", requires=("projector",), speakers=("amina",)),
    request("b", halls=("room",), within=(window(0, 24),), silences="everywhere"),
    standing=(Slot("stands", "room", at(9), at(10), "quality", None),),
)
PLACES = {"a": place(9), "b": place(10, hall="room")}


def test_a_timetable_that_keeps_all_rules_has_no_faults() -> None:
    assert faults(GOOD, PLACES) == []
    assert GOOD.judge(PLACES) == (worth(GOOD, PLACES), ())


@pytest.mark.parametrize(
    ("broken", "code"),
    [
        ({"a": None}, "timetable_incomplete"),
        ({"a": place(9, hours=2)}, "length_differs"),
        ({"a": place(9, hall="garden")}, "hall_unknown"),
        ({"b": place(10, hall="room", day=2)}, "outside_fair"),
        ({"b": place(-1, hall="room")}, "outside_fair"),
        ({"b": place(15)}, "hall_not_allowed"),
        ({"b": place(10, hall="room", day=1)}, "day_not_allowed"),
        ({"b": place(8, hall="room")}, "outside_programme_hours"),
        ({"b": place(13, hall="room")}, "in_a_break"),
        ({"a": place(17, day=1)}, "hall_unavailable"),
        ({"a": place(10, hall="room", day=1)}, "equipment_missing"),
        ({"a": place(14)}, "speaker_unavailable"),
        ({"a": place(10)}, "silenced"),
        ({"b": place(9, hall="room")}, "hall_taken"),
    ],
)
def test_the_checker_catches_each_rule_broken_once(
    broken: dict[str, Place | None], code: str
) -> None:
    places = {key: at for key, at in {**PLACES, **broken}.items() if at is not None}
    assert code in {each.code for each in faults(GOOD, places)}


def test_a_hall_that_is_too_small_and_a_speaker_in_two_places_are_faults() -> None:
    large = problem(request("a", seats=11, halls=("room",)))
    assert [each.code for each in faults(large, {"a": place(9, hall="room")})] == ["hall_too_small"]
    two = problem(*(request(name, speakers=("brahim",)) for name in "ab"))
    places = {"a": place(9), "b": place(9, hall="room")}
    assert [each.code for each in faults(two, places)] == ["speaker_taken"]
    long = problem(request("a", minutes=13 * 60))
    assert faults(long, {"a": place(0, hours=13)})[0].code == "length_differs"


def test_a_place_by_hand_is_hindered_by_rules_and_by_others() -> None:
    b, others = GOOD.of["b"], GOOD.slots({"a": place(15)})
    assert hindered(GOOD, b, place(16, hall="room"), others) is None
    for where, code in (
        (place(12, hall="room"), "in_a_break"),
        (place(15, hall="room"), "silenced"),
    ):
        found = hindered(GOOD, b, where, others)
        assert found is not None
        assert found.code == code


def test_what_stands_may_clash_with_itself() -> None:
    """It was there before the rules that it breaks."""
    standing = [Slot(name, "room", at(9), at(10), "quality", None) for name in ("x", "y")]
    assert faults(problem(standing=tuple(standing)), {}) == []


def test_what_gives_points_and_what_takes_them() -> None:
    wishes = (Wish(("marketing", "quality"), 3), Wish(("marketing",), 9), Wish(("export",), 5))
    asked = problem(
        request("a", preferred_halls=("tent",), preferred=(window(9, 11),), weight=2),
        request("b", "quality", seats=2),
        wishes=wishes,
    )
    both = worth(asked, {"a": place(9), "b": place(9, hall="room")})
    # Two of the three take the two seats of quality, and ten of marketing are left for ten.
    assert both == Worth(seats=12 * SEAT, days=2 * DAY, preferences=40, together=6)
    assert both.points == 1200 + 40 + 40 - 6
    apart = worth(asked, {"a": place(15, hall="room"), "b": place(9)})
    assert apart == Worth(seats=1200, days=2 * DAY, preferences=0, together=0)
    assert worth(asked, {}) == Worth(0, 0, 0, 0)
    assert ceiling(asked) == SEAT * 17 + 2 * DAY + 40


def test_who_comes_alone_attends_while_stands_need_nobody() -> None:
    asked = problem(
        request("a"), wishes=(Wish(("marketing",), 4, people=1),), quiet=(window(9, 10),)
    )
    assert worth(asked, {"a": place(9)}).seats == 4 * SEAT
    assert worth(asked, {"a": place(10)}).seats == 0


def test_the_grid_has_every_hall_and_each_step_of_each_day() -> None:
    places = list(grid(problem(), request("a", minutes=23 * 60)))
    assert len(places) == 2 * 2 * 3
    assert places[0] == Place("room", at(0), at(23))
    assert {each.hall_id for each in grid(problem(), request("a", halls=("tent",)))} == {"tent"}
    # A town may be some minutes away from a full hour.
    odd = problem(days=(Window(at(0.25), at(24.25)),))
    assert next(grid(odd, request("a"))).starts_at == at(0.5)


TOPICS = ("a", "b", "c")
WISHES = st.lists(
    st.builds(
        Wish,
        st.sets(st.sampled_from(TOPICS), min_size=1).map(lambda some: tuple(sorted(some))),
        st.integers(1, 2),
        st.sampled_from([1, 2]),
    ),
    max_size=3,
)
ROOMS = st.lists(st.tuples(st.sampled_from(TOPICS), st.integers(0, 2), st.booleans()), max_size=3)


@given(WISHES, ROOMS)
def test_as_many_are_seated_as_can_be(
    wishes: list[Wish], rooms: list[tuple[str, int, bool]]
) -> None:
    slots = [
        Slot(f"s{n}", "tent", at(9 if quiet else 15), at(10 if quiet else 16), topic, seats)
        for n, (topic, seats, quiet) in enumerate(rooms)
    ]
    asked = problem(wishes=tuple(wishes), quiet=(window(9, 10),))
    assert seated(asked, slots) == _by_trying(wishes, rooms)


def _by_trying(wishes: Iterable[Wish], rooms: list[tuple[str, int, bool]]) -> int:
    """Every exhibitor in every room, or in none."""
    people = [wish for wish in wishes for _ in range(wish.exhibitors)]
    best = 0
    for seats in product([None, *range(len(rooms))], repeat=len(people)):
        fits = all(
            at is None or (rooms[at][0] in who.topics and (rooms[at][2] or who.people > 1))
            for who, at in zip(people, seats, strict=True)
        )
        if fits and all(seats.count(n) <= room[1] for n, room in enumerate(rooms)):
            best = max(best, len(people) - seats.count(None))
    return best


def test_a_seat_is_taken_from_who_has_another() -> None:
    asked = problem(wishes=(Wish(("a", "b"), 1), Wish(("a",), 1), Wish(("a",), 1)))
    slots = [Slot(t, "tent", at(9), at(10), t, 1) for t in "ab"]
    assert seated(asked, slots) == 2
    assert seated(replace(asked, wishes=asked.wishes[1:]), slots) == 1
