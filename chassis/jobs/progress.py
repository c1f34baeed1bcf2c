"""What a job's function says while it runs, and how it learns that it is to stop."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

EVERY_SECONDS = 0.1
"""Progress that comes faster is not told."""
LONGEST_CODE = 80


class Stopped(BaseException):
    """Somebody asked for an end.  Not an Exception: `except Exception` must not swallow it."""


class Progress:
    """Given to a job's function; any thread may call it."""

    def __init__(self, tell: Callable[[float, str], None]) -> None:
        self._tell = tell
        self._stop = threading.Event()
        self._told_at = -EVERY_SECONDS
        self._code = ""

    @property
    def stopping(self) -> bool:
        """Whether the job is to stop, for code in which nothing may be raised."""
        return self._stop.is_set()

    def stop(self) -> None:
        """Let the function know that it is to stop."""
        self._stop.set()

    def __call__(self, share: float, code: str = "") -> None:
        """Say how much is done, from 0 to 1, and in a short code what is being done.
        Raises Stopped where the job is to stop; one that does not ask is killed a little later."""
        if self._stop.is_set():
            raise Stopped
        now = time.monotonic()
        if code == self._code and now - self._told_at < EVERY_SECONDS:
            return
        self._told_at, self._code = now, code
        self._tell(min(max(share, 0.0), 1.0), code[:LONGEST_CODE])
