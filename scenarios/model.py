"""What a scenario file may say: one class a table, nothing unknown, every number in its range."""

from __future__ import annotations

from datetime import date, time
from enum import StrEnum
from typing import Annotated, Literal

from maarid_contracts.envelope import Code, Slug
from maarid_contracts.registration import Language, OrganisationKind, Participation
from maarid_contracts.scheduling import SessionKind, Silence
from maarid_contracts.selection import TermValue, Word
from maarid_contracts.ticketing import TicketKind
from pydantic import BaseModel, ConfigDict, Field

Share = Annotated[float, Field(ge=0, le=1, strict=True)]
Metres = Annotated[float, Field(ge=0, strict=True)]
Count = Annotated[int, Field(ge=0, strict=True)]
Some = Annotated[int, Field(ge=1, strict=True)]
Weight = Annotated[float, Field(gt=0, strict=True)]
Mark = Annotated[int, Field(ge=1, le=100, strict=True)]
PerCent = Annotated[int, Field(ge=0, le=100, strict=True)]


class ScenarioError(Exception):
    """A scenario cannot be used; the text says where and why, in words for a person."""


class Reading(StrEnum):
    """What "320 exhibitors" in a report counts; the other reading of each fair loads too."""

    ORGANISATIONS = "organisations"
    PEOPLE = "people"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Text(_Strict):
    """A text in Arabic and French, and further languages where we are sure of them."""

    ar: str = Field(min_length=1)
    fr: str = Field(min_length=1)
    zgh: str | None = None
    en: str | None = None


class Fair(_Strict):
    """What is announced."""

    edition: Some
    name: Text
    region: Slug
    city: Text
    venue: Text
    timezone: str
    first_day: date
    last_day: date
    opens_at: time
    closes_at: time
    area_m2: Some | None = None


class Exhibitors(_Strict):
    """The number that the reports give, what it counts, and among whom."""

    reported: Some
    reading: Reading
    """Switches the fair between its readings: the groups grow or shrink with it."""
    people_per_booth: Some
    kinds: tuple[OrganisationKind, ...] = ()
    """The kinds that the number counts; none named means all."""
    poles: tuple[Slug, ...] = ()
    """The poles in which it counts; none named means all."""


class Pole(_Strict):
    """A part of the fair; its places follow from the groups that exhibit there."""

    pole_id: Slug
    sign: str = Field(pattern=r"^[A-Z]{1,3}$")
    """The letter before the number on its booths' signs."""
    name: Text
    institutional: bool = False
    spare: Count = 0
    """Booths in the plan beyond its places."""


class Programme(_Strict):
    """A support programme and how many exhibitors it helps."""

    programme_id: Slug
    name: Text
    beneficiaries: Some
    among: Literal["women_led", "youth_led", "all"] = "all"


class NeedShares(_Strict):
    """The share of a group that needs each thing."""

    electricity: Share = 0.0
    water: Share = 0.0
    corner: Share = 0.0
    step_free: Share = 0.0


class Group(_Strict):
    """So many organisations of one kind in one pole, as the scenario's own reading counts them."""

    pole: Slug
    kind: OrganisationKind
    count: Some
    participation: Participation = Participation.EXHIBITOR
    title: Text | None = None
    """Stands before the name in place of the kind's own word."""
    families: tuple[Code, ...] = ()
    provinces: dict[Slug, Weight] | None = None
    """Weights; none means every province of the region alike."""
    booths: Some = 1
    women_led: Share = 0.0
    youth_led: Share = 0.0
    needs: NeedShares = NeedShares()
    marks: tuple[Mark, Mark] = (60, 100)
    """The least and the highest mark that the team gives those who get in."""

    @property
    def is_partner(self) -> bool:
        """Whether these are institutional partners, whom no report counts as exhibitors."""
        return self.participation is Participation.INSTITUTIONAL_PARTNER


class Featured(_Strict):
    """One organisation that the reports speak of; it takes a place of its group."""

    pole: Slug
    kind: OrganisationKind
    name: Text
    province: Slug
    family: Code
    product: Text
    women_led: bool = False
    pioneer: bool = False
    """The team places it by hand, on a corner."""


class Commune(_Strict):
    """Where a share of the organisations of a province come from; they like to stand together."""

    commune: Slug
    province: Slug
    share: Share
    families: tuple[Code, ...] = ()
    """Of those alone who show any of these; none named means of all."""


class Selection(_Strict):
    """Who does not get in at once, all in one pole, so that the numbers end as the facts are."""

    pole: Slug
    waitlisted: Count
    rejected: Count
    taken_back: Count
    """Applications that are taken back before they are decided."""
    withdrawals_before_plan: Count
    withdrawals_after_plan: Count


class Term(_Strict):
    """Points for one thing; for a mark, for each point of it."""

    of: str
    points: Some
    value: TermValue | None = None


class Quota(_Strict):
    """Shares of the places given, in per cent; of one pole or of the whole fair."""

    of: str
    value: TermValue | None = None
    pole_id: Slug | None = None
    at_least: PerCent = 0
    at_most: PerCent = 100


class Rules(_Strict):
    """By what a run selects, and the word that is said aloud for its draw."""

    word: Word
    terms: tuple[Term, ...] = Field(min_length=1)
    quotas: tuple[Quota, ...] = ()


class AssignmentWeights(_Strict):
    """What a breach of each soft rule of the floor costs."""

    family_beside: Count = 60
    family_facing: Count = 20
    preferences: Count = 10
    place_value: Count = 1
    rotation: Count = 1
    zones: Count = 40
    newcomers: Count = 20
    region_mix: Count = 10
    communes: Count = 10


class Zone(_Strict):
    """Where the team wants pioneers, or the beneficiaries of a programme: in a pole, the booths
    with these numbers on their signs, or those at corners."""

    of: Slug
    pole: Slug
    first: Some | None = None
    last: Some | None = None
    corners: bool = False


class Assignment(_Strict):
    """By what booths are given, and how long a run may look for something better."""

    seconds: Some = 15
    newcomers_worst_percent: PerCent = 25
    weights: AssignmentWeights = AssignmentWeights()
    forbidden: tuple[tuple[Code, Code], ...] = ()
    """Product families that never stand beside or facing one another."""
    zones: tuple[Zone, ...] = ()


class Offers(_Strict):
    """Places given back are offered, and the first answers are not all yes."""

    hours: Some
    lapsed: Count
    declined: Count


class Seating(_Strict):
    """In some workshops freed seats are offered, and those of whoever does not come are given up.

    So many of all offers nobody answers, and in each such workshop so many reservations are not
    shown at the door, and so many people come in without one.
    """

    sessions: tuple[str, ...] = Field(min_length=1)
    offer_minutes: Some
    no_show_minutes: Some
    lapsed: Count
    absent: Count
    walk_ins: Count


class Floor(_Strict):
    """How booths are laid out: rows along x, two back to back, then an aisle.  Metres."""

    booth_width_m: Metres = Field(gt=0)
    booth_depth_m: Metres = Field(gt=0)
    gap_m: Metres
    """Between neighbours in a row."""
    aisle_m: Metres = Field(gt=0)
    row_length: Some
    electricity: Share
    water: Share
    step_free: Share


class Hall(_Strict):
    hall_id: Slug
    name: Text
    capacity: Some


class Session(_Strict):
    """A session, on one or more days of the fair (the first is 1)."""

    key: Slug
    kind: SessionKind
    topic: Code
    title: Text
    hall: Slug
    days: tuple[Some, ...] = Field(min_length=1)
    at: time
    minutes: Some
    language: Language
    audience: Code
    seats: Some | None = None
    demand: float = Field(default=0.0, ge=0)
    """Seats wanted, as a share of the seats there are."""
    experts: Count = 0
    """Speakers."""
    silences: Silence = Silence.NOWHERE
    """Where nothing else takes place meanwhile."""


class Break(_Strict):
    """A time of each day without sessions."""

    begins: time
    ends: time
    reason: Code


class Timetable(_Strict):
    """The programme is made by a draft, which keeps hours and breaks, and published at once."""

    begins: time
    ends: time
    breaks: tuple[Break, ...] = Field(min_length=1)


class Change(_Strict):
    """What happens to the programme when the doors open on the session's day."""

    session: Slug
    day: Some
    do: Literal["move", "cancel"]
    hall: Slug | None = None
    at: time | None = None
    reason: Code


class Visitors(_Strict):
    """A sample of those who come: tickets, whom they let in and through which gates."""

    tickets: Some
    kinds: dict[TicketKind, Weight] = Field(min_length=1)
    parties: dict[str, Weight] = Field(min_length=1)
    """Size of a party, with its weight."""
    pupils: Some | None = None
    """Children and teachers on one school's ticket."""
    party_limit: Some
    gates: tuple[Slug, ...] = Field(min_length=1)
    stay_away: Share
    provinces: dict[Slug, Weight] = Field(min_length=1)
    inside_limit: Some | None = None
    """People who may be inside at once, where that is limited."""


class Contacts(_Strict):
    """How the organisations' contact persons can be reached."""

    phone_block: int = Field(ge=0, le=9)
    """One digit of the made-up phone numbers, so that no two fairs share one."""
    languages: dict[Language, Weight] = Field(min_length=1)
    whatsapp: Share
    consent: Share
    experts: Some
    """People who speak in sessions."""


class Scenario(_Strict):
    """One fair, whole."""

    fair_id: Slug
    seed: int
    lists: bool = False
    """Whether exhibitors apply by two lists that delegations send."""
    fair: Fair
    exhibitors: Exhibitors
    poles: tuple[Pole, ...] = Field(min_length=1)
    programmes: tuple[Programme, ...] = ()
    groups: tuple[Group, ...] = Field(min_length=1)
    featured: tuple[Featured, ...] = ()
    communes: tuple[Commune, ...] = ()
    preferences: dict[Code, Share] = Field(default_factory=dict[str, float])
    """The share of exhibitors that would like each thing of their booth."""
    selection: Selection
    rules: Rules
    assignment: Assignment = Assignment()
    offers: Offers | None = None
    """None: who waits moves up at once."""
    seating: Seating | None = None
    """None: who waits for a seat moves up at once, and nobody looks who comes."""
    contacts: Contacts
    floor: Floor
    halls: tuple[Hall, ...] = Field(min_length=1)
    sessions: tuple[Session, ...] = Field(min_length=1)
    changes: tuple[Change, ...] = ()
    timetable: Timetable | None = None
    """None: the team schedules session by session."""
    visitors: Visitors

    @property
    def reported_organisations(self) -> int:
        """The reported number as organisations, in the reading chosen."""
        number = self.exhibitors.reported
        if self.exhibitors.reading is Reading.PEOPLE:
            return number // self.exhibitors.people_per_booth
        return number

    def counts(self, group: Group) -> bool:
        """Whether the reported number counts a group."""
        kinds, poles = self.exhibitors.kinds, self.exhibitors.poles
        return (
            not group.is_partner
            and (not kinds or group.kind in kinds)
            and (not poles or group.pole in poles)
        )

    def places(self, pole_id: str) -> int:
        """Booths that the organisations of a pole hold together."""
        return sum(group.count * group.booths for group in self.groups if group.pole == pole_id)
