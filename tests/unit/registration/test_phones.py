"""Phones as people write them.  All numbers here are made up."""

from __future__ import annotations

import pytest

from services.registration.contacts.phones import PhoneInvalid, normalised

SPELLINGS = {
    "national": "0612345678",
    "in pairs": "06 12 34 56 78",
    "with points": "06.12.34.56.78",
    "with hyphens": "06-12-34-56-78",
    "international": "+212612345678",
    "with the trunk zero in brackets": "+212 (0)6 12 34 56 78",
    "with the international prefix": "00212 612 345 678",
    "country code without plus": "212612345678",
    "without its zero": "612345678",
    "from a spreadsheet": "612345678.0",
    "in Arabic digits": "٠٦١٢٣٤٥٦٧٨",
    "in full-width digits": "０６１２３４５６７８",
    "copied from an address book": "\u202a+212 612-345678\u202c",
    "with hard spaces": "06\u00a012\u202f34\u00a056\u00a078",
    "as a link": "tel:+212612345678",
}


@pytest.mark.parametrize("written", SPELLINGS.values(), ids=SPELLINGS.keys())
def test_every_spelling_is_the_same_number(written: str) -> None:
    assert normalised(written) == "+212612345678"


def test_a_number_from_abroad_keeps_its_country() -> None:
    assert normalised("+221 77 123 45 67") == "+221771234567"


INVALID = {
    "nothing": "",
    "words": "demain",
    "letters in it": "0612FLOWER",
    "too short": "0612",
    "too long": "06123456789012",
    "an area that there is not": "0012345678",
    "a country that there is not": "+999612345678",
    "an extension": "0612345678#12",
    "two numbers": "0612345678 / 0661234567",
    "a quantity": "612345678.5",
    "control characters": "\x00\x01",
}


@pytest.mark.parametrize("written", INVALID.values(), ids=INVALID.keys())
def test_a_wrong_number_is_refused_without_repeating_it(written: str) -> None:
    with pytest.raises(PhoneInvalid) as refusal:
        normalised(written)
    assert not written or written not in str(refusal.value)
