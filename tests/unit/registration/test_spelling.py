"""Words are found however they are spelt, and are not taken for others."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from services.registration.catalogue.spelling import (
    MOST_WORDS,
    SOUND,
    question_of,
    sound_of,
    terms_of,
    words_of,
)

ALIKE = [
    ("djellaba", "jellaba", "jallabah", "Djellabas", "jelaba"),
    ("bzioua", "bziwa", "Bziouia", "bziouya"),
    ("البزيوية", "بزيوي", "بِزْيويّة", "البزيويات"),
    ("caftan", "kaftan", "qaftan", "Caftans"),
    ("zellige", "zellij", "zelij"),
    ("tajine", "tagine", "TAJIN"),
    ("Annour", "Al Nour", "Ennour"),
    ("Assalam", "Essalam", "salam"),
    ("ghassoul", "rhassoul", "gassoul"),
    ("chaouen", "shawen"),
    ("majhoul", "medjoul", "mejhoul", "medjool"),
    ("henné", "henna"),
    ("couscous", "kuskus"),
    ("belgha", "balgha", "belga"),
    ("kholkhal", "kolkal"),
    ("guelmim", "guélmim"),
    ("céramique", "seramik"),
    ("philali", "filali"),
    ("الأركان", "اركان"),
    ("زربية", "الزربيات"),
]
DIFFERENT = [
    ("miel", "huile"),
    ("tapis", "tajine"),
    ("rose", "roseau"),
    ("زيت", "زيتون"),
    ("جبن", "جلد"),
    ("جلد", "جل"),
    ("argan", "safran"),
    ("1", "2"),
]


def sounds(text: str) -> list[str]:
    return [sound_of(word) for word in words_of(text)]


@pytest.mark.parametrize("spellings", ALIKE, ids=lambda spellings: spellings[0])
def test_spellings_of_one_word_sound_alike(spellings: tuple[str, ...]) -> None:
    assert len({tuple(sounds(each)) for each in spellings}) == 1


@pytest.mark.parametrize("pair", DIFFERENT, ids=lambda pair: pair[0])
def test_words_that_differ_sound_different(pair: tuple[str, str]) -> None:
    first, second = (sound_of(word) for word in pair)
    assert first != second


def test_words_that_tell_nothing_are_left_out() -> None:
    assert words_of("Coopérative de l'huile d'argan") == ["huile", "argan"]
    assert words_of("تعاونية زيت الأركان") == ["زيت", "اركان"]
    assert words_of("Coopérative", "تعاونية", "%_'\\", "") == []
    assert words_of("miel MIEL", "Miel") == ["miel"]


def test_a_word_is_kept_as_it_is_written_and_as_it_sounds() -> None:
    assert terms_of(["djellaba", "بزيويه"]) == ["djellaba", "~jalab", "بزيويه", "~بزيو"]


def test_a_question_takes_words_that_begin_so_and_short_sounds_as_they_are() -> None:
    assert question_of(["djellaba"]) == "('djellaba':* | '~jalab':*)"
    assert question_of(["the", "or"]) == "('the':* | '~ta') & ('or':* | '~ur')"


def test_a_word_is_no_longer_than_the_index_takes() -> None:
    [word] = words_of("㌀" * 400)
    assert len(word.encode()) <= 240
    assert words_of("a" * 200) == words_of("a" * 100)


def test_quotes_are_no_end_of_a_word() -> None:
    assert question_of(["a'b\\c"]).startswith("('a''b\\\\c':*")


@given(st.text(max_size=60))
def test_whatever_is_written_a_question_finds_what_is_written_the_same(written: str) -> None:
    words = words_of(written)
    assert words_of(" ".join(words)) == words
    kept = terms_of(words)
    assert len(kept) == 2 * len(words)
    assert all(sound_of(word) in kept and word in kept for word in words[:MOST_WORDS])
    assert not any(word.startswith(SOUND) for word in words)
    assert all(len(sound) > len(SOUND) for sound in map(sound_of, words))
