"""A contact reads messages in the order of what they tell of, however the topics were heard."""

from __future__ import annotations

from uuid import UUID, uuid4

from chassis.process.ids import uuid7, uuid7_floor
from services.notifications.messages.rows.sending import EARLIER
from services.notifications.messages.workers.dispatcher import PATIENT_ATTEMPTS, MessageDispatcher
from services.notifications.networks.carriers import only
from services.notifications.networks.rows import PocketPhone
from tests.integration.notifications.received import announced, assigned, offered, rejected
from tests.integration.notifications.running_notifications import Notifications
from tests.running_service import uid
from tests.waiting import eventually


async def pending(notifications: Notifications, contact: str, *reasons: str) -> None:
    """Wait until the messages to a contact wait for these reasons."""
    await eventually(
        lambda: notifications.messages(contact),
        lambda found: sorted(str(one["waits_for"]) for one in found) == sorted(reasons),
    )


async def read_by(notifications: Notifications, contact: str, count: int) -> list[str]:
    """The templates of what a contact has read, once there are so many."""
    read = await eventually(
        lambda: notifications.look(f"/phones/{contact}"),
        lambda answer: answer.status_code == 200 and len(answer.json()["items"]) == count,
    )
    return [one["template"] for one in read.json()["items"]]


async def test_an_earlier_event_is_read_first_although_it_was_heard_last(
    notifications: Notifications,
) -> None:
    runtime = notifications.runtime
    fair = await notifications.fair()
    contact = await notifications.contact()
    happened_first = uuid7()
    async with notifications.without_sender():
        await notifications.hear(f"floor-{fair}", assigned(fair, contact))
        await pending(notifications, contact, "queued")
        await notifications.hear(f"fair-{fair}", rejected(fair, contact), event_id=happened_first)
        await pending(notifications, contact, "queued", "queued")
        phone = PocketPhone(runtime.pool, runtime.clock)
        assert await MessageDispatcher(runtime, only(phone), settle_seconds=3600).send_round() == 0
        assert await MessageDispatcher(runtime, only(phone), settle_seconds=0).send_round() == 2
    assert await read_by(notifications, contact, 2) == ["application_rejected", "booth_assigned"]


async def test_a_message_is_held_from_the_moment_of_its_fact_and_an_offer_is_not(
    notifications: Notifications,
) -> None:
    runtime = notifications.runtime
    fair = await notifications.fair()
    contact, asked, early = [await notifications.contact() for _ in range(3)]
    phone = PocketPhone(runtime.pool, runtime.clock)
    # A fact of the wall's clock, whatever the fair's says.
    an_hour_ago = UUID(int=uuid7_floor(3600).int | uuid4().int & ((1 << 62) - 1))
    async with notifications.without_sender():
        await notifications.hear(f"floor-{fair}", assigned(fair, contact))
        await notifications.hear(f"floor-{fair}", assigned(fair, early), event_id=an_hour_ago)
        await notifications.hear(f"fair-{fair}", offered(fair, asked))
        for one in (contact, early, asked):
            await pending(notifications, one, "queued")
        assert await MessageDispatcher(runtime, only(phone), settle_seconds=1800).send_round() == 2
        assert await read_by(notifications, asked, 1) == ["place_offered"]
        assert await read_by(notifications, early, 1) == ["booth_assigned"]
        await pending(notifications, contact, "queued")


async def test_no_clock_that_is_ahead_holds_a_message_for_longer(
    notifications: Notifications,
) -> None:
    runtime = notifications.runtime
    fair = await notifications.fair()
    contact = await notifications.contact()
    in_an_hour = UUID(int=uuid7_floor(-3600).int | uuid4().int & ((1 << 62) - 1))
    async with notifications.without_sender():
        await notifications.hear(f"floor-{fair}", assigned(fair, contact), event_id=in_an_hour)
        await pending(notifications, contact, "queued")
        phone = PocketPhone(runtime.pool, runtime.clock)
        await MessageDispatcher(runtime, only(phone), settle_seconds=0).send_round()
        await notifications.told(contact, "booth_assigned")


async def test_a_message_that_waits_keeps_back_those_behind_it(
    notifications: Notifications,
) -> None:
    known, late = await notifications.fair(), f"late-{uid()[:8]}"
    contact, other = await notifications.contact(), await notifications.contact()
    await notifications.hear(f"floor-{late}", assigned(late, contact))
    await notifications.hear(f"fair-{known}", rejected(known, contact), rejected(known, other))
    await pending(notifications, contact, "fair_unknown", EARLIER)
    await notifications.told(other, "application_rejected")
    figures = await notifications.get(f"/fairs/{known}/figures")
    assert figures["pending_by_reason"] == {EARLIER: 1}
    await notifications.delay(contact)
    await notifications.hear(f"fair-{late}", announced(late))
    assert await read_by(notifications, contact, 2) == ["booth_assigned", "application_rejected"]


async def test_a_message_that_has_waited_for_long_keeps_nobody_back(
    notifications: Notifications,
) -> None:
    known, late = await notifications.fair(), f"never-{uid()[:8]}"
    contact = await notifications.contact()
    await notifications.hear(f"floor-{late}", assigned(late, contact))
    await pending(notifications, contact, "fair_unknown")
    await notifications.runtime.pool.execute(
        "update sending as s set attempts = $2 from messages as m"
        " where m.message_id = s.message_id and m.contact_id = $1",
        contact,
        PATIENT_ATTEMPTS,
    )
    await notifications.hear(f"fair-{known}", rejected(known, contact))
    assert await read_by(notifications, contact, 1) == ["application_rejected"]
    await pending(notifications, contact, "fair_unknown", "None")
