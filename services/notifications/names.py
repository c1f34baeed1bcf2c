"""The names under which events of messages stand on disk."""

from __future__ import annotations

from chassis.names import Names
from services.notifications.domain.message import (
    MessageDelivered,
    MessageFailed,
    MessageRequested,
    MessageSent,
)

NAMES = Names(
    {
        "message_requested.v1": MessageRequested,
        "message_sent.v1": MessageSent,
        "message_delivered.v1": MessageDelivered,
        "message_failed.v1": MessageFailed,
    }
)
