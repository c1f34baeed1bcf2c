"""What a workshop decided before there were rules but one, written anew with plain lists: 1.2.0."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from chassis.kernel.refused import Refused
from services.ticketing.workshops.domain import (
    PLACES_PER_ORGANISATION,
    CancelSeat,
    CancelWorkshop,
    Event,
    MoveWorkshop,
    OpenWorkshop,
    ReserveSeat,
    SeatReleased,
    SeatReserved,
    SeatWaitlisted,
    SetRules,
    WorkshopCancelled,
    WorkshopFull,
    WorkshopMoved,
    WorkshopOpened,
    WorkshopReopened,
    WorkshopRulesSet,
)

Asked = ReserveSeat | CancelSeat | OpenWorkshop | MoveWorkshop | CancelWorkshop | SetRules


@dataclass
class WorkshopOfBefore:
    """Decides and changes at once."""

    opened: WorkshopOpened | None = None
    slot: tuple[str, datetime, datetime] | None = None
    cancelled: bool = False
    most: int | None = None
    seated: list[ReserveSeat] = field(default_factory=list[ReserveSeat])
    waiting: list[ReserveSeat] = field(default_factory=list[ReserveSeat])
    released: set[str] = field(default_factory=set[str])

    def decide(self, command: Asked) -> list[Event]:
        """Raises Refused."""
        if isinstance(command, OpenWorkshop):
            return self._open(command)
        if isinstance(command, ReserveSeat) and self._place(command.seat_id) is not None:
            return []
        if self.opened is None or self.slot is None:
            raise Refused("workshop_unknown")
        match command:
            case ReserveSeat():
                return self._reserve(command, self.opened, self.slot[1])
            case CancelSeat():
                return self._give_up(command, self.opened, self.slot[1])
            case MoveWorkshop():
                self._stands()
                slot = (command.hall_id, command.starts_at, command.ends_at)
                before, self.slot = self.slot, slot
                return [] if slot == before else [WorkshopMoved(*self._ids(), *slot)]
            case SetRules():
                self._stands()
                most = command.rules.places_per_organisation
                before, self.most = self.most, most
                return [] if most == before else [WorkshopRulesSet(*self._ids(), most)]
            case CancelWorkshop():
                return self._cancel(command)

    def _open(self, command: OpenWorkshop) -> list[Event]:
        if self.opened is not None:
            return []
        ids = (command.fair_id, command.session_id, command.title, command.hall_id)
        self.opened = WorkshopOpened(*ids, command.capacity, command.starts_at, command.ends_at)
        self.slot = (command.hall_id, command.starts_at, command.ends_at)
        return [self.opened]

    def _reserve(
        self, asked: ReserveSeat, opened: WorkshopOpened, starts_at: datetime
    ) -> list[Event]:
        self._stands()
        if asked.seat_id in self.released:
            raise Refused("seat_released")
        if asked.now >= starts_at:
            raise Refused("workshop_started")
        everybody = [*self.seated, *self.waiting]
        if any(each.attendee_id == asked.attendee_id for each in everybody):
            raise Refused("already_reserved")
        whose = asked.organisation_id
        ours = [each for each in everybody if each.organisation_id == whose]
        if whose is not None and len(ours) >= (self.most or PLACES_PER_ORGANISATION):
            raise Refused("enough_places")
        if len(self.seated) < opened.capacity:
            self.seated.append(asked)
            events: list[Event] = [SeatReserved(*self._who(asked), organisation_id=whose)]
            full = len(self.seated) == opened.capacity
            return [*events, WorkshopFull(*self._ids(), opened.capacity)] if full else events
        if not asked.wait:
            raise Refused("workshop_full")
        self.waiting.append(asked)
        return [SeatWaitlisted(*self._who(asked), len(self.waiting), whose)]

    def _give_up(
        self, command: CancelSeat, opened: WorkshopOpened, starts_at: datetime
    ) -> list[Event]:
        if command.seat_id in self.released:
            return []
        place = self._place(command.seat_id)
        if place is None:
            raise Refused("seat_unknown")
        if command.now >= starts_at:
            raise Refused("workshop_started")
        waited = place in self.waiting
        was_full = len(self.seated) == opened.capacity
        freed = self._release(place, command.reason)
        if waited:
            return [freed]
        if self.waiting:
            first = self.waiting.pop(0)
            self.seated.append(first)
            return [freed, SeatReserved(*self._who(first), True, first.organisation_id)]
        return [freed, WorkshopReopened(*self._ids(), 1)] if was_full else [freed]

    def _cancel(self, command: CancelWorkshop) -> list[Event]:
        if self.cancelled:
            return []
        self.cancelled = True
        everybody = [*self.seated, *self.waiting]
        released = [self._release(each, "workshop_cancelled") for each in everybody]
        return [*released, WorkshopCancelled(*self._ids(), command.reason)]

    def _release(self, place: ReserveSeat, reason: str) -> SeatReleased:
        waited = place in self.waiting
        (self.waiting if waited else self.seated).remove(place)
        self.released.add(place.seat_id)
        return SeatReleased(*self._who(place), waited, reason)

    def _place(self, seat: str) -> ReserveSeat | None:
        return next((e for e in (*self.seated, *self.waiting) if e.seat_id == seat), None)

    def _stands(self) -> None:
        if self.cancelled:
            raise Refused("workshop_cancelled")

    def _ids(self) -> tuple[str, str]:
        assert self.opened is not None
        return self.opened.fair_id, self.opened.session_id

    def _who(self, asked: ReserveSeat) -> tuple[str, str, str, str, str | None]:
        return (*self._ids(), asked.seat_id, asked.attendee_id, asked.contact_id)
