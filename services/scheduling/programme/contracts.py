"""The events of the programme and their contracts."""

from __future__ import annotations

from maarid_contracts import scheduling as contracts

from chassis.log.event_types import EventType
from services.scheduling.programme.domain import (
    HallOpened,
    SessionCancelled,
    SessionRescheduled,
    SessionScheduled,
)

EVENTS = (
    EventType("hall_opened.v1", HallOpened, contracts.HallOpenedV1),
    EventType("session_scheduled.v1", SessionScheduled, contracts.SessionScheduledV1),
    EventType("session_rescheduled.v1", SessionRescheduled, contracts.SessionRescheduledV1),
    EventType("session_cancelled.v1", SessionCancelled, contracts.SessionCancelledV1),
)
