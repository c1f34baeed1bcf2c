"""One model of placing, in whole numbers: the solver solves it, and the bound is proven over it.

Columns are first the options of the exhibitors (exactly one of each is taken), then sums of those
(a family class at a booth, an exhibitor in a stretch), then what is paid.  No row needs more than
the standard library to be checked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from services.scheduling.placing.options import Option, Options
from services.scheduling.placing.problem import Placement, Profile
from services.scheduling.placing.weighing import Weighing

Key = tuple[str, ...]
"""Names a row, the same for the same problem on every machine."""


@dataclass(slots=True)
class Row:
    """Σ coefficient · column ≤ most."""

    key: Key
    most: int
    columns: list[int]
    coefficients: list[int]


@dataclass(slots=True)
class Model:
    """One or several poles; minimise the sum of costs."""

    who: list[str] = field(default_factory=list[str])
    """The exhibitors, in order."""
    spans: list[range] = field(default_factory=list[range])
    """The columns of each exhibitor's options."""
    options: list[Option] = field(default_factory=list[Option])
    """Of the first columns: which booths are taken."""
    costs: list[int] = field(default_factory=list[int])
    uppers: list[int] = field(default_factory=list[int])
    binary: list[int] = field(default_factory=list[int])
    """The sums that decide: once they are whole, most of what is left comes out whole."""
    sums: dict[int, list[int]] = field(default_factory=dict[int, list[int]])
    """A column that is the sum of others, which come before it."""
    rows: list[Row] = field(default_factory=list[Row])

    def column(self, cost: int = 0, upper: int = 1) -> int:
        self.costs.append(cost)
        self.uppers.append(upper)
        return len(self.costs) - 1

    def sum_of(self, columns: list[int]) -> int:
        number = self.column()
        self.sums[number] = columns
        return number

    def row(self, key: Key, most: int, entries: Iterable[tuple[int, int]]) -> None:
        columns, coefficients = [*zip(*entries, strict=True)] or ((), ())
        self.rows.append(Row(key, most, [*columns], [*coefficients]))

    def placement(self, taken: Iterable[int]) -> dict[str, tuple[str, ...]]:
        """The placement that taken options make."""
        chosen = {*taken}
        return {
            who: self.options[number]
            for who, span in zip(self.who, self.spans, strict=True)
            for number in span
            if number in chosen and self.options[number]
        }

    def taken(self, placement: Placement) -> list[int] | None:
        """The options that make a placement; None where the model has not all of them."""
        found: list[int] = []
        for who, span in zip(self.who, self.spans, strict=True):
            held = tuple(sorted(placement.get(who, ())))
            number = next((each for each in span if self.options[each] == held), None)
            if number is None:
                return None
            found.append(number)
        return found


def parts(weighing: Weighing) -> tuple[tuple[str, ...], ...]:
    """The poles in groups that no rule joins: each group is a model of its own.

    Soft rules act within a pole.  A forbidden pair of families joins poles that have neighbours
    across their border and both families.
    """
    joined = {pole_id: pole_id for pole_id in weighing.poles}

    def top(pole_id: str) -> str:
        while joined[pole_id] != pole_id:
            pole_id = joined[pole_id]
        return pole_id

    shown: defaultdict[str, set[str]] = defaultdict(set)
    for profile in weighing.profiles.values():
        shown[profile.pole_id].update(profile.families)
    for edge in (*weighing.beside_edges, *weighing.facing_edges):
        first, second = (weighing.ground.booths[each].pole_id for each in edge)
        if first != second and any(
            (one in shown[first] and other in shown[second])
            or (other in shown[first] and one in shown[second])
            for one, other in weighing.rules.forbidden
        ):
            joined[top(first)] = top(second)
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for pole_id in sorted(weighing.poles):
        groups[top(pole_id)].append(pole_id)
    return tuple(sorted(map(tuple, groups.values())))


@dataclass(frozen=True, slots=True)
class Aim:
    """What a model is for: first the fewest booths ungiven, in a repair then the fewest moves,
    and then, with both kept, the lowest costs.  None is what is looked for."""

    unplaced: int | None = None
    repair: bool = False
    moves: int | None = None

    @property
    def counts_unplaced(self) -> bool:
        return self.unplaced is None

    @property
    def counts_moves(self) -> bool:
        return self.unplaced is not None and self.repair and self.moves is None


def build(weighing: Weighing, poles: Sequence[str], aim: Aim) -> Model:
    """The model of some poles; soft rules are in it where costs are looked for."""
    return _Building(weighing, poles, aim).model


class _Building:
    def __init__(self, weighing: Weighing, poles: Sequence[str], aim: Aim) -> None:
        self.weighing = weighing
        self.aim = aim
        self.model = Model()
        self.profiles = [
            profile for _, profile in sorted(weighing.profiles.items()) if profile.pole_id in poles
        ]
        self.present = {
            who: held
            for who, held in weighing.problem.present.items()
            if who in weighing.profiles and held
        }
        self.taken = frozenset(booth_id for held in self.present.values() for booth_id in held)
        self.at: defaultdict[str, list[int]] = defaultdict(list)
        """Booth -> the options that take it."""
        self.pairs: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
        """Two booths -> the options that take both."""
        self.of_option: list[Profile] = []
        self._options()
        self.poles = frozenset(poles)
        self._one_holder()
        self.classes = self._classes()
        self._forbidden()
        if aim.unplaced:
            self._limit("unplaced", aim.unplaced, self._missing)
        if aim.moves is not None:
            self._limit("moves", aim.moves, self._moved)
        if aim.counts_unplaced or aim.counts_moves:
            return
        self._families()
        self._newcomers()
        self._region()

    def _missing(self, number: int) -> int:
        return max(self.of_option[number].booths - len(self.model.options[number]), 0)

    def _moved(self, number: int) -> int:
        """1 where the holder of booths would stand otherwise; a first booth is no move."""
        held = self.present.get(self.of_option[number].exhibitor_id)
        return 0 if held is None else int({*held} != {*self.model.options[number]})

    def _limit(self, name: str, most: int, of: Callable[[int], int]) -> None:
        counted = ((number, of(number)) for number in range(len(self.of_option)))
        self.model.row((name,), most, ((number, each) for number, each in counted if each))

    def _options(self) -> None:
        options, model = Options(self.weighing), self.model
        for profile in self.profiles:
            first = len(model.options)
            booths = self.weighing.poles.get(profile.pole_id, ())
            standing = {each: sum(self.weighing.at(profile, each)) for each in booths}
            own: list[tuple[Option, int]] = [
                (option, sum(standing[each] for each in option if each in standing))
                for option in options.of(profile)
            ]
            pinned = profile.exhibitor_id in self.weighing.problem.pinned and own
            if self.aim.unplaced != 0 and not pinned:
                own.append(((), 0))
            for option, cost in own:
                if not self._near(profile, option):
                    continue
                number = model.column(cost)
                model.options.append(option)
                self.of_option.append(profile)
                if self.aim.counts_unplaced:
                    model.costs[number] = self._missing(number)
                elif self.aim.counts_moves:
                    model.costs[number] = self._moved(number)
                for place, booth_id in enumerate(option):
                    self.at[booth_id].append(number)
                    for other in option[place + 1 :]:
                        self.pairs[booth_id, other].append(number)
            model.who.append(profile.exhibitor_id)
            model.spans.append(range(first, len(model.options)))

    def _near(self, profile: Profile, option: Option) -> bool:
        """Whether an option can be reached by so few moves: with none, holders stay and others
        take what is free; with one, the one who moves does the same."""
        if self.aim.moves is None or self.aim.moves > 1:
            return True
        held = self.present.get(profile.exhibitor_id)
        if held is not None and {*held} == {*option}:
            return True
        own = () if held is None else held
        taken = self.taken.difference(own)
        if held is None:
            return self.aim.moves == 1 or taken.isdisjoint(option)
        return self.aim.moves == 1 and taken.isdisjoint(option)

    def _one_holder(self) -> None:
        for booth_id, numbers in sorted(self.at.items()):
            self.model.row(("booth", booth_id), 1, ((n, 1) for n in numbers))

    def _classes(self) -> dict[str, dict[str, list[int]]]:
        """Family -> booth -> the columns whose sum says that it stands there.

        Only families count that two exhibitors show, or that are forbidden beside another.
        """
        matters = self._families_that_matter()
        found: dict[str, dict[str, list[int]]] = {each: {} for each in sorted(matters)}
        for booth_id, numbers in sorted(self.at.items()):
            by_class: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
            for number in numbers:
                families = tuple(sorted(matters.intersection(self.of_option[number].families)))
                if families:
                    by_class[families].append(number)
            for families, columns in sorted(by_class.items()):
                sum_ = self.model.sum_of(columns)
                self.model.binary.append(sum_)
                for family in families:
                    found[family].setdefault(booth_id, []).append(sum_)
        return found

    def _families_that_matter(self) -> set[str]:
        shown: defaultdict[tuple[str, str], int] = defaultdict(int)
        for profile in self.profiles:
            for family in profile.families:
                shown[profile.pole_id, family] += 1
        several = {family for (_, family), number in shown.items() if number > 1}
        if self.aim.counts_unplaced or self.aim.counts_moves:
            several = set[str]()
        hated = {family for pair in self.weighing.rules.forbidden for family in pair}
        return several | (hated & {family for _, family in shown})

    def _edge_row(
        self, key: Key, edge: tuple[str, str], families: tuple[str, str], paid: int | None
    ) -> None:
        """Not the one at the first booth and the other at the second, unless paid for, or both
        are booths of one exhibitor."""
        first = self.classes.get(families[0], {}).get(edge[0], [])
        second = self.classes.get(families[1], {}).get(edge[1], [])
        if not first or not second:
            return
        own = [
            number
            for number in self.pairs.get(edge, ())
            if {*families} <= {*self.of_option[number].families}
        ]
        entries = [(n, 1) for n in (*first, *second)] + [(n, -1) for n in own]
        pole_id = self.weighing.ground.booths[edge[0]].pole_id
        if families[0] == families[1] and (pole_id, families[0]) in self.weighing.crowding:
            # Who takes both booths and does not show the family keeps it away from both: it raises
            # the bound where the family has much of a pole, and elsewhere it is many entries more.
            entries += [
                (number, 1)
                for number in self.pairs.get(edge, ())
                if families[0] not in self.of_option[number].families
            ]
        if paid is not None:
            entries.append((paid, -1))
        self.model.row(key, 1, entries)

    def _forbidden(self) -> None:
        weighing = self.weighing
        for edge in (*weighing.beside_edges, *weighing.facing_edges):
            for one, other in weighing.rules.forbidden:
                for pair in dict.fromkeys(((one, other), (other, one))):
                    self._edge_row(("forbidden", *edge, *pair), edge, pair, None)

    def _families(self) -> None:
        weighing, weights = self.weighing, self.weighing.weights
        for edges, weight in (
            (weighing.beside_edges, weights.family_beside),
            (weighing.facing_edges, weights.family_facing),
        ):
            for edge in edges if weight else ():
                if not weighing.within_pole(edge):
                    continue
                if weighing.ground.booths[edge[0]].pole_id not in self.poles:
                    continue
                paid = self.model.column(weight)
                for family in self.classes:
                    self._edge_row(("family", *edge, family), edge, (family, family), paid)

    def _newcomers(self) -> None:
        weighing, weight = self.weighing, self.weighing.weights.newcomers
        worst: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
        for number, profile in enumerate(self.of_option):
            if profile.newcomer and weight:
                badly = sum(
                    1
                    for each in self.model.options[number]
                    if each in weighing.worst
                    if weighing.ground.booths[each].pole_id == profile.pole_id
                )
                if badly:
                    worst[profile.pole_id].append((number, badly))
        for pole_id, entries in sorted(worst.items()):
            allowed = weighing.newcomers_allowed[pole_id]
            paid = self.model.column(weight, len(weighing.poles[pole_id]))
            self.model.row(("newcomers", pole_id), allowed, [*entries, (paid, -1)])

    def _region(self) -> None:
        weighing, weight = self.weighing, self.weighing.weights.region_mix
        there: defaultdict[tuple[int, str, str], defaultdict[int, int]] = defaultdict(
            lambda: defaultdict(int)
        )
        for number, profile in enumerate(self.of_option):
            if profile.province is None or not weight:
                continue
            for booth_id in self.model.options[number]:
                if weighing.ground.booths[booth_id].pole_id == profile.pole_id:
                    key = weighing.stretch_of[booth_id], profile.pole_id, profile.province
                    there[key][number] += 1
        for (stretch, pole_id, province), entries in sorted(there.items()):
            allowed, size = (
                weighing.share_of(pole_id, province, stretch),
                len(weighing.stretches[stretch]),
            )
            if min(size, weighing.provinces[pole_id, province]) > allowed:
                paid = self.model.column(weight, size - allowed)
                key = ("region", str(stretch), province)
                self.model.row(key, allowed, [*entries.items(), (paid, -1)])
