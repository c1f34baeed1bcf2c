"""A text in the languages of a fair."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Text:
    """Arabic and French are always there; Tamazight (Tifinagh) and English may be."""

    ar: str
    fr: str
    zgh: str | None = None
    en: str | None = None
