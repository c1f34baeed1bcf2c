"""Every event has a name on disk and a contract that says the same; sessions become workshops."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Set
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeAlias, cast, get_args

import pytest
from maarid_contracts import type_of
from maarid_contracts.envelope import Text as PublicText
from maarid_contracts.registration import Language
from maarid_contracts.scheduling import (
    SessionCancelledV1,
    SessionKind,
    SessionRescheduledV1,
    SessionScheduledV1,
)
from maarid_contracts.ticketing import EVENTS

from chassis.kernel.text import Text
from services.ticketing.app import definition
from services.ticketing.devices import domain as device
from services.ticketing.duty import domain as duty
from services.ticketing.gates import domain as gate
from services.ticketing.tickets import domain as ticket
from services.ticketing.workshops import domain as workshop
from services.ticketing.workshops.contracts import cancel_workshop, move_workshop, open_workshop

Event: TypeAlias = workshop.Event | ticket.Event | duty.Event | gate.Event | device.Event
EVENT_TYPES = definition().log.event_types

FAIR, SESSION = "marrakech-2025", "0192f5c4-7d3e-7c1a-9a55-3f0d6b1e2c47"
SEAT, TICKET = "0192f5c4-7d3e-7c1a-9a55-000000000001", "0192f5c4-7d3e-7c1a-9a55-000000000002"
SCAN, DEVICE = "0192f5c4-7d3e-7c1a-9a55-000000000006", "0192f5c4-7d3e-7c1a-9a55-000000000007"
ORGANISATION = "0192f5c4-7d3e-7c1a-9a55-000000000005"
ATTENDEE, CONTACT = "0192f5c4-7d3e-7c1a-9a55-000000000003", "0192f5c4-7d3e-7c1a-9a55-000000000004"
STARTS = datetime(2025, 1, 28, 9, 30, tzinfo=UTC)
ENDS = STARTS + timedelta(hours=1, minutes=30)
TITLE = Text(ar="ريادة الأعمال", fr="Entrepreneuriat", zgh="ⵜⴰⵎⵙⵙⵓⵔⵜ", en="Enterprise")

KEPT = {"organisation_id", "supported", "request_id", "marks", "unknown"}
"""Fields that no contract has: the organisation that took a seat, and whether a programme supports
it, are for the next decision only; other services know the organisation of the contact.  Nor is the
command that asks for a seat anybody else's.  By the marks of scans the next are told from them;
what was shown and is no ticket says nothing to others."""
LATER = {
    *("places", "from_offer", "opens_at", "held", "held_until", "offer_minutes"),
    *("no_show_minutes", "last_day", "again", "overruled", "scan_id", "device_id"),
}
"""Fields that came later: a contract leaves them out while they have their defaults."""
DEFAULTS = (None, False, 1)
WHO = (FAIR, SESSION, SEAT, ATTENDEE, CONTACT)

SAMPLES: tuple[Event, ...] = (
    workshop.WorkshopOpened(FAIR, SESSION, TITLE, "tent-2", 40, STARTS, ENDS),
    workshop.WorkshopMoved(FAIR, SESSION, "tent-3", STARTS, ENDS),
    workshop.WorkshopCancelled(FAIR, SESSION, "speaker_ill"),
    workshop.SeatReserved(FAIR, SESSION, SEAT, ATTENDEE, CONTACT, True),
    workshop.SeatReserved(FAIR, SESSION, SEAT, ATTENDEE, None),
    workshop.SeatReserved(FAIR, SESSION, SEAT, ATTENDEE, CONTACT, organisation_id=ORGANISATION),
    workshop.SeatWaitlisted(FAIR, SESSION, SEAT, ATTENDEE, CONTACT, 7),
    workshop.SeatWaitlisted(FAIR, SESSION, SEAT, ATTENDEE, CONTACT, 7, ORGANISATION),
    workshop.SeatReleased(FAIR, SESSION, SEAT, ATTENDEE, CONTACT, True, "cancelled_by_attendee"),
    workshop.SeatReserved(*WHO, True, None, 5, True, True),
    workshop.SeatWaitlisted(*WHO, 7, None, 5, True),
    workshop.SeatReleased(*WHO, False, "no_show", 5),
    workshop.SeatOffered(*WHO, 5, 30, STARTS),
    workshop.SeatOfferDeadlineSet(*WHO, STARTS, ENDS),
    workshop.SeatOfferPassed(*WHO, 5, "no_consent"),
    workshop.SeatOfferDeclined(*WHO, 5, "cannot_come"),
    workshop.SeatOfferLapsed(*WHO, 5, STARTS),
    workshop.SeatAttended(*WHO, 5, STARTS),
    workshop.WalkInAdmitted(FAIR, SESSION, TICKET, 3, STARTS),
    workshop.CapacityExceeded(FAIR, SESSION, TICKET, 3, 1, STARTS),
    workshop.HeldSeatsReleased(FAIR, SESSION, 5),
    workshop.WorkshopRulesSet(FAIR, SESSION, 6, STARTS, 5, ENDS, 30, 10),
    workshop.WorkshopFull(FAIR, SESSION, 40),
    workshop.WorkshopReopened(FAIR, SESSION, 1),
    workshop.WorkshopRulesSet(FAIR, SESSION, 6),
    ticket.TicketIssued(FAIR, TICKET, ticket.TicketKind.BUYER, date(2025, 1, 28), 2, "al-haouz"),
    ticket.TicketIssued(FAIR, TICKET, ticket.TicketKind.GUEST, date(2025, 1, 28), 1, None),
    ticket.TicketIssued(
        FAIR, TICKET, ticket.TicketKind.VISITOR, date(2025, 1, 28), 1, None, date(2025, 1, 30)
    ),
    ticket.TicketRevoked(FAIR, TICKET, "stolen"),
    ticket.TicketReissued(FAIR, TICKET, 2),
    ticket.TicketCheckedIn(FAIR, TICKET, "gate-east", 2, STARTS),
    duty.DutyClaimed(FAIR, ORGANISATION, SESSION, SEAT, TICKET, STARTS, ENDS, 2, 5),
    duty.DutyMoved(FAIR, ORGANISATION, SESSION, SEAT, STARTS, ENDS, 5),
    duty.DutyReleased(FAIR, ORGANISATION, SESSION, SEAT, "seat_refused"),
    duty.DutyBroken(FAIR, ORGANISATION, STARTS, (SESSION,), 5, 5),
    duty.DutyRestored(FAIR, ORGANISATION),
    ticket.TicketCheckedIn(FAIR, TICKET, "gate-east", 2, STARTS, True, True, SCAN, DEVICE),
    ticket.TicketCheckedOut(FAIR, TICKET, "gate-east", 2, STARTS, SCAN, DEVICE),
    ticket.DoubleEntryFound(FAIR, TICKET, SCAN, "gate-east", STARTS, TICKET, "gate-west", ENDS),
    gate.GateRulesSet(FAIR, ("exhibitor", "visitor"), 5000),
    gate.PlaceInsideGiven(FAIR, TICKET, SCAN, 2, STARTS, True),
    device.GateScansRecorded(
        FAIR,
        DEVICE,
        "gate-east",
        SESSION,
        ENDS,
        (
            device.Scan(
                SCAN, 1, STARTS, ENDS, -7, TICKET, None, 1, "in", 2, "let_in", "offline", False
            ),
            device.Scan(
                SEAT,
                2,
                STARTS,
                ENDS,
                None,
                None,
                "QTHZKABM",
                None,
                "in",
                1,
                "refused",
                "online",
                True,
            ),
        ),
        (17, 2**63 - 1),
    ),
    device.SequencesReused(FAIR, DEVICE, (1, 7)),
)
CLASSES = {
    *get_args(workshop.Event),
    *get_args(ticket.Event),
    *get_args(duty.Event),
    *get_args(gate.Event),
    *get_args(device.Event),
}


def test_the_samples_show_every_event() -> None:
    assert {type(event) for event in SAMPLES} == CLASSES


@pytest.mark.parametrize("event", SAMPLES, ids=lambda event: type(event).__name__)
def test_an_event_is_stored_and_read_back_the_same(event: Event) -> None:
    stored = EVENT_TYPES.dump(event)
    assert EVENT_TYPES.load(EVENT_TYPES.name_of(event), stored) == event


def shown(stored: Any, kept: Set[str]) -> Any:
    """What is stored, without what is kept."""
    if isinstance(stored, list):
        return [shown(each, kept) for each in cast(list[Any], stored)]
    if isinstance(stored, dict):
        found = cast(dict[str, Any], stored)
        return {name: shown(value, kept) for name, value in found.items() if name not in kept}
    return stored


@pytest.mark.parametrize("event", SAMPLES, ids=lambda event: type(event).__name__)
def test_a_contract_says_what_its_event_says(event: Event) -> None:
    contract = EVENT_TYPES.translate(event)
    name, _, version = EVENT_TYPES.name_of(event).partition(".")
    assert type_of(type(contract)) == f"maarid.ticketing.{type(event).__name__}.{version}"
    assert name.replace("_", "") == type(event).__name__.lower()
    assert contract.model_dump(mode="json") == type(contract).model_validate_json(
        EVENT_TYPES.dump(event)
    ).model_dump(mode="json")
    stored = json.loads(EVENT_TYPES.dump(event))
    said = shown(stored, KEPT - type(contract).model_fields.keys())
    heard = json.loads(contract.model_dump_json(by_alias=True))
    assert heard.items() <= said.items()
    left_out = said.keys() - heard.keys()
    assert left_out <= LATER
    assert all(said[name] in DEFAULTS for name in left_out)


@pytest.mark.parametrize("name", ["seat_reserved.v1", "seat_waitlisted.v1"])
def test_a_seat_stored_before_organisations_were_bounded_is_nobodys(name: str) -> None:
    event = next(each for each in SAMPLES if EVENT_TYPES.name_of(each) == name)
    before = json.loads(EVENT_TYPES.dump(event))
    for later in ("organisation_id", "places", "supported"):
        del before[later]
    assert EVENT_TYPES.load(name, json.dumps(before)) == event


def test_rules_stored_before_they_grew_ask_for_no_more() -> None:
    before = {"fair_id": FAIR, "session_id": SESSION, "places_per_organisation": 6}
    loaded = EVENT_TYPES.load("workshop_rules_set.v1", json.dumps(before))
    assert loaded == workshop.WorkshopRulesSet(FAIR, SESSION, 6)


def test_every_event_has_a_contract_and_no_contract_lacks_an_event() -> None:
    assert {type(EVENT_TYPES.translate(event)) for event in SAMPLES} == set(EVENTS)
    assert set(EVENT_TYPES.classes.values()) == CLASSES


def scheduled(seats: int | None) -> SessionScheduledV1:
    return SessionScheduledV1(
        fair_id=FAIR,
        session_id=SESSION,
        kind=SessionKind.WORKSHOP,
        title=PublicText(ar=TITLE.ar, fr=TITLE.fr, zgh=TITLE.zgh, en=TITLE.en),
        topic_code="entrepreneurship",
        hall_id="tent-2",
        language=Language.ARABIC,
        audience="exhibitors",
        starts_at=STARTS,
        ends_at=ENDS,
        seats=seats,
    )


def test_a_session_with_seats_opens_as_a_workshop() -> None:
    assert open_workshop(scheduled(40)) == workshop.OpenWorkshop(
        FAIR, SESSION, TITLE, "tent-2", 40, STARTS, ENDS
    )


def test_a_session_open_to_all_who_come_opens_no_workshop() -> None:
    assert open_workshop(scheduled(None)) is None


def test_a_workshop_moves_with_its_session() -> None:
    moved = SessionRescheduledV1(
        fair_id=FAIR,
        session_id=SESSION,
        hall_id="tent-3",
        starts_at=ENDS,
        ends_at=ENDS + timedelta(hours=1),
        previous_hall_id="tent-2",
        previous_starts_at=STARTS,
        previous_ends_at=ENDS,
        reason="hall_flooded",
    )
    assert move_workshop(moved) == workshop.MoveWorkshop(
        SESSION, "tent-3", ENDS, ENDS + timedelta(hours=1)
    )


def test_a_workshop_is_called_off_with_its_session() -> None:
    called_off = SessionCancelledV1(fair_id=FAIR, session_id=SESSION, reason="speaker_ill")
    assert cancel_workshop(called_off) == workshop.CancelWorkshop(SESSION, "speaker_ill")


def test_every_refusal_has_its_texts_in_three_languages() -> None:
    service = definition().package
    texts = tomllib.loads((service / "problems.toml").read_text("utf-8"))
    source = "".join(path.read_text("utf-8") for path in service.rglob("*.py"))
    said = re.findall(r'(?:Refused\(|NotFound\(|Problem\(503,)\s*"([a-z_]+)"', source)
    assert set(said) == set(texts)
    for code, entry in texts.items():
        blanks = {lang: set(re.findall(r"{[a-z_]+}", entry[lang])) for lang in ("en", "fr", "ar")}
        assert blanks["en"] == blanks["fr"] == blanks["ar"], code
        assert 400 <= entry["status"] < 500 or entry["status"] == 503


def test_the_names_of_streams_stay() -> None:
    assert workshop.workshop_stream(SESSION).name == f"workshop-{SESSION}"
    assert ticket.ticket_stream(SESSION).name == f"ticket-{SESSION}"
    assert duty.duty_stream(FAIR, SESSION).name == f"duty-{FAIR}-{SESSION}"
