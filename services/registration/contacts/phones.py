"""Phone numbers as people write them, to the one form in which they are stored: E.164."""

from __future__ import annotations

import re
import unicodedata

import phonenumbers

HOME_REGION = "MA"
"""The country of a number without a country code."""

# Invisible letters that come with a copy from an address book: marks of direction, joiners.
INVISIBLE = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u061c]")
# A number that a spreadsheet stored as a quantity.
SPREADSHEET = re.compile(r"^(\d+)\.0+$")


class PhoneInvalid(ValueError):
    """Not a number that can exist.  The message does not repeat it."""


def normalised(written: str) -> str:
    """The number in E.164 (`+212612345678`).

    Takes digits of any script, national and international forms, any punctuation.  Raises
    PhoneInvalid on words, extensions, and numbers that no country gives out.
    """
    plain = unicodedata.normalize("NFKC", INVISIBLE.sub("", written)).strip()
    text = SPREADSHEET.sub(r"\1", plain).removeprefix("tel:")
    if any(char.isalpha() for char in text):
        raise PhoneInvalid("a phone number has digits only")
    try:
        number = phonenumbers.parse(text, HOME_REGION)
    except phonenumbers.NumberParseException as error:
        raise PhoneInvalid("not a phone number") from error
    if number.extension or not phonenumbers.is_valid_number(number):
        raise PhoneInvalid("not a phone number that exists")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
