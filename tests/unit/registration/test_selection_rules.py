"""What rules say of applicants, and which rules can never be kept."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from chassis.kernel.refused import Refused
from services.registration.selection import rules
from services.registration.selection.rules import Applicant, Of, Quota, Rules, ScoreTerm

POLES = {"products": 10, "crafts": 5}
A = Applicant(
    "a",
    "products",
    2,
    "gie",
    "azilal",
    programmes=("mouazara",),
    families=("honey",),
    women_led=True,
    newcomer=True,
    marks=(("quality", 7), ("pioneer", 1)),
)
PLAIN = Applicant("b", "products", 3, "cooperative", "zagora")


@pytest.mark.parametrize(
    ("of", "value", "points"),
    [
        (Of.KIND, "gie", 3),
        (Of.PROVINCE, "azilal", 3),
        (Of.PROGRAMME, "mouazara", 3),
        (Of.FAMILY, "honey", 3),
        (Of.MARK, "quality", 21),
        (Of.WOMEN_LED, None, 3),
        (Of.NEWCOMER, None, 3),
        (Of.YOUTH_LED, None, 0),
        (Of.KIND, "mutual", 0),
        (Of.MARK, "taste", 0),
    ],
)
def test_a_term_gives_its_points_for_what_is_known(of: Of, value: str | None, points: int) -> None:
    terms = [ScoreTerm(of, 3, value)]
    assert rules.score(terms, A) == points
    assert rules.score(terms, PLAIN) == 0


def test_points_are_told_term_by_term_and_add_up() -> None:
    terms = [ScoreTerm(Of.KIND, 3, "gie"), ScoreTerm(Of.MARK, 2, "quality")]
    assert rules.points(terms, A) == [3, 14]
    assert rules.score(terms, A) == 17
    assert (A.pioneer, PLAIN.pioneer) == (True, False)


def test_a_share_is_one_of_places_in_the_pole_or_in_the_fair() -> None:
    crafts = replace(PLAIN, application_id="c", pole_id="crafts", booths=5)
    in_fair = rules.taken(Quota(Of.WOMEN_LED, at_least=20), [A, PLAIN, crafts])
    assert (in_fair.places, in_fair.of_places) == (2, 10)
    in_pole = rules.taken(Quota(Of.WOMEN_LED, pole_id="products"), [A, PLAIN, crafts])
    assert (in_pole.places, in_pole.of_places) == (2, 5)
    assert rules.holds(in_fair)
    assert not rules.holds(replace(in_fair, at_least=21))
    assert not rules.holds(replace(in_pole, at_most=39))
    assert rules.holds(replace(in_pole, at_most=40))


def test_a_quota_has_a_name_that_says_what_it_counts() -> None:
    named = Quota(Of.PROVINCE, "azilal", "products").name, Quota(Of.YOUTH_LED).name
    assert named == ("province:azilal/products", "youth_led")


def quota(of: Of, value: str | None = None, **more: Any) -> Quota:
    return Quota(of, value, **more)


@pytest.mark.parametrize(
    ("terms", "quotas", "code", "details"),
    [
        ([ScoreTerm(Of.KIND, 1)], [], "rule_value_wrong", {"of": "kind"}),
        ([ScoreTerm(Of.WOMEN_LED, 1, "yes")], [], "rule_value_wrong", {"of": "women_led"}),
        ([ScoreTerm(Of.PROGRAMME, 1, "tahfiz")], [], "programme_unknown", {}),
        ([ScoreTerm(Of.NEWCOMER, 1), ScoreTerm(Of.NEWCOMER, 2)], [], "term_twice", {}),
        ([], [quota(Of.MARK, "quality")], "quota_impossible", {"of": "mark"}),
        ([], [quota(Of.FAMILY, "honey")], "quota_impossible", {"of": "family"}),
        ([], [quota(Of.WOMEN_LED, pole_id="moon")], "pole_unknown", {"pole_id": "moon"}),
        (
            [],
            [quota(Of.WOMEN_LED, at_least=60, at_most=50)],
            "shares_out_of_order",
            {"quota": "women_led", "at_least": 60, "at_most": 50},
        ),
        ([], [quota(Of.KIND, "gie"), quota(Of.KIND, "gie", at_most=9)], "quota_twice", {}),
        (
            [],
            [quota(Of.PROVINCE, "azilal", at_least=60), quota(Of.PROVINCE, "zagora", at_least=41)],
            "shares_over_hundred",
            {"of": "province", "sum": 101},
        ),
    ],
)
def test_rules_that_cannot_be_kept_are_refused(
    terms: list[ScoreTerm], quotas: list[Quota], code: str, details: dict[str, Any]
) -> None:
    with pytest.raises(Refused) as error:
        rules.check(Rules(tuple(terms), tuple(quotas)), POLES, {"mouazara"})
    assert error.value.code == code
    assert {name: error.value.details[name] for name in details} == details


def test_least_shares_of_different_poles_or_kinds_of_quotas_do_not_add_up() -> None:
    quotas = (
        quota(Of.PROVINCE, "azilal", at_least=60, pole_id="products"),
        quota(Of.PROVINCE, "zagora", at_least=60, pole_id="crafts"),
        quota(Of.KIND, "gie", at_least=60),
        quota(Of.PROVINCE, "zagora", at_least=100),
        quota(Of.PROGRAMME, "mouazara", at_least=80),
        quota(Of.WOMEN_LED, at_least=80, pole_id="products"),
    )
    terms = (ScoreTerm(Of.KIND, 1, "gie"), ScoreTerm(Of.KIND, 1, "mutual"))
    rules.check(Rules(terms, quotas), POLES, {"mouazara"})
