"""Who takes part in a scenario: values that the generator makes up and the player plays."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from enum import StrEnum

from maarid_contracts.registration import Channel, Language, OrganisationKind, Participation
from maarid_contracts.ticketing import TicketKind

WAVES = 3
"""Visitors come in so many waves a day."""


class Course(StrEnum):
    """How an application ends."""

    ACCEPTED = "accepted"
    WITHDRAWS_BEFORE_PLAN = "withdraws_before_plan"
    """Accepted, then withdrawn while no booth is given yet."""
    WITHDRAWS_AFTER_PLAN = "withdraws_after_plan"
    WAITLISTED = "waitlisted"
    REJECTED = "rejected"
    TAKEN_BACK = "taken_back"

    @property
    def gets_in(self) -> bool:
        """Whether the team accepts it when it decides."""
        return self in (
            Course.ACCEPTED,
            Course.WITHDRAWS_BEFORE_PLAN,
            Course.WITHDRAWS_AFTER_PLAN,
        )


@dataclass(frozen=True)
class Name:
    """A trade name; made up."""

    ar: str
    fr: str
    zgh: str | None = None
    en: str | None = None


@dataclass(frozen=True)
class Contact:
    """A person who can be reached: name and phone are made up."""

    name: str
    phone: str
    language: Language
    second_language: Language
    channel: Channel
    consent: bool
    role: str


@dataclass(frozen=True)
class Product:
    family: str
    name: Name
    origin: Name | None = None


@dataclass(frozen=True)
class Needs:
    electricity: bool = False
    water: bool = False
    corner: bool = False
    step_free: bool = False

    @property
    def any(self) -> bool:
        """Whether not every booth would do."""
        return self.electricity or self.water or self.corner or self.step_free


@dataclass(frozen=True)
class Application:
    """What an organisation asks for, and what becomes of it."""

    participation: Participation
    pole_id: str
    products: tuple[Product, ...]
    booths: int
    people: int
    needs: Needs
    programmes: tuple[str, ...]
    course: Course
    reason: str
    marks: tuple[int, int]
    """Between which the team marks it, should it get in."""
    featured: bool = False
    """The reports speak of it."""
    pioneer: bool = False
    """The team gives it its booth by hand."""
    week: int = 0
    """The week of the call in which it comes, counted from 0."""
    preferences: tuple[str, ...] = ()
    """What it would like of its booth, but can do without."""


@dataclass(frozen=True)
class Organisation:
    """A made-up organisation; without an application it only sends people who speak."""

    key: str
    kind: OrganisationKind
    name: Name
    province: str
    region: str
    country: str
    women_led: bool
    youth_led: bool
    contacts: tuple[Contact, ...]
    application: Application | None
    commune: str | None = None
    """Where it comes from, if that is told."""


@dataclass(frozen=True)
class Visit:
    """One ticket, and when and where its bearers come in."""

    key: str
    day: int
    kind: TicketKind
    party: int
    province: str
    gate: str
    wave: int
    comes: bool


@dataclass(frozen=True)
class SeatWish:
    """Who wants a seat in which session: the organisation's key, or none for a visitor."""

    key: str
    session: str
    organisation: str | None
    gives_back: bool
    """Cancels later, should it have got a seat."""


@dataclass(frozen=True)
class Cast:
    """Everybody in a scenario."""

    organisations: tuple[Organisation, ...]
    experts: Organisation
    visits: tuple[Visit, ...]
    wishes: tuple[SeatWish, ...]

    def document(self) -> bytes:
        """The whole cast as JSON: the same scenario gives the same bytes."""
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True).encode()
