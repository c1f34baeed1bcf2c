"""The events of messages: name on disk, class and contract."""

from __future__ import annotations

from maarid_contracts.notifications import (
    MessageDeliveredV1,
    MessageFailedV1,
    MessageRequestedV1,
    MessageSentV1,
)

from chassis.log.event_types import EventType
from services.notifications.messages.domain import (
    MessageDelivered,
    MessageFailed,
    MessageRequested,
    MessageSent,
)

EVENTS = (
    EventType("message_requested.v1", MessageRequested, MessageRequestedV1),
    EventType("message_sent.v1", MessageSent, MessageSentV1),
    EventType("message_delivered.v1", MessageDelivered, MessageDeliveredV1),
    EventType("message_failed.v1", MessageFailed, MessageFailedV1),
)
