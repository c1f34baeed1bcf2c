"""What CP-SAT makes of a draft, and what it says of one that cannot be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from pydantic import TypeAdapter

from chassis.jobs.progress import Progress
from services.scheduling.programme.facts import Place
from services.scheduling.programme.rules import HallRules, Rules, SpeakerTimes
from services.scheduling.timetable import model, run as solving
from services.scheduling.timetable.problem import Problem, Slot, Wish, ceiling, faults, worth
from tests.unit.scheduling.test_timetable_problem import at, place, problem, request, window


def quiet() -> Progress:
    return Progress(lambda share, code: None)


def ran(of: Problem, seconds: float = 5.0) -> Any:
    """What the job returns, for a problem that went through JSON."""
    given = {
        "draft_id": "draft",
        "saw_revision": 3,
        "seed": 1,
        "seconds": seconds,
        "problem": TypeAdapter(Problem).dump_python(of, mode="json"),
    }
    result = solving.run(given, quiet())
    assert (result["draft_id"], result["saw_revision"]) == ("draft", 3)
    return result


def places_of(result: Any) -> Mapping[str, Place]:
    return TypeAdapter(dict[str, Place]).validate_python(result["places"])


DAY = (window(0, 24),)
NARROW = problem(
    request("a", speakers=("amina",)),
    request("b", "quality", requires=("projector",), preferred_halls=("tent",), weight=3),
    request("c", "quality", silences="neighbours", halls=("tent",)),
    request("d", "export", silences="everywhere", preferred=(window(14, 16),)),
    standing=(Slot("stands", "room", at(9), at(10.5), "quality", 5, silences="neighbours"),),
    locked={"a": place(9)},
    days=DAY,
    wishes=(
        Wish(("marketing", "quality"), 6),
        Wish(("export", "quality"), 3, people=1),
        Wish(("digital",), 2),
    ),
    quiet=(window(14, 15),),
)


def test_a_timetable_is_proven_best_and_keeps_what_stands_and_what_is_locked() -> None:
    result = ran(NARROW)
    places = places_of(result)
    assert faults(NARROW, places) == []
    assert result["proven"]
    assert result["objective"] == result["bound"] == worth(NARROW, places).points <= ceiling(NARROW)
    assert places["a"] == place(9)
    # Neither marketing nor quality, which six ask for together, runs beside the other without need.
    assert (result["seed"], result["workers"]) == (1, solving.WORKERS)


def eased() -> list[Problem]:
    """The same, each without one of the rules."""
    rules = NARROW.rules
    return [
        replace(NARROW, rules=replace(rules, breaks=())),
        replace(NARROW, rules=replace(rules, hours=())),
        replace(NARROW, rules=replace(rules, speakers=())),
        replace(NARROW, rules=replace(rules, halls=(HallRules("tent", ("projector",)),))),
        replace(NARROW, locked={}),
        replace(
            NARROW, requests=tuple(replace(each, silences="nowhere") for each in NARROW.requests)
        ),
    ]


def test_a_rule_removed_never_worsens_the_objective() -> None:
    kept = ran(NARROW)
    assert kept["proven"]
    for easier in eased():
        result = ran(easier)
        assert result["proven"]
        assert result["objective"] >= kept["objective"]


def test_neighbours_are_silent_for_each_other() -> None:
    rules = Rules(hours=(window(9, 11),), halls=(HallRules("tent", neighbours=("room",)),))
    two = problem(
        request("show", silences="neighbours", halls=("tent",)),
        request("talk", halls=("room",)),
        rules=rules,
        days=DAY,
    )
    assert faults(two, places_of(ran(two))) == []
    three = replace(two, requests=(*two.requests, request("more", halls=("room",))))
    conflict = ran(three)["conflict"]
    assert conflict["sessions"] == ["show", "talk", "more"]
    assert {"silence", "programme_hours", "allowed_halls"} <= set(conflict["reasons"])


def test_sessions_that_cannot_all_be_placed_are_named_and_no_others() -> None:
    """Amina has three hours of which all are needed for four sessions."""
    rules = Rules(speakers=(SpeakerTimes("amina", (window(9, 12),)),))
    four = tuple(request(f"amina-{n}", speakers=("amina",)) for n in range(4))
    of = problem(*four, request("free"), rules=rules, days=DAY, locked={"free": place(9)})
    conflict = ran(of)["conflict"]
    assert sorted(conflict["sessions"]) == [f"amina-{n}" for n in range(4)]
    assert conflict["reasons"] == ["availability_of_speakers", "speakers"]


def test_too_many_in_every_way_at_once() -> None:
    # Each is barred by more than one rule: no single one would make room.
    rules = Rules(hours=(window(9, 10),), speakers=(SpeakerTimes("amina", (window(9, 10),)),))
    two = [request(name, speakers=("amina",), halls=("tent",)) for name in "ab"]
    assert ran(problem(*two, rules=rules, days=DAY))["conflict"]["reasons"] == ["too_many_at_once"]


def test_a_session_without_a_place_is_named_with_what_bars_it_most() -> None:
    assert ran(problem(request("a", minutes=330), days=DAY))["conflict"] == {
        "sessions": ["a"],
        "reasons": ["outside_programme_hours", "in_a_break"],
    }
    broken = problem(request("a"), locked={"a": place(12)}, days=DAY)
    assert ran(broken)["conflict"] == {"sessions": ["a"], "reasons": ["in_a_break"]}
    nothing = problem(request("a"), halls={}, days=DAY)
    assert ran(nothing)["conflict"] == {"sessions": ["a"], "reasons": ["no_hall_or_no_time"]}


HARD = problem(
    # Who begins with what is preferred leaves no hour for the other.
    request("long", minutes=120, halls=("tent",), preferred=(window(9.5, 11.5),)),
    request("short", halls=("tent",)),
    rules=Rules(hours=(window(9, 12),)),
    days=DAY,
)


def test_what_was_not_found_in_time_is_not_called_impossible() -> None:
    begun = model.greedy(HARD, model.built(HARD).places)
    assert faults(HARD, begun)
    assert ran(HARD, 1e-4)["conflict"]["reasons"] == ["not_found_in_time"]
    assert "places" in ran(HARD)
    assert solving.conflict(HARD, 1)["reasons"] == ["not_found_in_time"]


def large() -> Problem:
    """So many sessions that nobody proves anything within a second."""
    topics = ("a", "b", "c", "d")
    return problem(
        *(request(f"{topic}-{n}", topic) for topic in topics for n in range(6)),
        wishes=(Wish(topics, 30),),
        rules=Rules(),
    )


def test_a_search_that_is_to_stop_gives_the_best_that_it_has() -> None:
    of, told = large(), list[str]()

    def tell_and_stop(share: float, code: str) -> None:
        told.append(code)
        progress.stop()

    progress = Progress(tell_and_stop)
    found = solving.search(of, model.built(of), seconds=60, seed=1, progress=progress)
    assert told[0].startswith("searching:")
    assert found.places is not None
    assert not found.proven
    assert faults(of, found.places) == []
    assert worth(of, found.places).points <= found.bound


def test_a_core_is_made_as_small_as_it_goes() -> None:
    rules = Rules(hours=(window(9, 10),))
    two = [request(name, halls=("tent",)) for name in "ab"]
    of = problem(*two, request("c", halls=("room",)), rules=rules, days=DAY)
    assert solving.smallest(of, ["c", "a", "b"], 1) == ["a", "b"]


def test_a_proposal_with_a_fault_is_not_told() -> None:
    with pytest.raises(RuntimeError, match="in_a_break"):
        solving.checked(problem(request("a")), {"a": place(12)})
