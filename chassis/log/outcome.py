"""What becomes of a command: its facts, or why there are none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic

from chassis.kernel.decider import Event
from chassis.log.events import Fact


class Busy(Exception):
    """The queue is longer than can be served in time; try again after `retry_after` seconds."""

    retry_after = 1


class Unavailable(Exception):
    """The database did not answer in time; the command may or may not have been carried out.
    The same command again, under the same id, is safe."""

    retry_after = 2


class CommandIdReused(Exception):
    """The command id was used before, for something else."""


class EventTooLarge(Exception):
    """An event is larger than a topic takes; nothing was stored."""


@dataclass(frozen=True, slots=True)
class Outcome(Generic[Event]):
    """What a command led to: its facts, none where all was so already."""

    facts: tuple[Fact[Event], ...]
    repeated: bool = False

    @property
    def events(self) -> list[Event]:
        return [fact.event for fact in self.facts]
