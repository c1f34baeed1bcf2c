"""Draws every text as the phone of its reader shows it, on A4."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

import chassis
from services.notifications.messages.showing import shown

FONTS = Path(chassis.__file__).with_name("fonts")
LAYOUT = Path(__file__).with_name("sheet.typ")
LANGUAGES = ("ar", "fr", "zgh", "en")
DOTS_PER_INCH = 110.0


def sheet(form: Literal["pdf", "png"] = "pdf") -> bytes:
    """All texts in all languages as a PDF, or the pages as PNG below each other.

    Raises ImportError where typst is not installed.
    """
    import typst

    given = [
        {
            "language": language,
            "texts": [
                {
                    "name": each.variant.name,
                    "text": each.written.text,
                    "direction": each.written.direction,
                    "segments": each.written.segments,
                    "characters": len(each.written.text),
                }
                for each in shown(language)
            ],
        }
        for language in LANGUAGES
    ]
    compiler = typst.Compiler(
        LAYOUT.read_bytes(),
        font_paths=typst.Fonts(include_system_fonts=False, font_paths=[str(FONTS)]),
        sys_inputs={"given": json.dumps(given), "paper": "a4" if form == "pdf" else "long"},
    )
    made = compiler.compile(format=form, ppi=DOTS_PER_INCH)
    assert isinstance(made, bytes)  # Of several pages a picture would be a list.
    return made
