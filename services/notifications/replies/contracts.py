"""The events of contacts and their contracts."""

from __future__ import annotations

from maarid_contracts import notifications

from chassis.log.event_types import event_types_of
from services.notifications.replies.domain import ContactOptedOut

EVENTS = event_types_of(ContactOptedOut, notifications.EVENTS)
