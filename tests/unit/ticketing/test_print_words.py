"""Words and dates on prints, in three languages."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path

import pytest

from services.scheduling.drawings.measuring import missing
from services.ticketing.prints import words
from services.ticketing.prints.words import (
    BREAK,
    LONGEST_WORD,
    PrintLanguage,
    days,
    in_language,
    people,
    role,
    told,
    word,
)
from services.ticketing.tickets.domain import TicketKind

ALL = tomllib.loads(Path(words.__file__).with_name("words.toml").read_text("utf-8"))
FIRST = date(2025, 9, 17)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("فاطمة Zahra", "ar"),
        ("Zahra فاطمة", "fr"),
        ("ⴼⴰⵟⵎⴰ", "zgh"),
        ("28", "fr"),
        ("17–22 ⵛⵓⵜⴰⵏⴱⵉⵔ 2025", "zgh"),
        ("", "fr"),
    ],
)
def test_a_text_is_set_by_the_rules_of_its_first_letter(text: str, language: str) -> None:
    assert told(text) == {"text": text, "language": language}


def test_a_word_too_long_for_a_line_may_be_broken_and_others_only_behind_hyphens() -> None:
    long = "a" * LONGEST_WORD
    assert told(f"{long}bc {long}")["text"] == f"{long}{BREAK}bc {long}"
    assert told("Rochefoucauld-Montmorency-Laval")["text"] == "Rochefoucauld-Montmorency-Laval"
    assert told(" two \n words ")["text"] == "two words"


@pytest.mark.parametrize(
    ("last", "arabic", "french", "tamazight"),
    [
        (
            FIRST,
            "الأربعاء 17 شتنبر 2025",
            "mercredi 17 septembre 2025",
            "17 ⵛⵓⵜⴰⵏⴱⵉⵔ 2025",
        ),
        (
            date(2025, 9, 22),
            "من 17 إلى 22 شتنبر 2025",
            "du 17 au 22 septembre 2025",
            "17–22 ⵛⵓⵜⴰⵏⴱⵉⵔ 2025",
        ),
        (
            date(2025, 10, 1),
            "من 17 شتنبر إلى 1 أكتوبر 2025",
            "du 17 septembre au 1er octobre 2025",
            "17 ⵛⵓⵜⴰⵏⴱⵉⵔ – 1 ⴽⵜⵓⴱⵔ 2025",
        ),
        (
            date(2026, 1, 2),
            "من 17 شتنبر 2025 إلى 2 يناير 2026",
            "du 17 septembre 2025 au 2 janvier 2026",
            "17 ⵛⵓⵜⴰⵏⴱⵉⵔ 2025 – 2 ⵉⵏⵏⴰⵢⵔ 2026",
        ),
    ],
)
def test_days_say_nothing_twice(last: date, arabic: str, french: str, tamazight: str) -> None:
    said = [days(FIRST, last, language)["text"] for language in PrintLanguage]
    assert said == [arabic, french, tamazight]


def test_weekdays_are_those_of_the_calendar() -> None:
    week = [days(date(2025, 9, n), date(2025, 9, n), "fr")["text"].split()[0] for n in range(1, 8)]
    assert week[0] == "lundi"
    assert week[6] == "dimanche"


@pytest.mark.parametrize(
    ("count", "arabic", "french"),
    [
        (1, "شخص واحد", "personne"),
        (2, "شخصان", "personnes"),
        (3, "أشخاص", "personnes"),
        (10, "أشخاص", "personnes"),
        (11, "شخصا", "personnes"),
        (60, "شخصا", "personnes"),
    ],
)
def test_people_are_counted_as_arabic_counts(count: int, arabic: str, french: str) -> None:
    assert people(count, "ar")["text"] == arabic
    assert people(count, "fr")["text"] == french


def test_a_role_that_we_do_not_know_stands_in_its_own_words() -> None:
    assert role("seller", "fr")["text"] == "Vente"
    assert role("seller", "zgh") == {"text": "البيع", "language": "ar"}
    assert role("master_weaver", "ar") == {"text": "master weaver", "language": "fr"}
    assert role("", "ar")["text"] == ""


def test_a_name_is_said_in_the_language_or_in_arabic_or_in_any() -> None:
    texts = {"ar": "سوق", "fr": "Souk", "zgh": None}
    assert in_language(texts, "fr") == "Souk"
    assert in_language(texts, "zgh") == "سوق"
    assert in_language({"en": "Market"}, "ar") == "Market"
    assert in_language({}, "ar") == ""


def test_every_kind_of_ticket_has_its_word() -> None:
    for kind in TicketKind:
        for language in PrintLanguage:
            assert word(kind, language)["text"]


def test_every_letter_of_ours_is_in_our_fonts() -> None:
    dates, roles = ALL["dates"], ALL["roles"]
    assert set(dates) == set(PrintLanguage)
    plain = [ALL[name] for name in ALL.keys() - {"dates", "roles"}]
    for texts in (*plain, *roles.values()):
        assert {"ar", "fr"} <= texts.keys() <= set(PrintLanguage)
        assert missing("".join(texts.values())) == ""
    for texts in dates.values():
        assert len(texts["weekdays"]) == 7
        assert len(texts["months"]) == 12
        assert missing("".join((*texts["weekdays"], *texts["months"]))) == ""
