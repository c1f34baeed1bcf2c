"""A scenario that cannot be used is refused in words that say where and why."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest

from scenarios.floor import booths
from scenarios.generator import cast
from scenarios.loading import FAIRS, load, load_file, parse
from scenarios.model import ScenarioError

OUARZAZATE = files("scenarios").joinpath("ouarzazate-2025.toml").read_text("utf-8")


def broken(*changes: tuple[str, str]) -> str:
    """The Ouarzazate scenario with some words replaced, each of them once."""
    text = OUARZAZATE
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return text


@pytest.mark.parametrize("fair", FAIRS)
def test_every_fair_loads(fair: str) -> None:
    assert load(fair).fair_id == fair


def test_an_unknown_fair_is_answered_with_those_there_are() -> None:
    with pytest.raises(ScenarioError, match=r"no fair 'casablanca'.*agadir-2025.*oujda-2019"):
        load("casablanca")


def test_a_file_of_ones_own_loads_and_a_missing_one_is_named(tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text(OUARZAZATE, "utf-8")
    assert load_file(mine) == load("ouarzazate-2025")
    with pytest.raises(ScenarioError, match=r"absent\.toml cannot be read"):
        load_file(tmp_path / "absent.toml")


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("[fair]", "[fair", r"is not TOML"),
        ('"mouazara", points', '"mouazar", points', r"rules: there is no programme 'mouazar'"),
        ('"zagora", at_least', '"zagor", at_least', r"rules: the province 'zagor' is not in"),
        ('"zagora", at_least', '"zagora", pole_id = "moon", at_least', r"rules: .* no pole 'moon'"),
        ('"women_led", points = 6', '"women_led", points = 26', r"46 points .* more than marks"),
        ("count = 58", "count = 58\nmarks = [80, 70]", r"the marks are out of order"),
        (
            'of = "mouazara", pole',
            'of = "mouazar", pole',
            r"zone of mouazar in .* no such prog",
        ),
        ('of = "mouazara", pole = "crafts"', 'of = "mouazara", pole = "moon"', r"no such pole"),
        ("last = 16", "last = 160", r"mouazara in crafts: its booths are not among the 82"),
        ("first = 1, last = 16", "first = 17, last = 16", r"its booths are not among the 82"),
        ('["cooking", "rose"]', '["cooking", "roses"]', r"assignment: the family 'roses' is not"),
        ('province = "ouarzazate"', 'province = "warzazat"', r"taznakht: the province 'warzazat'"),
        ('"carpets", "weaving"]\nshare', '"rugs"]\nshare', r"taznakht: the family 'rugs' is not"),
        ("edition = 2", "edition = 0", r"fair\.edition: .*greater than or equal to 1, not 0\."),
        ("edition = 2", 'edition = "2"', r"fair\.edition: .*valid integer, not '2'\."),
        ("edition = 2", "editions = 2", r"fair\.edition: Field required"),
        ('sign = "P"', 'sign = "p1"', r"poles\[2\]\.sign: .*pattern.*not 'p1'\."),
        ('sign = "P"', 'sign = "C"', r"poles: the sign 'C' is there twice"),
        ("2025-09-22", "2025-09-12", r"last day 2025-09-12 is before the first day"),
        ("21:30:00", "09:30:00", r"closes at 09:30, before it opens"),
        ("Africa/Casablanca", "Africa/Ouarzazate", r"no time zone 'Africa/Ouarzazate'"),
        ('region = "draa', 'region = "dra', r"region 'dra-tafilalet' is not in"),
        ("reported = 320", "reported = 310", r"come to 160 organisations; 310 reported"),
        ("people_per_booth = 2", "people_per_booth = 3", r"320 people cannot come 3 to a booth"),
        ("count = 58", "count = 58\nbooths = 2", r"counts holds one booth"),
        ('families = ["carpets"', 'families = ["rugs"', r"family 'rugs' is not in the word lists"),
        ('province = "tinghir"', 'province = "tingir"', r"province 'tingir' is not in the word"),
        ('"institutional_partner"', '"exhibitor"', r"partners belong in an institutional pole"),
        ("waitlisted = 6", "waitlisted = 2", r"3 withdraw, but only 2 wait to move up"),
        ("count = 15 ", "count = 17 ", r"17 of kind institution, but the word lists name 16"),
        ("party_limit = 30", "party_limit = 20", r"a party of 24 is not between 1 and 20"),
        ("seats = 16", "seats = 60", r"marketing: 60 seats are more than the hall has"),
        ("seats = 16\n", "", r"marketing: a workshop has seats"),
        ("days = [2, 4]", "days = [2, 8]", r"support-programmes: the fair has days 1 to 6"),
        ("at = 11:45:00", "at = 11:00:00", r"want training at one time"),
        ("at = 20:00:00", "at = 20:30:00", r"ahidous-1 is not within the opening hours"),
        ("at = 18:45:00\nreason", "at = 17:45:00\nreason", r"changes: .* want training"),
        ("day = 4", "day = 5", r"support-programmes on day 5: there is no such session"),
        ('hall = "stage"', 'hall = "scene"', r"opening: there is no hall 'scene'"),
        (
            'sessions = ["mark',
            'sessions = ["book',
            r"seating: there is no session 'booketing' with",
        ),
        (
            "walk_ins = 1",
            "walk_ins = 3",
            r"seating: in marketing more walk in than seats are given",
        ),
        ("experts = 6", "experts = 1", r"More experts are wanted at"),
    ],
)
def test_a_mistake_is_told_in_one_clear_sentence(old: str, new: str, sentence: str) -> None:
    with pytest.raises(ScenarioError, match=sentence) as refusal:
        parse(broken((old, new)), "mine.toml")
    assert str(refusal.value).startswith("mine.toml")
    assert "Traceback" not in str(refusal.value)


def test_a_programme_that_would_help_more_than_there_are_is_refused() -> None:
    scenario = parse(broken(("beneficiaries = 12", "beneficiaries = 120")), "mine.toml")
    with pytest.raises(ScenarioError, match="helped by generation-solidaire, but only"):
        cast(scenario)


def test_editing_the_reading_in_the_file_switches_the_fair() -> None:
    scenario = parse(broken(('reading = "people"', 'reading = "organisations"')), "mine.toml")
    assert sum(group.count for group in scenario.groups if not group.is_partner) == 320
    assert sum(group.count for group in scenario.groups if group.is_partner) == 15


@pytest.mark.parametrize("fair", FAIRS)
def test_the_plan_has_the_places_of_each_pole_and_its_spare_booths(fair: str) -> None:
    scenario = load(fair)
    plan = booths(scenario)
    assert len({booth.booth_id for booth in plan}) == len(plan)
    for pole in scenario.poles:
        drawn = [booth for booth in plan if booth.pole_id == pole.pole_id]
        assert len(drawn) == scenario.places(pole.pole_id) + pole.spare
        assert all(booth.institutional == pole.institutional for booth in drawn)
        assert any(booth.corner for booth in drawn)
