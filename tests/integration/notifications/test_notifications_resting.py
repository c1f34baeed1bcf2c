"""At night texts wait for the morning, but for those that cannot."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from chassis.process.tasks import end
from services.notifications.messages.policies import tell_contact
from services.notifications.messages.resting import QuietHours
from services.notifications.messages.rows.sending import MORNING
from services.notifications.messages.workers.dispatcher import MessageDispatcher
from services.notifications.networks.carriers import only
from services.notifications.networks.rows import PocketPhone
from tests.conftest import Databases
from tests.integration.notifications.received import (
    assigned,
    offered,
    opened,
    rejected,
    released,
    reserved,
    submitted,
)
from tests.integration.notifications.running_notifications import Notifications, start_sender
from tests.integration.notifications.without_kafka import FAIR, heard, without_kafka
from tests.running_service import uid
from tests.waiting import eventually

LATE = datetime(2025, 9, 15, 21, 30, tzinfo=UTC)
"""Half past ten in the evening in Ouarzazate."""
MORNING_COMES = datetime(2025, 9, 16, 7, tzinfo=UTC)


async def waiting_for(notifications: Notifications, contact: str, count: int) -> list[Any]:
    """The messages to a contact, once so many of them wait for the morning."""
    return await eventually(
        lambda: notifications.messages(contact),
        lambda found: sum(one["waits_for"] == MORNING for one in found) == count,
    )


async def test_a_text_waits_for_the_morning_and_an_offer_does_not(
    some_days_before: Notifications,
) -> None:
    notifications = some_days_before
    fair, contact = await notifications.fair(), await notifications.contact()
    await notifications.set_clock(LATE)
    await notifications.hear(f"floor-{fair}", assigned(fair, contact))
    await waiting_for(notifications, contact, 1)
    await notifications.hear(f"fair-{fair}", offered(fair, contact))
    found = await eventually(
        lambda: notifications.messages(contact),
        lambda found: [one["status"] for one in found] == ["requested", "delivered"],
    )
    assert found[1]["template"] == "place_offered"
    figures = await notifications.get(f"/fairs/{fair}/figures")
    assert figures["pending_by_reason"] == {MORNING: 1}
    await notifications.set_clock(MORNING_COMES - timedelta(seconds=1))
    await waiting_for(notifications, contact, 1)
    await notifications.set_clock(MORNING_COMES)
    await notifications.told(contact, "booth_assigned", "place_offered")


async def test_what_concerns_today_is_told_at_night(some_days_before: Notifications) -> None:
    notifications = some_days_before
    fair, today, other = await notifications.fair(), uid(), uid()
    contact, patient = await notifications.contact(), await notifications.contact()
    night = datetime(2025, 9, 18, 1, tzinfo=UTC)
    await notifications.set_clock(night)
    for session, day, who in ((today, 0, contact), (other, 1, patient)):
        starts_at = datetime(2025, 9, 18, 9, tzinfo=UTC) + timedelta(days=day)
        stream = f"workshop-{session}"
        await notifications.hear(stream, opened(fair, session, starts_at))
        await notifications.hear(stream, reserved(fair, session, who))
    await notifications.told(contact, "seat_reserved")
    await waiting_for(notifications, patient, 1)


async def test_in_the_morning_a_contact_reads_in_order(some_days_before: Notifications) -> None:
    notifications = some_days_before
    fair, contact = await notifications.fair(), await notifications.contact()
    await notifications.set_clock(LATE)
    asked = submitted(fair, contact)
    await notifications.hear(f"fair-{fair}", asked)
    await waiting_for(notifications, contact, 1)
    await notifications.hear(f"floor-{fair}", assigned(fair, contact))
    await waiting_for(notifications, contact, 2)
    await notifications.hear(f"fair-{fair}", rejected(fair, contact))
    await waiting_for(notifications, contact, 3)
    other = start_sender(notifications.runtime)
    try:
        await notifications.set_clock(MORNING_COMES)
        await notifications.settled(contact, 3)
    finally:
        await end(other)
    read = await notifications.all(f"/phones/{contact}")
    assert [one["template"] for one in read] == [
        "application_received",
        "booth_assigned",
        "application_rejected",
    ]


async def test_what_was_overtaken_in_the_night_is_not_told_in_the_morning(
    some_days_before: Notifications,
) -> None:
    notifications = some_days_before
    fair, session, seat = await notifications.fair(), uid(), uid()
    contact = await notifications.contact()
    await notifications.set_clock(LATE)
    stream = f"workshop-{session}"
    await notifications.hear(stream, opened(fair, session))
    await notifications.hear(stream, reserved(fair, session, contact, seat))
    await waiting_for(notifications, contact, 1)
    await notifications.hear(stream, released(fair, session, contact, seat))
    # The first one is ended as soon as it is looked at again.
    await waiting_for(notifications, contact, 2)
    await notifications.set_clock(MORNING_COMES)
    found = await notifications.settled(contact, 2)
    assert [(one["template"], one["status"], one["reason"]) for one in found] == [
        ("seat_reserved", "failed", "superseded"),
        ("seat_released", "delivered", None),
    ]


async def test_a_text_whose_worth_ends_in_the_night_is_not_told(
    some_days_before: Notifications,
) -> None:
    notifications = some_days_before
    fair, contact = await notifications.fair(), await notifications.contact()
    await notifications.set_clock(LATE)
    ago = LATE - timedelta(days=7) + timedelta(hours=1)
    await notifications.hear(f"floor-{fair}", assigned(fair, contact), occurred_at=ago)
    await waiting_for(notifications, contact, 1)
    await notifications.set_clock(MORNING_COMES)
    (found,) = await notifications.settled(contact, 1)
    assert found["reason"] == "too_late"


async def test_by_the_walls_clock_it_waits_until_the_morning_and_no_longer(
    database: Databases,
) -> None:
    async with without_kafka(database) as notifications:
        await notifications.workshop(seats=1)
        runtime = await notifications.replica()
        contact = str(await notifications.pool.fetchval("select contact_id from contacts"))
        zone = ZoneInfo("Africa/Casablanca")
        now = datetime.now(zone)
        quiet = QuietHours((now - timedelta(hours=1)).time(), (now + timedelta(hours=1)).time())
        event = heard(assigned(FAIR, contact), f"floor-{FAIR}", 1)
        await tell_contact(event, runtime)
        phone = PocketPhone(runtime.pool, runtime.clock)
        dispatcher = MessageDispatcher(runtime, only(phone), settle_seconds=0, quiet=quiet)
        assert await dispatcher.send_round() == 1
        row = await notifications.pool.fetchrow("select waits_for, attempts, due from sending")
        assert row is not None
        assert (row["waits_for"], row["attempts"]) == (MORNING, 0)
        assert row["due"] == now + timedelta(hours=1)
        assert await dispatcher.send_round() == 0
