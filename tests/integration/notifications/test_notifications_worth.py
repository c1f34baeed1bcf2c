"""What is not told any more: it is too long ago, or something has overtaken it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta

from chassis.process.tasks import end
from chassis.replaying.rebuild import rebuild
from cli.launch import role_of
from servers import Stack
from services.notifications.app import definition
from tests.integration.notifications.received import (
    EVE,
    STARTS,
    accepted,
    announced,
    assigned,
    fair_changed,
    freed,
    gave_up,
    lapsed,
    moved,
    offered,
    opened,
    released,
    reserved,
    submitted,
    waitlisted,
)
from tests.integration.notifications.running_notifications import (
    OTHER_WORKERS,
    Notifications,
    start_sender,
)
from tests.running_service import inside, uid
from tests.waiting import eventually

Ends = list[tuple[str, str, str | None]]


async def ends_of(notifications: Notifications, contact: str, count: int) -> Ends:
    """What became of the messages to a contact, once all are settled: template, status, reason."""
    found = await notifications.settled(contact, count)
    return sorted((one["template"], one["status"], one["reason"]) for one in found)


async def play(notifications: Notifications) -> tuple[str, int]:
    """A contact to whom much happens; returns it and to how many messages that leads."""
    fair, session = await notifications.fair(), uid()
    contact = await notifications.contact()
    asked = submitted(fair, contact)
    await notifications.hear(f"fair-{fair}", asked, offered(fair, contact), accepted(asked))
    await notifications.hear(f"floor-{fair}", assigned(fair, contact))
    workshop = opened(fair, session)
    seat = uid()
    await notifications.hear(
        f"workshop-{session}", workshop, reserved(fair, session, contact, seat)
    )
    await notifications.settled(contact, 5)
    await notifications.hear(f"workshop-{session}", moved(fair, session, STARTS))
    await notifications.hear(f"fair-{fair}", fair_changed(fair, city={"ar": "م", "fr": "Agdz"}))
    await notifications.settled(contact, 7)
    await notifications.hear(f"workshop-{session}", released(fair, session, contact, seat))
    await notifications.hear(f"fair-{fair}", gave_up(asked))
    await notifications.settled(contact, 9)
    return contact, 9


async def test_an_empty_database_that_hears_everything_sends_nothing_old(
    some_days_before: Notifications, stack: Stack
) -> None:
    contact, count = await play(some_days_before)
    assert len(await some_days_before.texts(contact)) >= count - 1
    # Under another name, for Kafka remembers what a consumer group has heard.
    again = replace(definition(), name="notifications_again", workers=OTHER_WORKERS)
    topics = some_days_before.topics
    async with inside(Notifications, again, stack, simulated_clock=True, emptied=topics) as emptied:
        await emptied.set_clock(EVE + timedelta(days=30))
        # Of the move nobody is told who had given the seat back when the move was heard.
        found = await eventually(
            lambda: emptied.messages(contact),
            lambda found: (
                len(found) >= count - 1 and all(one["status"] == "failed" for one in found)
            ),
        )
        assert {one["reason"] for one in found} <= {"too_late", "superseded"}
        pool = emptied.runtime.pool
        await eventually(
            lambda: pool.fetchval("select count(*) from messages where status = 'requested'"),
            lambda requested: requested == 0,
        )
        became = await pool.fetch("select status, reason, count(*) from messages group by 1, 2")
        assert {row["status"] for row in became} == {"failed"}
        assert await pool.fetchval("select count(*) from phone_messages") == 0
        assert await pool.fetchval("select count(*) from timers where due <= $1", EVE) == 0
        await end(emptied.sender)


async def test_a_rebuild_sends_nothing(some_days_before: Notifications) -> None:
    notifications = some_days_before
    contact, count = await play(notifications)
    before = await notifications.texts(contact)
    dsn = notifications.owner_dsn
    async with notifications.without_sender():
        await rebuild(
            notifications.definition,
            dsn,
            role_of(notifications.runtime.settings.database_url),
            notifications.bootstrap,
        )
    await notifications.hear(f"floor-{uid()}", assigned(await notifications.fair(), contact))
    await notifications.settled(contact, count + 1)
    assert (await notifications.texts(contact))[:-1] == before


async def test_a_message_is_told_as_long_as_it_is_worth_it(some_days_before: Notifications) -> None:
    notifications = some_days_before
    fair = await notifications.fair()
    in_time, late = await notifications.contact(), await notifications.contact()
    week = timedelta(days=7)
    fresh = EVE - week + timedelta(seconds=1)
    await notifications.hear(f"floor-{fair}", assigned(fair, in_time), occurred_at=fresh)
    await notifications.hear(f"floor-{fair}", assigned(fair, late), occurred_at=EVE - week)
    assert await ends_of(notifications, in_time, 1) == [("booth_assigned", "delivered", None)]
    assert await ends_of(notifications, late, 1) == [("booth_assigned", "failed", "too_late")]
    assert (await notifications.look(f"/phones/{late}")).status_code == 404


async def test_what_waits_for_its_fair_for_too_long_ends(some_days_before: Notifications) -> None:
    notifications = some_days_before
    fair = f"late-{uid()[:8]}"
    contact = await notifications.contact()
    await notifications.hear(f"floor-{fair}", assigned(fair, contact))
    await notifications.waiting(contact, "fair_unknown")
    await notifications.set_clock(EVE + timedelta(days=8))
    await notifications.hear(f"fair-{fair}", announced(fair))
    assert await ends_of(notifications, contact, 1) == [("booth_assigned", "failed", "too_late")]


async def test_of_a_session_that_has_begun_nobody_is_told(some_days_before: Notifications) -> None:
    notifications = some_days_before
    fair, session = await notifications.fair(), uid()
    contact = await notifications.contact()
    await notifications.set_clock(STARTS)
    workshop = opened(fair, session)
    await notifications.hear(f"workshop-{session}", workshop, reserved(fair, session, contact))
    assert await ends_of(notifications, contact, 1) == [("seat_reserved", "failed", "too_late")]


async def test_a_seat_given_back_before_it_was_told_of_is_not_told_of(
    some_days_before: Notifications,
) -> None:
    notifications = some_days_before
    fair, session, seat = await notifications.fair(), uid(), uid()
    contact, both = await notifications.contact(), await notifications.contact()
    stream = f"workshop-{session}"
    async with notifications.without_sender():
        await notifications.hear(stream, opened(fair, session))
        await notifications.hear(stream, reserved(fair, session, contact, seat))
        # Who has another seat there may have been told of that one.
        other = uid()
        await notifications.hear(stream, reserved(fair, session, both))
        await notifications.hear(stream, waitlisted(fair, session, both, other))
        await notifications.hear(stream, released(fair, session, both, other))
        await notifications.hear(stream, released(fair, session, contact, seat))
        await eventually(
            lambda: notifications.get(f"/fairs/{fair}/figures"),
            lambda found: found["messages"] == 5,
        )
    assert await ends_of(notifications, contact, 2) == [
        ("seat_released", "delivered", None),
        ("seat_reserved", "failed", "superseded"),
    ]
    assert {status for _, status, _ in await ends_of(notifications, both, 3)} == {"delivered"}


async def test_a_seat_taken_again_is_told_of_though_an_event_is_heard_twice(
    some_days_before: Notifications,
) -> None:
    notifications = some_days_before
    fair, session = await notifications.fair(), uid()
    contact, first, second = await notifications.contact(), uid(), uid()
    stream = f"workshop-{session}"
    async with notifications.without_sender():
        await notifications.hear(stream, opened(fair, session))
        await notifications.hear(stream, reserved(fair, session, contact, first), twice=True)
        await notifications.hear(stream, released(fair, session, contact, first), twice=True)
        await notifications.hear(stream, reserved(fair, session, contact, second), twice=True)
        await eventually(
            lambda: notifications.get(f"/fairs/{fair}/figures"),
            lambda found: found["messages"] == 3,
        )
    found = await notifications.settled(contact, 3)
    assert Counter(one["reason"] for one in found) in ({None: 2, "superseded": 1}, {None: 3})
    assert found[-1]["status"] == "delivered"


async def test_a_booth_that_changed_before_it_was_told_of_is_not_told_of(
    some_days_before: Notifications,
) -> None:
    notifications = some_days_before
    fair = await notifications.fair()
    contact = await notifications.contact()
    async with notifications.without_sender():
        await notifications.hear(
            f"floor-{fair}",
            assigned(fair, contact, "P-001"),
            assigned(fair, contact, "P-002"),
            freed(fair, contact, "P-001"),
            assigned(fair, contact, "P-003"),
        )
        await eventually(
            lambda: notifications.get(f"/fairs/{fair}/figures"),
            lambda found: found["messages"] == 3,
        )
    found = await notifications.settled(contact, 3)
    became = {one["arguments"]["booth"]: one["reason"] for one in found}
    assert became == {"P-001": "superseded", "P-002": None, "P-003": None}


async def test_an_offer_that_lapsed_before_it_was_told_of_is_not_made(
    some_days_before: Notifications,
) -> None:
    notifications = some_days_before
    fair = await notifications.fair()
    contact = await notifications.contact()
    offer = offered(fair, contact)
    async with notifications.without_sender():
        await notifications.hear(f"fair-{fair}", offer, lapsed(offer))
        await eventually(
            lambda: notifications.get(f"/fairs/{fair}/figures"),
            lambda found: found["messages"] == 2,
        )
    ends = await ends_of(notifications, contact, 2)
    assert ends == [
        ("offer_lapsed", "delivered", None),
        ("place_offered", "failed", "superseded"),
    ]
    found = {one["template"]: one for one in await notifications.messages(contact)}
    stream = f"message-{found['place_offered']['message_id']}"
    (_, failed) = (await notifications.said(stream, "MessageFailed"))[-1]
    assert failed["about"]["id"] == offer.offer_id


async def test_two_senders_end_what_is_too_late_once(some_days_before: Notifications) -> None:
    notifications = some_days_before
    fair = await notifications.fair()
    contacts = [await notifications.contact(known=False) for _ in range(20)]
    long_ago = EVE - timedelta(days=30)
    other = start_sender(notifications.runtime)
    try:
        for number, contact in enumerate(contacts):
            booth = assigned(fair, contact)
            await notifications.hear(f"floor-{fair}-{number}", booth, occurred_at=long_ago)
        await eventually(
            lambda: notifications.get(f"/fairs/{fair}/figures"),
            lambda found: found["failed_by_reason"] == {"too_late": len(contacts)},
        )
    finally:
        await end(other)
    events = await notifications.runtime.pool.fetchval(
        "select count(*) from events where data->>'message_id' in"
        " (select message_id::text from messages where fair_id = $1)",
        fair,
    )
    assert events == 2 * len(contacts)
