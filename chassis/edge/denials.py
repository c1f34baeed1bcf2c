"""Who was kept out: always counted, and told in the log as long as that fills no disk."""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog
from starlette.requests import Request

from chassis.edge.auth import NOBODY, Caller
from chassis.process import metrics

log = structlog.get_logger(__name__)

REASONS = ("token_missing", "token_invalid", "role_missing")
STATUSES = frozenset({401, 403})
AT_ONCE = 20
EVERY_SECONDS = 5.0
"""Under a flood: one line of some 300 bytes for each reason in so long, 16 MB in a day for all."""


class Bucket:
    """Lets some through at once, and then one every so many seconds; counts the others."""

    def __init__(
        self, at_once: int, every: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._most = float(at_once)
        self._left = float(at_once)
        self._every = every
        self._clock = clock
        self._seen_at = clock()
        self._held_back = 0

    def take(self) -> int | None:
        """How many were held back since the last that was let through; None for one more."""
        now = self._clock()
        self._left = min(self._most, self._left + (now - self._seen_at) / self._every)
        self._seen_at = now
        if self._left < 1:
            self._held_back += 1
            return None
        self._left -= 1
        held_back, self._held_back = self._held_back, 0
        return held_back


class Denials:
    """What one service tells of requests that it answered with 401 or 403."""

    def __init__(self, service: str) -> None:
        self._service = service
        # A bucket a reason: whoever floods without a token does not hide who tries doors with one.
        self._buckets: dict[str, Bucket] = {}
        for reason in REASONS:
            metrics.DENIED.labels(service, reason)  # From its start on, so that rates are right.

    def note(self, request: Request, reason: str, status: int) -> None:
        """Count it, and say which route was asked and by whom, as far as a valid token tells.
        Neither the token nor the path goes into the log: what somebody sends could be anything."""
        metrics.DENIED.labels(self._service, reason).inc()
        bucket = self._buckets.setdefault(reason, Bucket(AT_ONCE, EVERY_SECONDS))
        held_back = bucket.take()
        if held_back is None:
            return
        caller: Caller = getattr(request.state, "caller", NOBODY)
        route = request.scope.get("route")
        log.warning(
            "http.denied",
            status=status,
            reason=reason,
            method=request.method,
            route=getattr(route, "path", None),
            subject=None if caller is NOBODY else caller.subject,
            issuer=caller.issuer,
            roles=sorted(caller.roles),
            not_told=held_back,
        )
