"""Whether a service has taken a record by others for an event.

A record that looks like an event is believed only where it came in its stream's turn: consumers
drop what is ahead, and what they have.  So it is judged by what they did, which their marks tell.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from maarid_contracts import type_of

from chassis.definition.service import EventSourced, Subscription
from chassis.inbox.dead_letters import event_id_of
from chassis.kafka.envelope import content_of, subject_of, texts
from chassis.kafka.reading import Raw
from chassis.kafka.received import ReceivedEvent
from chassis.log.events import COLUMNS, fact_of
from chassis.postgres.database import Connection
from cli.audit.ledger import Ledger
from cli.audit.lines import Problems

MARKS = "select stream, version from log.heard where topic = $1 and passed_over is null"
BEYOND = """
select m.stream, m.version from unnest($1::text[], $2::bigint[]) as m(stream, version)
 where not exists (select from log.events as e where e.stream = m.stream and e.version = m.version)
"""


@dataclass
class Hearer:
    """A service that listens to the topic, and its database as of before the log was looked at."""

    subscription: Subscription
    db: Connection
    believed: dict[str, int] = field(default_factory=dict[str, int])
    """The last version of a stream that it has from a record by others."""


class Belief:
    """What the hearers of one topic have made of records by others."""

    def __init__(
        self,
        log: EventSourced,
        db: Connection,
        ledger: Ledger,
        hearers: Sequence[Hearer],
    ) -> None:
        self._log = log
        self._db = db
        self._ledger = ledger
        self._hearers = hearers
        self._claims: set[tuple[str, int]] = set()
        self.problems = Problems()

    async def look_at_marks(self) -> None:
        """Nobody has heard a version that the log does not have."""
        for hearer in self._hearers:
            cursor: Any = await hearer.db.cursor(MARKS, self._log.topic)
            while piece := await cursor.fetch(5000):
                rows = await self._db.fetch(
                    BEYOND, [row["stream"] for row in piece], [row["version"] for row in piece]
                )
                for row in rows:
                    self._add(row["stream"], row["version"])

    async def look_at(self, record: Raw) -> None:
        """A record that is in no log, at its place between those that are."""
        headers = texts(record.headers)
        subject = subject_of(headers)
        stream, version = subject.stream, subject.version
        if stream is None or version is None:
            return
        for hearer in self._hearers:
            content = content_of(hearer.subscription.entries, subject, headers, record.value)
            if isinstance(content, ReceivedEvent) and await self._applied(
                hearer, stream, version, event_id_of(headers)
            ):
                hearer.believed[stream] = version
                self._add(stream, version)

    async def _applied(self, hearer: Hearer, stream: str, version: int, event_id: str) -> bool:
        topic = self._log.topic
        if not await hearer.db.fetchval(
            "select exists (select from log.heard where topic = $1 and stream = $2"
            " and version >= $3) and not exists (select from log.dropped where topic = $1"
            " and stream = $2 and version = $3 and event_id = $4)",
            *(topic, stream, version, event_id),
        ):
            return False
        rows = await self._db.fetch(
            f"select {COLUMNS} from log.events where stream = $1 and version between $2 and $3",
            *(stream, version - 1, version + 1),
        )
        seen = {row["version"]: row for row in rows if self._ledger.seen(row["position"])}
        if version in seen:
            # The event was there first; it may have been of a type that is nothing to the hearer.
            return version + 1 not in seen and self._type_of(seen[version]) not in (
                hearer.subscription.entries
            )
        return version == 1 or version - 1 in (*seen, hearer.believed.get(stream))

    def _type_of(self, row: Any) -> str:
        event = fact_of(row, self._log.event_types).event
        return type_of(type(self._log.event_types.translate(event)))

    def _add(self, stream: str, version: int) -> None:
        # Millions of records that are believed need not be told apart.
        if (stream, version) not in self._claims and len(self._claims) < 100_000:
            self._claims.add((stream, version))
            self.problems.add(f"{stream} version {version} on {self._log.topic}")
