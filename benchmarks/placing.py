"""Booths given under every rule: how long a proof takes, and what it gains over simpler ways."""

from __future__ import annotations

import math
import random
import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import cache
from typing import Any, NamedTuple

from benchmarks.fairs_made_up import fair
from benchmarks.ground import Ground
from benchmarks.measuring import Line, Measured, at_most, share_of
from services.scheduling.floor.first_fit import first_fit
from services.scheduling.floor.plan import draw
from services.scheduling.placing.booths import Exhibitor
from services.scheduling.placing.checker import Checker, Worth
from services.scheduling.placing.options import Options
from services.scheduling.placing.problem import Placement, Problem, by_exhibitor
from services.scheduling.placing.weighing import Weighing
from services.scheduling.planning.model import PROBLEM, run

SEEDS = range(1, 6)
UNPROVEN = 10.0
"""What a line is worth, in times its limit, where the proof did not come in time."""


class Timed(NamedTuple):
    """One run: its answer, its time, and when which gap was known, in per cent."""

    answer: Any
    seconds: float
    gaps: tuple[tuple[float, float], ...]

    def gap_after(self, seconds: float) -> float:
        """The gap that was known so long after the start; 100 before there was any."""
        return next((gap for at, gap in reversed(self.gaps) if at <= seconds), 100.0)

    @property
    def placement(self) -> dict[str, tuple[str, ...]]:
        return {who: tuple(held) for who, held in self.answer["placement"].items()}


class _Told:
    """Keeps what a run tells."""

    stopping = False

    def __init__(self) -> None:
        self._began = time.perf_counter()
        self.gaps: list[tuple[float, float]] = []

    def __call__(self, share: float, code: str = "", /) -> None:
        match code.split():
            case ["solving", best, bound]:
                self.took(int(best), int(bound))
            case _:
                pass

    def took(self, best: int, bound: int) -> None:
        gap = 100.0 * (best - bound) / max(best, 1)
        self.gaps.append((time.perf_counter() - self._began, gap))


def timed(problem: Problem, seconds: float, *, repair: bool = False) -> Timed:
    given = {
        "problem": PROBLEM.dump_python(problem, mode="json"),
        "start": None,
        "repair": repair,
        "seed": 1,
        "seconds": seconds,
    }
    told, began = _Told(), time.perf_counter()
    answer = run(given, told)
    told.took(answer["objective"], answer["bound"])
    return Timed(answer, time.perf_counter() - began, tuple(told.gaps))


@cache
def _solved(
    seed: int, booths: int, poles: int, seconds: float, *, skewed: bool = False
) -> tuple[Problem, Timed]:
    """A fair and its run, measured once for all lines that look at it."""
    problem = fair(seed, booths, poles, skewed=skewed)
    return problem, timed(problem, seconds)


def _proven(booths: int, poles: int, limit: float, times: int = 5) -> Any:
    """Seconds until the proof, the median of some seeds, as a share of the limit."""

    async def measure(ground: Ground) -> Measured:
        size, seeds = ground.amount(booths, 40), SEEDS[: 1 if ground.short else times]
        runs = [_solved(seed, size, poles, limit)[1] for seed in seeds]
        seconds = [each.seconds if each.answer["proven"] else UNPROVEN * limit for each in runs]
        gaps = [round(each.gaps[-1][1], 4) for each in runs]
        proven = sum(each.answer["proven"] for each in runs)
        return share_of(
            statistics.median(seconds), limit, "s", proven=proven, runs=len(runs), gaps=gaps
        )

    return measure


def _gap(
    booths: int,
    poles: int,
    after: float,
    limit: float,
    seconds: float,
    times: int = 5,
    *,
    skewed: bool = False,
) -> Callable[[Ground], Awaitable[Measured]]:
    """The gap after some time, in per cent, the median of some seeds."""

    async def measure(ground: Ground) -> Measured:
        size, seeds = ground.amount(booths, 40), SEEDS[: 1 if ground.short else times]
        runs = [_solved(seed, size, poles, seconds, skewed=skewed)[1] for seed in seeds]
        gaps = [each.gap_after(after) for each in runs]
        return share_of(statistics.median(gaps), limit, "%", gaps=[round(gap, 4) for gap in gaps])

    return measure


async def _first_fit(ground: Ground) -> Measured:
    problem, ours = _solved(1, ground.amount(140, 40), 1, 20)
    known = [
        Exhibitor(
            each.exhibitor_id,
            each.organisation_id,
            each.pole_id,
            each.booths,
            families=each.families,
            needs=each.needs,
            programmes=each.programmes,
        )
        for each in problem.profiles
    ]
    placements = first_fit(draw(1, [*problem.ground.booths.values()]), {}, known)
    theirs = by_exhibitor({p.booth.booth_id: p.exhibitor.exhibitor_id for p in placements})
    checker = Checker(Weighing(problem))
    return _compared(checker, ours, checker.worth(theirs))


async def _random(ground: Ground) -> Measured:
    """A thousand placements by chance, hard rules kept as far as that goes: the best of them."""
    problem, ours = _solved(1, ground.amount(140, 40), 1, 20)
    checker, chance = Checker(Weighing(problem)), random.Random(1)
    options = Options(checker.weighing)
    ways = [(each.exhibitor_id, [*options.of(each)]) for each in checker.weighing.profiles.values()]
    best = min(checker.worth(_by_chance(chance, ways)) for _ in range(ground.amount(1000, 20)))
    return _compared(checker, ours, best)


def _by_chance(chance: random.Random, ways: list[tuple[str, list[tuple[str, ...]]]]) -> Placement:
    """Those with the fewest options first, for else many would find nothing left."""
    taken: set[str] = set()
    found: dict[str, tuple[str, ...]] = {}
    for who, own in sorted(ways, key=lambda each: (len(each[1]), chance.random())):
        free = [each for each in own if taken.isdisjoint(each)]
        if free:
            found[who] = chance.choice(free)
            taken.update(found[who])
    return found


def _compared(checker: Checker, ours: Timed, theirs: Worth) -> Measured:
    """Our objective as a share of theirs; where they leave more booths ungiven, that is better."""
    mine = checker.worth(ours.placement)
    share = mine.objective / max(theirs.objective, 1)
    ratio = share if mine.unplaced == theirs.unplaced else float(mine > theirs)
    said = f"{mine.objective} ({mine.unplaced} ungiven) : {theirs.objective} ({theirs.unplaced})"
    figures = {
        "value": mine.objective,
        "limit": theirs.objective,
        "unit": "points",
        "ours_ungiven": mine.unplaced,
        "theirs_ungiven": theirs.unplaced,
        "share": round(share, 4),
    }
    return Measured(ratio, said, figures)


async def _repair(ground: Ground) -> Measured:
    """Three withdraw and two come late, on a floor of 320 that a run of 30 s filled."""
    seconds: list[float] = []
    proven = 0
    seeds = SEEDS[: 1 if ground.short else 5]
    for seed in seeds:
        problem = fair(seed, ground.amount(320, 40))
        late = {each.exhibitor_id for each in problem.profiles[-2:]}
        before = replace(
            problem,
            profiles=tuple(each for each in problem.profiles if each.exhibitor_id not in late),
        )
        present = timed(before, 30.0).placement
        gone = {*list(present)[:3]}
        after = replace(
            problem,
            profiles=tuple(
                replace(each, withdrawn=each.exhibitor_id in gone) for each in problem.profiles
            ),
            present={who: held for who, held in present.items() if who not in gone},
        )
        repaired = timed(after, 20.0, repair=True)
        proven += repaired.answer["proven"]
        seconds.append(repaired.seconds if repaired.answer["proven"] else math.inf)
    return share_of(min(statistics.median(seconds), 20.0), 2, "s", proven=proven, runs=len(seeds))


LINES = (
    Line(
        "scheduling.assign_140",
        "140 booths in one pole, proven: seconds",
        at_most(1),
        _proven(140, 1, 20),
    ),
    Line(
        "scheduling.assign_180",
        "180 booths in one pole, proven: seconds",
        at_most(1),
        _proven(180, 1, 20),
    ),
    Line(
        "scheduling.assign_320_gap",
        "320 booths in one pole: per cent of gap after 15 s",
        at_most(1),
        _gap(320, 1, 15, 0.1, 60),
    ),
    Line(
        "scheduling.assign_320",
        "320 booths in one pole, proven: seconds",
        at_most(1),
        _proven(320, 1, 60),
    ),
    Line(
        "scheduling.assign_320_poles",
        "320 booths in four poles, proven: seconds",
        at_most(1),
        _proven(320, 4, 20),
    ),
    Line(
        "scheduling.assign_700",
        "700 booths in four poles, once, proven: seconds",
        at_most(1),
        _proven(700, 4, 60, 1),
    ),
    Line(
        "scheduling.skewed_180",
        "180 booths, one family on over half: per cent of gap after 30 s",
        at_most(1),
        _gap(180, 1, 30, 0.1, 30, skewed=True),
    ),
    Line(
        "scheduling.skewed_320",
        "320 booths, one family on over half, once: per cent of gap after 60 s",
        at_most(1),
        _gap(320, 1, 60, 1, 60, 1, skewed=True),
    ),
    Line("scheduling.first_fit", "our objective : first fit's, 140 booths", at_most(1), _first_fit),
    Line(
        "scheduling.random_1000",
        "our objective : the best of 1,000 by chance, 140 booths",
        at_most(1),
        _random,
    ),
    Line(
        "scheduling.repair",
        "three withdraw, two come late, 320 booths, proven: seconds",
        at_most(1),
        _repair,
    ),
)
