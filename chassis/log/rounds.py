"""What one round of the desk is made of."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import asyncpg

from chassis.log.context import CommandContext
from chassis.log.events import Fact, OutcomeRow

NO_STREAM = ""
"""The stream of refusals that no decider gave."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """What was refused before the desk, as a command to keep it."""

    code: str
    details: Mapping[str, Any]


@dataclass(slots=True)
class Asked:
    """A command in the queue.  A command of None asks for the stream's state, and without a stream
    for nothing but an answer."""

    stream: str
    command: Any
    context: CommandContext
    answer: asyncio.Future[Any]
    traceparent: str | None
    deadline: float

    def fail(self, error: BaseException) -> None:
        """Answer with an error, unless the caller was answered before."""
        if not self.answer.done():
            self.answer.set_exception(error)

    def outcome(
        self, first_version: int, events: int, code: str | None = None, details: str | None = None
    ) -> OutcomeRow:
        """What is stored of the command."""
        id_, request_hash = self.context.command_id, self.context.request_hash
        return OutcomeRow(id_, request_hash, self.stream, first_version, events, code, details)


@dataclass(slots=True)
class Round:
    """What a round is about to write, and whom to answer with what afterwards."""

    facts: list[Fact[object]] = field(default_factory=list[Fact[object]])
    stored: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    outcomes: list[OutcomeRow] = field(default_factory=list[OutcomeRow])
    answers: list[tuple[Asked, Any]] = field(default_factory=list[tuple[Asked, Any]])
    later: list[Asked] = field(default_factory=list[Asked])
    repeated: list[tuple[Asked, asyncpg.Record]] = field(
        default_factory=list[tuple[Asked, asyncpg.Record]]
    )
    counts: Counter[str] = field(default_factory=Counter[str])
    """How many commands came to which end; told to the metrics once a round."""
