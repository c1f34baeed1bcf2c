"""The events of fairs and of their calls: names on disk and contracts."""

from __future__ import annotations

from maarid_contracts import registration as said

from chassis.log.event_types import EventType
from services.registration.fairs import domain

EVENTS = (
    EventType("fair_announced.v1", domain.FairAnnounced, said.FairAnnouncedV1),
    EventType("fair_changed.v1", domain.FairChanged, said.FairChangedV1),
    EventType("fair_cancelled.v1", domain.FairCancelled, said.FairCancelledV1),
    EventType("call_opened.v1", domain.CallOpened, said.CallOpenedV1),
    EventType("call_closed.v1", domain.CallClosed, said.CallClosedV1),
)
