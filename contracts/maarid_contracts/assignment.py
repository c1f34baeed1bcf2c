"""What scheduling says of booths given by rules: a part of `scheduling`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import Field

from maarid_contracts.envelope import Code, Id, Part, Slug
from maarid_contracts.registration import Needs
from maarid_contracts.scheduling_topic import BoothId, SchedulingContract

Weight = Annotated[int, Field(ge=0, le=1000, examples=[10])]
Value = Annotated[int, Field(ge=0, le=100, examples=[62])]
"""How good a place is: the worst has 0, the best 100."""
Release = Annotated[str, Field(pattern=r"^[0-9][0-9a-z.+-]{0,31}$", examples=["1.16.0"])]
Cost = Annotated[int, Field(ge=0)]


class Weights(Part):
    """What a breach of each soft rule costs; 0 switches it off."""

    family_beside: Weight
    family_facing: Weight
    preferences: Weight
    place_value: Weight
    rotation: Weight
    zones: Weight
    newcomers: Weight
    region_mix: Weight
    communes: Weight


class FixedBooths(Part):
    """Booths that the team has promised."""

    exhibitor_id: Id
    booths: tuple[BoothId, ...] = Field(min_length=1)


class Zone(Part):
    """Where the team wants pioneers, or the beneficiaries of a programme."""

    of: str = Field(
        description="`pioneer`, or a programme.",
        pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$",
        examples=["pioneer"],
    )
    booths: tuple[BoothId, ...] = Field(min_length=1)


class PlaceValue(Part):
    """What a place is worth, where the team knows better than the drawing."""

    booth_id: BoothId
    value: Value


class AssignmentRules(Part):
    """By what booths are given: soft rules by weight, and the team's own hard rules."""

    weights: Weights
    forbidden: tuple[tuple[Code, Code], ...] = Field(
        default=(), description="Product families that never stand beside or facing one another."
    )
    fixed: tuple[FixedBooths, ...] = ()
    zones: tuple[Zone, ...] = ()
    values: tuple[PlaceValue, ...] = ()
    newcomers_worst_percent: int = Field(
        ge=0,
        le=100,
        description="Of the booths of newcomers, in the worst quarter of their pole.",
        examples=[25],
    )


class AssignmentRulesPublishedV1(SchedulingContract):
    """By these rules booths are given from now on; later ones replace them."""

    since: ClassVar[str] = "1.3.0"

    fair_id: Slug
    version: int = Field(ge=1)
    rules: AssignmentRules


class Profile(Part):
    """An exhibitor as an assignment decided on it."""

    exhibitor_id: Id
    organisation_id: Id
    pole_id: Slug
    booths: int = Field(ge=1)
    partner: bool = False
    families: tuple[Code, ...] = ()
    needs: Needs = Needs()
    programmes: tuple[Slug, ...] = ()
    score: int | None = None
    newcomer: bool = False
    pioneer: bool = False
    commune: Slug | None = None
    province: Slug | None = None
    preferences: tuple[Code, ...] = ()
    earlier: tuple[Value, ...] = Field(
        default=(), description="Of its places at earlier fairs, the latest last."
    )


class PlaceGiven(Part):
    """How good a place an organisation got: the mean of its booths."""

    organisation_id: Id
    value: Value


class Duals(Part):
    """The duals of the relaxation of one model, of poles that are assigned together: those that
    are not 0, by the number of their row, in `scale`ths."""

    poles: tuple[Slug, ...]
    scale: int = Field(ge=1)
    rows: tuple[int, ...]
    values: tuple[int, ...]


class AssignmentAdoptedV1(SchedulingContract):
    """The booths of a fair are as a run proposed and the team adjusted; what changed stands in the
    events before this one."""

    since: ClassVar[str] = "1.3.0"

    fair_id: Slug
    draft_id: Id
    revision: int = Field(ge=1, description="Of the floor plan.")
    rules_version: int = Field(ge=0, description="0: the rules that hold where none are published.")
    repair: bool = Field(description="Whether the fewest moves came first.")
    moves: int = Field(ge=0, description="Exhibitors who stood, and stand otherwise now.")
    unplaced: int = Field(ge=0, description="Booths that were asked for and are not given.")
    objective: Cost = Field(description="The sum of the costs.")
    bound: int = Field(description="Nothing costs less, as far as is proven.")
    proven: bool
    costs: Mapping[Code, Cost] = Field(
        description="By soft rule.", examples=[{"family_beside": 60, "preferences": 130}]
    )
    seed: int
    versions: Mapping[Code, Release] = Field(
        description="Of what computed it.", examples=[{"highspy": "1.16.0"}]
    )
    duals: tuple[Duals, ...] = ()
    kept: tuple[FixedBooths, ...] = Field(
        default=(), description="What the team had locked: the bound holds for what keeps it."
    )
    profiles: tuple[Profile, ...]
    places: tuple[PlaceGiven, ...]


class BoothSetUpV1(SchedulingContract):
    """A holder has set up its booth; no assignment moves it."""

    since: ClassVar[str] = "1.3.0"

    fair_id: Slug
    booth_id: BoothId
    pole_id: Slug
    exhibitor_id: Id
    organisation_id: Id


class BoothSetUpTakenBackV1(SchedulingContract):
    """The booth was not set up after all."""

    since: ClassVar[str] = "1.3.0"

    fair_id: Slug
    booth_id: BoothId
    pole_id: Slug
    exhibitor_id: Id
    organisation_id: Id
    reason: Code = Field(examples=["wrong_booth"])
