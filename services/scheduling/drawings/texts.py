"""What a person reads about the faults of a drawing, in the languages of problems."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from services.scheduling.drawings.drawn import Fault

LANGUAGES = ("ar", "fr", "en")


@cache
def texts() -> Mapping[str, Mapping[str, str]]:
    """The sentences by code and language."""
    return tomllib.loads(Path(__file__).with_name("faults.toml").read_text("utf-8"))


def told(fault: Fault, language: str) -> str:
    """The sentence about a fault."""
    return texts()[fault.code][language].format_map(fault.more)
