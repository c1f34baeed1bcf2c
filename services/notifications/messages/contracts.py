"""The events of messages: name on disk, class and contract."""

from __future__ import annotations

from maarid_contracts import notifications

from chassis.log.event_types import EventType
from services.notifications.messages import domain

EVENTS = (
    EventType("message_requested.v1", domain.MessageRequested, notifications.MessageRequestedV1),
    EventType("message_sent.v1", domain.MessageSent, notifications.MessageSentV1),
    EventType("message_delivered.v1", domain.MessageDelivered, notifications.MessageDeliveredV1),
    EventType("message_failed.v1", domain.MessageFailed, notifications.MessageFailedV1),
)
