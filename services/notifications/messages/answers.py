"""What a person means who answers yes or no.  Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from services.notifications.messages.domain import Answer

YES = (
    *("نعم", "موافق", "موافقة", "أوافق", "نقبل", "أقبل", "واخا", "ايه", "إيه"),
    *("oui", "ok", "d'accord", "daccord", "j'accepte", "nous acceptons", "wakha", "iyeh", "naam"),
    *("yes", "ⵢⴰⵀ"),
)
NO = (
    *("لا", "كلا", "غير موافق", "غير موافقة", "لا أوافق", "نرفض", "أرفض"),
    *("non", "pas d'accord", "je refuse", "nous refusons", "la"),
    *("no", "ⵓⵀⵓ"),
)
COURTESY = frozenset(
    ("شكرا", "merci", "svp", "thanks", "thank", "you", "please", "ⵜⴰⵏⵎⵎⵉⵔⵜ", "السلام", "عليكم")
)
"""Words that change nothing.  Any other word more, and nobody guesses what was meant."""
LETTERS = str.maketrans({"أ": "ا", "إ": "ا", "آ": "ا", "’": "'", "ـ": None})
"""What phones and persons write either way."""


def plain(text: str) -> str:
    """The words of a text: in small letters, without accents, vowel signs and punctuation."""
    marked = unicodedata.normalize("NFKD", text.casefold().translate(LETTERS))
    letters = "".join(each for each in marked if unicodedata.category(each) not in ("Mn", "Cf"))
    words = re.sub(r"[^\w']+", " ", letters.translate(LETTERS)).split()
    return " ".join(word for word in words if word not in COURTESY)


MEANT: Mapping[str, Answer] = {
    **{plain(said): Answer.ACCEPT for said in YES},
    **{plain(said): Answer.DECLINE for said in NO},
}


def answer_in(text: str) -> Answer | None:
    """The answer that a text is; None where it is not clearly one."""
    return MEANT.get(plain(text))
