"""What people with a seat are told: reserved, moved, cancelled, and the evening before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from maarid_contracts.registration import Language

from tests.integration.notifications.received import (
    STARTS,
    announced,
    hall,
    moved,
    opened,
    released,
    reserved,
    waitlisted,
)
from tests.integration.notifications.running_notifications import Notifications
from tests.running_service import uid
from tests.waiting import eventually

EVENING = datetime(2025, 9, 17, 17, tzinfo=UTC)
"""Six o'clock in Ouarzazate, the day before the workshop."""


async def workshop(notifications: Notifications, starts_at: datetime = STARTS) -> tuple[str, str]:
    fair, session = await notifications.fair(), uid()
    await notifications.hear(f"workshop-{session}", opened(fair, session, starts_at))
    return fair, session


async def test_a_seat_is_confirmed_and_remembered_in_the_evening_before(
    some_days_before: Notifications,
) -> None:
    notifications = some_days_before
    fair, session = await workshop(notifications)
    contact, seat = await notifications.contact(Language.FRENCH), uid()
    await notifications.hear(f"workshop-{session}", reserved(fair, session, contact, seat))
    (confirmed,) = await notifications.told(contact, "seat_reserved")
    assert confirmed == (
        'Salon de Ouarzazate : place réservée, "Marketing digital", jeudi 18 septembre à 14h30,'
        " Grande tente."
    )
    await eventually(lambda: notifications.timer(seat), lambda due: due == EVENING)
    await notifications.set_clock(EVENING - timedelta(minutes=1))
    assert await notifications.timer(seat) == EVENING
    await notifications.set_clock(EVENING)
    _, reminder = await notifications.told(contact, "seat_reserved", "session_tomorrow")
    assert reminder == (
        'Salon de Ouarzazate : demain jeudi 18 septembre à 14h30, "Marketing digital",'
        " Grande tente."
    )
    assert await notifications.timer(seat) is None


async def test_a_seat_reserved_after_the_evening_before_gets_no_reminder(
    some_days_before: Notifications,
) -> None:
    notifications = some_days_before
    fair, session = await workshop(notifications)
    contact, seat = await notifications.contact(), uid()
    await notifications.set_clock(EVENING)
    await notifications.hear(f"workshop-{session}", reserved(fair, session, contact, seat))
    await notifications.hear(
        f"workshop-{session}", reserved(fair, session, last := await notifications.contact())
    )
    await notifications.told(last, "seat_reserved")
    assert await notifications.timer(seat) is None


async def test_a_seat_given_up_is_not_remembered(some_days_before: Notifications) -> None:
    notifications = some_days_before
    fair, session = await workshop(notifications)
    contact, seat = await notifications.contact(Language.FRENCH), uid()
    await notifications.hear(f"workshop-{session}", reserved(fair, session, contact, seat))
    await eventually(lambda: notifications.timer(seat), lambda due: due == EVENING)
    await notifications.told(contact, "seat_reserved")
    await notifications.hear(f"workshop-{session}", released(fair, session, contact, seat))
    _, gone = await notifications.told(contact, "seat_reserved", "seat_released")
    assert gone.startswith("Salon de Ouarzazate : votre réservation est annulée, ")
    await eventually(lambda: notifications.timer(seat), lambda due: due is None)


async def test_a_contact_that_moves_up_from_the_waiting_list_is_told_and_reminded(
    some_days_before: Notifications,
) -> None:
    notifications = some_days_before
    fair, session = await workshop(notifications)
    contact, seat = await notifications.contact(Language.FRENCH), uid()
    await notifications.hear(f"workshop-{session}", waitlisted(fair, session, contact, seat))
    (waits,) = await notifications.told(contact, "seat_waitlisted")
    assert "Votre rang d'attente : 1." in waits
    assert await notifications.timer(seat) is None
    up = reserved(fair, session, contact, seat).model_copy(update={"from_waitlist": True})
    await notifications.hear(f"workshop-{session}", up)
    _, free = await notifications.told(contact, "seat_waitlisted", "seat_moved_up")
    assert free.startswith("Salon de Ouarzazate : place obtenue, ")
    await eventually(lambda: notifications.timer(seat), lambda due: due == EVENING)


async def test_a_move_is_told_to_seats_and_waiting_and_takes_the_reminder_with_it(
    some_days_before: Notifications,
) -> None:
    notifications = some_days_before
    fair, session = await workshop(notifications)
    stream = f"workshop-{session}"
    sits, waits, late, gone = [await notifications.contact(Language.FRENCH) for _ in range(4)]
    seat, left = uid(), uid()
    next_day = STARTS + timedelta(days=1)
    await notifications.hear(
        stream,
        reserved(fair, session, sits, seat),
        reserved(fair, session, gone, left),
        released(fair, session, gone, left),
        waitlisted(fair, session, waits, uid()),
        moved(fair, session, next_day),
        reserved(fair, session, late),
    )
    new_place = "vendredi 19 septembre à 14h30, Petit dome"
    _, stays = await notifications.told(sits, "seat_reserved", "session_moved")
    assert new_place in stays
    assert stays.endswith("Place gardée.")
    _, keeps = await notifications.told(waits, "seat_waitlisted", "session_moved")
    assert new_place in keeps
    assert keeps.endswith("Rang d'attente gardé.")
    (told_at_once,) = await notifications.told(late, "seat_reserved")
    assert new_place in told_at_once
    *_, left_it = await notifications.settled(gone, 2)
    assert (left_it["template"], left_it["status"]) == ("seat_released", "delivered")
    later = EVENING + timedelta(days=1)
    await eventually(lambda: notifications.timer(seat), lambda due: due == later)
    await notifications.set_clock(later)
    *_, reminder = await notifications.told(
        sits, "seat_reserved", "session_moved", "session_tomorrow"
    )
    assert new_place.split(",")[0] in reminder


async def test_a_workshop_moved_to_this_very_evening_is_not_remembered_any_more(
    some_days_before: Notifications,
) -> None:
    notifications = some_days_before
    fair, session = await workshop(notifications)
    contact, seat = await notifications.contact(), uid()
    await notifications.hear(f"workshop-{session}", reserved(fair, session, contact, seat))
    await eventually(lambda: notifications.timer(seat), lambda due: due == EVENING)
    tonight = datetime(2025, 9, 15, 20, tzinfo=UTC)
    await notifications.hear(f"workshop-{session}", moved(fair, session, tonight))
    await notifications.told(contact, "seat_reserved", "session_moved")
    await eventually(lambda: notifications.timer(seat), lambda due: due is None)


async def test_a_cancelled_workshop_is_excused_to_all_its_seats(
    some_days_before: Notifications,
) -> None:
    notifications = some_days_before
    fair, session = await workshop(notifications)
    contact, seat = await notifications.contact(Language.FRENCH), uid()
    stream = f"workshop-{session}"
    await notifications.hear(stream, reserved(fair, session, contact, seat))
    await notifications.told(contact, "seat_reserved")
    cancelled = released(fair, session, contact, seat, "workshop_cancelled")
    await notifications.hear(stream, cancelled)
    _, excused = await notifications.told(contact, "seat_reserved", "session_cancelled")
    assert excused == (
        'Salon de Ouarzazate : "Marketing digital", jeudi 18 septembre à 14h30, n\'aura pas lieu.'
        " Veuillez nous excuser."
    )
    assert await notifications.timer(seat) is None


async def test_seats_heard_of_before_their_fair_are_confirmed_and_remembered_after_it(
    some_days_before: Notifications,
) -> None:
    notifications = some_days_before
    fair, session = f"late-{uid()[:8]}", uid()
    contact, seat = await notifications.contact(), uid()
    await notifications.hear(
        f"workshop-{session}",
        opened(fair, session),
        reserved(fair, session, contact, seat),
    )
    await notifications.waiting(contact, "fair_unknown")
    assert await notifications.timer(seat) is None
    await notifications.hear(f"fair-{fair}", announced(fair))
    await eventually(lambda: notifications.timer(seat), lambda due: due == EVENING)
    await notifications.waiting(contact, "hall_unknown")
    await notifications.delay(contact)
    await notifications.hear(f"programme-{fair}", hall(fair, "tent", "خيمة", "Tente"))
    await notifications.told(contact, "seat_reserved")


async def test_a_reminder_found_after_the_workshop_has_begun_is_not_sent(
    some_days_before: Notifications,
) -> None:
    notifications = some_days_before
    fair, session = await workshop(notifications)
    contact, seat = await notifications.contact(), uid()
    await notifications.hear(f"workshop-{session}", reserved(fair, session, contact, seat))
    await eventually(lambda: notifications.timer(seat), lambda due: due == EVENING)
    await notifications.told(contact, "seat_reserved")
    await notifications.set_clock(STARTS)
    await eventually(lambda: notifications.timer(seat), lambda due: due is None)
    await notifications.told(contact, "seat_reserved")
