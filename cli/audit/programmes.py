"""The promise about programmes: nobody and no hall twice at once, and what the rules say holds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from maarid_contracts import Contract
from maarid_contracts.scheduling import (
    ProgrammePublishedV1,
    ProgrammeRulesPublishedV1,
    SessionCancelledV1,
    SessionRescheduledV1,
    SessionScheduledV1,
)
from pydantic import TypeAdapter

from chassis.log.events import Recorded
from chassis.postgres.database import Connection
from cli.audit.lines import Line, Problems, line
from services.scheduling.programme.rules import Rules, clash, obstacle

Feed = Callable[[Recorded, Any], None]
READ = TypeAdapter(Rules)


class Programmes:
    """A session is looked at after the command that placed it: two that exchange their places are
    in one hall for as long as it takes to say so."""

    def __init__(self) -> None:
        self._rules: defaultdict[str, Rules] = defaultdict(Rules)
        self._standing: defaultdict[str, dict[str, SessionScheduledV1]] = defaultdict(dict)
        self._placed: set[tuple[str, str]] = set()
        self._command: UUID | None = None
        self._problems = Problems()
        self._versions = 0

    @property
    def hears(self) -> Mapping[type[Contract], Feed]:
        return {
            ProgrammeRulesPublishedV1: self._ruled,
            SessionScheduledV1: self._scheduled,
            SessionRescheduledV1: self._moved,
            SessionCancelledV1: self._cancelled,
            ProgrammePublishedV1: self._published,
        }

    def _ruled(self, recorded: Recorded, event: ProgrammeRulesPublishedV1) -> None:
        self._of(recorded)
        said = event.model_dump(exclude={"fair_id", "revision"})
        self._rules[event.fair_id] = READ.validate_python(said)

    def _scheduled(self, recorded: Recorded, event: SessionScheduledV1) -> None:
        self._of(recorded)
        self._standing[event.fair_id][event.session_id] = event
        self._placed.add((event.fair_id, event.session_id))

    def _moved(self, recorded: Recorded, event: SessionRescheduledV1) -> None:
        self._of(recorded)
        sessions = self._standing[event.fair_id]
        place = {name: getattr(event, name) for name in ("hall_id", "starts_at", "ends_at")}
        sessions[event.session_id] = sessions[event.session_id].model_copy(update=place)
        self._placed.add((event.fair_id, event.session_id))

    def _cancelled(self, recorded: Recorded, event: SessionCancelledV1) -> None:
        self._of(recorded)
        self._standing[event.fair_id].pop(event.session_id, None)

    def _published(self, recorded: Recorded, event: ProgrammePublishedV1) -> None:
        self._of(recorded)
        self._versions += 1

    def _of(self, recorded: Recorded) -> None:
        """Look at what the command before has placed, where this is another one's."""
        if recorded.fact.command_id != self._command:
            self._look()
            self._command = recorded.fact.command_id

    def _look(self) -> None:
        for fair_id, session_id in sorted(self._placed):
            rules, sessions = self._rules[fair_id], self._standing[fair_id]
            session = sessions.get(session_id)
            if session is None:
                continue
            found = obstacle(rules, session)
            others = (each for each in sessions.values() if each.session_id != session_id)
            found = found or next(filter(None, (clash(rules, session, o) for o in others)), None)
            if found:
                self._problems.add(f"{session_id} of {fair_id}: {found.code}")
        self._placed.clear()

    async def judge(self, db: Connection) -> Line:
        self._look()
        standing = sum(map(len, self._standing.values()))
        promise = "No hall and no speaker is taken twice, and sessions keep their rules"
        figures = f"{standing} sessions stand, {self._versions} versions published"
        return line(promise, [self._problems], figures)
