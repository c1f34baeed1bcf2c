"""What handlers and policies of a running service have at hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

from chassis.definition.timers import Timers
from chassis.log.desk import Desk
from chassis.postgres.clock import Clock
from chassis.postgres.database import Pool

T = TypeVar("T")


class DecidesNothing(Exception):
    """Something that needs a log was asked of a service that has none."""

    def __init__(self) -> None:
        super().__init__(
            "This service decides nothing: its definition has no event-sourced part, so it has no"
            " desk and no timers."
        )


def there(part: T | None) -> T:
    """A part that only a service with a log has.  Raises DecidesNothing where it is None."""
    if part is None:
        raise DecidesNothing
    return part


@dataclass(frozen=True)
class Deciding:
    """What a running service decides with."""

    desk: Desk
    timers: Timers


@dataclass(frozen=True)
class Runtime:
    """One running service; `deciding` is None where it has no log."""

    settings: Any
    pool: Pool
    clock: Clock
    deciding: Deciding | None = None

    @property
    def desk(self) -> Desk:
        """Raises DecidesNothing."""
        return there(self.deciding).desk

    @property
    def timers(self) -> Timers:
        """Raises DecidesNothing."""
        return there(self.deciding).timers
