"""The events of rules, draws and selections, and their contracts."""

from __future__ import annotations

from maarid_contracts import registration

from chassis.log.event_types import event_types_of
from services.registration.selection.publication import Event

EVENTS = event_types_of(Event, registration.EVENTS)
