"""Texts: templates filled in, in the first of a contact's languages that has them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import smsutil  # pyright: ignore[reportMissingTypeStubs]
from babel.dates import format_date, format_time
from fluent.runtime import FluentBundle, FluentResource

from services.notifications.fairs.fair import Named
from services.notifications.networks.directions import DIRECTIONS, Direction

Argument: TypeAlias = str | int | datetime | date | time | Named
"""An argument of a template; a moment is in the zone in which it is to be read."""

FOLDER = Path(__file__).with_name("texts")
LOCALES = {"ar": "ar_MA", "fr": "fr_MA", "zgh": "zgh", "en": "en_GB"}
HOURS = {"ar": "HH:mm", "fr": "HH'h'mm", "zgh": "HH:mm", "en": "HH:mm"}
SAME_SCRIPT = {"en": ("fr",)}
LAST_RESORT = ("ar", "fr")
"""Languages in which every text exists."""
OTHER = "reason_other"
GREETING = "greeting"
MARKS: Mapping[Direction, str] = {"ltr": "\N{LEFT-TO-RIGHT MARK}", "rtl": "\N{RIGHT-TO-LEFT MARK}"}

GSM: Any = smsutil
"""It has no types of its own."""

FOLDS = (
    (re.compile("[\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}\N{THIN SPACE}]"), " "),
    (re.compile("« ?| ?»|[“”]"), '"'),
    (re.compile("[‘’]"), "'"),
    (re.compile("[–—]"), "-"),
    (re.compile("…"), "..."),
)
"""Typography that GSM-7 lacks and that a reader does not miss.  Accents are not among them."""


SHORTER: Mapping[str, Sequence[tuple[re.Pattern[str], str]]] = {
    "fair": (
        (re.compile(" de l['’]économie sociale et solidaire"), " de l'ESS"),
        (re.compile(" للاقتصاد الاجتماعي والتضامني"), ""),
        (re.compile(" fair of the social and solidarity economy"), " SSE fair"),
    ),
    "pole": (
        (re.compile("^Pôle (?:des |de la |de |du |de l['’]|d['’])?"), ""),
        (re.compile("^قطب "), ""),
    ),
}
"""What an SMS leaves away of names: words that all fairs or poles have, for which a text would take
a segment more.  The ô of Pôle alone would take two, because GSM-7 lacks it."""


class TextMissing(Exception):
    """No language has the text, or an argument that the text needs was not given."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """A finished text; `segments` are what an SMS network bills, and 1 on other channels."""

    text: str
    language: str
    direction: Direction
    segments: int


def render(
    template: str,
    arguments: Mapping[str, Argument],
    languages: Sequence[str],
    channel: str,
    link: str | None = None,
) -> Rendered:
    """Fill in a template in the first language that has it; Arabic and French come last, and
    languages that we do not write are passed over.

    A reason is a code and becomes its text, or a general one.  `starts_at` is a time and becomes
    `day` and `time`.  A link stands on a line of its own.  Raises TextMissing.
    """
    asked = (code for code in (*languages, *LAST_RESORT) if code in LOCALES)
    chain = tuple(dict.fromkeys(asked))
    for language in chain:
        values = _values(arguments, language, chain, short=channel == "sms")
        text = _format(language, template, values)
        if text is None:
            continue
        text = text if link is None else f"{text}\n{link}"
        if channel != "sms":
            return Rendered(text, language, DIRECTIONS[language], 1)
        text = for_sms(text)
        return Rendered(text, language, DIRECTIONS[language], segments(text))
    raise TextMissing(template)


def values_of(arguments: Mapping[str, Argument], language: str) -> Mapping[str, str | int]:
    """What the places of an approved text are filled with, by name: whole names, days and times."""
    return _values(arguments, language, (language, *LAST_RESORT), short=False)


def name_in(name: Named, language: str) -> str:
    """A name as it stands in a text of this language."""
    return _set_in(_name(name, language, (language, *LAST_RESORT)), DIRECTIONS[language])


def greeting(language: str) -> str:
    """How an approved text begins.  Raises TextMissing."""
    found = _format(language, GREETING, {})
    if found is None:
        raise TextMissing(GREETING)
    return found


def for_sms(text: str) -> str:
    """The text with its typography folded, where that is all that keeps it out of GSM-7."""
    folded = text
    for pattern, plain in FOLDS:
        folded = pattern.sub(plain, folded)
    return folded if GSM.is_valid_gsm(folded) else text


def segments(text: str) -> int:
    """How many SMS a text takes: 160 characters of GSM-7 or 70 others fit in one."""
    return max(1, len(GSM.split(text).parts))


def _values(
    arguments: Mapping[str, Argument], language: str, chain: Sequence[str], *, short: bool
) -> dict[str, str | int]:
    """The arguments as this language writes them, with short names or whole ones; no reason where
    it has no text for one."""
    values: dict[str, str | int] = {}
    for key, value in arguments.items():
        if key == "reason":
            reason = _format(language, f"reason_{value}", {}) or _format(language, OTHER, {})
            values |= {key: reason} if reason else {}
        elif isinstance(value, datetime):
            values["day"] = format_date(value, "EEEE d MMMM", locale=LOCALES[language])
            values["time"] = format_time(value, HOURS[language], locale=LOCALES[language])
        elif isinstance(value, date):
            values[key] = format_date(value, "d MMMM y", locale=LOCALES[language])
        elif isinstance(value, time):
            values[key] = format_time(value, HOURS[language], locale=LOCALES[language])
        elif isinstance(value, str | int):
            values[key] = value
        else:
            name = _name(value, language, chain)
            for pattern, shorter in SHORTER.get(key, ()) if short else ():
                name = pattern.sub(shorter, name)
            values[key] = _set_in(name, DIRECTIONS[language])
    return values


def _name(name: Named, language: str, chain: Sequence[str]) -> str:
    """The name in this language, or else in one of the same script, or the person's next one."""
    found = (name.get(code) for code in (language, *SAME_SCRIPT.get(language, ()), *chain))
    return next(text for text in found if text)


def _set_in(name: str, direction: Direction) -> str:
    """A name that stands in a text of the other direction, marked off from what follows.

    Without the mark a number after an Arabic name in a text from left to right would be drawn on
    the wrong side of it.  Isolates would do as well, but old phones show them as boxes.
    """
    strong = [found for found in map(_strong, name) if found]
    return name + MARKS[direction] if strong and strong[-1] != direction else name


def _strong(character: str) -> Direction | None:
    match unicodedata.bidirectional(character):
        case "L":
            return "ltr"
        case "R" | "AL":
            return "rtl"
        case _:
            return None


def _format(language: str, message: str, values: Mapping[str, str | int]) -> str | None:
    """The text; None where the language lacks it, or it would have a hole for want of a value."""
    bundle = _bundle(language)
    pattern = bundle.get_message(message).value if bundle.has_message(message) else None
    if pattern is None:
        return None
    text, errors = bundle.format_pattern(pattern, dict(values))
    return None if errors else str(text)


@cache
def _bundle(language: str) -> FluentBundle:
    bundle = FluentBundle([LOCALES[language].replace("_", "-")], use_isolating=False)
    bundle.add_resource(FluentResource(source_of(language)))
    return bundle


def source_of(language: str) -> str:
    """The texts of a language as they are written."""
    return (FOLDER / f"{language}.ftl").read_text(encoding="utf-8")
