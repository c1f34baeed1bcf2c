"""An application: what is asked for, and what of that the state of the fair keeps."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any

from chassis.kernel.text import Text


class Participation(StrEnum):
    """How an organisation takes part: it exhibits and sells, or it is a partner with a desk."""

    EXHIBITOR = "exhibitor"
    INSTITUTIONAL_PARTNER = "institutional_partner"


@dataclass(frozen=True, slots=True)
class Product:
    """Something that an organisation sells; its origin is the place that it is known by."""

    family: str
    name: Text
    origin: Text | None = None


@dataclass(frozen=True, slots=True)
class Needs:
    """What an organisation needs of its booth; an area of 0 m² is any."""

    electricity: bool = False
    water: bool = False
    corner: bool = False
    step_free: bool = False
    min_area_m2: float = 0.0


@dataclass(frozen=True, slots=True)
class OfApplication:
    """What every event of an application begins with; the contact is whom to tell."""

    fair_id: str
    application_id: str
    organisation_id: str
    contact_id: str | None


@dataclass(frozen=True, slots=True)
class Asked(OfApplication):
    """What an organisation applies for."""

    participation: Participation
    pole_id: str
    products: tuple[Product, ...]
    booths: int
    people: int
    needs: Needs
    programmes: tuple[str, ...]
    preferences: tuple[str, ...] = field(default=(), kw_only=True)

    @property
    def families(self) -> tuple[str, ...]:
        """The families of the products, sorted."""
        return tuple(sorted({product.family for product in self.products}))


def asked_of(asked: Asked) -> dict[str, Any]:
    """What is asked for, by name."""
    return {each.name: getattr(asked, each.name) for each in fields(Asked)}


@dataclass(frozen=True, slots=True)
class Kept(OfApplication):
    """What is kept of what was asked for: of the products, which are most of it, only their
    families (sorted), and `products`, a sum by which others are told from them."""

    participation: Participation
    pole_id: str
    families: tuple[str, ...]
    products: int
    booths: int
    people: int
    needs: Needs
    programmes: tuple[str, ...]
    preferences: tuple[str, ...]


def kept_of(asked: Asked) -> Kept:
    return Kept(
        asked.fair_id,
        asked.application_id,
        asked.organisation_id,
        asked.contact_id,
        asked.participation,
        asked.pole_id,
        asked.families,
        sum_of(asked.products),
        asked.booths,
        asked.people,
        asked.needs,
        asked.programmes,
        asked.preferences,
    )


def sum_of(products: tuple[Product, ...]) -> int:
    """A sum of products.  It means nothing in another process, where the same text has another."""
    return hash(products)
