"""An event of another service, decoded and ready to be projected and reacted to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from chassis.log.context import CommandContext


@dataclass(frozen=True, slots=True)
class ReceivedEvent:
    """One record of a topic; `contract` is the pydantic model of its type."""

    contract: Any
    type: str
    topic: str
    stream: str
    version: int
    event_id: UUID
    occurred_at: datetime
    correlation_id: UUID
    traceparent: str | None

    def context(self, label: str) -> CommandContext:
        """The wish of a policy that reacts to this event; the same label is the same wish."""
        return CommandContext(
            command_id=uuid5(self.event_id, label),
            actor=f"policy:{label.partition(':')[0]}",
            correlation_id=self.correlation_id,
            causation_id=self.event_id,
        )
