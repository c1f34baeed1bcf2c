"""Workshops with rules, for tests of what they decide and what they refuse."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from chassis.kernel.text import Text
from services.ticketing.workshops.domain import (
    LONGEST_OFFER,
    CancelSeat,
    Event,
    ReserveSeat,
    SeatAttended,
    SeatOfferDeadlineSet,
    SeatOffered,
    SeatOfferLapsed,
    SeatReleased,
    SeatReserved,
    SeatWaitlisted,
    WorkshopCancelled,
    WorkshopFull,
    WorkshopOpened,
    WorkshopReopened,
    WorkshopRulesSet,
)

FAIR, SESSION = "ouarzazate-2025", "0192f5c4-0000-7000-8000-000000000001"
STARTS = datetime(2025, 9, 18, 9, 0, tzinfo=UTC)
ENDS = STARTS + timedelta(hours=2)
NOW = STARTS - timedelta(days=3)
LATEST = NOW + LONGEST_OFFER
TEN_PAST = STARTS + timedelta(minutes=10)
TITLE = Text(ar="التسويق", fr="Marketing", en="Marketing")

OPENED = WorkshopOpened(FAIR, SESSION, TITLE, "hall-a", 4, STARTS, ENDS)
FULL = WorkshopFull(FAIR, SESSION, 4)
CANCELLED = WorkshopCancelled(FAIR, SESSION, "speaker_ill")
RULES = WorkshopRulesSet(FAIR, SESSION, 4)
OFFERS = replace(RULES, offer_minutes=30)
HOLDS = replace(RULES, held=2, held_until=NOW + timedelta(days=1))
NO_SHOWS = replace(RULES, no_show_minutes=10)


def who(seat: str) -> tuple[str, str, str, str, str]:
    return (FAIR, SESSION, seat, f"who-{seat}", f"contact-{seat}")


def reserve(
    seat: str, places: int = 1, *, supported: bool = False, wait: bool = True, now: datetime = NOW
) -> ReserveSeat:
    ids = (SESSION, seat, f"who-{seat}", f"contact-{seat}")
    return ReserveSeat(*ids, wait, now, None, places, supported)


def cancel(seat: str, now: datetime = NOW) -> CancelSeat:
    return CancelSeat(SESSION, seat, "by_hand", now)


def has(seat: str, places: int = 1, *, supported: bool = False) -> SeatReserved:
    return SeatReserved(*who(seat), places=places, supported=supported)


def waits(seat: str, rank: int, places: int = 1, *, supported: bool = False) -> SeatWaitlisted:
    return SeatWaitlisted(*who(seat), rank, None, places, supported)


def moves_up(
    seat: str, places: int = 1, *, supported: bool = False, offer: bool = False
) -> SeatReserved:
    return SeatReserved(*who(seat), True, None, places, supported, offer)


def gone(
    seat: str, places: int = 1, *, waited: bool = False, reason: str = "by_hand"
) -> SeatReleased:
    return SeatReleased(*who(seat), waited, reason, places)


def offered(seat: str, places: int = 1, latest: datetime = LATEST) -> SeatOffered:
    return SeatOffered(*who(seat), places, 30, latest)


def lapsed(seat: str, places: int, at: datetime) -> list[Event]:
    left = gone(seat, places, waited=True, reason="offer_lapsed")
    return [SeatOfferLapsed(*who(seat), places, at), left]


def reopened(left: int) -> WorkshopReopened:
    return WorkshopReopened(FAIR, SESSION, left)


ALL_TAKEN: list[Event] = [OPENED, has("a", 3), has("b"), FULL]
A_FIVE_WAITS: list[Event] = [
    OPENED,
    has("a", 2),
    has("b", 2),
    FULL,
    waits("c", 1, 3),
    waits("d", 2),
]
ONE_OFFERED: list[Event] = [
    *(OPENED, OFFERS, has("a", 3), has("b"), FULL, waits("c", 1), waits("d", 2)),
    *(gone("b"), offered("c")),
]
BEGUN: list[Event] = [
    *ONE_OFFERED,
    SeatOfferDeadlineSet(*who("c"), NOW, NOW + timedelta(minutes=30)),
]
HELD_FULL: list[Event] = [OPENED, HOLDS, has("a", 2), waits("b", 1)]
AT_DOOR: list[Event] = [OPENED, NO_SHOWS, has("a", 2), has("b"), has("c"), FULL]
SCANNED: list[Event] = [*AT_DOOR, SeatAttended(*who("b"), 1, STARTS)]
