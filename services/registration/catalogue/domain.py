"""Product families: stream `catalogue-families`.

All families are one stream, because a parent must be known and no family may come to stand within
itself: only where all definitions are decided on can both be asked.  There are some dozens of them,
and a season changes a few.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

from chassis.kernel.decider import Decider, Stream
from chassis.kernel.refused import Refused
from chassis.kernel.text import Text


@dataclass(frozen=True, slots=True)
class Family:
    """What is said of a product family; a dusty one raises dust where it is shown."""

    code: str
    name: Text
    craft: str
    dusty: bool = False
    parent: str | None = None


# Commands


@dataclass(frozen=True, slots=True)
class DefineFamily(Family):
    """Define a family, or change it."""


@dataclass(frozen=True, slots=True)
class DefineMissingFamilies:
    """Define those of some families that are not defined yet, parents before their parts."""

    families: tuple[Family, ...]


Command = DefineFamily | DefineMissingFamilies


# Events


@dataclass(frozen=True, slots=True)
class ProductFamilyDefined(Family):
    """A family is from now on as it says here."""


Event = ProductFamilyDefined


# State

Families = dict[str, ProductFamilyDefined]
"""By code, as last defined."""


def initial() -> Families:
    return {}


# Decisions


def decide(command: Command, families: Families) -> list[Event]:
    """Raises Refused.  Returns an empty list where it is so already."""
    match command:
        case DefineFamily():
            defined = _defined(command)
            if families.get(command.code) == defined:
                return []
            _check_parent(defined, families)
            return [defined]
        case DefineMissingFamilies():  # pragma: no branch
            known = dict(families)
            events: list[Event] = []
            for family in command.families:
                if family.code not in known:
                    known[family.code] = defined = _defined(family)
                    _check_parent(defined, known)
                    events.append(defined)
            return events


def _defined(family: Family) -> ProductFamilyDefined:
    return ProductFamilyDefined(
        **{each.name: getattr(family, each.name) for each in fields(Family)}
    )


def _check_parent(family: Family, families: Mapping[str, Family]) -> None:
    """Raises Refused where the parent is unknown, or is the family itself or a part of it."""
    above = family.parent
    while above is not None:
        if above == family.code:
            raise Refused("family_within_itself", family=family.code, parent=family.parent)
        if above not in families:
            raise Refused("family_parent_unknown", parent=above)
        above = families[above].parent


def evolve(families: Families, event: Event) -> Families:
    """Takes over the state that it is given, and changes it in place."""
    families[event.code] = event
    return families


DECIDER = Decider("catalogue", initial, decide, evolve)
FAMILIES: Stream[Command, Families, Event] = DECIDER.stream("families")
"""The stream of all families."""
