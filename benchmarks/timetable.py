"""How soon a timetable is found, and how far it is from what none can exceed."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import TypeAdapter

from benchmarks.ground import Ground
from benchmarks.measuring import Line, Measured, at_most, share_of
from chassis.jobs.progress import Progress
from chassis.kernel.text import Text
from services.scheduling.programme.rules import Break, HallRules, Rules, SpeakerTimes, Window
from services.scheduling.timetable.problem import Problem, Request, Wish, faults

DAYS, SESSIONS, SPEAKERS = 6, 90, 60
HALLS = {"training": 40, "conference": 150, "kitchen": 30, "stage": 600}
TOPICS = (
    *("marketing", "entrepreneurship", "networking", "project_creation", "investment"),
    *("packaging", "digital", "export", "quality", "accounting"),
)
MORNING = datetime(2025, 9, 16, 23, tzinfo=UTC)
"""Midnight where the fair is."""
SEEDS = range(1, 6)
FIRST_SECONDS, GAP_SECONDS = 20.0, 30.0
FIRST_LIMIT, GAP_LIMIT = 5, 5
"""Seconds, and per cent."""


def window(day: int, begins: float, ends: float) -> Window:
    """Hours of a day of the fair."""
    midnight = MORNING + timedelta(days=day)
    return Window(midnight + timedelta(hours=begins), midnight + timedelta(hours=ends))


def problem(seed: int) -> Problem:
    """Six days with prayer and meal breaks, halls that differ, speakers who cannot always, topics
    that 160 exhibitors ask for by twos and threes, and a ceremony that silences the fair."""
    made = random.Random(seed)
    speakers = [f"speaker-{number}" for number in range(SPEAKERS)]
    days = tuple(window(day, 0, 24) for day in range(DAYS))
    breaks = [
        Break(at.begins, at.ends, reason)
        for day in range(DAYS)
        for reason, begins, ends in (("prayer", 12.75, 14.0), ("prayer", 16.0, 16.5))
        for at in (window(day, begins, ends),)
    ]
    limited = [
        SpeakerTimes(
            speaker, tuple(window(day, 9, 20) for day in sorted(made.sample(range(DAYS), 3)))
        )
        for speaker in speakers[::3]
    ]
    rules = Rules(
        hours=tuple(window(day, 10, 20) for day in range(DAYS)),
        breaks=tuple(breaks),
        halls=(
            HallRules("training", ("projector", "wifi"), ("kitchen",)),
            HallRules("conference", ("projector", "wifi")),
            HallRules("kitchen", ("kitchen",)),
            HallRules("stage", ("stage", "projector")),
        ),
        speakers=tuple(limited),
    )
    requests = [
        Request(
            session_id=f"session-{number}",
            kind="workshop",
            title=Text("ورشة", "Atelier"),
            topic_code=TOPICS[number % len(TOPICS)],
            minutes=made.choice((60, 60, 75, 90)),
            language="ar",
            audience="exhibitors",
            seats=made.choice((16, 20, 25)),
            speakers=(speakers[number % SPEAKERS],),
            requires=made.choice(((), ("projector",), ("projector",), ("kitchen",))),
            preferred_halls=("training",) if number % 4 == 0 else (),
            preferred=(window(number % DAYS, 10, 13),) if number % 3 == 0 else (),
        )
        for number in range(SESSIONS - 2)
    ]
    for number, day in enumerate((0, DAYS - 1)):
        requests.append(
            Request(
                session_id=f"ceremony-{number}",
                kind="ceremony",
                title=Text("حفل", "Cérémonie"),
                topic_code=("opening", "closing")[number],
                minutes=60,
                language="ar",
                audience="everyone",
                silences="everywhere",
                halls=("stage",),
                within=(days[day],),
            )
        )
    wishes = [
        Wish(tuple(made.sample(TOPICS, made.choice((1, 2, 2, 3)))), 4, made.choice((1, 2, 2, 2)))
        for _ in range(40)
    ]
    return Problem(
        rules=rules,
        halls=HALLS,
        days=days,
        requests=tuple(requests),
        wishes=tuple(wishes),
        quiet=tuple(window(day, 10, 11) for day in range(DAYS)),
    )


def given(of: Problem, seed: int, seconds: float) -> dict[str, Any]:
    """What a job is given for it."""
    return {
        "draft_id": "bench",
        "saw_revision": 1,
        "seed": seed,
        "seconds": seconds,
        "problem": TypeAdapter(Problem).dump_python(of, mode="json"),
    }


async def first(ground: Ground) -> Measured:
    """Seconds until there is a timetable that keeps all rules, the model built."""
    from services.scheduling.timetable import model, run

    taken: list[float] = []
    for seed in seeds(ground):
        of = problem(seed)
        began = time.perf_counter()
        found = model.greedy(of, model.built(of).places)
        if faults(of, found):
            found = run.run(given(of, seed, FIRST_SECONDS), silent())["places"]
        taken.append(time.perf_counter() - began)
        assert len(found) == SESSIONS
    return measured(taken, FIRST_LIMIT, "s")


async def gap(ground: Ground) -> Measured:
    """How far the timetable of a run is from its bound, in per cent."""
    from services.scheduling.timetable import run

    gaps: list[float] = []
    for seed in seeds(ground):
        found = run.run(given(problem(seed), seed, GAP_SECONDS), silent())
        gaps.append(100 * (found["bound"] - found["objective"]) / found["bound"])
    return measured(gaps, GAP_LIMIT, "%")


def seeds(ground: Ground) -> Sequence[int]:
    return SEEDS[:1] if ground.short else SEEDS


def silent() -> Progress:
    return Progress(lambda share, code: None)


def measured(values: list[float], limit: float, unit: str) -> Measured:
    """The median of all seeds, as a share of what it may be."""
    each = [round(value, 3) for value in values]
    return share_of(statistics.median(values), limit, unit, each=each)


LINES = (
    Line(
        "scheduling.timetable_first",
        "seconds to a first timetable of 90 sessions, 4 halls, 6 days, 60 speakers",
        at_most(1),
        first,
    ),
    Line(
        "scheduling.timetable_gap",
        "per cent between a timetable after 30 s and what none can exceed",
        at_most(1),
        gap,
    ),
)
