"""What an organisation asks of a fair, and what became of it: values, commands and events.

They belong to the stream `fair-{fair_id}`; selection.py decides them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.registration.domain.text import Text


class Participation(StrEnum):
    """How an organisation takes part: it exhibits and sells, or it is a partner with a desk."""

    EXHIBITOR = "exhibitor"
    INSTITUTIONAL_PARTNER = "institutional_partner"


@dataclass(frozen=True)
class Product:
    family: str
    name: Text


@dataclass(frozen=True)
class Needs:
    """What an organisation needs of its booth; an area of 0 m² is any."""

    electricity: bool = False
    water: bool = False
    corner: bool = False
    step_free: bool = False
    min_area_m2: float = 0.0


# Commands


@dataclass(frozen=True)
class SubmitApplication:
    application_id: str
    organisation_id: str
    contact_id: str | None
    participation: Participation
    pole_id: str
    products: tuple[Product, ...]
    booths: int
    people: int
    needs: Needs
    programmes: tuple[str, ...]
    now: datetime


@dataclass(frozen=True)
class AcceptApplication:
    application_id: str
    reason: str


@dataclass(frozen=True)
class WaitlistApplication:
    application_id: str
    reason: str


@dataclass(frozen=True)
class RejectApplication:
    application_id: str
    reason: str


@dataclass(frozen=True)
class WithdrawApplication:
    """The organisation takes its application back, or once accepted its participation."""

    application_id: str
    reason: str


# Events


@dataclass(frozen=True)
class ApplicationSubmitted:
    fair_id: str
    application_id: str
    organisation_id: str
    contact_id: str | None
    participation: Participation
    pole_id: str
    products: tuple[Product, ...]
    booths: int
    people: int
    needs: Needs
    programmes: tuple[str, ...]


@dataclass(frozen=True)
class ExhibitorRegistered:
    fair_id: str
    exhibitor_id: str
    organisation_id: str
    contact_id: str | None
    participation: Participation
    pole_id: str
    booths: int
    people: int
    families: tuple[str, ...]
    needs: Needs
    programmes: tuple[str, ...]
    from_waitlist: bool
    reason: str


@dataclass(frozen=True)
class ApplicationWaitlisted:
    fair_id: str
    application_id: str
    organisation_id: str
    contact_id: str | None
    pole_id: str
    rank: int
    reason: str


@dataclass(frozen=True)
class ApplicationRejected:
    fair_id: str
    application_id: str
    organisation_id: str
    contact_id: str | None
    reason: str


@dataclass(frozen=True)
class ApplicationWithdrawn:
    fair_id: str
    application_id: str
    organisation_id: str
    contact_id: str | None
    reason: str


@dataclass(frozen=True)
class ExhibitorWithdrawn:
    fair_id: str
    exhibitor_id: str
    organisation_id: str
    contact_id: str | None
    pole_id: str
    booths: int
    reason: str
