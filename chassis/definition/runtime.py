"""What handlers and policies of a running service have at hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from chassis.definition.timers import Timers
from chassis.log.desk import Desk
from chassis.postgres.clock import Clock
from chassis.postgres.database import Pool


@dataclass(frozen=True)
class Runtime:
    """One running service."""

    settings: Any
    pool: Pool
    desk: Desk
    clock: Clock
    timers: Timers
