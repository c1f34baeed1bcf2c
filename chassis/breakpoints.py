"""Named points at which a fault test has this process killed.

`MAARID_BREAK_AT=relay.acknowledged:3` kills the process with SIGKILL the third time that it comes
to that point: the operating system ends it, nothing is cleaned up.  Refused outside development.
"""

from __future__ import annotations

import os
import signal

_armed: dict[str, int] = {}


def arm(setting: str) -> None:
    """Take a setting `point:times`.  Raises ValueError where it is not of that form."""
    point, _, times = setting.partition(":")
    _armed[point] = int(times or "1")


async def reached(point: str) -> None:
    """Go on, or end here and now if a test has asked for it."""
    if not _armed or point not in _armed:
        return
    _armed[point] -= 1
    if _armed[point] <= 0:
        os.kill(os.getpid(), signal.SIGKILL)
