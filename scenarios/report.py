"""What is told of a fair while it is played, and at its end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


class Phase(StrEnum):
    """A part of the play, as a person may read it."""

    ANNOUNCE = "The fair is announced"
    ENROL = "Organisations become known"
    APPLY = "Organisations apply"
    MARK = "The team marks applications"
    SELECT = "The team decides"
    PLACE = "Booths are given"
    SCHEDULE = "The programme is made"
    RESERVE = "Workshop seats run out"
    CONTACTS = "Contacts are corrected, called and erased"
    FAIR = "Visitors come in"
    FIGURES = "Figures are drawn"


class Progress(Protocol):
    """Is told how far a phase is: so many steps done, of so many."""

    def __call__(self, phase: Phase, done: int, total: int, /) -> None: ...


def silent(phase: Phase, done: int, total: int, /) -> None:
    """Tells nobody."""


@dataclass(frozen=True)
class PoleReport:
    booths: int
    assigned: int


@dataclass(frozen=True)
class QuotaReport:
    """A share in per cent that was asked for, and the places that it came to."""

    at_least: int
    at_most: int
    places: int
    of_places: int


@dataclass(frozen=True)
class SelectionReport:
    """What a run came to; with `proven`, no selection has a higher score."""

    score: int
    bound: int
    proven: bool
    adjusted: int
    """Decisions that the team took otherwise than the run."""
    quotas: Mapping[str, QuotaReport]


@dataclass(frozen=True)
class Worth:
    """A placement in two numbers; fewer booths ungiven come first."""

    unplaced: int
    objective: int


@dataclass
class AssignmentReport:
    """What a run that gave the booths came to; with `proven`, no placement costs less."""

    objective: int
    bound: int
    gap: float
    proven: bool
    first_fit: Worth
    """What first fit would have come to."""
    random_best: Worth
    """The same of the best of many draws."""
    repair_moves: int = 0
    """Exhibitors who were moved so that others could be placed."""


@dataclass(frozen=True)
class Report:
    """A fair in numbers, as its services answered at the end.

    Visitors are a sample of those who come to such a fair.  Events are counted over all services;
    by type, and audited, they are for whoever can look into the logs.
    """

    fair: str
    organisations: int
    people: int
    partners: int
    booths: int
    booths_assigned: int
    institutional_booths: int
    booths_by_pole: Mapping[str, PoleReport]
    organisations_by_kind: Mapping[str, int]
    """Partners among them, as in the next one."""
    organisations_by_programme: Mapping[str, int]
    applications: Mapping[str, int]
    """By what became of them."""
    product_families: int
    families: Mapping[str, int]
    """Organisations by the family of what they show."""
    sessions: int
    sessions_by_kind: Mapping[str, int]
    workshops: int
    workshops_full: int
    seats: int
    seats_reserved: int
    tickets: int
    people_in: int
    messages: int
    messages_delivered: int
    messages_by_language: Mapping[str, int]
    messages_by_channel: Mapping[str, int]
    messages_failed: Mapping[str, int]
    messages_pending: Mapping[str, int]
    seconds: float
    selection: SelectionReport | None = None
    """None where the team decided by hand."""
    assignment: AssignmentReport | None = None
    """None where booths were given by first fit."""
    offers: Mapping[str, int] = field(default_factory=dict[str, int])
    """Of places given back, by what became of them; none where who waited moved up at once."""
    seat_offers: Mapping[str, int] = field(default_factory=dict[str, int])
    """Of freed seats of workshops: `offers`, and of these `taken` and `lapsed`."""
    no_shows: int = 0
    """Seats that were released because nobody came."""
    attended: int = 0
    """Seats that were scanned at the doors of workshops."""
    intake: Mapping[str, int] = field(default_factory=dict[str, int])
    """Lists that came, and their rows by what became of them."""
    programme_versions: int = 0
    """Timetables that were published as a whole."""
    messages_read: int = 0
    fell_back: int = 0
    """Messages that were sent by another channel, because one had failed."""
    unknown: int = 0
    """Messages of which nobody knows whether the network took them."""
    calls_to_make: int = 0
    answers: int = 0
    """What contacts have answered to questions."""
    opted_out: int = 0
    """Contacts that want no more messages."""
    segments: int = 0
    cost_mad: float = 0.0
    """What the texts have cost, by what routes say of a segment."""
    scans: int = 0
    """What phones at gates have uploaded."""
    double_entries: int = 0
    inside_peak: int = 0
    inside_at_close: int = 0
    events: int = 0
    events_by_type: Mapping[str, int] = field(default_factory=dict[str, int])
    audit: str = ""
