"""Rules of an assignment that contradict themselves are refused."""

from __future__ import annotations

import pytest

from chassis.kernel.refused import Refused
from services.scheduling.placing.rules import (
    AssignmentRules,
    Fixed,
    PlaceValue,
    Weights,
    Zone,
    booths_named,
    check,
)


@pytest.mark.parametrize(
    ("rules", "code"),
    [
        (AssignmentRules(weights=Weights(zones=-1)), "rule_weight_out_of_range"),
        (AssignmentRules(weights=Weights(zones=1001)), "rule_weight_out_of_range"),
        (AssignmentRules(newcomers_worst_percent=101), "rule_percent_out_of_range"),
        (
            AssignmentRules(fixed=(Fixed("a", ("P-1",)), Fixed("a", ("P-2",)))),
            "exhibitor_fixed_twice",
        ),
        (AssignmentRules(fixed=(Fixed("a", ("P-1",)), Fixed("b", ("P-1",)))), "booth_fixed_twice"),
        (AssignmentRules(fixed=(Fixed("a", ()),)), "fixed_without_booths"),
        (AssignmentRules(zones=(Zone("x", ("P-1",)), Zone("x", ("P-2",)))), "zone_twice"),
        (AssignmentRules(zones=(Zone("x", ()),)), "zone_without_booths"),
        (
            AssignmentRules(values=(PlaceValue("P-1", 3), PlaceValue("P-1", 4))),
            "place_value_twice",
        ),
        (AssignmentRules(values=(PlaceValue("P-1", 101),)), "place_value_out_of_range"),
        (
            AssignmentRules(forbidden=(("fish", "honey"), ("honey", "fish"))),
            "families_forbidden_twice",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_rules_that_contradict_themselves_are_refused(rules: AssignmentRules, code: str) -> None:
    with pytest.raises(Refused) as refused:
        check(rules)
    assert refused.value.code == code


def test_rules_that_agree_pass_and_name_their_booths() -> None:
    rules = AssignmentRules(
        fixed=(Fixed("a", ("P-1", "P-2")),),
        zones=(Zone("pioneer", ("P-3",)),),
        values=(PlaceValue("P-4", 0),),
        forbidden=(("fish", "honey"), ("fish", "fish")),
    )
    check(rules)
    assert booths_named(rules) == {"P-1", "P-2", "P-3", "P-4"}
