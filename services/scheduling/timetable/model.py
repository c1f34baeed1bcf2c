"""A timetable as a model of CP-SAT; the child process of the service alone imports this."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ortools.sat.python import cp_model

from services.scheduling.programme.facts import Place
from services.scheduling.programme.rules import clash
from services.scheduling.timetable import problem as worths
from services.scheduling.timetable.problem import (
    Problem,
    Request,
    Slot,
    barred,
    doors,
    grid,
    hindered,
    is_within,
    preference,
    seats_of,
    slot_of,
)

Literal = cp_model.IntVar


@dataclass
class Model:
    """A model, and its literals: a session at each place that it may have."""

    cp: cp_model.CpModel
    places: dict[str, dict[Place, Literal]]
    wanted: dict[str, Literal] = field(default_factory=dict[str, Literal])
    """Whether a session is to be placed, where that is a question."""


def candidates(problem: Problem, request: Request) -> list[Place]:
    """Where a session may be beside what stays where it is."""
    if place := problem.locked.get(request.session_id):
        wrong = hindered(problem, request, place, problem.kept)
        return [] if wrong else [place]
    # Most of what stands is at other times; by days there is little to compare.
    near: defaultdict[int, list[Slot]] = defaultdict(list)
    for slot in problem.kept:
        for day in {problem.day_of(slot.starts_at), problem.day_of(slot.ends_at)}:
            near[day].append(slot)
    found: list[Place] = []
    for place in grid(problem, request):
        if barred(problem, request, place) is None:
            slot = slot_of(request, place)
            others = near[problem.day_of(place.starts_at)]
            if not any(clash(problem.rules, slot, other) for other in others):
                found.append(place)
    return found


def built(problem: Problem, *, optional: bool = False) -> Model:
    """The model; with `optional` it asks only whether the wanted sessions have places."""
    cp = cp_model.CpModel()
    model = Model(cp, {})
    for request in problem.requests:
        places = {at: cp.new_bool_var("") for at in candidates(problem, request)}
        model.places[request.session_id] = places
        if optional:
            wanted = cp.new_bool_var(request.session_id)
            model.wanted[request.session_id] = wanted
            cp.add(sum(places.values()) == 1).only_enforce_if(wanted)
        cp.add_at_most_one(places.values()) if optional else cp.add_exactly_one(places.values())
    _one_at_a_time(problem, model)
    if not optional:
        _points(problem, model)
    return model


def _one_at_a_time(problem: Problem, model: Model) -> None:
    """No hall and no speaker twice, and silence where it was asked for.  What is locked is left
    out: places beside it that clash are no candidates."""
    halls: defaultdict[tuple[str, int], list[Literal]] = defaultdict(list)
    speakers: defaultdict[tuple[str, int], list[Literal]] = defaultdict(list)
    silent: defaultdict[tuple[str, str, int], list[Literal]] = defaultdict(list)
    for request in problem.requests:
        if request.session_id in problem.locked:
            continue
        for place, literal in model.places[request.session_id].items():
            for step in problem.steps(slot_of(request, place)):
                halls[place.hall_id, step].append(literal)
                for speaker in request.speakers:
                    speakers[speaker, step].append(literal)
                if request.silences != "nowhere":
                    silent[request.silences, place.hall_id, step].append(literal)
    for literals in (*halls.values(), *speakers.values()):
        if len(literals) > 1:
            model.cp.add_at_most_one(literals)
    for (where, hall, step), literals in silent.items():
        for other in problem.halls:
            heard = where == "everywhere" or (hall, other) in problem.rules.near
            if other != hall and heard and halls[other, step]:
                model.cp.add_at_most_one([*literals, *halls[other, step]])


def _points(problem: Problem, model: Model) -> None:
    terms: list[Any] = [*_seats(problem, model), *_days(problem, model)]
    for key, places in model.places.items():
        for place, literal in places.items():
            if points := preference(problem, problem.of[key], place):
                terms.append(points * literal)
    terms += _together(problem, model)
    model.cp.maximize(sum(terms))


def _seats(problem: Problem, model: Model) -> list[Any]:
    """Exhibitors with a seat in a session of a topic that they asked for."""
    room: defaultdict[tuple[str, bool], list[Any]] = defaultdict(list)
    for slot in problem.standing:
        quiet = is_within(problem.quiet, Place(slot.hall_id, slot.starts_at, slot.ends_at))
        room[slot.topic_code, quiet].append(seats_of(problem, slot.seats))
    for request in problem.requests:
        seats = seats_of(problem, request.seats)
        quiet = [
            literal
            for place, literal in model.places[request.session_id].items()
            if is_within(problem.quiet, place)
        ]
        within = sum(quiet)
        room[request.topic_code, True].append(seats * within)
        room[request.topic_code, False].append(seats * (1 - within))
    taken: defaultdict[tuple[str, bool], list[Any]] = defaultdict(list)
    terms: list[Any] = []
    for wish in problem.wishes:
        each = {door: model.cp.new_int_var(0, wish.exhibitors, "") for door in doors(wish)}
        model.cp.add(sum(each.values()) <= wish.exhibitors)
        for door, number in each.items():
            taken[door].append(number)
            terms.append(worths.SEAT * number)
    for door, numbers in taken.items():
        model.cp.add(sum(numbers) <= sum(room[door]))
    return terms


def _days(problem: Problem, model: Model) -> list[Any]:
    """Topics on as many days as there can be."""
    given: set[tuple[str, int]] = {
        (slot.topic_code, problem.day_of(slot.starts_at)) for slot in problem.standing
    }
    on: defaultdict[tuple[str, int], list[Literal]] = defaultdict(list)
    for request in problem.requests:
        for place, literal in model.places[request.session_id].items():
            on[request.topic_code, problem.day_of(place.starts_at)].append(literal)
    terms: list[Any] = [worths.DAY * len(given)]
    for key, literals in on.items():
        if key not in given:
            taught = model.cp.new_bool_var("")
            model.cp.add_bool_or([*literals, ~taught])
            model.cp.add(sum(literals) >= taught)
            terms.append(worths.DAY * taught)
    return terms


def _together(problem: Problem, model: Model) -> list[Any]:
    """What it costs that topics which some ask for together run at once."""
    asked = {topic for pair in problem.together for topic in pair}
    running: defaultdict[tuple[str, int], dict[str, list[Literal]]] = defaultdict(dict)
    surely: set[tuple[str, int]] = {
        (slot.topic_code, step) for slot in problem.standing for step in problem.steps(slot)
    }
    for request in problem.requests:
        if request.topic_code not in asked:
            continue
        for place, literal in model.places[request.session_id].items():
            for step in problem.steps(slot_of(request, place)):
                of = running[request.topic_code, step]
                of.setdefault(request.session_id, []).append(literal)
    runs: dict[tuple[str, int], Any] = dict.fromkeys(surely, 1)
    for key, sessions in running.items():
        if key in surely:
            continue
        busy = model.cp.new_bool_var("")
        for literals in sessions.values():
            # One session is at one place: their sum is 0 or 1, and a tighter row than each alone.
            model.cp.add(sum(literals) <= busy)
        runs[key] = busy
    terms: list[Any] = []
    steps: defaultdict[int, list[str]] = defaultdict(list)
    for topic, step in runs:
        steps[step].append(topic)
    for step, topics in steps.items():
        for (first, second), number in problem.together.items():
            if first in topics and second in topics:
                both = model.cp.new_bool_var("")
                model.cp.add(both >= runs[first, step] + runs[second, step] - 1)
                terms.append(-worths.TOGETHER * number * both)
    return terms


def greedy(problem: Problem, places: Mapping[str, Iterable[Place]]) -> dict[str, Place]:
    """A timetable as somebody would begin it: what has the fewest places first, as early as it can;
    what finds none is left out."""
    slots = list(problem.kept)
    found: dict[str, Place] = {}
    for key in sorted(places, key=lambda key: len(list(places[key]))):
        request = problem.of[key]
        for place in sorted(places[key], key=lambda at: -preference(problem, request, at)):
            slot = slot_of(request, place)
            if key in problem.locked or not any(
                clash(problem.rules, slot, other) for other in slots
            ):
                found[key] = place
                slots.append(slot)
                break
    return found
