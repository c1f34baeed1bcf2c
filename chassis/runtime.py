"""What handlers and policies of a running service have at hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from chassis.clock import Clock
from chassis.database import Pool
from chassis.desk import Desk
from chassis.timers import Timers


@dataclass(frozen=True)
class Runtime:
    """One running service."""

    settings: Any
    pool: Pool
    desk: Desk
    clock: Clock
    timers: Timers
