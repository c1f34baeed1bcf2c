"""Stand duty: one of an exhibitor's people stays, whatever workshops the others are in."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from services.ticketing.duty.domain import (
    DECIDER,
    ClaimDuty,
    DutyBroken,
    DutyClaimed,
    DutyMoved,
    DutyReleased,
    DutyRestored,
    MoveDuty,
    ReleaseDuty,
    duty_stream,
)
from tests.deciding import given

FAIR, US = "ouarzazate-2025", "0192f5c4-7d3e-7c1a-9a55-000000000001"
NINE = datetime(2025, 9, 18, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


def claim(
    seat: str, at: int = 0, hours: int = 2, places: int = 1, people: int = 2, *gone: str
) -> ClaimDuty:
    """A claim for the workshop that begins so many hours after nine."""
    begins = NINE + at * HOUR
    slot = (begins, begins + hours * HOUR)
    return ClaimDuty(FAIR, US, f"session-{at}", seat, f"ask-{seat}", *slot, places, people, gone)


def claimed(
    seat: str, at: int = 0, hours: int = 2, places: int = 1, people: int = 2
) -> DutyClaimed:
    asked = claim(seat, at, hours, places, people)
    slot = (asked.starts_at, asked.ends_at)
    return DutyClaimed(FAIR, US, asked.session_id, seat, asked.request_id, *slot, places, people)


def released(seat: str, at: int, reason: str) -> DutyReleased:
    return DutyReleased(FAIR, US, f"session-{at}", seat, reason)


def moved(seat: str, of: int, to: int, people: int = 2) -> DutyMoved:
    """Moved for two hours."""
    begins = NINE + to * HOUR
    return DutyMoved(FAIR, US, f"session-{of}", seat, begins, begins + 2 * HOUR, people)


def move(seat: str, to: int, people: int = 2) -> MoveDuty:
    begins = NINE + to * HOUR
    return MoveDuty(FAIR, US, seat, begins, begins + 2 * HOUR, people)


def release(seat: str, reason: str = "seat_released") -> ReleaseDuty:
    return ReleaseDuty(FAIR, US, seat, reason)


BROKEN = DutyBroken(FAIR, US, NINE + HOUR, ("session-0", "session-4"), 2, 2)


def test_one_of_two_may_go() -> None:
    given(DECIDER).when(claim("a")).then(claimed("a"))


def test_the_other_one_stays_while_the_workshops_overlap() -> None:
    state = given(DECIDER, claimed("a"))
    state.when(claim("b", at=1)).refused("stand_unattended", people=2, free=0, places=1)
    state.when(claim("b", at=-1)).refused("stand_unattended")
    state.when(claim("b", hours=1)).refused("stand_unattended")


def test_one_workshop_may_begin_as_the_other_ends() -> None:
    given(DECIDER, claimed("a")).when(claim("b", at=2)).then(claimed("b", at=2))
    given(DECIDER, claimed("a")).when(claim("b", at=-2)).then(claimed("b", at=-2))


def test_two_workshops_of_others_that_do_not_overlap_each_other_count_once() -> None:
    state = given(DECIDER, claimed("a", 0, people=3), claimed("b", 2, people=3))
    state.when(claim("c", 0, 4, people=3)).then(claimed("c", 0, 4, people=3))
    state.when(claim("c", 0, 4, 2, 3)).refused("stand_unattended", people=3, free=1, places=2)


def test_a_group_goes_whole_or_not_at_all() -> None:
    given(DECIDER).when(claim("a", places=4, people=5)).then(claimed("a", places=4, people=5))
    refused = given(DECIDER).when(claim("a", places=5, people=5))
    refused.refused("stand_unattended", people=5, free=4, places=5)


def test_a_stand_of_one_closes() -> None:
    state = given(DECIDER, claimed("a", people=1))
    state.when(claim("b", people=1)).then(claimed("b", people=1))


def test_the_same_claim_again_is_silent() -> None:
    given(DECIDER, claimed("a")).when(claim("a")).then()


def test_a_claim_that_was_given_back_is_not_made_again() -> None:
    state = given(DECIDER, claimed("a"), released("a", 0, "reservation_lapsed"))
    state.when(claim("a")).refused("reservation_lapsed", seat="a")


def test_what_was_given_up_makes_room_before_anybody_has_looked() -> None:
    state = given(DECIDER, claimed("a"))
    state.when(claim("b", 1, 2, 1, 2, "a", "unknown")).then(
        released("a", 0, "seat_released"), claimed("b", at=1)
    )


def test_time_given_back_is_free_again() -> None:
    state = given(DECIDER, claimed("a"))
    state.when(release("a")).then(released("a", 0, "seat_released"))
    state.when(release("b")).then()
    free = given(DECIDER, claimed("a"), released("a", 0, "seat_refused"))
    free.when(release("a")).then()
    free.when(claim("b")).then(claimed("b"))


def test_a_claim_moves_with_its_workshop() -> None:
    state = given(DECIDER, claimed("a"))
    state.when(move("a", 1)).then(moved("a", 0, 1))
    state.when(move("a", 0)).then()
    state.when(move("b", 1)).then()
    given(DECIDER, claimed("a"), moved("a", 0, 6)).when(claim("b")).then(claimed("b"))


def test_a_move_that_breaks_the_duty_is_said_and_not_undone() -> None:
    state = given(DECIDER, claimed("a"), claimed("b", at=4))
    state.when(move("b", 1)).then(moved("b", 4, 1), BROKEN)
    broken = given(DECIDER, claimed("a"), claimed("b", at=4), moved("b", 4, 1), BROKEN)
    broken.when(move("b", 2)).then(moved("b", 4, 2), DutyRestored(FAIR, US))
    broken.when(release("a")).then(released("a", 0, "seat_released"), DutyRestored(FAIR, US))
    broken.when(claim("c", at=8)).then(claimed("c", at=8))


def test_what_is_broken_otherwise_than_before_is_said_anew() -> None:
    broken = given(DECIDER, claimed("a"), claimed("b", at=4), moved("b", 4, 1), BROKEN)
    broken.when(move("a", 1)).then(moved("a", 0, 1))
    later = replace(BROKEN, at=NINE)
    broken.when(move("b", 0)).then(moved("b", 4, 0), later)


def test_a_duty_that_was_restored_may_break_again() -> None:
    events = (claimed("a"), claimed("b", at=4), moved("b", 4, 1), BROKEN, moved("b", 4, 4))
    restored = given(DECIDER, *events, DutyRestored(FAIR, US))
    restored.when(move("b", 1)).then(moved("b", 4, 1), BROKEN)


def test_who_no_longer_exhibits_has_no_duty() -> None:
    broken = given(DECIDER, claimed("a"), claimed("b", at=4), moved("b", 4, 1), BROKEN)
    broken.when(move("b", 0, people=0)).then(moved("b", 4, 0, 0), DutyRestored(FAIR, US))


def test_an_exhibitor_has_one_stream_at_each_fair() -> None:
    assert duty_stream(FAIR, US).name == f"duty-{FAIR}-{US}"
