"""Who wants something done, and under which id, so that a retry is the same wish."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class CommandContext:
    """One wish.

    `command_id` makes it idempotent: its outcome is stored with it.  `request_hash` is given by
    edges where a client chose the id, so that the same id with another body is noticed.
    `causation_id` is the event that a policy reacts to; `correlation_id` ties together all that
    followed from one request, and is the command id where nothing else is given.
    """

    command_id: UUID
    actor: str
    correlation_id: UUID | None = None
    causation_id: UUID | None = None
    request_hash: bytes | None = None
