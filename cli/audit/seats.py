"""Promises about the seats of workshops: how many are given or kept, and how offers of them end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from maarid_contracts import Contract
from maarid_contracts.ticketing import (
    CapacityExceededV1,
    SeatOfferDeadlineSetV1,
    SeatOfferDeclinedV1,
    SeatOfferedV1,
    SeatOfferLapsedV1,
    SeatOfferPassedV1,
    SeatReleasedV1,
    SeatReservedV1,
    WalkInAdmittedV1,
    WorkshopOpenedV1,
)

from chassis.log.events import Recorded
from chassis.postgres.database import Connection
from cli.audit.hashes import Hashes, hash_of
from cli.audit.lines import Line, Problems, line

Feed = Callable[[Recorded, Any], None]


class Workshops:
    """At no moment has a workshop given more seats than it was opened with: those counted that are
    reserved, by groups as well, that offers keep, and that walk-ins have.  Whom a phone let in
    beyond that has no seat of it."""

    def __init__(self) -> None:
        self._capacity: dict[str, int] = {}
        self._taken: Counter[str] = Counter()
        self._seats = Hashes()
        self._offered = Hashes()
        self._reserved = 0
        self._over = 0
        self._problems = Problems()

    @property
    def hears(self) -> Mapping[type[Contract], Feed]:
        return {
            WorkshopOpenedV1: self._opened,
            SeatReservedV1: self._seat_reserved,
            SeatReleasedV1: self._seat_released,
            SeatOfferedV1: self._seat_offered,
            SeatOfferPassedV1: self._seat_passed,
            WalkInAdmittedV1: self._walked_in,
            CapacityExceededV1: self._exceeded,
        }

    def _opened(self, recorded: Recorded, event: WorkshopOpenedV1) -> None:
        self._capacity[event.session_id] = event.capacity

    def _seat_reserved(self, recorded: Recorded, event: SeatReservedV1) -> None:
        seat = hash_of((event.session_id, event.seat_id))
        if self._seats.add(seat):
            self._reserved += event.places
            if not self._offered.drop(seat):
                self._take(event.session_id, event.places)

    def _seat_released(self, recorded: Recorded, event: SeatReleasedV1) -> None:
        seat = hash_of((event.session_id, event.seat_id))
        if self._seats.drop(seat):
            self._reserved -= event.places
            self._taken[event.session_id] -= event.places
        elif self._offered.drop(seat):
            self._taken[event.session_id] -= event.places

    def _seat_offered(self, recorded: Recorded, event: SeatOfferedV1) -> None:
        if self._offered.add(hash_of((event.session_id, event.seat_id))):
            self._take(event.session_id, event.places)

    def _seat_passed(self, recorded: Recorded, event: SeatOfferPassedV1) -> None:
        if self._offered.drop(hash_of((event.session_id, event.seat_id))):
            self._taken[event.session_id] -= event.places

    def _walked_in(self, recorded: Recorded, event: WalkInAdmittedV1) -> None:
        self._take(event.session_id, event.people)

    def _exceeded(self, recorded: Recorded, event: CapacityExceededV1) -> None:
        self._over += event.people

    def _take(self, session: str, places: int) -> None:
        self._taken[session] += places
        if self._taken[session] > self._capacity.get(session, 0):
            self._problems.add(f"{session}: {self._taken[session]} seats")

    async def judge(self, db: Connection) -> Line:
        total = sum(self._capacity.values())
        seats = f"{self._reserved} seats of {total} in {len(self._capacity)} workshops"
        if kept := self._taken.total() - self._reserved:
            seats += f", {kept} offered or for walk-ins"
        if self._over:
            seats += f", {self._over} people let in beyond them"
        return line("No workshop is over its capacity", [self._problems], seats)


class SeatOffers:
    """An offer ends once, none lapses before its deadline, and none is taken after it has ended."""

    def __init__(self) -> None:
        self._standing = Hashes(numbers=True)
        self._made = 0
        self._taken = 0
        self._lapsed = 0
        self._problems = Problems()

    @property
    def hears(self) -> Mapping[type[Contract], Feed]:
        return {
            SeatOfferedV1: self._offered,
            SeatOfferDeadlineSetV1: self._begun,
            SeatOfferPassedV1: self._passed,
            SeatOfferDeclinedV1: self._declined,
            SeatOfferLapsedV1: self._missed,
            SeatReservedV1: self._reserved,
            SeatReleasedV1: self._released,
        }

    def _offered(self, recorded: Recorded, event: SeatOfferedV1) -> None:
        self._made += 1
        if not self._standing.add(hash_of(event.seat_id), int(event.lapses_at.timestamp())):
            self._problems.add(f"{event.seat_id} has two offers at once")

    def _begun(self, recorded: Recorded, event: SeatOfferDeadlineSetV1) -> None:
        seat, at = hash_of(event.seat_id), int(event.lapses_at.timestamp())
        latest = self._standing.get(seat)
        if latest is None or at > latest:
            self._problems.add(f"the deadline of {event.seat_id} was set when there was none to")
        else:
            self._standing.add(seat, at)

    def _passed(self, recorded: Recorded, event: SeatOfferPassedV1) -> None:
        self._end(event.seat_id, "was passed on")

    def _declined(self, recorded: Recorded, event: SeatOfferDeclinedV1) -> None:
        self._end(event.seat_id, "was declined")

    def _missed(self, recorded: Recorded, event: SeatOfferLapsedV1) -> None:
        self._lapsed += 1
        latest = self._standing.get(hash_of(event.seat_id))
        self._end(event.seat_id, "lapsed")
        late = latest is not None and int(event.lapsed_at.timestamp()) > latest
        if late or recorded.fact.occurred_at < event.lapsed_at:
            self._problems.add(f"{event.seat_id} lapsed at another time than its deadline")

    def _reserved(self, recorded: Recorded, event: SeatReservedV1) -> None:
        if event.from_offer:
            self._taken += 1
            self._end(event.seat_id, "was taken")

    def _released(self, recorded: Recorded, event: SeatReleasedV1) -> None:
        # With its workshop; who declines or lets it lapse has no offer any more by then.
        self._standing.drop(hash_of(event.seat_id))

    def _end(self, seat_id: str, how: str) -> None:
        if not self._standing.drop(hash_of(seat_id)):
            self._problems.add(f"{seat_id} {how}, and no offer stood")

    async def judge(self, db: Connection) -> Line:
        promise = "Offered seats lapse at their deadline, and none is taken after its offer ended"
        figures = f"{self._made} offers, {self._taken} taken, {self._lapsed} lapsed"
        return line(promise, [self._problems], f"{figures}, {len(self._standing)} stand")
