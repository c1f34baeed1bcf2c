"""What a booth offers, what an exhibitor asks for, and whether the two suit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

Side = Literal["top", "right", "bottom", "left"]
"""A side of a booth as it is drawn before it is turned."""


@dataclass(frozen=True, slots=True)
class Booth:
    """A place on the floor, in metres from the plan's corner, and what it offers.

    `x_m` grows to the right and `y_m` downwards, as on a screen.  It is turned about its middle, in
    degrees, clockwise.  Visitors come to its open sides; where none is named, it is not known which
    they are.
    """

    booth_id: str
    pole_id: str
    x_m: float
    y_m: float
    width_m: float
    depth_m: float
    electricity: bool = False
    water: bool = False
    corner: bool = False
    step_free: bool = True
    institutional: bool = False
    turn_deg: float = 0.0
    open_sides: tuple[Side, ...] = ()

    @property
    def area_m2(self) -> float:
        """Its size in square metres, rounded so that 0.1 x 30 is not less than 3."""
        return round(self.width_m * self.depth_m, 3)


@dataclass(frozen=True, slots=True)
class Needs:
    """What an exhibitor cannot do without."""

    electricity: bool = False
    water: bool = False
    corner: bool = False
    step_free: bool = False
    min_area_m2: float = 0.0


@dataclass(frozen=True, slots=True)
class Exhibitor:
    """Who is to stand somewhere, as registered."""

    exhibitor_id: str
    organisation_id: str
    pole_id: str
    booths: int = 1
    contact_id: str | None = None
    partner: bool = False
    families: tuple[str, ...] = ()
    needs: Needs = Needs()
    programmes: tuple[str, ...] = ()
    withdrawn: bool = False


class Participant(Protocol):
    """What the hard rules know of an exhibitor."""

    @property
    def pole_id(self) -> str: ...
    @property
    def partner(self) -> bool: ...
    @property
    def needs(self) -> Needs: ...


class Kept(Protocol):
    """A floor, as far as it is known which poles keep booths for institutional partners."""

    @property
    def partner_poles(self) -> frozenset[str]: ...


NEEDS = {
    "electricity": "no_booth_with_electricity",
    "water": "no_booth_with_water",
    "corner": "no_corner_booth",
    "step_free": "no_step_free_booth",
    "area": "no_booth_large_enough",
}
"""What a need is called, and the reason where no booth meets it."""


def unmet(booth: Booth, needs: Needs) -> tuple[str, ...]:
    """The needs that this booth leaves open."""
    return tuple(
        need
        for need, is_open in (
            ("electricity", needs.electricity and not booth.electricity),
            ("water", needs.water and not booth.water),
            ("corner", needs.corner and not booth.corner),
            ("step_free", needs.step_free and not booth.step_free),
            ("area", booth.area_m2 < needs.min_area_m2),
        )
        if is_open
    )


def merits(booth: Booth, exhibitor: Participant) -> tuple[str, ...]:
    """What speaks for this booth, as reason codes, and whether needs had to be overridden."""
    needs = exhibitor.needs
    missing = unmet(booth, needs)
    asked = (
        ("electricity", needs.electricity),
        ("water", needs.water),
        ("corner", needs.corner),
        ("step_free", needs.step_free),
        ("area", needs.min_area_m2 > 0),
    )
    return (
        "pole_matches",
        *(("kept_for_partners",) if booth.institutional else ()),
        *(f"{need}_as_needed" for need, wanted in asked if wanted and need not in missing),
        *(("needs_overridden",) if missing else ()),
    )


def barred(plan: Kept, booth: Booth, exhibitor: Participant) -> str | None:
    """Why this exhibitor may not be given this booth, whatever it needs; None where it may.

    A pole that keeps booths for institutional partners gives them to nobody else, and gives
    partners no others; in a pole that keeps none, partners may stand in any booth.
    """
    if booth.pole_id != exhibitor.pole_id:
        return "pole_differs"
    if booth.institutional and not exhibitor.partner:
        return "booth_kept_for_partners"
    if exhibitor.partner and not booth.institutional and booth.pole_id in plan.partner_poles:
        return "partner_booth_required"
    return None
