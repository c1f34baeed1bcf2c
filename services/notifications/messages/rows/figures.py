"""The messages about a fair, counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from chassis.postgres.database import Pool
from services.notifications.messages.waits import AWAITS_RECEIPT, QUEUED

COUNTED = "select kind, value, messages from figures where fair_id = $1 and messages > 0"
PENDING = """
select waits_for, count(*) as messages from sending where fair_id = $1 group by waits_for
"""


@dataclass(frozen=True, slots=True)
class Figures:
    """The messages about a fair, counted."""

    messages: int
    by_status: Mapping[str, int]
    by_language: Mapping[str, int]
    by_channel: Mapping[str, int]
    by_template: Mapping[str, int]
    failed_by_reason: Mapping[str, int]
    pending_by_reason: Mapping[str, int]


async def figures(pool: Pool, fair_id: str) -> Figures:
    """The messages counted so far; those that are yet to be requested wait in the queue."""
    counted: dict[str, dict[str, int]] = {
        kind: {} for kind in ("status", "language", "channel", "template", "reason", "fanout")
    }
    for row in await pool.fetch(COUNTED, fair_id):
        counted[row["kind"]][row["value"]] = row["messages"]
    waits: Counter[str] = Counter(counted["fanout"])
    for row in await pool.fetch(PENDING, fair_id):
        waits[row["waits_for"] or QUEUED] += row["messages"]
    if sent := counted["status"].get("sent", 0):
        waits[AWAITS_RECEIPT] = sent
    return Figures(
        messages=sum(counted["template"].values()),
        by_status=_sorted(counted["status"]),
        by_language=_sorted(counted["language"]),
        by_channel=_sorted(counted["channel"]),
        by_template=_sorted(counted["template"]),
        failed_by_reason=_sorted(counted["reason"]),
        pending_by_reason=_sorted({reason: n for reason, n in waits.items() if n}),
    )


def _sorted(counted: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(counted.items()))
