"""Promises about selections, held against the log alone: no solver looks again for the best."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from maarid_contracts import Contract
from maarid_contracts.registration import (
    ApplicationRejectedV1,
    ApplicationWaitlistedV1,
    ExhibitorRegisteredV1,
)
from maarid_contracts.selection import (
    DrawHeldV1,
    Quota,
    QuotaTaken,
    SelectionPublishedV1,
    SelectionRulesPublishedV1,
)

from chassis.log.events import Recorded
from chassis.postgres.database import Connection
from cli.audit.lines import Line, Problems, line
from services.registration.selection import draw

Feed = Callable[[Recorded, Any], None]
Decision = ExhibitorRegisteredV1 | ApplicationWaitlistedV1 | ApplicationRejectedV1


@dataclass
class _Selection:
    """The rules and the draw of a fair, and what was decided since a selection was published."""

    rules: SelectionRulesPublishedV1
    seed: str | None = None
    score: int = 0
    decided: Counter[type[Contract]] = field(default_factory=Counter[type[Contract]])


class Selections:
    """A published selection has the rules and the draw of its fair, keeps their quotas, and says
    how many it decided and what they score."""

    def __init__(self) -> None:
        self._of_fair: dict[str, _Selection] = {}
        self._problems = Problems()
        self._published = 0

    @property
    def hears(self) -> Mapping[type[Contract], Feed]:
        return {
            SelectionRulesPublishedV1: self._ruled,
            DrawHeldV1: self._drawn,
            ExhibitorRegisteredV1: self._decided,
            ApplicationWaitlistedV1: self._decided,
            ApplicationRejectedV1: self._decided,
            SelectionPublishedV1: self._closed,
        }

    def _ruled(self, recorded: Recorded, event: SelectionRulesPublishedV1) -> None:
        self._of_fair[event.fair_id] = _Selection(event)

    def _drawn(self, recorded: Recorded, event: DrawHeldV1) -> None:
        selection, secret = self._of_fair[event.fair_id], bytes.fromhex(event.secret)
        selection.seed = draw.seed_of(secret, event.word).hex()
        if draw.sum_of(secret) != selection.rules.secret_hash or selection.seed != event.seed:
            self._problems.add(f"the draw of {event.fair_id} is not that of its secret")

    def _decided(self, recorded: Recorded, event: Decision) -> None:
        if event.score is None:
            return
        selection = self._of_fair[event.fair_id]
        selection.decided[type(event)] += 1
        if isinstance(event, ExhibitorRegisteredV1):
            selection.score += event.score

    def _closed(self, recorded: Recorded, event: SelectionPublishedV1) -> None:
        selection = self._of_fair[event.fair_id]
        self._published += 1
        for what, holds in _looked_at(selection, event).items():
            if not holds:
                self._problems.add(f"the selection of {event.fair_id} {what}")
        selection.score = 0
        selection.decided.clear()

    async def judge(self, db: Connection) -> Line:
        promise = "Every published selection keeps its rules, and its score adds up"
        return line(promise, [self._problems], f"{self._published} selections")


def _looked_at(selection: _Selection, event: SelectionPublishedV1) -> dict[str, bool]:
    """What could be wrong with a selection, and whether it is right."""
    decided = selection.decided
    numbers = (
        decided[ExhibitorRegisteredV1],
        decided[ApplicationWaitlistedV1],
        decided[ApplicationRejectedV1],
    )
    quotas = [Quota(**each.model_dump(include=set(Quota.model_fields))) for each in event.quotas]
    return {
        "has other rules": (event.terms, tuple(quotas))
        == (selection.rules.terms, selection.rules.quotas),
        "has another draw": event.seed == selection.seed,
        "breaks a quota": all(map(_holds, event.quotas)),
        "decided others": numbers == (event.accepted, event.waitlisted, event.rejected),
        "has another score": event.score == selection.score,
        "was adjusted in silence": event.adjusted > 0 or event.score == event.objective,
        "is worth more than can be": not event.proven or event.objective <= event.bound,
    }


def _holds(quota: QuotaTaken) -> bool:
    least, most = quota.at_least * quota.of_places, quota.at_most * quota.of_places
    return least <= 100 * quota.places <= most
