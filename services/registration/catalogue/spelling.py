"""Words as they are searched for, however they are spelt.

Moroccan names have no settled spelling in Latin letters: djellaba, jellaba and jallabah are one
word, as are bzioua and bziwa.  A word is kept twice: as it is written, and as it sounds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from services.registration.organisations.folding import fold

SPELLING = 1
"""Counts the changes of what stands below: what was kept of words before is made again."""
MOST_WORDS = 8
"""Words of a question that are looked for; more are left out."""
SOUND = "~"
"""What the sound of a word begins with, so that it is never taken for a spelling."""

_SHORTEST = 2
_LONGEST = 60
"""Letters of a word that are looked at: PostgreSQL takes 2,046 bytes, and folding can make a text
several times as long."""
_SHORTEST_BEGINNING = 3
"""Letters from which a sound may be the beginning of a longer one."""
_SILENT = frozenset(
    fold(
        "al el la le les de du des et en au aux un une and of the in with من في على مع"
        " cooperative coop association gie union societe تعاونية تعاونيات جمعية اتحاد شركة"
    ).split()
)
"""Words that tell nothing of a product: they are in most names, or join others."""

_LATIN = re.compile(r"[a-z]+")
_SOUNDS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"^[ae]([dlnrstz])\1", r"\1"),  # The article before a sun letter: Annour, Essalam.
        (r"tch|sch|ch|sh", "X"),
        (r"ph", "f"),
        (r"dj|dg(?=[eiy])", "j"),
        (r"[gr]h", "G"),
        (r"gu(?=[eiy])", "G"),
        (r"g(?=[eiy])", "j"),
        (r"kh|qu|ck|c(?![eiy])|q", "k"),
        (r"c", "s"),
        (r"x", "ks"),
        (r"(?<!^)h", ""),
        (r"ou|oo|w|o", "u"),
        (r"y", "i"),
        (r"e", "a"),
        (r"(.)\1+", r"\1"),
        (r"(?<=..)s$", ""),
        (r"(?<=...)i?a$", ""),
    )
)
_ARABIC_ENDINGS = ("ات", "ه")
_NISBA = "ي"


def words_of(*texts: str) -> list[str]:
    """The words of some texts that are worth looking for, folded, each once."""
    found = (word[:_LONGEST] for text in texts for word in fold(text).split())
    return list(dict.fromkeys(w for w in found if len(w) >= _SHORTEST and w not in _SILENT))


@lru_cache(maxsize=50_000)
def sound_of(word: str) -> str:
    """How a folded word sounds; words that are spelt in different ways sound alike."""
    return SOUND + (_latin_sound(word) if _LATIN.fullmatch(word) else _arabic_stem(word))


def _latin_sound(word: str) -> str:
    for pattern, sound in _SOUNDS:
        word = pattern.sub(sound, word)
    return word.lower()


def _arabic_stem(word: str) -> str:
    """Without the ending of the feminine, of its plural and of the nisba, if three letters stay."""
    for endings in (_ARABIC_ENDINGS, (_NISBA,)):
        for ending in endings:
            if word.endswith(ending) and len(word) - len(ending) >= 3:
                word = word.removesuffix(ending)
                break
    return word


def terms_of(words: Iterable[str]) -> list[str]:
    """What is kept of words: each as it is written, and as it sounds."""
    return [term for word in words for term in (word, sound_of(word))]


def question_of(words: Iterable[str]) -> str:
    """What finds all of these words, or words that begin with them, as a `tsquery`."""
    return " & ".join(f"({_quoted(word)}:* | {_sounding(sound_of(word))})" for word in words)


def _sounding(sound: str) -> str:
    long_enough = len(sound) - len(SOUND) >= _SHORTEST_BEGINNING
    return f"{_quoted(sound)}:*" if long_enough else _quoted(sound)


def _quoted(term: str) -> str:
    escaped = term.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"
