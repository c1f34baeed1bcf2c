"""The events of the floor and their contracts."""

from __future__ import annotations

from maarid_contracts import scheduling as contracts

from chassis.log.event_types import EventType
from services.scheduling.floor.domain import (
    BoothAssigned,
    BoothReleased,
    FloorPlanPublished,
)

EVENTS = (
    EventType("floor_plan_published.v1", FloorPlanPublished, contracts.FloorPlanPublishedV1),
    EventType("booth_assigned.v1", BoothAssigned, contracts.BoothAssignedV1),
    EventType("booth_released.v1", BoothReleased, contracts.BoothReleasedV1),
)
