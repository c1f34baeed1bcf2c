"""What the soft rules come to on one floor: values of places, stretches, shares; whole numbers.

The checker and the model of the solver both weigh by this, so that they cannot differ.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import pairwise

from services.scheduling.placing.problem import Ground, Problem, Profile
from services.scheduling.placing.rules import BEST_VALUE, PIONEER

STRETCH = 8
"""A stretch of the floor has about so many booths: those a visitor sees in one walk along a row."""

CORNER_VALUE, AISLE_VALUE = 15, 15
NEARNESS = BEST_VALUE - CORNER_VALUE - AISLE_VALUE
MIDDLE = BEST_VALUE // 2
CROWDED_PERCENT = 40
"""A family with more of a hundred booths of a pole cannot be kept apart without hard choices."""
FAIRS_BEFORE = 5
"""So many earlier fairs count in the rotation."""

Edge = tuple[str, str]
Costs = tuple[int, int, int, int, int]
"""What one booth costs an exhibitor by the rules that a booth breaks by itself."""


class Weighing:
    """One problem with what follows from it, worked out once, each part when it is asked for."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.ground: Ground = problem.ground
        self.rules = problem.rules
        self.weights = problem.rules.weights
        self.profiles = {each.exhibitor_id: each for each in problem.profiles if not each.withdrawn}
        self._asked: dict[str, tuple[frozenset[str], frozenset[str], int | None]] = {}

    @cached_property
    def poles(self) -> Mapping[str, tuple[str, ...]]:
        """The booths of each pole, in order."""
        found: dict[str, list[str]] = {}
        for booth_id in sorted(self.ground.booths):
            found.setdefault(self.ground.booths[booth_id].pole_id, []).append(booth_id)
        return {pole_id: tuple(booths) for pole_id, booths in sorted(found.items())}

    @cached_property
    def given(self) -> Mapping[str, tuple[str, ...]]:
        """The booths that an exhibitor has in any case: set up, or else promised by the rules.

        One who withdrew has none.  A promise that can no longer be kept whole is void.
        """
        there = self.ground.booths.keys()
        pinned = {
            who: tuple(sorted(there & {*held}))
            for who, held in self.problem.pinned.items()
            if who in self.profiles and there & {*held}
        }
        gone = {booth_id for held in pinned.values() for booth_id in held}
        fixed = {
            each.exhibitor_id: tuple(sorted(each.booths))
            for each in self.rules.fixed
            if each.exhibitor_id in self.profiles
            if there - gone >= {*each.booths}
        }
        return {**fixed, **pinned}

    @cached_property
    def values(self) -> Mapping[str, int]:
        """The value of each place, 0 to 100: near an entrance, at a corner, facing an aisle.

        The nearest booth of a pole has all of NEARNESS, the farthest nothing, the others in
        proportion to their way; where no way is known, all have it.  The team's own values go
        first.
        """
        ground, found = self.ground, dict[str, int]()
        for booths in self.poles.values():
            ways = [ground.walk_cm.get(booth_id, 0) for booth_id in booths]
            least, most = min(ways), max(ways)
            known = any(ground.facing.get(booth_id) for booth_id in booths)
            for booth_id, way in zip(booths, ways, strict=True):
                near = NEARNESS if most == least else NEARNESS * (most - way) // (most - least)
                corner = CORNER_VALUE if ground.booths[booth_id].corner else 0
                faces = AISLE_VALUE if not known or ground.facing.get(booth_id) else 0
                found[booth_id] = near + corner + faces
        own = {each.booth_id: each.value for each in self.rules.values}
        return found | {booth_id: own[booth_id] for booth_id in own.keys() & found.keys()}

    @cached_property
    def worst(self) -> frozenset[str]:
        """The quarter of the booths of each pole with the lowest values."""
        found: set[str] = set()
        for booths in self.poles.values():
            ordered = sorted(booths, key=lambda booth_id: (self.values[booth_id], booth_id))
            found.update(ordered[: len(booths) // 4])
        return frozenset(found)

    @cached_property
    def offers(self) -> Mapping[str, frozenset[str]]:
        """The preferences that each booth meets.

        `entrance` is the quarter of a pole that is nearest to one.  What no booth of a pole
        offers, or every one does, weighs nothing.
        """
        found: dict[str, frozenset[str]] = {}
        for booths in self.poles.values():
            ordered = sorted((self.ground.walk_cm.get(each, 0), each) for each in booths)
            near = {booth_id for _, booth_id in ordered[: max(1, len(booths) // 4)]}
            of_pole = {each: frozenset(self._offered(each, near)) for each in booths}
            some = frozenset[str]().union(*of_pole.values())
            for_all = some.intersection(*of_pole.values())
            found.update({each: of_pole[each] - for_all for each in booths})
        return found

    def _offered(self, booth_id: str, near: set[str]) -> Iterator[str]:
        booth, ground = self.ground.booths[booth_id], self.ground
        for code in ("electricity", "water", "corner", "step_free"):
            if getattr(booth, code):
                yield code
        if ground.walk_cm and booth_id in near:
            yield "entrance"
        yield "stage" if booth_id in ground.noisy else "quiet"

    @cached_property
    def offered(self) -> Mapping[str, frozenset[str]]:
        """The preferences that a pole can meet at all."""
        return {
            pole_id: frozenset[str]().union(*(self.offers[booth_id] for booth_id in booths))
            for pole_id, booths in self.poles.items()
        }

    @cached_property
    def stretches(self) -> tuple[tuple[str, ...], ...]:
        """The floor in stretches of about STRETCH booths, along those that hang together."""
        found: list[tuple[str, ...]] = []
        for booths in self.poles.values():
            for run in self._runs(booths):
                parts = max(1, round(len(run) / STRETCH))
                cuts = [len(run) * part // parts for part in range(parts + 1)]
                found.extend(run[a:b] for a, b in pairwise(cuts))
        return tuple(found)

    def _runs(self, booths: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        """The booths of a pole that hang together, each run from one of its ends."""
        left = dict.fromkeys(booths)
        beside = {
            each: sorted(other for other in self.ground.beside.get(each, ()) if other in left)
            for each in booths
        }
        for start in sorted(booths, key=lambda each: (len(beside[each]), each)):
            if start not in left:
                continue
            del left[start]
            run, todo = [start], [start]
            while todo:
                following = next((each for each in beside[todo[-1]] if each in left), None)
                if following is None:
                    todo.pop()
                    continue
                del left[following]
                run.append(following)
                todo.append(following)
            yield tuple(run)

    @cached_property
    def stretch_of(self) -> Mapping[str, int]:
        return {each: n for n, stretch in enumerate(self.stretches) for each in stretch}

    @cached_property
    def score_share(self) -> Mapping[str, int]:
        """The score of each exhibitor of the best of its pole, in hundredths."""
        best: dict[str, int] = {}
        for each in self.profiles.values():
            best[each.pole_id] = max(best.get(each.pole_id, 0), each.score or 0)
        return {
            each.exhibitor_id: 100 * max(each.score or 0, 0) // max(best[each.pole_id], 1)
            for each in self.profiles.values()
        }

    def owed(self, profile: Profile) -> int:
        """What earlier fairs owe an exhibitor, 0 to 100: by how much its places were below the
        middle, added up over the latest FAIRS_BEFORE fairs."""
        latest = profile.earlier[-FAIRS_BEFORE:]
        return min(max(sum(MIDDLE - value for value in latest), 0), 100)

    @cached_property
    def zones(self) -> Mapping[tuple[str, str], frozenset[str]]:
        """(pole, pioneer or programme) -> the booths of its zone there."""
        found: dict[tuple[str, str], set[str]] = {}
        for zone in self.rules.zones:
            for booth_id in zone.booths:
                if booth_id in self.ground.booths:
                    pole_id = self.ground.booths[booth_id].pole_id
                    found.setdefault((pole_id, zone.of), set()).add(booth_id)
        return {key: frozenset(booths) for key, booths in found.items()}

    def zone_of(self, profile: Profile) -> frozenset[str]:
        """The booths that the team wants an exhibitor in; empty where it wants none."""
        wanted = (*((PIONEER,) if profile.pioneer else ()), *profile.programmes)
        found = [self.zones.get((profile.pole_id, of), frozenset[str]()) for of in wanted]
        return frozenset[str]().union(*found)

    def at(self, profile: Profile, booth_id: str) -> Costs:
        """What a booth of its pole costs an exhibitor by itself: preferences, place value,
        rotation, zones, communes."""
        weights, (wished, zone, home) = self.weights, self._asks(profile)
        lacks = BEST_VALUE - self.values[booth_id]
        at_home = home is None or self.stretch_of[booth_id] == home
        return (
            weights.preferences * len(wished - self.offers[booth_id]),
            weights.place_value * (self.score_share[profile.exhibitor_id] * lacks // 100),
            weights.rotation * (self.owed(profile) * lacks // 100),
            weights.zones if zone and booth_id not in zone else 0,
            0 if at_home else weights.communes,
        )

    def _asks(self, profile: Profile) -> tuple[frozenset[str], frozenset[str], int | None]:
        """What its pole can offer of its preferences, its zone, and the home of its commune."""
        found = self._asked.get(profile.exhibitor_id)
        if found is None:
            offered = self.offered.get(profile.pole_id, frozenset())
            home = self.homes.get((profile.pole_id, profile.commune or ""))
            found = frozenset(profile.preferences) & offered, self.zone_of(profile), home
            self._asked[profile.exhibitor_id] = found
        return found

    @cached_property
    def newcomers_allowed(self) -> Mapping[str, int]:
        """Pole -> how many booths of newcomers may be among its worst."""
        booths = Counter[str]()
        for each in self.profiles.values():
            if each.newcomer:
                booths[each.pole_id] += each.booths
        percent = self.rules.newcomers_worst_percent
        return {pole_id: -(-percent * number // 100) for pole_id, number in booths.items()}

    @cached_property
    def provinces(self) -> Mapping[tuple[str, str], int]:
        """(pole, province) -> how many booths its exhibitors asked for."""
        found = Counter[tuple[str, str]]()
        for each in self.profiles.values():
            if each.province is not None:
                found[each.pole_id, each.province] += each.booths
        return found

    def share_of(self, pole_id: str, province: str, stretch: int) -> int:
        """How many booths of a stretch a province may have: a third more than its share of its
        pole, rounded up."""
        size, number = len(self.stretches[stretch]), len(self.poles[pole_id])
        return -(-4 * size * self.provinces[pole_id, province] // (3 * number))

    @cached_property
    def crowding(self) -> frozenset[tuple[str, str]]:
        """(pole, family) of the families that asked for so much of a pole that its own neighbours
        are unavoidable."""
        shown = Counter[tuple[str, str]]()
        for each in self.profiles.values():
            for family in {*each.families}:
                shown[each.pole_id, family] += each.booths
        return frozenset(
            key
            for key, number in shown.items()
            if 100 * number > CROWDED_PERCENT * len(self.poles.get(key[0], ()))
        )

    @cached_property
    def mates(self) -> Mapping[tuple[str, str], tuple[str, ...]]:
        """(pole, commune) -> its exhibitors, where there are several."""
        found: dict[tuple[str, str], list[str]] = {}
        for each in self.profiles.values():
            if each.commune is not None:
                found.setdefault((each.pole_id, each.commune), []).append(each.exhibitor_id)
        return {key: tuple(sorted(of)) for key, of in found.items() if len(of) > 1}

    @cached_property
    def homes(self) -> Mapping[tuple[str, str], int]:
        """(pole, commune) -> the stretch of the floor that is its home, where it has several
        exhibitors.

        The largest commune chooses first, of equal ones that with the higher scores: of the
        stretches with most room left for it, that with the best places.
        """
        of_pole: dict[str, list[int]] = {}
        for number, stretch in enumerate(self.stretches):
            of_pole.setdefault(self.ground.booths[stretch[0]].pole_id, []).append(number)
        room = [len(stretch) for stretch in self.stretches]
        worth = [sum(map(self.values.__getitem__, each)) // len(each) for each in self.stretches]
        found: dict[tuple[str, str], int] = {}
        for _, _, key in sorted(
            (
                -len(mates),
                -sum(self.score_share[who] for who in mates),
                key,
            )
            for key, mates in self.mates.items()
            if key[0] in of_pole
        ):
            wanted = sum(self.profiles[who].booths for who in self.mates[key])
            home = min(of_pole[key[0]], key=lambda n: (-min(room[n], wanted), -worth[n], n))
            found[key] = home
            room[home] -= wanted
        return found

    @cached_property
    def beside_edges(self) -> tuple[Edge, ...]:
        return self._edges(self.ground.beside)

    @cached_property
    def facing_edges(self) -> tuple[Edge, ...]:
        """Pairs that face each other and do not stand beside each other as well."""
        beside = {*self.beside_edges}
        return tuple(each for each in self._edges(self.ground.facing) if each not in beside)

    def _edges(self, neighbours: Mapping[str, tuple[str, ...]]) -> tuple[Edge, ...]:
        return tuple(
            (booth_id, other)
            for booth_id in sorted(self.ground.booths)
            for other in sorted(neighbours.get(booth_id, ()))
            if booth_id < other and other in self.ground.booths
        )

    def within_pole(self, edge: Edge) -> bool:
        """Whether a pair is of one pole: across the border of two, sameness costs nothing."""
        first, second = (self.ground.booths[each].pole_id for each in edge)
        return first == second
