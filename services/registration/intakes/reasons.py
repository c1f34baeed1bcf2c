"""Why rows are not taken as they stand, in the languages of problems."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

LANGUAGES = ("ar", "fr", "en")


@cache
def texts() -> Mapping[str, Mapping[str, Any]]:
    """What is said of each code; `note` is true of those that do not keep a row out."""
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))


def is_wrong(reasons: Iterable[Mapping[str, Any]]) -> bool:
    """Whether a row cannot be imported."""
    return any(not texts()[each["code"]].get("note", False) for each in reasons)


def told(reason: Mapping[str, Any], language: str) -> str:
    """What a person reads."""
    return str(texts()[reason["code"]][language]).format_map(reason)
