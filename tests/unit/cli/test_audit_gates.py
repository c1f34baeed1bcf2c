"""The promises about gates, judged while the events go by and held against the tables."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast
from uuid import uuid4

from maarid_contracts import Contract
from maarid_contracts.ticketing import (
    GateScan,
    GateScansRecordedV1,
    TicketCheckedInV1,
    TicketCheckedOutV1,
)

from cli.audit.checks import Check
from cli.audit.gates import Entries, Presence
from cli.audit.lines import Line

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
FAIR, DEVICE, SCAN = "fair-1", str(uuid4()), str(uuid4())
TICKET, OTHER = str(uuid4()), str(uuid4())


class Tables:
    """What the tables have of entries, and of people inside."""

    def __init__(self, moves: int, inside: int) -> None:
        self._moves, self._inside = moves, inside

    async def fetchval(self, query: str) -> int:
        return self._moves

    async def fetch(self, query: str) -> list[dict[str, Any]]:
        return [{"fair_id": FAIR, "inside": self._inside}]


async def judged(check: Check, tables: Tables, *events: Contract) -> Line:
    for event in events:
        recorded = SimpleNamespace(fact=SimpleNamespace(event_id=uuid4()))
        check.hears[type(event)](cast(Any, recorded), event)
    return await check.judge(cast(Any, tables))


def scan(sequence: int, ticket: str | None = TICKET, **more: Any) -> GateScan:
    said = {
        "scan_id": str(uuid4()),
        "sequence": sequence,
        "at": NOON,
        "device_at": NOON,
        "ticket_id": ticket,
        "direction": "in",
        "people": 2,
        "verdict": "let_in",
        "decided": "offline",
    }
    return GateScan.model_validate(said | more)


def uploaded(*scans: GateScan, session: str | None = None) -> GateScansRecordedV1:
    return GateScansRecordedV1(
        fair_id=FAIR,
        device_id=DEVICE,
        gate_id="gate-1",
        session_id=session,
        received_at=NOON,
        scans=scans,
    )


def came(scan_id: str | None = None, party: int = 2) -> TicketCheckedInV1:
    about = {"fair_id": FAIR, "ticket_id": TICKET, "gate_id": "gate-1", "scan_id": scan_id}
    return TicketCheckedInV1.model_validate(about | {"party": party, "checked_in_at": NOON})


def went(people: int) -> TicketCheckedOutV1:
    about = {"fair_id": FAIR, "ticket_id": TICKET, "gate_id": "gate-1"}
    return TicketCheckedOutV1.model_validate(about | {"people": people, "checked_out_at": NOON})


async def test_a_scan_that_was_asked_and_uploaded_is_one_entry() -> None:
    both = (came(SCAN), uploaded(scan(1, scan_id=SCAN), scan(2, OTHER), scan(3, verdict="refused")))
    assert (await judged(Entries(), Tables(2, 0), *both)).holds
    assert (await judged(Presence(), Tables(0, 4), *both)).holds
    counted_twice = await judged(Entries(), Tables(3, 0), *both)
    assert counted_twice.figures == "the tables have 3 entries and exits, the log 2"
    too_many = await judged(Presence(), Tables(0, 5), *both)
    assert too_many.figures == "fair-1: 5 inside, by its scans 4"


async def test_a_number_of_a_device_and_a_scan_of_a_ticket_are_recorded_once() -> None:
    again = await judged(Entries(), Tables(2, 0), uploaded(scan(1)), uploaded(scan(1)))
    assert again.figures == f"scan 1 of device {DEVICE}"
    twice = await judged(Entries(), Tables(1, 0), came(SCAN), came(SCAN))
    assert twice.figures == f"scan {SCAN} of ticket {TICKET}"
    assert (await judged(Entries(), Tables(2, 0), came(), came())).holds


async def test_who_went_without_having_come_takes_nobody_else_away() -> None:
    events = (came(), went(1), uploaded(scan(1, None, direction="out", verdict="let_out")))
    for inside, holds in ((-2, False), (-1, True), (2, True), (3, False)):
        assert (await judged(Presence(), Tables(0, inside), *events)).holds == holds


async def test_the_door_of_a_workshop_is_no_gate() -> None:
    at_the_door = uploaded(scan(1), session=str(uuid4()))
    assert (await judged(Entries(), Tables(0, 0), at_the_door)).holds
    assert (await judged(Presence(), Tables(0, 0), at_the_door)).holds
