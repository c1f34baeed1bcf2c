"""What is counted of codes; an alert is told of it (deploy/observability/alerts.yaml)."""

from __future__ import annotations

from prometheus_client import Counter

ASKED = Counter(
    "maarid_codes_total",
    "Codes that were asked for: granted, or by which limit they were refused.",
    ["outcome"],
)
CHECKED = Counter("maarid_code_checks_total", "Codes that were typed, by outcome.", ["outcome"])
