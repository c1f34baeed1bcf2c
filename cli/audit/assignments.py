"""Promises about booths by rules, held against the log alone: no solver looks for better."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

from maarid_contracts import Contract
from maarid_contracts.scheduling import (
    AssignmentAdoptedV1,
    AssignmentRulesPublishedV1,
    BoothAssignedV1,
    BoothReleasedV1,
    BoothSetUpTakenBackV1,
    BoothSetUpV1,
    FloorPlanPublishedV1,
)

from chassis.log.events import Recorded
from chassis.postgres.database import Connection
from cli.audit.lines import Line, Problems, line
from services.scheduling.floor.certificate import Proving

Feed = Callable[[Recorded, Any], None]


class Assignments:
    """Every adopted assignment is feasible by its rules, and its numbers add up."""

    def __init__(self) -> None:
        self._floors: defaultdict[str, Proving] = defaultdict(Proving)
        self._problems = Problems()
        self._adopted = 0

    @property
    def hears(self) -> Mapping[type[Contract], Feed]:
        return dict.fromkeys(
            (
                FloorPlanPublishedV1,
                BoothAssignedV1,
                BoothReleasedV1,
                BoothSetUpV1,
                BoothSetUpTakenBackV1,
                AssignmentRulesPublishedV1,
                AssignmentAdoptedV1,
            ),
            self._heard,
        )

    def _heard(self, recorded: Recorded, event: Any) -> None:
        event_of_ours: Any = recorded.fact.event
        judged = self._floors[event.fair_id].heard(event_of_ours)
        if judged is not None:
            self._adopted += 1
            for difference in judged.differences:
                self._problems.add(f"the assignment of {event.fair_id} {difference}")

    async def judge(self, db: Connection) -> Line:
        promise = "Every adopted assignment keeps its rules, and its costs add up"
        return line(promise, [self._problems], f"{self._adopted} assignments")
