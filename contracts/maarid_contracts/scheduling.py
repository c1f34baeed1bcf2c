"""What scheduling says: floor plans, booths, halls, and the programme of sessions."""

from __future__ import annotations

from enum import StrEnum

from pydantic import AwareDatetime, Field

from maarid_contracts.assignment import (
    AssignmentAdoptedV1 as AssignmentAdoptedV1,
    AssignmentRulesPublishedV1 as AssignmentRulesPublishedV1,
    BoothSetUpTakenBackV1 as BoothSetUpTakenBackV1,
    BoothSetUpV1 as BoothSetUpV1,
)
from maarid_contracts.envelope import Code, Contract, Id, LanguageTag, Part, Slug, Text
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


class AssignmentMethod(StrEnum):
    """How an exhibitor came by a booth, as known today."""

    BY_HAND = "by_hand"
    FIRST_FIT = "first_fit"
    SWAP = "swap"
    OPTIMISED = "optimised"


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


class FloorPlanPublishedV1(SchedulingContract):
    """The floor plan in force; a later one replaces it."""

    fair_id: Slug
    revision: int = Field(ge=1)
    booths: tuple[Booth, ...] = Field(min_length=1)


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
        examples=["workshop", "seminar", "lecture", "show", "ceremony"],
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
)
