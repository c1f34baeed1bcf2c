"""One spelling for what people write in several ways, to compare and to search: Arabic and French.

A folded text is to be compared, never to be shown.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

LETTERS = str.maketrans(
    {
        # Not decomposed by Unicode: alef wasla, dotless yeh.  Yeh and alef maqsura are one letter
        # in handwriting and on many keyboards, ta marbuta is read as ha.
        "ٱ": "ا",
        "ى": "ي",
        "ی": "ي",
        "ې": "ي",
        "ة": "ه",
        "ۀ": "ه",
        "ہ": "ه",
        "ھ": "ه",
        # The Moroccan gaf and its neighbours are written as kaf as often as not (أڭادير, أكادير).
        "ڭ": "ك",
        "ݣ": "ك",
        "گ": "ك",
        "ک": "ك",
        "ڤ": "ف",
        "پ": "ب",
        # A hamza on the line is left out as easily as one on its seat; a tatweel only draws.
        "ء": None,
        "ـ": None,
        # French.
        "œ": "oe",
        "æ": "ae",
        "ø": "o",
        "ł": "l",
        "ı": "i",
    }
)
MARKS = {"Mn", "Me", "Cf"}
"""Diacritics, tashkil (with hamza above and below), joiners and marks of direction."""
# All articles in front, so that folding again changes nothing: "الألبان" and "ألبان" (written
# without its hamza) come to the same.  Two letters are left at least.
ARTICLE = re.compile(r"^(?:ال)+(?=\w{2})")
LATIN_ARTICLES = {"al", "el"}


def fold(text: str) -> str:
    """`text` without what spellings of the same words differ in.

    Folds diacritics (Latin, and tashkil), hamza, alef maqsura, ta marbuta, tatweel, the article
    (ال, al, el), the case, digits of any script, punctuation and spaces.  Folding twice is folding
    once; words of letters and digits remain, with one space between.
    """
    words = [ARTICLE.sub("", word) for word in _letters(text).split()]
    return " ".join([word for word in words if word not in LATIN_ARTICLES] or words)


def _letters(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text)
    plain = unicodedata.normalize("NFKD", plain.casefold()).translate(LETTERS)
    return "".join(_plain(char) for char in plain if unicodedata.category(char) not in MARKS)


def _plain(char: str) -> str:
    if char.isdecimal():
        return str(unicodedata.decimal(char))
    return char if char.isalnum() else " "


LEGAL_FORMS = tuple(
    tuple(fold(form).split())
    for form in (
        "groupement d'intérêt économique",
        "groupe d'intérêt économique",
        "مجموعة ذات النفع الاقتصادي",
        "مجموعة النفع الاقتصادي",
        "entreprise sociale",
        "مقاولة اجتماعية",
        "coopérative",
        "coopératives",
        "cooperativa",
        "cooperative society",
        "coop",
        "copérative",
        "تعاونية",
        "تعاونيات",
        "association",
        "assoc",
        "asso",
        "جمعية",
        "mutuelle",
        "تعاضدية",
        "société",
        "sté",
        "شركة",
        "g.i.e.",
        "gie",
    )
)
"""What an organisation is, as it stands in names; the longer forms come first."""
SMALL_WORDS = {"d", "de", "des", "du", "et", "l", "la", "le", "les", "pour"}


def fold_organisation(name: str) -> str:
    """`fold`, without legal forms (coopérative, coop., تعاونية) and French small words.

    A name that consists of nothing else is folded whole.
    """
    words = fold(name).split()
    return " ".join(_telling(words)) or " ".join(words)


def _telling(words: list[str]) -> Iterator[str]:
    at = 0
    while at < len(words):
        form = next((f for f in LEGAL_FORMS if tuple(words[at : at + len(f)]) == f), None)
        if form is None and words[at] not in SMALL_WORDS:
            yield words[at]
        at += len(form or "1")
