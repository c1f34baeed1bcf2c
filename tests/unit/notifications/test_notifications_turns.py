"""Within a stream a contact reads by version, whatever the clocks say."""

from __future__ import annotations

from itertools import permutations

from services.notifications.messages.turns import Turns


def test_where_clocks_agree_a_turn_is_the_time_of_the_event() -> None:
    turns = Turns()
    assert [turns.take(version, told_of) for version, told_of in ((1, 10), (2, 20), (5, 50))] == [
        10,
        20,
        50,
    ]


def test_a_slow_clock_sets_no_later_version_before_an_earlier_one() -> None:
    turns = Turns([(1, 50), (1, 50)])
    assert turns.take(2, 10) == 50
    assert turns.take(3, 60) == 60


def test_a_fast_clock_sets_no_earlier_version_behind_a_later_one() -> None:
    assert Turns([(4, 20)]).take(3, 60) == 20


def test_turns_rise_with_versions_in_whatever_order_they_are_taken() -> None:
    told_of = {1: 40, 2: 10, 3: 30, 4: 5}
    for order in permutations(told_of):
        turns = Turns()
        taken = {version: turns.take(version, told_of[version]) for version in order}
        assert [taken[version] for version in sorted(taken)] == sorted(taken.values())
