"""What the child process of the service does for a draft: a run, and what it is compared with."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any, Protocol

from pydantic import TypeAdapter

from services.scheduling.floor.first_fit import first_fit
from services.scheduling.placing.booths import Exhibitor, barred, unmet
from services.scheduling.placing.checker import Checker, Worth
from services.scheduling.placing.problem import Placement, Problem, Profile, by_booth, gathered
from services.scheduling.placing.weighing import Weighing
from services.scheduling.planning import model

READ = TypeAdapter(Problem)
RANDOM = 200
"""So many placements by lot are looked at for a comparison."""
TRIES = 8
"""So often somebody draws among all that it may have, before it draws among the free ones."""


class Tell(Protocol):
    """How far a job is, and whether it is to stop (chassis/jobs/progress.py)."""

    @property
    def stopping(self) -> bool: ...
    def __call__(self, share: float, code: str = "", /) -> None: ...


def run(given: Any, tell: Tell) -> dict[str, Any]:
    """The function of the job `assignment`: begins with what first fit gives, unless it is told
    what else to begin with."""
    problem = READ.validate_python(given["problem"])
    checker = Checker(Weighing(problem))
    fitted = sound(checker, by_first_fit(checker.weighing))
    begun = given["start"] is not None or given["repair"]
    result = model.run(given if begun else {**given, "start": fitted}, tell)
    if given["compare"] and not tell.stopping:
        chance = random.Random(given["seed"])  # noqa: S311 - nobody gets anything by it
        drawn = by_lot(checker, chance, tell)
        result["compared"] = {
            "first_fit": checker.worth(fitted)._asdict(),
            "random_best": drawn._asdict(),
        }
    return result


def by_first_fit(weighing: Weighing) -> Placement:
    """Where first fit puts everybody, on a floor on which only those stand who have set up or were
    promised their booths."""
    problem, ground = weighing.problem, weighing.ground
    holders = {
        booth: who for booth, who in by_booth(weighing.given).items() if who in weighing.profiles
    }
    fitted = first_fit(ground, dict(holders), map(_exhibitor, problem.profiles))
    given = {each.booth.booth_id: each.exhibitor.exhibitor_id for each in fitted}
    return gathered((who, booth) for booth, who in {**holders, **given}.items())


def _exhibitor(profile: Profile) -> Exhibitor:
    return Exhibitor(**{name: getattr(profile, name) for name in Exhibitor.__slots__})


def sound(checker: Checker, placement: Placement) -> Placement:
    """The placement without those who break a rule."""
    kept = dict(placement)
    while found := checker.faults(kept):
        # Also who stands where somebody else was promised a booth.
        booths = {each for fault in found for each in fault.booths}
        out = {fault.exhibitors[-1] for fault in found}
        kept = {w: held for w, held in kept.items() if w not in out and booths.isdisjoint(held)}
    return kept


def by_lot(checker: Checker, chance: random.Random, tell: Tell) -> Worth:
    """The best of many placements in which everybody draws among what it may have, beside nobody
    whom the rules forbid there."""
    profiles, ground = checker.weighing.profiles.values(), checker.weighing.ground
    enemies, near = _enemies(checker), _neighbours(checker.weighing)
    may = {
        each.exhibitor_id: [
            booth_id
            for booth_id, booth in ground.booths.items()
            if barred(ground, booth, each) is None and not unmet(booth, each.needs)
        ]
        for each in profiles
    }
    given = checker.weighing.given
    best: Worth | None = None
    for number in range(RANDOM):
        if tell.stopping:
            break
        if number % 20 == 0:
            tell(number / RANDOM, "comparing")
        placement: dict[str, tuple[str, ...]] = {
            who: booths for who, booths in given.items() if who in may
        }
        free = set(ground.booths) - {each for booths in given.values() for each in booths}
        # Who can stand in the fewest booths draws first, or most draws would leave many out.
        order = sorted(profiles, key=lambda each: (len(may[each.exhibitor_id]), chance.random()))
        for profile in order:
            who = profile.exhibitor_id
            if who not in placement:
                barred_to = {
                    booth
                    for enemy in enemies.get(who, ())
                    for held in placement.get(enemy, ())
                    for booth in near.get(held, ())
                }
                able = [each for each in may[who] if each not in barred_to]
                if drawn := _drawn(profile, able, free, ground.beside, chance):
                    placement[who] = drawn
                    free -= {*drawn}
        worth = checker.worth(placement)
        if (best is None or worth < best) and not checker.faults(placement):
            best = worth
    return best or checker.worth({})


def _enemies(checker: Checker) -> Mapping[str, tuple[str, ...]]:
    """Whom the rules forbid to stand beside or facing each exhibitor; the others are left out."""
    if not checker.weighing.rules.forbidden:
        return {}
    everybody = checker.weighing.profiles
    return {
        who: tuple(other for other in everybody if checker.forbidden(who, other))
        for who in everybody
    }


def _neighbours(weighing: Weighing) -> Mapping[str, tuple[str, ...]]:
    """The booths beside or facing each booth."""
    edges = (*weighing.beside_edges, *weighing.facing_edges)
    return gathered(pair for one, other in edges for pair in ((one, other), (other, one)))


def _drawn(
    profile: Profile,
    may: list[str],
    free: set[str],
    beside: Any,
    chance: random.Random,
) -> tuple[str, ...]:
    """The booths that an exhibitor draws; none where there are none for it."""
    if profile.booths == 1 and may:
        for _ in range(TRIES):
            if (drawn := chance.choice(may)) in free:
                return (drawn,)
    left = [each for each in may if each in free]
    chance.shuffle(left)
    allowed = {*left}
    for first in left:
        reached = [first]
        for booth_id in reached:
            if len(reached) < profile.booths:
                more = [each for each in beside.get(booth_id, ()) if each in allowed]
                reached += [each for each in more if each not in reached]
        if len(reached) >= profile.booths:
            return tuple(sorted(reached[: profile.booths]))
    return ()
