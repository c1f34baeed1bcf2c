"""Improves a placement by chance: exchanges that cost more are taken ever more seldom (simulated
annealing; Kirkpatrick, Gelatt and Vecchi 1983).

Where one product family has about half of a pole, the relaxation mixes both ways to alternate, and
branching finds good answers late.  Exchanges find them in seconds, 60,000 to 200,000 tries each.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Collection, Sequence
from typing import TypeAlias

from services.scheduling.placing.checker import Checker
from services.scheduling.placing.options import Options
from services.scheduling.placing.problem import Placement
from services.scheduling.placing.weighing import Weighing

MANY = 60
"""Of a pole with fewer booths branching finds the best in a second."""
BOOTH_SECONDS = 0.06
"""So much time for each booth is enough: longer gained nothing at 180 booths."""
HOT, COLD = 20.0, 1.5
"""In points: what an exchange may cost more, about, at the beginning and at the end."""
HATED = 5_000
"""What two neighbours cost that never may be any: more than everything else they could save."""
TRIES = 1_024
"""So many exchanges are tried between two looks at the clock."""

Change: TypeAlias = tuple[int, int]
"""A booth, and who holds it then, both by number."""
Moved: TypeAlias = tuple[int, tuple[int, ...]]
"""An exhibitor, and the booths it has then."""


def crowded(weighing: Weighing, poles: Collection[str]) -> bool:
    """Whether a family has about half of one of these poles, and branching takes its time."""
    return any(
        pole_id in poles and len(weighing.poles[pole_id]) >= MANY
        for pole_id, _ in weighing.crowding
    )


def annealed(
    checker: Checker,
    poles: Sequence[str],
    start: Placement,
    *,
    seed: int,
    seconds: float,
    over: Callable[[], bool],
) -> dict[str, tuple[str, ...]]:
    """A placement of the same exhibitors that costs no more than `start`, which may still have
    forbidden neighbours, but breaks no other hard rule."""
    floor = _Floor(checker, poles, start)
    enough = BOOTH_SECONDS * len(floor.names)
    floor.anneal(random.Random(seed), min(seconds, enough), over)  # noqa: S311 - nobody gets anything by it
    return floor.placement()


def parted(
    checker: Checker,
    poles: Sequence[str],
    start: Placement,
    *,
    seed: int,
    seconds: float,
) -> dict[str, tuple[str, ...]]:
    """The first placement without forbidden neighbours that exchanges come by, or one that has few
    of them, where time ends before."""
    floor = _Floor(checker, poles, start)

    def over() -> bool:
        return not checker.faults(floor.placement())

    enough = BOOTH_SECONDS * len(floor.names)
    floor.anneal(random.Random(seed), min(seconds, enough), over)  # noqa: S311 - nobody gets anything by it
    return floor.placement()


class _Floor:
    """Who holds which booth, by number, and what an exchange changes of the costs.

    Numbers instead of ids, and lists instead of mappings: each try reads some thirty of them.
    """

    def __init__(self, checker: Checker, poles: Sequence[str], start: Placement) -> None:
        weighing = self._weighing = checker.weighing
        self.names = [each for pole_id in poles for each in weighing.poles[pole_id]]
        self.number = {name: number for number, name in enumerate(self.names)}
        self.profiles = [each for each in weighing.profiles.values() if each.pole_id in poles]
        self.nobody = len(self.profiles)
        self._suit()
        self._neighbours(checker)
        self._regions()
        self.pole = [poles.index(weighing.ground.booths[name].pole_id) for name in self.names]
        self.worst = [name in weighing.worst for name in self.names]
        self.newcomer = [*(each.newcomer for each in self.profiles), False]
        self.badly = [0] * len(poles)
        self.badly_allowed = [weighing.newcomers_allowed.get(each, 0) for each in poles]
        self.holder = [self.nobody] * len(self.names)
        self.held: list[tuple[int, ...]] = [()] * self.nobody
        for who, profile in enumerate(self.profiles):
            booths = tuple(self.number[name] for name in start.get(profile.exhibitor_id, ()))
            self.held[who] = booths
            self.apply([(booth, who) for booth in booths])

    def _suit(self) -> None:
        """The options of each exhibitor, and what each booth costs it by itself."""
        options = Options(self._weighing)
        self.options = [
            [tuple(self.number[name] for name in option) for option in options.of(profile)]
            for profile in self.profiles
        ]
        self.suits = [
            {booth for option in own for booth in option if len(option) == 1}
            for own in self.options
        ]
        self.costs = [
            [sum(self._weighing.at(profile, name)) for name in self.names]
            for profile in self.profiles
        ]
        self.costs.append([0] * len(self.names))

    def _neighbours(self, checker: Checker) -> None:
        """The neighbours of each booth with what sameness costs there; who shares a family with
        whom, and who hates whom."""
        weighing, weights = self._weighing, self._weighing.weights
        self.beside: list[list[tuple[int, int]]] = [[] for _ in self.names]
        for edges, weight in (
            (weighing.beside_edges, weights.family_beside),
            (weighing.facing_edges, weights.family_facing),
        ):
            for edge in edges:
                if edge[0] in self.number and edge[1] in self.number:
                    paid = weight if weighing.within_pole(edge) else 0
                    one, other = self.number[edge[0]], self.number[edge[1]]
                    self.beside[one].append((other, paid))
                    self.beside[other].append((one, paid))
        families = [{*each.families} for each in self.profiles]
        who = [each.exhibitor_id for each in self.profiles]
        everybody = range(self.nobody)
        self.same = [
            [not families[a].isdisjoint(families[b]) for b in everybody] for a in everybody
        ]
        self.hates = [[checker.forbidden(who[a], who[b]) for b in everybody] for a in everybody]
        for table in (self.same, self.hates):
            for row in table:
                row.append(False)
            table.append([False] * (self.nobody + 1))

    def _regions(self) -> None:
        """How many booths of each stretch a province may have; without a province, any number."""
        weighing = self._weighing
        provinces = sorted({each.province for each in self.profiles if each.province is not None})
        self.province = [
            *(provinces.index(each.province) if each.province else -1 for each in self.profiles),
            -1,
        ]
        self.stretch = [weighing.stretch_of[name] for name in self.names]
        self.there = {number: [0] * (len(provinces) + 1) for number in self.stretch}
        self.allowed = {
            number: [
                *(weighing.share_of(self._pole_of(number), each, number) for each in provinces),
                len(self.names),
            ]
            for number in self.there
        }

    def _pole_of(self, stretch: int) -> str:
        weighing = self._weighing
        return weighing.ground.booths[weighing.stretches[stretch][0]].pole_id

    def placement(self) -> dict[str, tuple[str, ...]]:
        return {
            profile.exhibitor_id: tuple(sorted(self.names[booth] for booth in booths))
            for profile, booths in zip(self.profiles, self.held, strict=True)
            if booths
        }

    def anneal(self, chance: random.Random, seconds: float, over: Callable[[], bool]) -> None:
        """Exchange until the time is over, and keep the best that was seen."""
        began, heat = time.monotonic(), HOT
        movable = [n for n, own in enumerate(self.options) if len(own) > 1 and self.held[n]]
        now = least = 0
        best = [*self.held]
        while movable and not over():
            done = (time.monotonic() - began) / max(seconds, 1e-9)
            if done >= 1:
                break
            heat = HOT * (COLD / HOT) ** done
            for _ in range(TRIES):
                exchange = self.exchange(movable, chance)
                if exchange is None:
                    continue
                changes, moved = exchange
                before = [(booth, self.holder[booth]) for booth, _ in changes]
                more = self.apply(changes)
                if more > 0 and chance.random() >= math.exp(-more / heat):
                    self.apply(before[::-1])
                    continue
                now += more
                for who, booths in moved:
                    self.held[who] = booths
                if now < least:
                    least, best = now, [*self.held]
        self.held = best

    def exchange(
        self, movable: Sequence[int], chance: random.Random
    ) -> tuple[list[Change], list[Moved]] | None:
        """Somebody takes other booths that suit; who stood there takes those that become free.
        None where that cannot be."""
        who = movable[int(chance.random() * len(movable))]
        own = self.options[who]
        wanted, held = own[int(chance.random() * len(own))], self.held[who]
        if wanted == held:
            return None
        holders = dict.fromkeys(self.holder[booth] for booth in wanted)
        others = [each for each in holders if each not in (who, self.nobody)]
        freed = [booth for booth in held if booth not in wanted]
        changes = [(booth, who) for booth in wanted if booth not in held]
        moved: list[Moved] = [(who, wanted)]
        if len(others) == 1 and self.held[others[0]] == wanted and len(wanted) > 1:
            # A stand of several modules for another.
            if len(freed) < len(held) or held not in self.options[others[0]]:
                return None
            changes += [(booth, others[0]) for booth in held]
            return changes, [*moved, (others[0], held)]
        if len(others) > len(freed) or any(len(self.held[each]) != 1 for each in others):
            return None
        if len(freed) > 1:
            chance.shuffle(freed)
        for booth, other in zip(freed, others, strict=False):
            if booth not in self.suits[other]:
                return None
            changes.append((booth, other))
            moved.append((other, (booth,)))
        changes += [(booth, self.nobody) for booth in freed[len(others) :]]
        return changes, moved

    def apply(self, changes: Sequence[Change]) -> int:
        """Give booths to others, one after another; what that costs more."""
        holder, beside, more = self.holder, self.beside, 0
        for booth, new in changes:
            old = holder[booth]
            more += self.costs[new][booth] - self.costs[old][booth]
            same_old, same_new = self.same[old], self.same[new]
            hates_old, hates_new = self.hates[old], self.hates[new]
            for other, paid in beside[booth]:
                there = holder[other]
                if there != old:
                    more -= paid * same_old[there] + HATED * hates_old[there]
                if there != new:
                    more += paid * same_new[there] + HATED * hates_new[there]
            holder[booth] = new
            more += self._moved_region(booth, old, new) + self._moved_newcomer(booth, old, new)
        return more

    def _moved_region(self, booth: int, old: int, new: int) -> int:
        left, come = self.province[old], self.province[new]
        if left == come:
            return 0
        there, allowed = self.there[self.stretch[booth]], self.allowed[self.stretch[booth]]
        over = (there[come] >= allowed[come]) - (there[left] > allowed[left])
        there[left] -= 1
        there[come] += 1
        return self._weighing.weights.region_mix * over

    def _moved_newcomer(self, booth: int, old: int, new: int) -> int:
        more = self.newcomer[new] - self.newcomer[old]
        if not more or not self.worst[booth]:
            return 0
        pole = self.pole[booth]
        before = max(self.badly[pole] - self.badly_allowed[pole], 0)
        self.badly[pole] += more
        after = max(self.badly[pole] - self.badly_allowed[pole], 0)
        return self._weighing.weights.newcomers * (after - before)
