"""Every metric of the chassis, in one place."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

DECISIONS = Counter(
    "maarid_decisions_total", "Commands decided, by outcome.", ["service", "outcome"]
)
CONFLICTS = Counter(
    "maarid_conflicts_total", "Rounds decided again after a lost race.", ["service"]
)
ROUND = Histogram(
    "maarid_desk_round_commands",
    "Commands decided in one round.",
    ["service"],
    buckets=(1, 2, 5, 10, 20, 50, 100, 200, 500),
)
DENIED = Counter(
    "maarid_denied_requests_total", "Requests answered with 401 or 403.", ["service", "reason"]
)
RELAYED = Counter("maarid_relayed_events_total", "Events sent to the topic.", ["service"])
RELAY_LAG_EVENTS = Gauge("maarid_relay_lag_events", "Events not yet published.", ["service"])
RELAY_LAG_SECONDS = Gauge("maarid_relay_lag_seconds", "Age of the oldest of them.", ["service"])
HEARD = Counter(
    "maarid_heard_records_total",
    "Records of topics, by what became of them.",
    ["topic", "result"],
)
CONSUMER_LAG = Gauge("maarid_consumer_lag_records", "Records not yet handled.", ["topic"])
HOLES = Gauge("maarid_consumer_open_holes", "Streams that wait for a missing version.", ["topic"])
DEAD_LETTERS = Gauge("maarid_dead_letters", "Records set aside or waiting behind one.", ["service"])
TIMERS = Counter("maarid_timers_fired_total", "Deadlines that fired.", ["service", "kind"])
