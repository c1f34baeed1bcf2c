"""What scheduling's events are called on disk; a name, once stored, stays for ever."""

from __future__ import annotations

from chassis.names import Names
from services.scheduling.domain import floor, programme

NAMES = Names(
    {
        "floor_plan_published.v1": floor.FloorPlanPublished,
        "booth_assigned.v1": floor.BoothAssigned,
        "booth_released.v1": floor.BoothReleased,
        "hall_opened.v1": programme.HallOpened,
        "session_scheduled.v1": programme.SessionScheduled,
        "session_rescheduled.v1": programme.SessionRescheduled,
        "session_cancelled.v1": programme.SessionCancelled,
    }
)
