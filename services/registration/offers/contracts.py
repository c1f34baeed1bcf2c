"""The events of offers and their contracts."""

from __future__ import annotations

from maarid_contracts import registration

from chassis.log.event_types import event_types_of
from services.registration.selection.offering import Event

EVENTS = event_types_of(Event, registration.EVENTS)
