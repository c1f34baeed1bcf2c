"""The events of the floor and their contracts."""

from __future__ import annotations

from maarid_contracts import scheduling

from chassis.log.event_types import event_types_of
from services.scheduling.floor.domain import Event

EVENTS = event_types_of(Event, scheduling.EVENTS)
