"""The words and dates on a print, in the languages in which it is made."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any, TypedDict


class PrintLanguage(StrEnum):
    """The language of a print; where Tamazight has no word of ours, the Arabic stands."""

    ARABIC = "ar"
    FRENCH = "fr"
    TAMAZIGHT = "zgh"


class Told(TypedDict):
    """A text, and the language by whose rules it is set."""

    text: str
    language: str


LONGEST_WORD = 24
"""Letters of a word that fits into a line of any print."""
BREAK = "\u200b"
"""Where a longer word may go on in the next line."""


@cache
def _words() -> Mapping[str, Any]:
    return tomllib.loads(Path(__file__).with_name("words.toml").read_text("utf-8"))


def told(text: str) -> Told:
    """A text as it is set: by its first letter, whatever the language of the print is."""
    first = next((letter for letter in text if letter.isalpha()), "a")
    language = "fr"
    if "\u0600" <= first <= "\u08ff":
        language = "ar"
    elif "\u2d30" <= first <= "\u2d7f":
        language = "zgh"
    return {"text": " ".join(map(_breakable, text.split())), "language": language}


def _breakable(word: str) -> str:
    if len(word) <= LONGEST_WORD:
        return word
    # A line may end behind a hyphen anyway.
    return "".join(
        BREAK.join(part[at : at + LONGEST_WORD] for at in range(0, len(part), LONGEST_WORD))
        for part in re.split(r"(?<=-)", word)
    )


def word(name: str, language: str) -> Told:
    """A word of ours."""
    texts: Mapping[str, str] = _words()[name]
    return told(texts.get(language, texts["ar"]))


def role(code: str, language: str) -> Told:
    """What somebody does at a stand; of a code that we do not know, its words."""
    texts: Mapping[str, str] | None = _words()["roles"].get(code)
    return told(code.replace("_", " ") if texts is None else texts.get(language, texts["ar"]))


def people(count: int, language: str) -> Told:
    """The word beside a number of people.  Arabic has a form for one, two, three to ten, and more;
    what we print is at most a hundred."""
    form = {1: "one", 2: "two"}.get(count, "few" if 3 <= count <= 10 else "many")
    return word(f"people_{form}", language)


def in_language(texts: Mapping[str, str | None], language: str) -> str:
    """A text in a language; in Arabic where there is none, then in any."""
    wanted = (texts.get(name) for name in (language, "ar"))
    return next(filter(None, chain(wanted, texts.values())), "")


def days(first: date, last: date, language: str) -> Told:
    """From the first day to the last one, saying nothing twice."""
    texts = _words()["dates"][language]
    if first == last:
        pattern: str = texts["day"]
    elif first.year != last.year:
        pattern = texts["over_years"]
    else:
        pattern = texts["within_month" if first.month == last.month else "within_year"]
    values = {
        "weekday": texts["weekdays"][first.weekday()],
        "day": _day(first, texts),
        "month": texts["months"][first.month - 1],
        "year": first.year,
        "last_day": _day(last, texts),
        "last_month": texts["months"][last.month - 1],
        "last_year": last.year,
    }
    return told(pattern.format_map(values))


def _day(day: date, texts: Mapping[str, str]) -> str:
    return texts["first"] if day.day == 1 else str(day.day)
