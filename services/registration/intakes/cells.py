"""What stands in one cell, as a value; whoever cannot tell says why."""

from __future__ import annotations

import re
import unicodedata

from services.registration.contacts.phones import PhoneInvalid, normalised
from services.registration.intakes import words
from services.registration.organisations.folding import fold

MAX_TEXT = 400
ARABIC = re.compile("[\u0600-\u06ff]")
YEAR = re.compile(r"(?<!\d)(1[89]\d\d|20\d\d)(?!\d)")
WHOLE = re.compile(r"(\d{1,4})(?:[.,]0+)?")
BETWEEN = re.compile(r"[,،;؛/\n+•·]| - | et | و ")
BETWEEN_PHONES = re.compile(r"[,،;؛/\n]| et | ou | أو | و ")
YES_MARKS = {"✓", "✔", "☑", "+", "×"}
NO_MARKS = {"-", "—", "☐"}


class Unclear(ValueError):
    """A cell that nobody understands, and the code of why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def clean(text: str) -> str:
    """The text without control characters and marks of direction, in one line.  Raises Unclear."""
    kept = "".join(
        " " if char.isspace() else char
        for char in text
        if char.isspace() or unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Cn")
    )
    plain = " ".join(unicodedata.normalize("NFC", kept).split())
    if len(plain) > MAX_TEXT:
        raise Unclear("text_too_long")
    return plain


def is_arabic(text: str) -> bool:
    return ARABIC.search(text) is not None


def digits(text: str) -> str:
    """The text with its digits, of any script, as 0 to 9."""
    return "".join(
        str(unicodedata.decimal(char)) if char.isdecimal() else char for char in clean(text)
    )


def phone(text: str) -> str:
    """The first number of a cell that can exist, in E.164.  Raises Unclear."""
    for each in (text, *BETWEEN_PHONES.split(text)):
        try:
            return normalised(each)
        except PhoneInvalid:
            continue
    raise Unclear("phone_invalid")


def flag(text: str) -> bool:
    """Yes or no.  Raises Unclear."""
    plain = text.strip()
    found = words.meaning("flags", plain)
    if plain in YES_MARKS or found == "yes":
        return True
    if plain in NO_MARKS or found == "no":
        return False
    raise Unclear("flag_unclear")


def number(text: str) -> int:
    """A whole number from 1 to 100.  Raises Unclear."""
    found = WHOLE.match(digits(text))
    if found is None or not 1 <= int(found[1]) <= 100:
        raise Unclear("number_unclear")
    return int(found[1])


def year(text: str) -> int:
    """The year in a text, or in a date.  Raises Unclear."""
    found = YEAR.search(digits(text))
    if found is None:
        raise Unclear("year_unclear")
    return int(found[1])


def slug(text: str) -> str | None:
    """A text in Latin letters as an id; None where there is nothing to make one of."""
    made = "-".join(fold(text).split())[:63].strip("-")
    return made if re.fullmatch(r"[a-z0-9][a-z0-9-]{1,62}", made) else None


def several(text: str) -> list[str]:
    """The parts of a list in one cell."""
    return [part for part in (clean(each) for each in BETWEEN.split(text)) if part]
