"""Promises about what a service decides: each is fed with its events, in the order of its log.

To add a line: a class with `hears`, which names the contracts it needs and what to do with each,
and `judge`; then its place in `CHECKS`.  It keeps what is alive (a booth that is held, a message
that is pending), never what has been.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Protocol

from maarid_contracts import Contract
from maarid_contracts.notifications import (
    MessageAttemptFailedV1,
    MessageDeliveredV1,
    MessageFailedV1,
    MessageRequestedV1,
    MessageSentV1,
)
from maarid_contracts.scheduling import BoothAssignedV1, BoothReleasedV1

from chassis.log.events import Recorded
from chassis.postgres.database import Connection
from cli.audit.assignments import Assignments
from cli.audit.duty import Duty
from cli.audit.gates import Entries, Presence
from cli.audit.lines import Line, Problems, line
from cli.audit.places import Offers, Poles
from cli.audit.programmes import Programmes
from cli.audit.seats import SeatOffers, Workshops
from cli.audit.selections import Selections

Feed = Callable[[Recorded, Any], None]
"""Takes an event as the log has it, and as everybody hears it."""


class Check(Protocol):
    """One promise."""

    @property
    def hears(self) -> Mapping[type[Contract], Feed]:
        """What to do with the events that matter."""
        ...

    async def judge(self, db: Connection) -> Line:
        """Called after the last event, on the service's database as it was at that event."""
        ...


class Booths:
    """A booth is held by one exhibitor at a time."""

    def __init__(self) -> None:
        self._holders: dict[tuple[str, str], str] = {}
        self._problems = Problems()

    @property
    def hears(self) -> Mapping[type[Contract], Feed]:
        return {BoothAssignedV1: self._assigned, BoothReleasedV1: self._released}

    def _assigned(self, recorded: Recorded, event: BoothAssignedV1) -> None:
        booth = (event.fair_id, event.booth_id)
        if booth in self._holders:
            self._problems.add(f"{event.booth_id} of {event.fair_id}")
        self._holders[booth] = event.exhibitor_id

    def _released(self, recorded: Recorded, event: BoothReleasedV1) -> None:
        self._holders.pop((event.fair_id, event.booth_id), None)

    async def judge(self, db: Connection) -> Line:
        held = f"{len(self._holders)} booths held"
        return line("No booth has two holders", [self._problems], held)


QUEUED = timedelta(seconds=60)
"""A message may wait so long for its turn, and longer while the sender is at work."""
PASSED_BY = timedelta(minutes=10)
"""A message is forgotten where one was taken up that was asked for so much later.  Turns follow the
events that are told of, so less says nothing: a workshop's move asks for messages for minutes."""


class Pending(NamedTuple):
    """A message on its way."""

    status: str
    since: datetime


class Messages:
    """Settled is delivered or failed; what is pending must say why.

    A message that waits for a phone or for a consent says so in `own.sending`; one that nobody has
    taken up yet waits for its turn, as long as the sender is at work and has not passed it by.  One
    that was sent has a timer, which ends the wait for its receipt.
    """

    def __init__(self) -> None:
        self._pending: dict[str, Pending] = {}
        self._settled: Counter[str] = Counter()
        self._worked_at: datetime | None = None
        self._reached: datetime | None = None

    @property
    def hears(self) -> Mapping[type[Contract], Feed]:
        return {
            MessageRequestedV1: self._requested,
            MessageSentV1: self._sent,
            MessageAttemptFailedV1: self._attempt_failed,
            MessageDeliveredV1: self._delivered,
            MessageFailedV1: self._failed,
        }

    def _requested(self, recorded: Recorded, event: MessageRequestedV1) -> None:
        self._pending[event.message_id] = Pending("requested", recorded.recorded_at)

    def _sent(self, recorded: Recorded, event: MessageSentV1) -> None:
        self._taken_up(recorded, event.message_id)
        self._pending[event.message_id] = Pending("sent", recorded.recorded_at)

    def _attempt_failed(self, recorded: Recorded, event: MessageAttemptFailedV1) -> None:
        self._taken_up(recorded, event.message_id)
        if (before := self._pending.get(event.message_id)) is not None:
            self._pending[event.message_id] = Pending(before.status, recorded.recorded_at)

    def _delivered(self, recorded: Recorded, event: MessageDeliveredV1) -> None:
        self._pending.pop(event.message_id, None)
        self._settled["delivered"] += 1

    def _failed(self, recorded: Recorded, event: MessageFailedV1) -> None:
        self._taken_up(recorded, event.message_id)
        self._pending.pop(event.message_id, None)
        self._settled["failed"] += 1

    def _taken_up(self, recorded: Recorded, message_id: str) -> None:
        self._worked_at = recorded.recorded_at
        before = self._pending.get(message_id)
        if before is not None and before.status == "requested":
            self._reached = max(self._reached or before.since, before.since)

    async def judge(self, db: Connection) -> Line:
        now: datetime = await db.fetchval("select clock_timestamp()")
        late = [id_ for id_, one in self._pending.items() if self._is_late(one, now)]
        problems = Problems()
        for begin in range(0, len(late), 5000):
            forgotten = await db.fetch(
                "select m.id from unnest($1::text[]) as m(id) where not exists"
                " (select from own.sending as s where s.message_id = m.id::uuid) and not exists"
                " (select from log.timers as t where t.key = 'receipt:' || m.id)",
                late[begin : begin + 5000],
            )
            for row in forgotten:
                problems.add(f"message {row['id']} is pending without a reason")
        counts = self._settled + Counter(one.status for one in self._pending.values())
        figures = ", ".join(f"{n} {what}" for what, n in sorted(counts.items())) or "none"
        return line("Every message is settled, or pending with a reason", [problems], figures)

    def _is_late(self, one: Pending, now: datetime) -> bool:
        if now - one.since < QUEUED:
            return False
        if one.status == "sent":
            return True
        at_work = self._worked_at is not None and now - self._worked_at < QUEUED
        passed_by = self._reached is not None and self._reached - one.since > PASSED_BY
        return passed_by or not at_work


CHECKS: Mapping[str, Sequence[Callable[[], Check]]] = {
    "registration": (Poles, Offers, Selections),
    "scheduling": (Booths, Assignments, Programmes),
    "ticketing": (Workshops, SeatOffers, Duty, Entries, Presence),
    "notifications": (Messages,),
}
"""The checks of each service, in the order of their lines."""
