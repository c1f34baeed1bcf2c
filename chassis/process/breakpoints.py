"""Named points at which a fault test has this process killed or stopped.

`MAARID_BREAK_AT=relay.acknowledged:3` kills the process with SIGKILL the third time that it comes
to that point: the operating system ends it, nothing is cleaned up.  `desk.appending:3:stop` stops
it with SIGSTOP, until somebody sends SIGCONT.  Refused outside development.
"""

from __future__ import annotations

import os
import signal

_SIGNALS = {"kill": signal.SIGKILL, "stop": signal.SIGSTOP}
_armed: dict[str, tuple[int, signal.Signals]] = {}


def arm(setting: str) -> None:
    """Take a setting `point:times:kill|stop`; the latter two may be missing.
    Raises ValueError where it is not of that form."""
    point, _, rest = setting.partition(":")
    times, _, how = rest.partition(":")
    if how and how not in _SIGNALS:
        raise ValueError(f"not a way to break: {how}")
    _armed[point] = (int(times or "1"), _SIGNALS[how or "kill"])


async def reached(point: str) -> None:
    """Go on, or end here and now if a test has asked for it."""
    if not _armed or point not in _armed:
        return
    times, how = _armed.pop(point)
    if times > 1:
        _armed[point] = (times - 1, how)
    else:
        os.kill(os.getpid(), how)
