"""The events of campaigns and their contracts."""

from __future__ import annotations

from maarid_contracts import notifications

from chassis.log.event_types import event_types_of
from services.notifications.campaigns.domain import Event

EVENTS = event_types_of(Event, notifications.EVENTS)
