"""What a fact makes us say to whom, and how our own events are said to everybody."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from uuid import UUID, uuid5

import pytest
from maarid_contracts.envelope import Text
from maarid_contracts.notifications import (
    EVENTS,
    MessageDeliveredV1,
    MessageFailedV1,
    MessageRequestedV1,
    MessageSentV1,
    NotificationsContract,
)
from maarid_contracts.registration import (
    ApplicationRejectedV1,
    ApplicationSubmittedV1,
    ApplicationWaitlistedV1,
    ApplicationWithdrawnV1,
    ExhibitorRegisteredV1,
    ExhibitorWithdrawnV1,
    FairCancelledV1,
    FairChangedV1,
    Participation,
)
from maarid_contracts.scheduling import BoothAssignedV1, BoothReleasedV1
from maarid_contracts.ticketing import (
    SeatReleasedV1,
    SeatReservedV1,
    SeatWaitlistedV1,
    WorkshopMovedV1,
)

from services.notifications.domain.message import (
    Event,
    MessageDelivered,
    MessageFailed,
    MessageRequested,
    MessageSent,
)
from services.notifications.domain.template import Template
from services.notifications.translate import (
    Told,
    message_id_of,
    move_arguments,
    reminding,
    telling,
    telling_of_cancellation,
    telling_of_change,
    translate,
)

CAUSE = UUID("0192f5c4-1111-7c3d-9e5a-2d3c4b5e6f7a")
ID = "6e1f0c5e-8a5d-5d0b-9f3e-2b7c4d1a9e60"
CONTACT = "0192f5c4-9b22-7c3d-9e5a-2d3c4b5e6f7a"
OTHER = "0192f5c4-9b22-7c3d-9e5a-000000000002"
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
    ("told", "template", "arguments"),
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
def test_a_fact_asks_for_one_message_to_its_contact(
    told: Told, template: Template, arguments: dict[str, str]
) -> None:
    command = telling(told, CAUSE)
    assert command is not None
    assert (command.template, command.arguments) == (template.value, arguments)
    assert (command.fair_id, command.contact_id) == (FAIR, CONTACT)
    assert command.message_id == message_id_of(CAUSE, template, CONTACT)
    assert telling(told.model_copy(update={"contact_id": None}), CAUSE) is None


@pytest.mark.parametrize("reason", ["swapped", "exhibitor_withdrew"])
def test_a_booth_given_up_for_what_is_told_already_is_not_told_twice(reason: str) -> None:
    assert telling(RELEASED.model_copy(update={"reason": reason}), CAUSE) is None


def test_the_id_of_a_message_depends_on_cause_template_and_contact_alone() -> None:
    ids = {
        message_id_of(cause, template, contact)
        for cause in (CAUSE, uuid5(CAUSE, "another"))
        for template in (Template.SEAT_RESERVED, Template.SEAT_RELEASED)
        for contact in (CONTACT, OTHER)
    }
    assert len(ids) == 8
    assert message_id_of(CAUSE, Template.SEAT_RESERVED, CONTACT) in ids


def test_a_move_is_told_with_the_new_time_and_hall() -> None:
    assert move_arguments(MOVED) == {
        "session_id": SESSION,
        "starts_at": "2025-02-16T09:30:00+00:00",
        "hall_id": "hall-b",
    }


def test_a_change_of_a_fair_is_told_to_each_contact_with_its_days_and_hours() -> None:
    place = Text(ar="الساحة", fr="La place")
    changed = FairChangedV1(
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
        changed=("last_day",),
        reason="bad_weather",
    )
    first, second = telling_of_change(changed, CAUSE, [CONTACT, OTHER])
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


def test_a_fair_called_off_is_told_to_each_contact_with_its_reason() -> None:
    cancelled = FairCancelledV1(fair_id=FAIR, reason="bad_weather")
    first, second = telling_of_cancellation(cancelled, CAUSE, [CONTACT, OTHER])
    assert first.template == second.template == "fair_cancelled"
    assert first.arguments == second.arguments == {"reason": "bad_weather"}
    assert second.message_id == message_id_of(CAUSE, Template.FAIR_CANCELLED, OTHER)


def test_a_reminder_is_another_message_than_the_reservation() -> None:
    command = reminding(CAUSE, FAIR, SESSION, CONTACT)
    assert command.template == "session_tomorrow"
    assert command.arguments == {"session_id": SESSION}
    assert command.message_id != message_id_of(CAUSE, Template.SEAT_RESERVED, CONTACT)


@pytest.mark.parametrize(
    ("event", "contract"),
    [
        (
            MessageRequested(ID, FAIR, CONTACT, "booth_assigned", {"booth": "P-012"}),
            MessageRequestedV1(
                message_id=ID,
                fair_id=FAIR,
                contact_id=CONTACT,
                template="booth_assigned",
                arguments={"booth": "P-012"},
            ),
        ),
        (
            MessageSent(ID, "whatsapp", "zgh", 1),
            MessageSentV1(message_id=ID, channel="whatsapp", language="zgh", segments=1),
        ),
        (MessageDelivered(ID), MessageDeliveredV1(message_id=ID)),
        (MessageFailed(ID, "no_consent"), MessageFailedV1(message_id=ID, reason="no_consent")),
    ],
)
def test_every_event_is_public(event: Event, contract: NotificationsContract) -> None:
    assert translate(event) == contract
    assert type(contract) in EVENTS
