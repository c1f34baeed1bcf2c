"""The draw: the same for everybody who holds it again, and in nobody's hand."""

from __future__ import annotations

from hashlib import sha256

from hypothesis import given, strategies as st

from services.registration.selection import draw

ids = st.lists(st.uuids().map(str), max_size=12, unique=True)


def test_secret_word_and_seed_are_plain_sums() -> None:
    assert draw.sum_of(b"secret") == sha256(b"secret").hexdigest()
    assert draw.seed_of(b"secret", "زعفران") == sha256(b"secret" + "زعفران".encode()).digest()


def test_applications_are_in_the_order_of_their_sums() -> None:
    seed = draw.seed_of(b"secret", "olive")
    submitted = [f"application-{number}" for number in range(20)]
    ranks = draw.ranks(seed, submitted, 20)
    by_hand = sorted(submitted, key=lambda id_: sha256(seed + id_.encode()).hexdigest())
    assert sorted(submitted, key=lambda id_: ranks[id_]) == by_hand
    assert sorted(ranks.values()) == [*range(1, 21)]
    assert by_hand != submitted


@given(st.binary(min_size=32, max_size=32), ids)
def test_a_draw_repeats_in_whatever_order_applications_came(
    seed: bytes, submitted: list[str]
) -> None:
    shuffled = sorted(submitted, reverse=True)
    number = len(submitted)
    assert draw.ranks(seed, submitted, number) == draw.ranks(seed, shuffled, number)


@given(st.binary(min_size=32, max_size=32), ids, st.integers(0, 12))
def test_who_came_after_the_draw_stands_behind_as_they_came(
    seed: bytes, submitted: list[str], drawn: int
) -> None:
    ranks = draw.ranks(seed, submitted, drawn)
    before, later = submitted[:drawn], submitted[drawn:]
    assert [ranks[each] for each in later] == [*range(len(before) + 1, len(submitted) + 1)]
    assert {each: ranks[each] for each in before} == draw.ranks(seed, before, drawn)
