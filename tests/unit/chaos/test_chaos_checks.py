"""Each check of the chaos, on a history that keeps its promise and on one that breaks it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chaos import checks
from chaos.facts import Fact, Facts
from chaos.history import Call
from chaos.people import Kept

SESSION = "s1"
Told = tuple[list[Call], Facts]


def call(
    what: str,
    began: float,
    ended: float | None,
    status: int = 201,
    answer: dict[str, Any] | None = None,
    **subject: str,
) -> Call:
    return Call(what, subject, f"key-{began}", began, ended, status, answer or {})


def reserve(seat: str, began: float, ended: float, said: str = "reserved") -> Call:
    answer = {"seat_id": seat, "status": said}
    return call("reserve", began, ended, answer=answer, session=SESSION)


def refused(began: float, ended: float) -> Call:
    return call("reserve", began, ended, 409, {"code": "workshop_full"}, session=SESSION)


def release(seat: str, began: float, ended: float) -> Call:
    return call("release", began, ended, 200, session=SESSION, seat=seat)


def facts_of(stream: str, *events: tuple[str, dict[str, Any]]) -> Facts:
    return Facts(
        {
            stream: [
                Fact(type_, stream, version, f"{stream}-{version}", data.get("cause"), data)
                for version, (type_, data) in enumerate(events, 1)
            ]
        }
    )


def workshop(capacity: int, *events: tuple[str, dict[str, Any]]) -> Facts:
    opened = ("WorkshopOpened", {"capacity": capacity})
    return facts_of(f"workshop-{SESSION}", opened, *events)


def given(seat: str, **more: Any) -> tuple[str, dict[str, Any]]:
    return "SeatReserved", {"seat_id": seat, **more}


def waits(seat: str) -> tuple[str, dict[str, Any]]:
    return "SeatWaitlisted", {"seat_id": seat}


def freed(seat: str) -> tuple[str, dict[str, Any]]:
    return "SeatReleased", {"seat_id": seat}


FULL = workshop(2, given("a"), given("b"))
TWO = [reserve("a", 0, 1), reserve("b", 0, 1)]
MESSAGE = {"contact_id": "c", "cause": f"workshop-{SESSION}-2"}


def messages(count: int) -> Facts:
    facts = workshop(2, given("a", contact_id="c"))
    told = facts_of("message-m", *[("MessageRequested", MESSAGE)] * count)
    return Facts({**facts.by_stream, **told.by_stream})


def booths(*events: tuple[str, dict[str, Any]]) -> Facts:
    return facts_of("floor-f", *events)


def assigned(exhibitor: str) -> tuple[str, dict[str, Any]]:
    return "BoothAssigned", {"booth_id": "P-001", "exhibitor_id": exhibitor}


ASSIGN = call("assign", 0, 1, 200, booth="P-001", exhibitor="e1")
LEFT = ("BoothReleased", {"booth_id": "P-001"})
ENTRY = ("TicketCheckedIn", {"ticket_id": "t"})
EXHIBITORS = [("ExhibitorRegistered", {"exhibitor_id": str(n)}) for n in range(13)]

KEPT: dict[str, tuple[checks.Check, Told]] = {
    "a seat that was given": (checks.seats_once, (TWO, FULL)),
    "a release that was acknowledged": (
        checks.acknowledged_once,
        ([release("a", 2, 3)], workshop(2, given("a"), freed("a"))),
    ),
    "a seat that was freed and given again": (
        checks.never_over_capacity,
        (
            [reserve("a", 0, 1), release("a", 2, 3), reserve("b", 2.5, 4)],
            workshop(1, given("a"), freed("a"), given("b")),
        ),
    ),
    "a refusal while all is taken": (
        checks.nobody_refused_while_a_seat_was_free,
        ([*TWO, refused(2, 3)], FULL),
    ),
    "a refusal while the last seat is being freed": (
        checks.nobody_refused_while_a_seat_was_free,
        ([*TWO, release("a", 1, 4), refused(2, 3)], FULL),
    ),
    "a seat whose outcome nobody knows": (
        checks.nobody_refused_while_a_seat_was_free,
        (
            [reserve("a", 0, 1), call("reserve", 0, None, 0, session=SESSION), refused(2, 3)],
            FULL,
        ),
    ),
    "two who asked at the same time, in any order": (
        checks.nobody_overtaken,
        ([reserve("b", 0, 2), reserve("a", 1, 3)], FULL),
    ),
    "a message": (checks.one_message_a_fact, ([], messages(1))),
    "a booth that changes hands": (
        checks.one_holder_a_booth,
        ([ASSIGN], booths(assigned("e1"), LEFT, assigned("e2"))),
    ),
    "twelve places": (checks.places_hold, ([], facts_of("fair-f", *EXHIBITORS[:12]))),
    "one entry": (
        checks.one_entry_a_ticket,
        ([call("check_in", 0, 1, 200, ticket="t")], facts_of("ticket-t", ENTRY)),
    ),
    "whole streams": (checks.no_holes, ([], FULL)),
}

BROKEN: dict[str, tuple[checks.Check, Told]] = {
    "an acknowledged release that is lost": (
        checks.acknowledged_once,
        ([release("a", 2, 3)], workshop(2, given("a"))),
    ),
    "a release that is there twice": (
        checks.acknowledged_once,
        ([], workshop(2, given("a"), freed("a"), freed("a"))),
    ),
    "an acknowledged seat that is lost": (checks.seats_once, (TWO, workshop(2, given("a")))),
    "a seat that is given twice": (checks.seats_once, ([], workshop(2, given("a"), given("a")))),
    "a seat that was promised and waits": (
        checks.seats_once,
        ([reserve("a", 0, 1)], workshop(2, waits("a"))),
    ),
    "one seat too many in the stream": (
        checks.never_over_capacity,
        ([], workshop(1, given("a"), given("b"))),
    ),
    "one seat too many as clients were told": (
        checks.never_over_capacity,
        (TWO, workshop(1, given("a"))),
    ),
    "a refusal while a seat was free": (
        checks.nobody_refused_while_a_seat_was_free,
        ([TWO[0], refused(2, 3)], FULL),
    ),
    "a refusal after a seat was freed": (
        checks.nobody_refused_while_a_seat_was_free,
        ([*TWO, release("a", 1, 1.5), refused(2, 3)], FULL),
    ),
    "a place on the list while a seat was free": (
        checks.nobody_refused_while_a_seat_was_free,
        ([TWO[0], reserve("w", 2, 3, "waitlisted")], FULL),
    ),
    "a later wish that came first": (
        checks.nobody_overtaken,
        ([reserve("b", 0, 1), reserve("a", 2, 3)], FULL),
    ),
    "the second of the list before the first": (
        checks.nobody_overtaken,
        (
            [],
            workshop(
                1, given("a"), waits("b"), waits("c"), freed("a"), given("c", from_waitlist=1)
            ),
        ),
    ),
    "a seat for a newcomer while others wait": (
        checks.nobody_overtaken,
        ([], workshop(1, given("a"), waits("b"), freed("a"), given("c"))),
    ),
    "a message twice": (checks.one_message_a_fact, ([], messages(2))),
    "a message that nobody asked for": (checks.one_message_a_fact, ([], messages(0))),
    "two holders": (checks.one_holder_a_booth, ([], booths(assigned("e1"), assigned("e2")))),
    "a booth that was promised and never given": (
        checks.one_holder_a_booth,
        ([ASSIGN], booths(assigned("e2"))),
    ),
    "thirteen for twelve places": (checks.places_hold, ([], facts_of("fair-f", *EXHIBITORS))),
    "two entries": (checks.one_entry_a_ticket, ([], facts_of("ticket-t", ENTRY, ENTRY))),
    "a green light that no event knows": (
        checks.one_entry_a_ticket,
        ([call("check_in", 0, 1, 200, ticket="t")], Facts()),
    ),
    "a stream with a hole": (checks.no_holes, ([], Facts(holes=["workshop-s1"]))),
}


@pytest.mark.parametrize("case", KEPT)
def test_a_kept_promise_is_no_fault(case: str) -> None:
    check, (calls, facts) = KEPT[case]
    assert check(calls, facts) == []


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_promise_is_found(case: str) -> None:
    check, (calls, facts) = BROKEN[case]
    assert check(calls, facts)


def test_every_check_has_been_seen_to_find_something() -> None:
    seen: set[Callable[..., object]] = {check for check, _ in BROKEN.values()}
    assert seen == set(checks.CHECKS.values())


ADDED = call("add_contact", 0, 1, phone="+212600000001")
ERASED = call("erase", 2, 3, 204)
MAYBE_ERASED = call("erase", 2, None, 0)
RECORD = {"phone": "+212600000001"}


@pytest.mark.parametrize(
    ("calls", "last", "holds"),
    [
        ([ADDED], RECORD, True),
        ([ADDED], {"phone": "+212600000002"}, False),
        ([ADDED], None, False),
        ([ADDED, ERASED], None, True),
        ([ADDED, ERASED], RECORD, False),
        ([ADDED, MAYBE_ERASED], RECORD, True),
        ([ADDED, MAYBE_ERASED], None, True),
    ],
)
def test_the_last_record_of_a_contact_is_what_its_office_knows(
    calls: list[Call], last: dict[str, str] | None, holds: bool
) -> None:
    found = checks.contacts_as_known([Kept("c", calls)], Facts(contacts={"c": last}))
    assert (found == []) is holds


def test_an_erased_contact_may_have_no_record_at_all() -> None:
    assert checks.contacts_as_known([Kept("c", [ADDED, ERASED])], Facts()) == []
    assert checks.contacts_as_known([Kept("c", [ADDED])], Facts())
