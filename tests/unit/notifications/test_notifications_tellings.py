"""Which event leads to which message to whom."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID, uuid5

import pytest
from maarid_contracts import Contract
from maarid_contracts.envelope import Text
from maarid_contracts.registration import (
    ApplicationRejectedV1,
    ApplicationSubmittedV1,
    ApplicationWaitlistedV1,
    ApplicationWithdrawnV1,
    ExhibitorRegisteredV1,
    ExhibitorWithdrawnV1,
    FairCancelledV1,
    FairChangedV1,
    OfferDeclinedV1,
    OfferLapsedV1,
    Participation,
    PlaceOfferedV1,
)
from maarid_contracts.scheduling import BoothAssignedV1, BoothReleasedV1
from maarid_contracts.ticketing import (
    SeatOfferedV1,
    SeatOfferLapsedV1,
    SeatReleasedV1,
    SeatReservedV1,
    SeatWaitlistedV1,
    WorkshopMovedV1,
)

from services.notifications.app import definition
from services.notifications.messages.domain import About, RequestMessage
from services.notifications.messages.policies import tell_contact, tell_participants, tell_seats
from services.notifications.messages.tellings import (
    QUESTIONS,
    TELLINGS,
    Audience,
    Telling,
    Template,
    message_id_of,
    message_to_its_contact,
    telling_of,
)
from services.notifications.reminders.reminding import reminding
from services.notifications.workshops.workshop import Seat

CAUSE = UUID("0192f5c4-1111-7c3d-9e5a-2d3c4b5e6f7a")
ID = "6e1f0c5e-8a5d-5d0b-9f3e-2b7c4d1a9e60"
CONTACT = "0192f5c4-9b22-7c3d-9e5a-2d3c4b5e6f7a"
OTHER = "0192f5c4-9b22-7c3d-9e5a-000000000002"
OFFER = "0192f5c4-7d3e-8c1a-8a55-3f0d6b1e2c51"
FAIR = "agadir-2025"
SESSION = "0192f5c4-7d3e-7c1a-9a55-3f0d6b1e2c47"
SEAT = "5b1c9a4e-2f6d-5e0b-8c3a-7d9e1f2a4b6c"
STARTS = datetime(2025, 2, 16, 9, 30, tzinfo=UTC)

SUBMITTED = ApplicationSubmittedV1(
    fair_id=FAIR,
    application_id=ID,
    organisation_id=OTHER,
    contact_id=CONTACT,
    participation=Participation.EXHIBITOR,
    pole_id="products",
    booths=1,
    people=2,
)
REGISTERED = ExhibitorRegisteredV1(
    fair_id=FAIR,
    exhibitor_id=ID,
    organisation_id=OTHER,
    contact_id=CONTACT,
    participation=Participation.EXHIBITOR,
    pole_id="products",
    booths=1,
    people=2,
    reason="selected",
)
WAITLISTED = ApplicationWaitlistedV1(
    fair_id=FAIR,
    application_id=ID,
    organisation_id=OTHER,
    contact_id=CONTACT,
    pole_id="products",
    rank=4,
    reason="pole_full",
)
REJECTED = ApplicationRejectedV1(
    fair_id=FAIR, application_id=ID, organisation_id=OTHER, contact_id=CONTACT, reason="duplicate"
)
WITHDRAWN = ApplicationWithdrawnV1(
    fair_id=FAIR, application_id=ID, organisation_id=OTHER, contact_id=CONTACT, reason="illness"
)
LEFT = ExhibitorWithdrawnV1(
    fair_id=FAIR,
    exhibitor_id=ID,
    organisation_id=OTHER,
    contact_id=CONTACT,
    pole_id="products",
    booths=1,
    reason="illness",
)
ASSIGNED = BoothAssignedV1(
    fair_id=FAIR,
    booth_id="P-012",
    pole_id="products",
    exhibitor_id=ID,
    organisation_id=OTHER,
    contact_id=CONTACT,
    method="first_fit",
)
RELEASED = BoothReleasedV1(
    fair_id=FAIR,
    booth_id="P-012",
    pole_id="products",
    exhibitor_id=ID,
    organisation_id=OTHER,
    contact_id=CONTACT,
    reason="booth_removed",
)
RESERVED = SeatReservedV1(
    fair_id=FAIR, session_id=SESSION, seat_id=SEAT, attendee_id=OTHER, contact_id=CONTACT
)
WAITS = SeatWaitlistedV1(
    fair_id=FAIR, session_id=SESSION, seat_id=SEAT, attendee_id=OTHER, contact_id=CONTACT, rank=3
)
GIVEN_UP = SeatReleasedV1(
    fair_id=FAIR,
    session_id=SESSION,
    seat_id=SEAT,
    attendee_id=OTHER,
    contact_id=CONTACT,
    reason="cancelled_by_attendee",
)
MOVED = WorkshopMovedV1(
    fair_id=FAIR, session_id=SESSION, hall_id="hall-b", starts_at=STARTS, ends_at=STARTS
)


@pytest.mark.parametrize(
    ("event", "template", "arguments"),
    [
        (SUBMITTED, Template.APPLICATION_RECEIVED, {"pole_id": "products"}),
        (
            REGISTERED,
            Template.APPLICATION_ACCEPTED,
            {"pole_id": "products", "from_waitlist": "false"},
        ),
        (
            REGISTERED.model_copy(update={"from_waitlist": True}),
            Template.APPLICATION_ACCEPTED,
            {"pole_id": "products", "from_waitlist": "true"},
        ),
        (WAITLISTED, Template.APPLICATION_WAITLISTED, {"rank": "4", "reason": "pole_full"}),
        (REJECTED, Template.APPLICATION_REJECTED, {"reason": "duplicate"}),
        (
            WITHDRAWN,
            Template.PARTICIPATION_WITHDRAWN,
            {"accepted": "false", "reason": "illness"},
        ),
        (LEFT, Template.PARTICIPATION_WITHDRAWN, {"accepted": "true", "reason": "illness"}),
        (
            ASSIGNED,
            Template.BOOTH_ASSIGNED,
            {"booth": "P-012", "pole_id": "products", "method": "first_fit"},
        ),
        (RELEASED, Template.BOOTH_RELEASED, {"booth": "P-012", "reason": "booth_removed"}),
        (RESERVED, Template.SEAT_RESERVED, {"session_id": SESSION}),
        (
            RESERVED.model_copy(update={"from_waitlist": True}),
            Template.SEAT_MOVED_UP,
            {"session_id": SESSION},
        ),
        (WAITS, Template.SEAT_WAITLISTED, {"session_id": SESSION, "rank": "3"}),
        (GIVEN_UP, Template.SEAT_RELEASED, {"session_id": SESSION, "waited": "false"}),
        (
            GIVEN_UP.model_copy(update={"waited": True}),
            Template.SEAT_RELEASED,
            {"session_id": SESSION, "waited": "true"},
        ),
        (
            GIVEN_UP.model_copy(update={"reason": "workshop_cancelled"}),
            Template.SESSION_CANCELLED,
            {"session_id": SESSION},
        ),
    ],
)
def test_an_event_leads_to_one_message_to_its_contact(
    event: Contract, template: Template, arguments: dict[str, str]
) -> None:
    command = message_to_its_contact(event, CAUSE)
    assert command is not None
    assert (command.template, command.arguments) == (template.value, arguments)
    assert (command.fair_id, command.contact_id) == (FAIR, CONTACT)
    assert command.message_id == message_id_of(CAUSE, template, CONTACT)
    assert message_to_its_contact(event.model_copy(update={"contact_id": None}), CAUSE) is None


@pytest.mark.parametrize("reason", ["swapped", "reassigned", "exhibitor_withdrew"])
def test_a_booth_given_up_for_what_is_told_already_is_not_told_twice(reason: str) -> None:
    released = RELEASED.model_copy(update={"reason": reason})
    assert telling_of(released) is None
    assert message_to_its_contact(released, CAUSE) is None


def test_the_id_of_a_message_depends_on_cause_template_and_contact_alone() -> None:
    ids = {
        message_id_of(cause, template, contact)
        for cause in (CAUSE, uuid5(CAUSE, "another"))
        for template in (Template.SEAT_RESERVED, Template.SEAT_RELEASED)
        for contact in (CONTACT, OTHER)
    }
    assert len(ids) == 8
    assert message_id_of(CAUSE, Template.SEAT_RESERVED, CONTACT) in ids


def of_offer(offer: type[Contract], **more: Any) -> Any:
    ids = {"fair_id": FAIR, "offer_id": OFFER, "application_id": ID, "organisation_id": OTHER}
    return offer.model_validate(
        {**ids, "contact_id": CONTACT, "pole_id": "products", "booths": 2, **more}
    )


def test_an_offer_is_told_with_its_hours_and_says_what_it_is_about() -> None:
    command = message_to_its_contact(of_offer(PlaceOfferedV1, hours=48), CAUSE)
    assert command is not None
    assert command.template == "place_offered"
    assert command.arguments == {"pole_id": "products", "booths": "2", "hours": "48"}
    assert command.about == About("place_offer", OFFER)


def test_who_lost_an_offer_is_told_so() -> None:
    missed = message_to_its_contact(of_offer(OfferLapsedV1, lapsed_at=STARTS), CAUSE)
    refused = message_to_its_contact(of_offer(OfferDeclinedV1, reason="no_time"), CAUSE)
    assert missed is not None
    assert refused is not None
    assert (missed.template, missed.arguments) == ("offer_lapsed", {"pole_id": "products"})
    assert refused.template == "participation_withdrawn"
    assert refused.arguments == {"accepted": "false", "reason": "no_time"}
    assert missed.about is refused.about is None


def test_an_offered_seat_is_told_with_its_minutes_and_says_what_it_is_about() -> None:
    whose = {"fair_id": FAIR, "session_id": SESSION, "seat_id": SEAT, "attendee_id": OTHER}
    seat = {**whose, "contact_id": CONTACT, "places": 1}
    offered = SeatOfferedV1.model_validate({**seat, "minutes": 30, "lapses_at": STARTS})
    command = message_to_its_contact(offered, CAUSE)
    assert command is not None
    assert command.template == "seat_offered"
    assert command.arguments == {"session_id": SESSION, "minutes": "30"}
    assert command.about == About("seat_offer", SEAT)

    missed = message_to_its_contact(
        SeatOfferLapsedV1.model_validate({**seat, "lapsed_at": STARTS}), CAUSE
    )
    assert missed is not None
    assert (missed.template, missed.arguments) == ("seat_offer_lapsed", {"session_id": SESSION})
    assert missed.about is None


def test_an_accepted_offer_is_a_seat_like_any_other() -> None:
    taken = RESERVED.model_copy(update={"from_waitlist": True, "from_offer": True})
    command = message_to_its_contact(taken, CAUSE)
    assert command is not None
    assert command.template == "seat_reserved"


@pytest.mark.parametrize("reason", ["offer_lapsed", "no_show"])
def test_a_seat_that_was_lost_is_not_told_twice(reason: str) -> None:
    released = GIVEN_UP.model_copy(update={"waited": True, "reason": reason})
    assert message_to_its_contact(released, CAUSE) is None


def test_offers_of_places_and_seats_are_all_that_asks_for_an_answer() -> None:
    assert {Template.PLACE_OFFERED, Template.SEAT_OFFERED} == QUESTIONS


def test_a_move_is_told_with_the_new_time_and_hall() -> None:
    telling = telling_of(MOVED)
    assert telling is not None
    assert telling.template is Template.SESSION_MOVED
    assert telling.arguments(MOVED) == {
        "session_id": SESSION,
        "starts_at": "2025-02-16T09:30:00+00:00",
        "hall_id": "hall-b",
    }


def changed_in(*changed: str) -> FairChangedV1:
    place = Text(ar="الساحة", fr="La place")
    return FairChangedV1(
        fair_id=FAIR,
        edition=2,
        name=place,
        region=place,
        city=place,
        venue=place,
        timezone="Africa/Casablanca",
        first_day=date(2025, 2, 20),
        last_day=date(2025, 2, 20),
        opens_at=time(9, 30),
        closes_at=time(21),
        changed=changed,
        reason="bad_weather",
    )


def to_each(event: Contract) -> list[RequestMessage]:
    telling = telling_of(event)
    assert telling is not None
    return [telling.message(event, CAUSE, contact) for contact in (CONTACT, OTHER)]


def test_a_change_of_a_fair_is_told_to_each_contact_with_its_days_and_hours() -> None:
    first, second = to_each(changed_in("area_m2", "last_day"))
    assert first.template == second.template == "fair_changed"
    assert first.arguments == second.arguments
    assert first.arguments == {
        "first_day": "2025-02-20",
        "last_day": "2025-02-20",
        "opens_at": "09:30:00",
        "closes_at": "21:00:00",
        "one_day": "true",
    }
    assert (first.fair_id, first.contact_id, second.contact_id) == (FAIR, CONTACT, OTHER)
    assert first.message_id == message_id_of(CAUSE, Template.FAIR_CHANGED, CONTACT)


def test_a_change_of_a_fair_that_moves_nobody_is_not_told() -> None:
    assert telling_of(changed_in("name", "area_m2", "timezone")) is None


def test_a_fair_called_off_is_told_to_each_contact_with_its_reason() -> None:
    first, second = to_each(FairCancelledV1(fair_id=FAIR, reason="bad_weather"))
    assert first.template == second.template == "fair_cancelled"
    assert first.arguments == second.arguments == {"reason": "bad_weather"}
    assert second.message_id == message_id_of(CAUSE, Template.FAIR_CANCELLED, OTHER)


def test_a_reminder_is_another_message_than_the_reservation() -> None:
    due = datetime(2025, 2, 15, 17, tzinfo=UTC)
    command = reminding(CAUSE, Seat(SEAT, SESSION, FAIR, CONTACT, waited=False), due)
    assert command.cause_at == due
    assert command.template == "session_tomorrow"
    assert command.arguments == {"session_id": SESSION}
    assert command.message_id != message_id_of(CAUSE, Template.SEAT_RESERVED, CONTACT)


@pytest.mark.parametrize("telling", TELLINGS, ids=lambda telling: telling.template)
def test_every_contract_of_the_table_is_subscribed_to_with_the_policy_of_its_audience(
    telling: Telling[Any],
) -> None:
    policies = {
        Audience.CONTACT: tell_contact,
        Audience.PARTICIPANTS: tell_participants,
        Audience.SEATS: tell_seats,
    }
    subscriptions = definition().subscriptions
    (subscription,) = [one for one in subscriptions if one.topic == telling.contract.topic]
    assert telling.contract in subscription.contracts
    assert list(subscription.policies[telling.contract]).count(policies[telling.to]) == 1


def test_the_tellings_of_one_contract_have_one_audience() -> None:
    for contract in {telling.contract for telling in TELLINGS}:
        assert len({telling.to for telling in TELLINGS if telling.contract is contract}) == 1


def test_an_event_that_is_told_to_its_contact_names_one() -> None:
    for telling in TELLINGS:
        if telling.to is Audience.CONTACT:
            assert "contact_id" in telling.contract.model_fields


def test_every_template_but_reminder_and_code_has_its_place_in_the_table() -> None:
    others = {Template.SESSION_TOMORROW, Template.CODE, Template.CAMPAIGN}
    assert {telling.template for telling in TELLINGS} == {*Template} - others
