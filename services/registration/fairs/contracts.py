"""The events of fairs and of their calls, and their contracts."""

from __future__ import annotations

from maarid_contracts import registration

from chassis.log.event_types import event_types_of
from services.registration.fairs.domain import FairEvent

EVENTS = event_types_of(FairEvent, registration.EVENTS)
