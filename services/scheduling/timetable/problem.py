"""What a timetable is to place, where it may, and what a placement is worth, in points.

Points: a seat for an exhibitor in a session of a topic that it asked for 100; a topic taught on one
more day 20; a wish of the team for a hall or a time 10 times its weight.  For each step of the grid
in which two topics run at once, every exhibitor who asked for both costs 1.

An exhibitor of whom one person comes keeps its stand staffed only where it attends in quiet times,
in which stands need nobody; of two or more, one can go at any time.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import combinations

from chassis.kernel.text import Text
from services.scheduling.programme.domain import LONGEST
from services.scheduling.programme.facts import Kind, Place
from services.scheduling.programme.rules import (
    Obstacle,
    Rules,
    Silences,
    Window,
    clash,
    obstacle,
)

SEAT = 100
DAY = 20
PREFERENCE = 10
TOGETHER = 1
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)

Places = Mapping[str, Place]
"""Where each session takes place, by its id."""


@dataclass(frozen=True, slots=True)
class Request:
    """A session that is to be placed.  It may take place in `halls` and on days of `within`, or
    anywhere and at any time where there are none; `was` is where it stands in the programme."""

    session_id: str
    kind: Kind
    title: Text
    topic_code: str
    minutes: int
    language: str
    audience: str
    seats: int | None = None
    speakers: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    silences: Silences = "nowhere"
    halls: tuple[str, ...] = ()
    within: tuple[Window, ...] = ()
    preferred_halls: tuple[str, ...] = ()
    preferred: tuple[Window, ...] = ()
    weight: int = 1
    was: Place | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """So many exhibitors ask for one of these topics; of each of them so many people come."""

    topics: tuple[str, ...]
    exhibitors: int
    people: int = 2


@dataclass(frozen=True, slots=True)
class Slot:
    """A session with a hall and a time."""

    session_id: str
    hall_id: str
    starts_at: datetime
    ends_at: datetime
    topic_code: str
    seats: int | None
    speakers: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    silences: str = "nowhere"


@dataclass(frozen=True)
class Problem:
    """All that a run is given.  `standing` are sessions that stay where they are; `locked` those of
    the requests that the team has put where they are to be."""

    rules: Rules
    halls: Mapping[str, int]
    """Hall -> capacity."""
    days: tuple[Window, ...]
    requests: tuple[Request, ...]
    standing: tuple[Slot, ...] = ()
    wishes: tuple[Wish, ...] = ()
    quiet: tuple[Window, ...] = ()
    """When stands need nobody."""
    locked: Mapping[str, Place] = field(default_factory=dict[str, Place])
    step: int = 30
    """Minutes: computed sessions begin at multiples of it."""

    @cached_property
    def of(self) -> Mapping[str, Request]:
        return {each.session_id: each for each in self.requests}

    @cached_property
    def together(self) -> Mapping[tuple[str, str], int]:
        """Pairs of topics -> how many exhibitors ask for both."""
        found: Counter[tuple[str, str]] = Counter()
        for wish in self.wishes:
            for pair in combinations(sorted(set(wish.topics)), 2):
                found[pair] += wish.exhibitors
        return found

    @cached_property
    def kept(self) -> tuple[Slot, ...]:
        """What a run does not move: sessions that stand, and those that are locked."""
        locked = (slot_of(self.of[key], place) for key, place in self.locked.items())
        return (*self.standing, *locked)

    def slots(self, places: Places) -> list[Slot]:
        """All sessions as they would take place."""
        return [*self.standing, *(slot_of(self.of[key], at) for key, at in places.items())]

    def judge(self, places: Places) -> tuple[Worth, tuple[Obstacle, ...]]:
        """What a timetable is worth, and what is wrong with it."""
        return worth(self, places), tuple(faults(self, places))

    def day_of(self, at: datetime) -> int:
        """The number of the day of the fair on which a time lies."""
        return next((n for n, day in enumerate(self.days) if day.begins <= at < day.ends), -1)

    def steps(self, slot: Slot) -> range:
        """The steps of the grid that a session touches."""
        step = timedelta(minutes=self.step)
        return range((slot.starts_at - EPOCH) // step, -((EPOCH - slot.ends_at) // step))


def slot_of(request: Request, place: Place) -> Slot:
    """A request as a session at a place."""
    return Slot(
        request.session_id,
        place.hall_id,
        place.starts_at,
        place.ends_at,
        request.topic_code,
        request.seats,
        request.speakers,
        request.requires,
        request.silences,
    )


# Where a session may take place


def barred(problem: Problem, request: Request, place: Place) -> Obstacle | None:
    """Why a session may not have a place, even if nothing else took place."""
    key, slot = request.session_id, slot_of(request, place)
    minutes = timedelta(minutes=request.minutes)
    if place.ends_at - place.starts_at != minutes or minutes > LONGEST:
        return Obstacle("length_differs", {"session": key, "minutes": request.minutes})
    if place.hall_id not in problem.halls:
        return Obstacle("hall_unknown", {"hall": place.hall_id})
    if (request.seats or 0) > (capacity := problem.halls[place.hall_id]):
        named = {"hall": place.hall_id, "capacity": capacity, "seats": request.seats}
        return Obstacle("hall_too_small", named)
    if slot.starts_at < problem.days[0].begins or slot.ends_at > problem.days[-1].ends:
        return Obstacle("outside_fair", {})
    if request.halls and place.hall_id not in request.halls:
        return Obstacle("hall_not_allowed", {"session": key, "hall": place.hall_id})
    if request.within and not _in_one(request.within, slot):
        return Obstacle("day_not_allowed", {"session": key})
    return obstacle(problem.rules, slot)


def _in_one(windows: Iterable[Window], slot: Slot) -> bool:
    return any(each.begins <= slot.starts_at and slot.ends_at <= each.ends for each in windows)


def hindered(
    problem: Problem, request: Request, place: Place, others: Iterable[Slot]
) -> Obstacle | None:
    """Why a session may not have a place beside others."""
    if found := barred(problem, request, place):
        return found
    slot = slot_of(request, place)
    for other in others:
        if other.session_id != slot.session_id and (found := clash(problem.rules, slot, other)):
            return found
    return None


def grid(problem: Problem, request: Request) -> Iterator[Place]:
    """Every hall and every step of the fair's days at which a session could begin."""
    step, length = timedelta(minutes=problem.step), timedelta(minutes=request.minutes)
    for hall in request.halls or sorted(problem.halls):
        for day in problem.days:
            at = EPOCH + -((EPOCH - day.begins) // step) * step
            while at + length <= day.ends:
                yield Place(hall, at, at + length)
                at += step


# Checking


def faults(problem: Problem, places: Places) -> list[Obstacle]:
    """All that is wrong with a timetable: what is not placed, or where it may not be."""
    found: list[Obstacle] = []
    for request in problem.requests:
        place = places.get(request.session_id)
        if place is None:
            found.append(Obstacle("timetable_incomplete", {"session": request.session_id}))
        elif wrong := barred(problem, request, place):
            found.append(wrong)
    slots = sorted(problem.slots(places), key=lambda each: each.starts_at)
    for number, slot in enumerate(slots):
        for other in slots[number + 1 :]:
            if other.starts_at >= slot.ends_at:
                break
            if (slot.session_id in problem.of or other.session_id in problem.of) and (
                wrong := clash(problem.rules, slot, other)
            ):
                found.append(wrong)
    return found


# Worth


@dataclass(frozen=True, slots=True)
class Worth:
    """What a timetable is worth, by what gives points; `together` takes them."""

    seats: int
    days: int
    preferences: int
    together: int

    @property
    def points(self) -> int:
        return self.seats + self.days + self.preferences - self.together


def worth(problem: Problem, places: Places) -> Worth:
    """The points of a timetable, whole or not."""
    slots = problem.slots(places)
    days = {(slot.topic_code, problem.day_of(slot.starts_at)) for slot in slots}
    running: defaultdict[int, set[str]] = defaultdict(set)
    for slot in slots:
        for step in problem.steps(slot):
            running[step].add(slot.topic_code)
    return Worth(
        seats=SEAT * seated(problem, slots),
        days=DAY * len(days),
        preferences=sum(
            preference(problem, problem.of[key], place) for key, place in places.items()
        ),
        together=TOGETHER
        * sum(
            problem.together.get(pair, 0)
            for topics in running.values()
            for pair in combinations(sorted(topics), 2)
        ),
    )


def preference(problem: Problem, request: Request, place: Place) -> int:
    """The points of a place for the team's own wishes."""
    kept = place.hall_id in request.preferred_halls
    return PREFERENCE * request.weight * (kept + is_within(request.preferred, place))


def is_within(windows: Iterable[Window], place: Place) -> bool:
    """Whether a place lies in one of some windows."""
    return any(each.begins <= place.starts_at and place.ends_at <= each.ends for each in windows)


def ceiling(problem: Problem) -> int:
    """More points than any timetable has: everybody seated, each session on a day of its own."""
    preferred = sum(
        PREFERENCE * each.weight * (bool(each.preferred_halls) + bool(each.preferred))
        for each in problem.requests
    )
    days = DAY * (len(problem.requests) + len(problem.standing))
    return SEAT * sum(wish.exhibitors for wish in problem.wishes) + days + preferred


def seats_of(problem: Problem, seats: int | None) -> int:
    """Whoever comes finds a seat in a session that has none to be reserved."""
    return sum(wish.exhibitors for wish in problem.wishes) if seats is None else seats


def seated(problem: Problem, slots: Iterable[Slot]) -> int:
    """The most exhibitors that can attend one session of a topic each, by augmenting paths."""
    room: Counter[tuple[str, bool]] = Counter()
    for slot in slots:
        place = Place(slot.hall_id, slot.starts_at, slot.ends_at)
        quiet = is_within(problem.quiet, place)
        room[slot.topic_code, quiet] += seats_of(problem, slot.seats)
    given: list[Counter[tuple[str, bool]]] = [Counter() for _ in problem.wishes]
    # What leads to no room now never will.
    full: set[tuple[str, bool]] = set()
    for number, wish in enumerate(problem.wishes):
        left = wish.exhibitors
        while left > 0 and (moved := _augmented(problem, room, given, full, number, left)):
            left -= moved
    return sum(each.total() for each in given)


def doors(wish: Wish) -> list[tuple[str, bool]]:
    """The kinds of sessions that a wish can be met by: a topic, and whether in quiet times."""
    topics = sorted(set(wish.topics))
    return [(t, quiet) for t in topics for quiet in (True, False) if quiet or wish.people > 1]


def _augmented(
    problem: Problem,
    room: Counter[tuple[str, bool]],
    given: list[Counter[tuple[str, bool]]],
    full: set[tuple[str, bool]],
    start: int,
    most: int,
) -> int:
    """Seat some more of a wish, moving others to where there is room; how many, 0 if none."""
    # The door -> the wish that wants it, and the door that this wish would leave for it.
    came: dict[tuple[str, bool], tuple[int, tuple[str, bool] | None]] = {}
    todo: list[tuple[int, tuple[str, bool] | None]] = [(start, None)]
    for number, left in todo:
        for door in doors(problem.wishes[number]):
            if door in came or door in full:
                continue
            came[door] = number, left
            if room[door] > 0:
                return _move(room, given, came, door, most)
            todo += [(n, door) for n, each in enumerate(given) if n != number and each[door] > 0]
    full |= came.keys()
    return 0


def _move(
    room: Counter[tuple[str, bool]],
    given: list[Counter[tuple[str, bool]]],
    came: Mapping[tuple[str, bool], tuple[int, tuple[str, bool] | None]],
    free: tuple[str, bool],
    most: int,
) -> int:
    path: list[tuple[int, tuple[str, bool] | None, tuple[str, bool]]] = []
    door: tuple[str, bool] | None = free
    while door is not None:
        number, left = came[door]
        path.append((number, left, door))
        door = left
    amount = min(
        [most, room[free], *(given[number][left] for number, left, _ in path if left is not None)]
    )
    room[free] -= amount
    for number, left, to in path:
        given[number][to] += amount
        if left is not None:
            given[number][left] -= amount
    return amount
