"""A decision on one workshop while it is made: what is free, and who of those that wait gets it.

What is free goes to the first, in the order of the log, whom it fits.  A larger group keeps its
rank and is passed over.  Before the start nobody waits whom free places fit.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from chassis.kernel.refused import Refused
from services.ticketing.workshops.events import (
    Event,
    HeldSeatsReleased,
    SeatOffered,
    SeatReleased,
    SeatReserved,
    WorkshopFull,
    WorkshopReopened,
)
from services.ticketing.workshops.state import Line, Place, Rules, Slot, Workshop, rules_of

LARGEST_GROUP = 60
"""As many as a coach brings.  Bounds the lines that a free place is held against."""
LONGEST_OFFER = timedelta(hours=6)
"""An offer stands no longer, whether its contact was told or not."""


class Draft:
    """The events of a decision so far, and what is free after them.

    Looking for who is next takes as many steps as there are lines, however many people wait: four
    of each size of group at the most.
    """

    def __init__(self, workshop: Workshop, now: datetime, rules: Rules | None = None) -> None:
        self.events: list[Event] = []
        self._workshop = workshop
        self._now = now
        self._rules = rules_of(workshop) if rules is None else rules
        self._held_over = workshop.held_over and rules is None
        self._taken = workshop.taken
        self._supported = workshop.supported
        self._heads: dict[Line, tuple[Iterator[str], str | None]] = {}
        self._passed: tuple[str, Place] | None = None
        self.moved_up = 0

    @property
    def free(self) -> int:
        """Places that nobody has."""
        return self._workshop.capacity - self._taken

    @property
    def held(self) -> int:
        """Those of them that are for people whom a programme supports."""
        if self._held_over or self._rules.held is None:
            return 0
        return max(0, min(self._rules.held - self._supported, self.free))

    def free_for(self, supported: bool) -> int:
        """The free places that are for somebody whom a programme supports, or for anybody else."""
        return self.free if supported else self.free - self.held

    def add(self, event: Event) -> None:
        """An event that takes no place and frees none."""
        self.events.append(event)

    def take(self, event: Event, places: int, supported: bool) -> None:
        """An event by which so many more places are taken; fewer, where it frees them."""
        self.events.append(event)
        self._taken += places
        if supported:
            self._supported += places

    def release(self, seat: str, place: Place, reason: str, *, waited: bool, kept: bool) -> None:
        """Somebody is let go; `kept` where places were reserved or offered."""
        freed = -place.places if kept else 0
        event = released(self._workshop, seat, place, reason, waited=waited)
        self.take(event, freed, place.supported)

    def pass_over(self, seat: str, place: Place, event: Event) -> None:
        """An offer that cannot be told of: the place waits on, behind all who can be told."""
        self.take(event, -place.places, place.supported)
        self._passed = seat, place

    def settle(self) -> None:
        """Release what is held no more, and give what is free to those who wait.

        Nobody moves up once the workshop has begun.
        """
        slot = self._workshop.slot
        begun = slot is None or self._now >= slot.starts_at
        until = self._rules.held_until
        if (begun or (until is not None and self._now >= until)) and (held := self.held):
            fair, session = self._workshop.fair_id, self._workshop.session_id
            self.add(HeldSeatsReleased(fair, session, held))
            self._held_over = True
        if begun:
            return
        while (line := self._next()) is not None:
            self._give(line)

    def finish(self) -> list[Event]:
        """The events, and at their end whether the workshop is full by them, or no longer."""
        workshop, capacity = self._workshop, self._workshop.capacity
        if self._taken >= capacity > workshop.taken:
            self.add(WorkshopFull(workshop.fair_id, workshop.session_id, capacity))
        if workshop.taken >= capacity > self._taken:
            self.add(WorkshopReopened(workshop.fair_id, workshop.session_id, self.free))
        return self.events

    def _next(self) -> Line | None:
        """The line whose first is the first of all whom what is free fits."""
        if self.free <= 0:
            return None
        found: tuple[bool, int] | None = None
        best: Line | None = None
        lines = [*self._workshop.lines]
        if self._passed is not None:
            lines.append(_PASSED)
        for line in lines:
            place = self._first_in(line)
            if place is None or place.places > self.free_for(place.supported):
                continue
            order = (line.passed, place.arrival)
            if found is None or order < found:
                found, best = order, line
        return best

    def _first_in(self, line: Line) -> Place | None:
        if line is _PASSED:
            return None if self._passed is None else self._passed[1]
        seat = self._head(line)
        return None if seat is None else self._workshop.waiting[seat]

    def _head(self, line: Line) -> str | None:
        if line not in self._heads:
            self._heads[line] = _after(iter(self._workshop.lines[line]))
        return self._heads[line][1]

    def _give(self, line: Line) -> None:
        """Give places to the first in a line: an offer, or at once."""
        if line is _PASSED and self._passed is not None:
            seat, place = self._passed
            self._passed = None
        else:
            seats, head = self._heads[line]
            assert head is not None  # Only a line that has a first is chosen.
            seat, place = head, self._workshop.waiting[head]
            self._heads[line] = _after(seats)
        fair, session = self._workshop.fair_id, self._workshop.session_id
        offer = None if line.passed else self._offer(seat, place)
        moved_up = SeatReserved(
            *(fair, session, seat, place.attendee_id, place.contact_id, True),
            *(place.organisation_id, place.places, place.supported),
        )
        self.take(offer or moved_up, place.places, place.supported)
        self.moved_up += 1

    def _offer(self, seat: str, place: Place) -> SeatOffered | None:
        """None where offers are not made, nobody can be told, or too little time is left."""
        minutes, slot = self._rules.offer_minutes, self._workshop.slot
        if minutes is None or place.contact_id is None or slot is None:
            return None
        if self._now + timedelta(minutes=minutes) > slot.starts_at:
            return None
        latest = min(self._now + LONGEST_OFFER, slot.starts_at)
        who = whose(self._workshop, seat, place)
        return SeatOffered(*who, place.places, minutes, latest)


_PASSED = Line(passed=True, supported=False, places=0)
"""Stands for the one place that is passed over by this very decision."""


def _after(seats: Iterator[str]) -> tuple[Iterator[str], str | None]:
    return seats, next(seats, None)


def whose(workshop: Workshop, seat: str, place: Place) -> tuple[str, str, str, str, str | None]:
    """What every event of a seat begins with."""
    fair, session = workshop.fair_id, workshop.session_id
    return fair, session, seat, place.attendee_id, place.contact_id


def released(
    workshop: Workshop, seat: str, place: Place, reason: str, *, waited: bool
) -> SeatReleased:
    return SeatReleased(*whose(workshop, seat, place), waited, reason, place.places)


def slot_of(workshop: Workshop, session_id: str) -> Slot:
    """Raises Refused where the workshop was not opened."""
    if workshop.slot is None:
        raise Refused("workshop_unknown", session=session_id)
    return workshop.slot


def check_stands(workshop: Workshop, session_id: str) -> None:
    if workshop.cancelled:
        raise Refused("workshop_cancelled", session=session_id)


def check_not_begun(slot: Slot, now: datetime) -> None:
    if now >= slot.starts_at:
        raise Refused("workshop_started", starts_at=slot.starts_at.isoformat())
