"""The families that a season begins with: see `standard.toml`."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

from chassis.kernel.text import Text
from services.registration.catalogue.domain import Family


@cache
def standard_families() -> tuple[Family, ...]:
    """In the order of the file, parents before their parts."""
    tables = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
    return tuple(
        Family(
            code,
            Text(table["ar"], table["fr"], table.get("zgh"), table["en"]),
            table["craft"],
            table.get("dusty", False),
            table.get("parent"),
        )
        for code, table in tables.items()
    )
