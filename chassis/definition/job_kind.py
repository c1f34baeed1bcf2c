"""Kinds of long work, which runs in a child process."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class JobKind:
    """One kind of long work.

    `function` is `package.module:name`, and only the child imports it.  It is called with the
    input, as JSON data, and a `Progress` (chassis/jobs/progress.py), and returns JSON data: a
    proposal with the version it saw.  A job that takes more than `seconds` or `megabytes` fails.
    """

    name: str
    function: str
    seconds: float
    megabytes: int

    def __post_init__(self) -> None:
        if not re.fullmatch(r"\w+(\.\w+)*:\w+", self.function):
            raise ValueError(f"not package.module:function: {self.function}")
        if self.seconds <= 0 or self.megabytes <= 0:
            raise ValueError(f"{self.name} would have no time or no memory")
