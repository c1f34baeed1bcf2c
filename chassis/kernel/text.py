"""A text in the languages of the fairs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Text:
    """Arabic and French are always given; Tamazight (in Tifinagh) and English may be."""

    ar: str
    fr: str
    zgh: str | None = None
    en: str | None = None
