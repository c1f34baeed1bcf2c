"""Who comes in with a ticket, after what gates and devices have told of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from services.ticketing.gates.movements import Movement
from services.ticketing.tickets.domain import (
    DECIDER,
    CheckIn,
    CheckOut,
    Command,
    DoubleEntryFound,
    Event,
    NoteDoubleEntry,
    TicketCheckedIn,
    TicketCheckedOut,
    TicketIssued,
    TicketKind,
    TicketRevoked,
    would_open,
)
from tests.deciding import given

FAIR, TICKET = "khenifra-2021", "0192f5c4-0000-7000-8000-000000000009"
DAY = date(2021, 11, 29)
NOON = datetime(2021, 11, 29, 11, 0, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)
ISSUED = TicketIssued(FAIR, TICKET, TicketKind.PUPILS, DAY, 30, "khenifra")
CHECK_IN = CheckIn(TICKET, "gate-north", LATER, DAY, DAY, DAY)
SCANNED = replace(CHECK_IN, scan_id="scan-9", device_id="device-1")
AGAIN = replace(CHECK_IN, reentry=True)
CAME = TicketCheckedIn(FAIR, TICKET, "gate-south", 30, NOON)
SOME = replace(CAME, party=20)
WENT = TicketCheckedOut(FAIR, TICKET, "gate-south", 30, NOON + timedelta(minutes=5))
CHECK_OUT = CheckOut(TICKET, "gate-north", LATER)
OFFLINE = Movement("scan-9", NOON, "in", 30, "gate-west", "device-1", 7)
IN = TicketCheckedIn(FAIR, TICKET, "gate-north", 30, LATER)
NOTE = NoteDoubleEntry(TICKET, "scan-1", "gate-north", NOON, "scan-2", "gate-south", LATER)
FOUND = DoubleEntryFound(FAIR, TICKET, "scan-1", "gate-north", NOON, "scan-2", "gate-south", LATER)

DECISIONS: dict[str, tuple[list[Event], Command, list[Event]]] = {
    "a device lets in": ([ISSUED], SCANNED, [replace(IN, scan_id="scan-9", device_id="device-1")]),
    "fewer than the party": ([ISSUED], replace(CHECK_IN, people=20), [replace(IN, party=20)]),
    "then the others": (
        [ISSUED, SOME],
        replace(CHECK_IN, people=10),
        [replace(IN, party=10, again=True)],
    ),
    "somebody who went comes again": (
        [ISSUED, CAME, WENT],
        AGAIN,
        [replace(IN, again=True)],
    ),
    "what a device has uploaded under this scan is no second entry": (
        [ISSUED],
        replace(SCANNED, uploaded=(OFFLINE,)),
        [],
    ),
    "nor what was decided here under it": (
        [ISSUED, replace(CAME, scan_id="scan-9")],
        SCANNED,
        [],
    ),
    "who came in offline and went comes again": (
        [ISSUED, WENT],
        replace(AGAIN, uploaded=(OFFLINE,)),
        [IN],
    ),
    "a steward lets in whom the gates refuse": (
        [ISSUED, CAME],
        replace(CHECK_IN, overrule=True),
        [replace(IN, again=True, overruled=True)],
    ),
    "also on another day": (
        [ISSUED],
        replace(CHECK_IN, overrule=True, today=DAY + timedelta(days=1)),
        [replace(IN, overruled=True)],
    ),
    "a steward who need not overrule does not": ([ISSUED], replace(CHECK_IN, overrule=True), [IN]),
    "that too many were inside is kept": (
        [ISSUED],
        replace(CHECK_IN, over_limit=True),
        [replace(IN, overruled=True)],
    ),
    "all who are inside go": (
        [ISSUED, SOME],
        CHECK_OUT,
        [TicketCheckedOut(FAIR, TICKET, "gate-north", 20, LATER)],
    ),
    "some go": (
        [ISSUED, SOME],
        replace(CHECK_OUT, people=3),
        [TicketCheckedOut(FAIR, TICKET, "gate-north", 3, LATER)],
    ),
    "a party goes of which nobody told that it came": (
        [ISSUED, TicketRevoked(FAIR, TICKET, "stolen")],
        replace(CHECK_OUT, scan_id="scan-9", device_id="device-1"),
        [TicketCheckedOut(FAIR, TICKET, "gate-north", 30, LATER, "scan-9", "device-1")],
    ),
    "an exit that a device has uploaded is no second one": (
        [ISSUED, CAME],
        replace(CHECK_OUT, scan_id="scan-9", uploaded=(replace(OFFLINE, direction="out"),)),
        [],
    ),
    "a double entry is told": ([ISSUED], NOTE, [FOUND]),
    "once": ([ISSUED, FOUND], NOTE, []),
    "another one is another": (
        [ISSUED, FOUND],
        replace(NOTE, second_id="scan-3"),
        [replace(FOUND, second_id="scan-3")],
    ),
}


@pytest.mark.parametrize(("events", "command", "then"), DECISIONS.values(), ids=DECISIONS)
def test_at_a_gate(events: list[Event], command: Command, then: list[Event]) -> None:
    given(DECIDER, *events).when(command).then(*then)


REFUSALS: dict[str, tuple[list[Event], Command, str, dict[str, object]]] = {
    "more than the party": (
        [ISSUED, SOME],
        replace(CHECK_IN, people=11),
        "too_many_people",
        {"people": 11, "left": 10},
    ),
    "the whole party, where some have come": (
        [ISSUED, SOME],
        CHECK_IN,
        "too_many_people",
        {"people": 30, "left": 10},
    ),
    "somebody who is inside": (
        [ISSUED, CAME],
        AGAIN,
        "already_checked_in",
        {"gate": "gate-south", "at": NOON.isoformat()},
    ),
    "somebody who went, where nobody comes again": (
        [ISSUED, CAME, WENT],
        CHECK_IN,
        "already_checked_in",
        {"gate": "gate-south"},
    ),
    "somebody who came in offline": (
        [ISSUED],
        replace(CHECK_IN, uploaded=(OFFLINE,)),
        "already_checked_in",
        {"gate": "gate-west"},
    ),
    "a steward does not let in with a ticket that was revoked": (
        [ISSUED, TicketRevoked(FAIR, TICKET, "stolen")],
        replace(CHECK_IN, overrule=True),
        "ticket_revoked",
        {},
    ),
    "nor to a fair that was called off": (
        [ISSUED],
        replace(CHECK_IN, overrule=True, fair_cancelled=True),
        "fair_cancelled",
        {},
    ),
    "that somebody came before is told first": (
        [ISSUED, CAME],
        replace(CHECK_IN, fair_cancelled=True),
        "already_checked_in",
        {},
    ),
    "nobody goes with a ticket that nobody gave out": ([], CHECK_OUT, "ticket_unknown", {}),
    "nor is it told of twice": ([], NOTE, "ticket_unknown", {}),
}


@pytest.mark.parametrize(("events", "command", "code", "details"), REFUSALS.values(), ids=REFUSALS)
def test_a_gate_refuses(
    events: list[Event], command: Command, code: str, details: dict[str, object]
) -> None:
    given(DECIDER, *events).when(command).refused(code, **details)


def test_a_place_inside_is_taken_for_whom_the_ticket_lets_in_alone() -> None:
    assert would_open(CHECK_IN, given(DECIDER, ISSUED).state())
    assert not would_open(CHECK_IN, given(DECIDER, ISSUED, CAME).state())
    known = replace(SCANNED, uploaded=(OFFLINE,))
    assert not would_open(known, given(DECIDER, ISSUED).state())
