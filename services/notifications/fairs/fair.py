"""A fair as texts speak of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

Named: TypeAlias = Mapping[str, str | None]
"""A name by language; Arabic and French are always there."""


@dataclass(frozen=True, slots=True)
class Fair:
    """What texts say of a fair; its place is known once the fair has been changed."""

    fair_id: str
    name: Named
    timezone: str
    poles: Mapping[str, Named]
    venue: Named | None = None
    city: Named | None = None
    cancelled: bool = False
