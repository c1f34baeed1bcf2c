"""Given the product families that are defined, when somebody asks, then this is decided."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given as drawn, strategies as st

from chassis.kernel.refused import Refused
from chassis.kernel.text import Text
from services.registration.catalogue.domain import (
    DECIDER,
    Command,
    DefineFamily,
    DefineMissingFamilies,
    Event,
    ProductFamilyDefined,
)
from services.registration.catalogue.standard import standard_families
from tests.deciding import given

NAME = Text("نص", "texte")
WEAVING = ProductFamilyDefined("weaving", NAME, "craft")
BZIOUA = ProductFamilyDefined("bzioua", NAME, "craft", parent="weaving")
DEFINE = DefineFamily("weaving", NAME, "craft")
PART = DefineFamily("bzioua", NAME, "craft", parent="weaving")

DECIDED: dict[str, tuple[tuple[Event, ...], Command, list[Event]]] = {
    "a family is defined": ((), DEFINE, [WEAVING]),
    "defining it again is silent": ((WEAVING,), DEFINE, []),
    "a family changes": (
        (WEAVING,),
        replace(DEFINE, dusty=True),
        [replace(WEAVING, dusty=True)],
    ),
    "a family is a part of another": ((WEAVING,), PART, [BZIOUA]),
    "and no longer": (
        (WEAVING, BZIOUA),
        replace(PART, parent=None),
        [replace(BZIOUA, parent=None)],
    ),
    "those that are missing are defined, and what the team changed stays": (
        (replace(WEAVING, dusty=True),),
        DefineMissingFamilies((WEAVING, BZIOUA)),
        [BZIOUA],
    ),
    "none is missing": (
        (WEAVING, BZIOUA),
        DefineMissingFamilies((BZIOUA, WEAVING)),
        [],
    ),
    "one that comes twice is defined once": (
        (),
        DefineMissingFamilies((WEAVING, replace(WEAVING, craft="food"))),
        [WEAVING],
    ),
}
REFUSED: dict[str, tuple[tuple[Event, ...], Command, str]] = {
    "a parent that nobody defined": ((), PART, "family_parent_unknown"),
    "a family as its own parent": (
        (WEAVING,),
        replace(DEFINE, parent="weaving"),
        "family_within_itself",
    ),
    "a family as a part of its part": (
        (WEAVING, BZIOUA),
        replace(DEFINE, parent="bzioua"),
        "family_within_itself",
    ),
    "a part before its parent": (
        (),
        DefineMissingFamilies((BZIOUA, WEAVING)),
        "family_parent_unknown",
    ),
    "two that are parts of each other": (
        (),
        DefineMissingFamilies((replace(WEAVING, parent="bzioua"), BZIOUA)),
        "family_parent_unknown",
    ),
}


@pytest.mark.parametrize("name", DECIDED)
def test_it_is_decided_that(name: str) -> None:
    events, command, decided = DECIDED[name]
    given(DECIDER, *events).when(command).then(*decided)


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused(name: str) -> None:
    events, command, code = REFUSED[name]
    given(DECIDER, *events).when(command).refused(code)


codes = st.sampled_from(["a", "b", "c", "d"])
wishes = st.lists(
    st.builds(
        DefineFamily,
        code=codes,
        name=st.just(NAME),
        craft=st.sampled_from(["food", "craft"]),
        dusty=st.booleans(),
        parent=st.none() | codes,
    ),
    max_size=12,
)


@drawn(wishes)
def test_every_family_has_a_topmost_one_whatever_is_asked(asked: list[DefineFamily]) -> None:
    families = DECIDER.initial()
    for command in asked:
        try:
            events = DECIDER.decide(command, families)
        except Refused:
            continue
        for event in events:
            families = DECIDER.evolve(families, event)
    for family in families.values():
        above: set[str] = set()
        while family.parent is not None:
            assert family.parent not in above
            above.add(family.parent)
            family = families[family.parent]


def test_the_standard_families_can_be_defined_and_have_all_names() -> None:
    families = standard_families()
    assert len(families) == 33
    events = [
        ProductFamilyDefined(each.code, each.name, each.craft, each.dusty, each.parent)
        for each in families
    ]
    given(DECIDER).when(DefineMissingFamilies(families)).then(*events)
    for family in families:
        assert all((family.name.ar, family.name.fr, family.name.en))
        assert family.craft in ("food", "craft", "service")
        assert not (family.dusty and family.craft == "food")
        assert all(_is_tifinagh(char) for char in family.name.zgh or "" if char != " ")


def test_the_scenarios_make_up_products_of_these_families_and_no_others() -> None:
    words = Path(__file__).parents[3] / "scenarios" / "words" / "families.toml"
    assert list(tomllib.loads(words.read_text("utf-8"))) == [
        each.code for each in standard_families()
    ]


def _is_tifinagh(char: str) -> bool:
    return "\u2d30" <= char <= "\u2d7f"
