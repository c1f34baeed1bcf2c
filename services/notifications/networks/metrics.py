"""What networks do, in figures."""

from __future__ import annotations

from prometheus_client import Counter, Gauge

OPEN = Gauge(
    "maarid_channel_open", "1 while a network is given messages, 0 paused or stopped.", ["network"]
)
ATTEMPTS = Counter(
    "maarid_attempts_total",
    "Calls of networks, by what was known of them at once.",
    ["network", "outcome"],
)
