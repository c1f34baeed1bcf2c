"""The events of fairs and of their calls: names on disk and contracts."""

from __future__ import annotations

from maarid_contracts.registration import (
    CallClosedV1,
    CallOpenedV1,
    FairAnnouncedV1,
    FairCancelledV1,
    FairChangedV1,
)

from chassis.log.event_types import EventType
from services.registration.fairs.domain import (
    CallClosed,
    CallOpened,
    FairAnnounced,
    FairCancelled,
    FairChanged,
)

EVENTS = (
    EventType("fair_announced.v1", FairAnnounced, FairAnnouncedV1),
    EventType("fair_changed.v1", FairChanged, FairChangedV1),
    EventType("fair_cancelled.v1", FairCancelled, FairCancelledV1),
    EventType("call_opened.v1", CallOpened, CallOpenedV1),
    EventType("call_closed.v1", CallClosed, CallClosedV1),
)
