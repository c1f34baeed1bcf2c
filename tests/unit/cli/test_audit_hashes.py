"""The compact table that an audit keeps ids in does what a set and a dict do."""

from __future__ import annotations

from hypothesis import given, settings, strategies as st

from cli.audit.hashes import Hashes, hash_of

KEYS = st.integers(min_value=-5, max_value=40)


@given(st.lists(st.tuples(st.sampled_from(["add", "drop"]), KEYS)))
def test_a_set_of_hashes_knows_what_was_added_and_not_dropped(steps: list[tuple[str, int]]) -> None:
    ours, theirs = Hashes(), set[int]()
    for what, key in steps:
        if what == "add":
            assert ours.add(hash_of(key)) is (hash_of(key) not in theirs)
            theirs.add(hash_of(key))
        else:
            assert ours.drop(hash_of(key)) is (hash_of(key) in theirs)
            theirs.discard(hash_of(key))
        assert len(ours) == len(theirs)
    assert all((hash_of(key) in ours) is (hash_of(key) in theirs) for key in range(-5, 41))


@settings(max_examples=5)
@given(st.integers(min_value=1_000, max_value=20_000), st.randoms(use_true_random=False))
def test_a_map_grows_and_keeps_its_numbers(count: int, random: object) -> None:
    ours, theirs = Hashes(numbers=True), dict[int, int]()
    for key in range(count):
        ours.add(hash_of(str(key)), key)
        theirs[hash_of(str(key))] = key
        if key % 3 == 0:
            ours.drop(hash_of(str(key // 2)))
            theirs.pop(hash_of(str(key // 2)), None)
    assert dict(ours.items()) == theirs
    assert all(ours.get(key) == number for key, number in theirs.items())
    assert ours.get(hash_of("nobody")) is None
