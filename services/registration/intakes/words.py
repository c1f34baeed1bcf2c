"""What delegations write, and what it means: headings, kinds, provinces, yes and no."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from services.registration.organisations.folding import SMALL_WORDS, fold

HERE = Path(__file__).parent
PASSED_OVER = "passed_over"
"""The field of headings that are known, and of no use to us."""
BEFORE_PLACES = {"province", "prefecture", "اقليم", "عماله"}


class Place(NamedTuple):
    province: str
    region: str


def words_of(text: str) -> tuple[str, ...]:
    """The folded words of a heading, without small words and the Arabic `لل` (of the)."""
    words = (word for word in fold(text).split() if word not in SMALL_WORDS)
    return tuple(word[2:] if word.startswith("لل") and len(word) > 4 else word for word in words)


@cache
def _read(name: str) -> Mapping[str, Any]:
    return tomllib.loads((HERE / name).read_text("utf-8"))


def _by_words(written: Mapping[str, Iterable[str]]) -> dict[tuple[str, ...], str]:
    return {words_of(each): means for means, those in written.items() for each in those}


@cache
def headings() -> Mapping[tuple[str, ...], str]:
    """The field that a heading is of, by its words."""
    return _by_words(_read("words.toml")["headings"])


@cache
def meanings(table: str) -> Mapping[tuple[str, ...], str]:
    """What is meant by words: of the tables `kinds`, `languages`, `flags`, `roles`."""
    return _by_words(_read("words.toml")[table])


def product_words(text: str) -> tuple[str, ...]:
    """The words of a product, plural as singular, without small words and `and`."""
    return tuple(
        word[:-1] if word.isascii() and word.endswith("s") and len(word) > 3 else word
        for word in words_of(text)
    )


@cache
def words_of_products() -> Mapping[tuple[str, ...], str]:
    """What else the products of a family are called, by their words."""
    products = _read("words.toml")["products"]
    return {product_words(each): code for code, those in products.items() for each in those}


@cache
def _places() -> Mapping[str, Place]:
    found: dict[str, Place] = {}
    for region, provinces in _read("provinces.toml").items():
        for province, names in provinces.items():
            for name in (province, *names):
                found[fold(name)] = Place(province, region)
    return found


@lru_cache(maxsize=1000)
def place(text: str) -> Place | None:
    """The province or prefecture that a text names, with its region."""
    words = [word for word in fold(text).split() if word not in BEFORE_PLACES | SMALL_WORDS]
    return _places().get(fold(text)) or _places().get(" ".join(words))


def meaning(table: str, text: str) -> str | None:
    """What a text means by one of the tables: by all of its words, or by those it begins with."""
    words, known = words_of(text), meanings(table)
    found = (known.get(words[:length]) for length in range(len(words), 0, -1))
    return next((each for each in found if each is not None), None)
