"""The events of the floor and their contracts, and what received contracts ask of it."""

from __future__ import annotations

from maarid_contracts import scheduling as contracts
from maarid_contracts.registration import ExhibitorWithdrawnV1

from chassis.log.event_types import EventType
from services.scheduling.floor.domain import (
    BoothAssigned,
    BoothReleased,
    FloorPlanPublished,
    ReleaseExhibitor,
)

EVENTS = (
    EventType("floor_plan_published.v1", FloorPlanPublished, contracts.FloorPlanPublishedV1),
    EventType("booth_assigned.v1", BoothAssigned, contracts.BoothAssignedV1),
    EventType("booth_released.v1", BoothReleased, contracts.BoothReleasedV1),
)


def release_of(withdrawn: ExhibitorWithdrawnV1) -> ReleaseExhibitor:
    """An exhibitor that does not come gives back every booth."""
    return ReleaseExhibitor(withdrawn.exhibitor_id)
