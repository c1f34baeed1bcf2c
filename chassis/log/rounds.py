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
KEPT = "kept_by_desk"
"""The mark of a refusal that stands in the log."""


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


@dataclass(slots=True)
class Round:
    """What a round is about to write, and whom to answer with what afterwards."""

    facts: list[Fact[Any]] = field(default_factory=list[Fact[Any]])
    stored: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    outcomes: list[OutcomeRow] = field(default_factory=list[OutcomeRow])
    answers: list[tuple[Asked, Any]] = field(default_factory=list[tuple[Asked, Any]])
    later: list[Asked] = field(default_factory=list[Asked])
    repeated: list[tuple[Asked, asyncpg.Record]] = field(
        default_factory=list[tuple[Asked, asyncpg.Record]]
    )
    counts: Counter[str] = field(default_factory=Counter[str])
    """How many commands came to which end; told to the metrics once a round."""


def is_kept(error: Exception) -> bool:
    """Whether a refusal came from the desk, which keeps what it refuses."""
    return getattr(error, KEPT, False) is True


def fail(asked: Asked, error: BaseException) -> None:
    """Answer with an error, unless the caller was answered before."""
    if not asked.answer.done():
        asked.answer.set_exception(error)
