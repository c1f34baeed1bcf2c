"""What happens on a floor beside assignments as a whole, which stand in assigning.py."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from services.scheduling.floor.ground import Aisle, Entrance, Polygon, Stage
from services.scheduling.placing.booths import Booth

Method = Literal["by_hand", "first_fit", "swap", "optimised"]


@dataclass(frozen=True, slots=True)
class FloorPlanPublished:
    fair_id: str
    revision: int
    booths: tuple[Booth, ...]
    outline: Polygon = ()
    entrances: tuple[Entrance, ...] = ()
    aisles: tuple[Aisle, ...] = ()
    obstacles: tuple[Polygon, ...] = ()
    stages: tuple[Stage, ...] = ()


@dataclass(frozen=True, slots=True)
class Holding:
    """A booth and its holder; the contact is whom to tell."""

    fair_id: str
    booth_id: str
    pole_id: str
    exhibitor_id: str
    organisation_id: str
    contact_id: str | None


@dataclass(frozen=True, slots=True)
class BoothAssigned(Holding):
    method: Method
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BoothReleased(Holding):
    reason: str
