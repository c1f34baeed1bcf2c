"""The rules of an assignment, as the team publishes them before any booth is given."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from chassis.kernel.refused import Refused

PIONEER = "pioneer"
"""The zone of pioneers; every other zone is of the programme with its code."""

BEST_VALUE = 100
"""The value of a place that is as good as any; the worst has 0."""


@dataclass(frozen=True, slots=True)
class Weights:
    """What a breach of each soft rule costs; 0 switches the rule off."""

    family_beside: int = 60
    """For each two booths beside each other whose holders share a product family."""
    family_facing: int = 20
    """The same across an aisle."""
    preferences: int = 10
    """For each preference that a booth does not meet."""
    place_value: int = 1
    """For each point of value that a booth lacks, for the highest score; others in proportion."""
    rotation: int = 1
    """For each point of value that a booth lacks, for those with the worst places before."""
    zones: int = 40
    """For each booth of a pioneer or beneficiary outside the zone that the team wants them in."""
    newcomers: int = 20
    """For each booth of newcomers in the worst quarter of a pole over `newcomers_worst_percent`."""
    region_mix: int = 10
    """For each booth by which a province has over four thirds of its share of a stretch of the
    floor."""
    communes: int = 10
    """For each booth outside the stretch of the floor that is the home of its holder's commune."""


@dataclass(frozen=True, slots=True)
class Fixed:
    """The team has promised these booths: nobody else gets them, and the exhibitor no others."""

    exhibitor_id: str
    booths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Zone:
    """Where the team wants pioneers, or the beneficiaries of a programme."""

    of: str
    booths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlaceValue:
    """What a place is worth, 0 to 100, where the team knows better than the drawing."""

    booth_id: str
    value: int


@dataclass(frozen=True, slots=True)
class AssignmentRules:
    """Soft rules by weight; the hard rules that the team adds to those of the floor."""

    weights: Weights = Weights()
    forbidden: tuple[tuple[str, str], ...] = ()
    """Pairs of product families that never stand beside or facing one another."""
    fixed: tuple[Fixed, ...] = ()
    zones: tuple[Zone, ...] = ()
    values: tuple[PlaceValue, ...] = ()
    newcomers_worst_percent: int = 25
    """So many of a hundred booths of newcomers may stand in the worst quarter of their pole."""


RULES = tuple(asdict(Weights()))
"""The names of the soft rules, which are the keys of every list of costs."""


def check(rules: AssignmentRules) -> None:
    """Raises Refused where rules contradict themselves."""
    for name, weight in asdict(rules.weights).items():
        if not 0 <= weight <= 1000:
            raise Refused("rule_weight_out_of_range", rule=name, weight=weight)
    if not 0 <= rules.newcomers_worst_percent <= 100:
        raise Refused("rule_percent_out_of_range", percent=rules.newcomers_worst_percent)
    if twice := _twice(each.exhibitor_id for each in rules.fixed):
        raise Refused("exhibitor_fixed_twice", exhibitor=twice)
    if twice := _twice(booth for each in rules.fixed for booth in each.booths):
        raise Refused("booth_fixed_twice", booth=twice)
    if empty := next((each for each in rules.fixed if not each.booths), None):
        raise Refused("fixed_without_booths", exhibitor=empty.exhibitor_id)
    if twice := _twice(each.of for each in rules.zones):
        raise Refused("zone_twice", of=twice)
    if bare := next((each for each in rules.zones if not each.booths), None):
        raise Refused("zone_without_booths", of=bare.of)
    if twice := _twice(each.booth_id for each in rules.values):
        raise Refused("place_value_twice", booth=twice)
    for each in rules.values:
        if not 0 <= each.value <= BEST_VALUE:
            raise Refused("place_value_out_of_range", booth=each.booth_id, value=each.value)
    if twice := _twice("/".join(sorted(pair)) for pair in rules.forbidden):
        raise Refused("families_forbidden_twice", families=twice)


def booths_named(rules: AssignmentRules) -> frozenset[str]:
    """The booths that rules name, to be looked for in the plan."""
    return frozenset(
        [booth for each in (*rules.fixed, *rules.zones) for booth in each.booths]
        + [each.booth_id for each in rules.values]
    )


def _twice(names: Iterable[str]) -> str | None:
    return next((name for name, number in Counter(names).items() if number > 1), None)
