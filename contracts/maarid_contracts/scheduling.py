"""What scheduling says: floor plans, booths, halls, and the programme of sessions."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from pydantic import AwareDatetime, Field

from maarid_contracts.assignment import (
    AssignmentAdoptedV1 as AssignmentAdoptedV1,
    AssignmentRulesPublishedV1 as AssignmentRulesPublishedV1,
    BoothSetUpTakenBackV1 as BoothSetUpTakenBackV1,
    BoothSetUpV1 as BoothSetUpV1,
)
from maarid_contracts.envelope import (
    Code,
    Contract,
    Id,
    LanguageTag,
    Part,
    Slug,
    Text,
    added_in,
)
from maarid_contracts.programme import Break, HallRules, SpeakerTimes, Window
from maarid_contracts.scheduling_topic import (
    TOPIC as TOPIC,
    BoothId as BoothId,
    SchedulingContract as SchedulingContract,
)


class SessionKind(StrEnum):
    """What happens in a hall, as known today."""

    WORKSHOP = "workshop"
    SEMINAR = "seminar"
    LECTURE = "lecture"
    SHOW = "show"
    CEREMONY = "ceremony"
    TRAINING = "training"
    HONOURS = "honours"


class Silence(StrEnum):
    """Where no other session takes place meanwhile, as known today."""

    NOWHERE = "nowhere"
    NEIGHBOURS = "neighbours"
    EVERYWHERE = "everywhere"


class AssignmentMethod(StrEnum):
    """How an exhibitor came by a booth, as known today."""

    BY_HAND = "by_hand"
    FIRST_FIT = "first_fit"
    SWAP = "swap"
    OPTIMISED = "optimised"


class Side(StrEnum):
    """A side of a booth as it is drawn before it is turned; y grows downwards."""

    TOP = "top"
    RIGHT = "right"
    BOTTOM = "bottom"
    LEFT = "left"


Point = tuple[float, float]
"""x and y in metres from the plan's corner; y grows downwards."""


class Booth(Part):
    """One booth of a floor plan: its place in metres from the plan's corner, and what it offers."""

    booth_id: BoothId
    pole_id: Slug
    x_m: float = Field(ge=0)
    y_m: float = Field(ge=0)
    width_m: float = Field(gt=0)
    depth_m: float = Field(gt=0)
    electricity: bool = False
    water: bool = False
    corner: bool = False
    step_free: bool = True
    institutional: bool = Field(default=False, description="Kept for institutional partners.")
    turn_deg: float = added_in(
        "1.3.0", default=0.0, description="Clockwise about its middle, from how it is drawn."
    )
    open_sides: tuple[Side, ...] = added_in(
        "1.3.0", default=(), description="Where visitors come; none named means not known."
    )


class Entrance(Part):
    """Where visitors come in."""

    x_m: float
    y_m: float
    step_free: bool = True


class Aisle(Part):
    """Where visitors walk: the middle of the way and its width."""

    line: tuple[Point, ...] = Field(min_length=2)
    width_m: float = Field(gt=0)
    step_free: bool = True


class Stage(Part):
    """Where shows are given; within the radius of it, one has to raise one's voice."""

    area: tuple[Point, ...] = Field(min_length=3)
    noise_radius_m: float = Field(default=0.0, ge=0)


class FloorPlanPublishedV1(SchedulingContract):
    """The floor plan in force; a later one replaces it."""

    fair_id: Slug
    revision: int = Field(ge=1)
    booths: tuple[Booth, ...] = Field(min_length=1)
    outline: tuple[Point, ...] = added_in(
        "1.3.0", default=(), description="The corners of the ground; none means not drawn."
    )
    entrances: tuple[Entrance, ...] = added_in("1.3.0", default=())
    aisles: tuple[Aisle, ...] = added_in("1.3.0", default=())
    obstacles: tuple[tuple[Point, ...], ...] = added_in(
        "1.3.0", default=(), description="Polygons on which nothing can stand."
    )
    stages: tuple[Stage, ...] = added_in("1.3.0", default=())


class BoothAssignedV1(SchedulingContract):
    """An exhibitor holds a booth, and why this one."""

    fair_id: Slug
    booth_id: BoothId
    pole_id: Slug
    exhibitor_id: Id
    organisation_id: Id
    contact_id: Id | None = Field(default=None, description="Whom to tell.")
    method: Code = Field(
        description="How the exhibitor came by it; further ways may be added.",
        examples=["by_hand", "first_fit", "swap", "optimised"],
    )
    reasons: tuple[Code, ...] = Field(
        default=(),
        description="What spoke for this booth.",
        examples=[["pole_matches", "electricity_as_needed"]],
    )


class BoothReleasedV1(SchedulingContract):
    """A booth is free again."""

    fair_id: Slug
    booth_id: BoothId
    pole_id: Slug
    exhibitor_id: Id
    organisation_id: Id
    contact_id: Id | None = Field(default=None, description="Whom to tell.")
    reason: Code = Field(
        examples=["exhibitor_withdrew", "swapped", "reassigned", "booth_removed", "by_hand"]
    )


class HallOpenedV1(SchedulingContract):
    """Sessions can take place in this hall."""

    fair_id: Slug
    hall_id: Slug
    name: Text
    capacity: int = Field(ge=1, description="People.")


class SessionScheduledV1(SchedulingContract):
    """A workshop, seminar, lecture, show or ceremony has a hall and a time."""

    fair_id: Slug
    session_id: Id
    kind: Code = Field(
        description="What happens; further kinds may be added.",
        examples=["workshop", "seminar", "lecture", "show", "ceremony", "training", "honours"],
    )
    title: Text
    topic_code: Code = Field(examples=["marketing", "entrepreneurship"])
    hall_id: Slug
    speakers: tuple[Id, ...] = Field(default=(), description="Contact ids; no names.")
    language: LanguageTag
    audience: Code = Field(examples=["exhibitors", "everyone", "women", "youth"])
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    seats: int | None = Field(
        default=None, ge=1, description="Seats to be reserved; none means open to all who come."
    )
    requires: tuple[Code, ...] = added_in(
        "1.3.0", default=(), description="Equipment that its hall has.", examples=[["projector"]]
    )
    silences: Code = added_in(
        "1.3.0",
        default=Silence.NOWHERE,
        description="Where no other session takes place meanwhile; further ones may be added.",
        examples=["nowhere", "neighbours", "everywhere"],
    )


class SessionRescheduledV1(SchedulingContract):
    """A session moved to another time or hall."""

    fair_id: Slug
    session_id: Id
    hall_id: Slug
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    previous_hall_id: Slug
    previous_starts_at: AwareDatetime
    previous_ends_at: AwareDatetime
    reason: Code


class SessionCancelledV1(SchedulingContract):
    """A session will not take place."""

    fair_id: Slug
    session_id: Id
    reason: Code


class ProgrammeRulesPublishedV1(SchedulingContract):
    """What sessions have to keep from now on; later rules replace these.

    Sessions that do not keep them stand until somebody moves them.
    """

    since: ClassVar[str] = "1.3.0"

    fair_id: Slug
    revision: int = Field(ge=1)
    hours: tuple[Window, ...] = Field(
        default=(), description="Sessions lie within one of these; none: the days of the fair."
    )
    breaks: tuple[Break, ...] = ()
    halls: tuple[HallRules, ...] = ()
    speakers: tuple[SpeakerTimes, ...] = ()


class ProgrammePublishedV1(SchedulingContract):
    """A timetable was adopted: the changes before this event made the programme what it is.

    The numbers of its solver are given where one computed it: no timetable that keeps its demands
    has more than `bound` points.
    """

    since: ClassVar[str] = "1.3.0"

    fair_id: Slug
    version: int = Field(ge=1, description="How many timetables were adopted, this one counted.")
    draft_id: Id
    scheduled: int = Field(ge=0)
    rescheduled: int = Field(ge=0)
    cancelled: int = Field(ge=0)
    points: int | None = Field(default=None, description="As changed by hand.")
    objective: int | None = Field(default=None, description="Points as computed.")
    bound: int | None = None
    seed: int | None = None
    solver: Code | None = Field(default=None, examples=["ortools_9_15_6755"])


EVENTS: tuple[type[Contract], ...] = (
    FloorPlanPublishedV1,
    BoothAssignedV1,
    BoothReleasedV1,
    HallOpenedV1,
    SessionScheduledV1,
    SessionRescheduledV1,
    SessionCancelledV1,
    AssignmentRulesPublishedV1,
    AssignmentAdoptedV1,
    BoothSetUpV1,
    BoothSetUpTakenBackV1,
    ProgrammeRulesPublishedV1,
    ProgrammePublishedV1,
)
