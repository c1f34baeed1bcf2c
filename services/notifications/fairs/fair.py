"""A fair as texts speak of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from pydantic import Json

Named: TypeAlias = Mapping[str, str | None]
"""A name by language; Arabic and French are always there."""


@dataclass(frozen=True, slots=True)
class Fair:
    """What texts say of a fair; its place is known once the fair has been changed.

    A field of type Json is read from a column of type jsonb.
    """

    fair_id: str
    name: Json[Named]
    timezone: str
    poles: Json[Mapping[str, Named]]
    venue: Json[Named] | None = None
    city: Json[Named] | None = None
    cancelled: bool = False
