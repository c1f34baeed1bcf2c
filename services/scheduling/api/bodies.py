"""What requests carry."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated

from maarid_contracts.envelope import Code, Id, Slug
from maarid_contracts.registration import Language
from maarid_contracts.scheduling import BoothId, SessionKind
from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from chassis.api import CleanText, wrong
from chassis.calendar import moment, this_century

MAX_BOOTHS = 1000
"""Booths of one plan: three times the largest fair, and far from the largest event."""


def _written(value: object) -> object:
    """Refuse numbers, which would be taken for seconds since 1970."""
    if isinstance(value, str) and re.match(r"\d{4}-\d{2}-\d{2}", value):
        return value
    raise wrong("written_otherwise", like="2025-09-17T10:00:00+01:00")


Day = Annotated[date, BeforeValidator(_written), AfterValidator(this_century)]
"""A day of the calendar."""

Moment = Annotated[AwareDatetime, BeforeValidator(_written), AfterValidator(moment)]
"""A time with its zone."""

Flag = Annotated[bool, Field(strict=True)]
Metres = Annotated[float, Field(ge=0, le=10_000, strict=True, allow_inf_nan=False)]
Side = Annotated[float, Field(ge=0.1, le=1000, strict=True, allow_inf_nan=False)]
People = Annotated[int, Field(ge=1, le=100_000, strict=True)]


class Body(BaseModel):
    """A field that nobody knows is a mistake that its sender wants to hear of."""

    model_config = ConfigDict(extra="forbid")


class TextIn(Body):
    """One text in the languages of the fair; Arabic and French are always there."""

    ar: CleanText = Field(examples=["التسويق للتعاونيات"])
    fr: CleanText = Field(examples=["Le marketing des coopératives"])
    zgh: CleanText | None = None
    en: CleanText | None = None


class BoothIn(Body):
    """One booth, in metres from the plan's corner, and what it offers."""

    booth_id: BoothId
    pole_id: Slug = Field(examples=["products"])
    x_m: Metres = Field(examples=[3.0])
    y_m: Metres = Field(examples=[0.0])
    width_m: Side = Field(examples=[3.0])
    depth_m: Side = Field(examples=[3.0])
    electricity: Flag = False
    water: Flag = False
    corner: Flag = False
    step_free: Flag = True
    institutional: Flag = Field(default=False, description="Kept for institutional partners.")


class FloorPlanIn(Body):
    """The whole plan: what it leaves out is removed."""

    booths: list[BoothIn] = Field(min_length=1, max_length=MAX_BOOTHS)


class AssignIn(Body):
    """Who gets the booth."""

    exhibitor_id: Id
    override: Flag = Field(default=False, description="Even where the booth leaves needs open.")


class ReleaseIn(Body):
    """Why the booth is taken back."""

    reason: Code = Field(default="by_hand", examples=["by_hand"])


class SwapIn(Body):
    """Two booths whose holders change places; one of them may be free."""

    first: BoothId
    second: BoothId = Field(examples=["P-013"])
    override: Flag = Field(default=False, description="Even where a booth leaves needs open.")


class FirstFitIn(Body):
    """Which pole to fill; all of them where none is named."""

    pole_id: Slug | None = Field(default=None, examples=["products"])


class HallIn(Body):
    """A hall in which sessions can take place."""

    hall_id: Slug = Field(examples=["training-tent"])
    name: TextIn
    capacity: People = Field(description="People.", examples=[40])


class SessionIn(Body):
    """A session of the programme."""

    kind: SessionKind
    title: TextIn
    topic_code: Code = Field(examples=["marketing"])
    hall_id: Slug = Field(examples=["training-tent"])
    speakers: list[Id] = Field(
        default=[], max_length=50, description="Contact ids of who speaks or trains; no names."
    )
    language: Language
    audience: Code = Field(examples=["exhibitors", "everyone", "women", "youth"])
    starts_at: Moment = Field(examples=["2025-09-17T10:00:00+01:00"])
    ends_at: Moment = Field(examples=["2025-09-17T12:00:00+01:00"])
    seats: People | None = Field(
        default=None,
        description="Seats to be reserved; none means open to all who come.",
        examples=[40],
    )


class RescheduleIn(Body):
    """Where and when a session takes place instead, and why."""

    hall_id: Slug = Field(examples=["training-tent"])
    starts_at: Moment = Field(examples=["2025-09-18T10:00:00+01:00"])
    ends_at: Moment = Field(examples=["2025-09-18T12:00:00+01:00"])
    reason: Code = Field(examples=["speaker_delayed"])


class CancelIn(Body):
    """Why a session does not take place."""

    reason: Code = Field(examples=["speaker_ill"])
