"""The promise about stand duty: somebody stays at each stand, unless a workshop was moved."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from maarid_contracts import Contract
from maarid_contracts.ticketing import (
    DutyBrokenV1,
    DutyClaimedV1,
    DutyMovedV1,
    DutyReleasedV1,
    DutyRestoredV1,
    SeatReleasedV1,
    SeatReservedV1,
    SeatWaitlistedV1,
    WorkshopMovedV1,
    WorkshopOpenedV1,
)

from chassis.log.events import Recorded
from chassis.postgres.database import Connection
from cli.audit.hashes import Hashes, hash_of
from cli.audit.lines import Line, Problems, line

Feed = Callable[[Recorded, Any], None]
Slot = tuple[datetime, datetime]
FOLLOWED = timedelta(seconds=60)
"""A claim may lag so long behind its workshop; the service looks each second."""


class Away(NamedTuple):
    """People of an exhibitor who are in a workshop."""

    session_id: str
    slot: Slot
    places: int


@dataclass
class Stand:
    """What is known of one exhibitor at one fair."""

    people: int = 0
    away: dict[str, Away] = field(default_factory=dict[str, Away])
    reported: bool = False

    def alone_at(self) -> datetime | None:
        """A moment at which nobody would be left."""
        for begins, _ in (each.slot for each in self.away.values()):
            there = [a.places for a in self.away.values() if a.slot[0] <= begins < a.slot[1]]
            if sum(there) >= self.people > 1:
                return begins
        return None


class Duty:
    """What breaks it is said in the decision that lets it break, and no seat lacks its claim."""

    def __init__(self) -> None:
        self._stands: defaultdict[tuple[str, str], Stand] = defaultdict(Stand)
        self._slots: dict[str, tuple[Slot, datetime]] = {}
        self._claims: set[str] = set()
        self._seated: set[str] = set()
        """Seats that have a claim, and those of them that were given."""
        self._ended = Hashes()
        self._claimed = 0
        self._problems = Problems()

    @property
    def hears(self) -> Mapping[type[Contract], Feed]:
        return {
            DutyClaimedV1: self._claim,
            DutyMovedV1: self._move,
            DutyReleasedV1: self._release,
            DutyBrokenV1: self._broken,
            DutyRestoredV1: self._restored,
            SeatReservedV1: self._seat,
            SeatWaitlistedV1: self._seat,
            SeatReleasedV1: self._free,
            WorkshopOpenedV1: self._slot,
            WorkshopMovedV1: self._slot,
        }

    def _claim(self, recorded: Recorded, event: DutyClaimedV1) -> None:
        stand = self._of(event)
        self._claimed += 1
        stand.people = event.people
        slot = (event.starts_at, event.ends_at)
        before = stand.alone_at()
        stand.away[event.seat_id] = Away(event.session_id, slot, event.places)
        self._claims.add(event.seat_id)
        if before is None and stand.alone_at() is not None:
            self._problems.add(f"the stand of {event.organisation_id} was left by a reservation")

    def _move(self, recorded: Recorded, event: DutyMovedV1) -> None:
        stand = self._of(event)
        stand.people = event.people
        away = stand.away.get(event.seat_id)
        if away is None:
            self._problems.add(f"{event.seat_id} moved, and was not claimed")
            return
        stand.away[event.seat_id] = away._replace(slot=(event.starts_at, event.ends_at))

    def _release(self, recorded: Recorded, event: DutyReleasedV1) -> None:
        self._of(event).away.pop(event.seat_id, None)
        self._claims.discard(event.seat_id)
        self._ended.add(hash_of((event.session_id, event.seat_id)))
        if event.seat_id in self._seated:
            self._problems.add(f"the claim of {event.seat_id} ended, and its seat did not")

    def _broken(self, recorded: Recorded, event: DutyBrokenV1) -> None:
        self._of(event).reported = True

    def _restored(self, recorded: Recorded, event: DutyRestoredV1) -> None:
        self._of(event).reported = False

    def _of(self, event: Any) -> Stand:
        return self._stands[event.fair_id, event.organisation_id]

    def _seat(self, recorded: Recorded, event: SeatReservedV1 | SeatWaitlistedV1) -> None:
        if hash_of((event.session_id, event.seat_id)) in self._ended:
            self._problems.add(f"{event.seat_id} was given after its claim had ended")
        if event.seat_id in self._claims:
            self._seated.add(event.seat_id)

    def _free(self, recorded: Recorded, event: SeatReleasedV1) -> None:
        self._seated.discard(event.seat_id)

    def _slot(self, recorded: Recorded, event: WorkshopOpenedV1 | WorkshopMovedV1) -> None:
        slot = (event.starts_at, event.ends_at)
        self._slots[event.session_id] = slot, recorded.recorded_at

    async def judge(self, db: Connection) -> Line:
        reported = 0
        behind: list[tuple[str, datetime]] = []
        for (_, organisation), stand in self._stands.items():
            reported += stand.reported
            if (stand.alone_at() is not None) != stand.reported:
                what = "is said to be left" if stand.reported else "is left and nobody says so"
                self._problems.add(f"the stand of {organisation} {what}")
            for seat, away in stand.away.items():
                moved = self._slots.get(away.session_id)
                if moved is not None and moved[0] != away.slot:
                    behind.append((seat, moved[1]))
        if behind:
            now: datetime = await db.fetchval("select clock_timestamp()")
            for seat, since in behind:
                if now - since > FOLLOWED:
                    self._problems.add(f"the claim of {seat} has not followed its workshop")
        promise = "Nobody's stand is left alone, unless a workshop was moved"
        figures = f"{self._claimed} times claimed, {len(self._claims)} held, {reported} reported"
        return line(promise, [self._problems], figures)
