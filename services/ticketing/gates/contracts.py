"""The events of gates and their contracts."""

from __future__ import annotations

from maarid_contracts import ticketing

from chassis.log.event_types import event_types_of
from services.ticketing.gates.domain import Event

EVENTS = event_types_of(Event, ticketing.EVENTS)
