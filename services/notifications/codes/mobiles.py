"""Mobile numbers of Morocco as people type them, and as contacts have them: in E.164.

What costs money, and who can be pestered, is bounded by the country: a code goes nowhere else.
"""

from __future__ import annotations

import re
import unicodedata

SEPARATORS = re.compile(
    r"[\s.\-()/\u2010-\u2015\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u061c]"
)
MOBILE = re.compile(r"(?:\+212|00212|212)0?([67][0-9]{8})|0([67][0-9]{8})")
"""06 and 07; 05 is fixed, and 08 is what others are paid for."""
BLOCK_DIGITS = 4


class NoMobile(ValueError):
    """Not a mobile number of Morocco.  The message does not repeat it."""


def mobile_of(written: str) -> str:
    """The number in E.164 (`+212612345678`), from digits of any script, national or international.

    Raises NoMobile.
    """
    plain = SEPARATORS.sub("", unicodedata.normalize("NFKC", written))
    digits = "".join(str(unicodedata.decimal(sign, sign)) for sign in plain)
    found = MOBILE.fullmatch(digits)
    if found is None:
        raise NoMobile("not a mobile number of Morocco")
    return f"+212{found[1] or found[2]}"


def block_of(mobile: str) -> str:
    """The ten thousand numbers that an operator gives out together, by what they begin with."""
    return mobile[:-BLOCK_DIGITS]
