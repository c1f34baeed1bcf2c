"""Who is told that a fair moves or does not take place, once, however many there are."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta

from maarid_contracts.envelope import Text
from maarid_contracts.registration import FairCancelledV1, Language

from chassis.kafka.received import ReceivedEvent
from chassis.log.context import CommandContext
from chassis.process.ids import uuid7
from services.notifications.messages import policies
from services.notifications.messages.domain import RequestMessage, message_stream
from tests.integration.notifications.received import (
    EVE,
    STARTS,
    accepted,
    fair_changed,
    gave_up,
    opened,
    rejected,
    reserved,
    submitted,
)
from tests.integration.notifications.running_notifications import Notifications
from tests.running_service import uid
from tests.waiting import eventually

EVENING = datetime(2025, 9, 17, 17, tzinfo=UTC)
"""Six o'clock in Ouarzazate, the day before the workshop."""
MANY = 600
"""More than two pages of contacts."""


async def told(notifications: Notifications, contact: str) -> list[str]:
    return [one["template"] for one in await notifications.messages(contact)]


async def counted(notifications: Notifications, fair: str, template: str) -> int:
    figures = await notifications.get(f"/fairs/{fair}/figures")
    return figures["by_template"].get(template, 0)


async def test_only_participants_and_applicants_are_told(
    some_days_before: Notifications,
) -> None:
    notifications = some_days_before
    fair = await notifications.fair()
    stream = f"fair-{fair}"
    exhibitor, applicant = [await notifications.contact(Language.FRENCH) for _ in range(2)]
    zgh = await notifications.contact(Language.TAMAZIGHT, Language.ENGLISH)
    again, refused, gone, late = [await notifications.contact() for _ in range(4)]
    asked = submitted(fair, exhibitor)
    left = submitted(fair, gone)
    await notifications.hear(
        stream,
        asked,
        accepted(asked),
        submitted(fair, applicant),
        submitted(fair, zgh),
        submitted(fair, None),
        submitted(fair, again),
        rejected(fair, again),
        submitted(fair, again),
        submitted(fair, refused),
        rejected(fair, refused),
        left,
        accepted(left),
        gave_up(left),
    )
    before = await notifications.settled(gone, 3)
    await notifications.hear(
        stream,
        fair_changed(
            fair,
            first_day=date(2025, 9, 24),
            last_day=date(2025, 9, 29),
            venue=Text(ar="الساحة الكبرى", fr="La grande place", en="The great square"),
        ),
        twice=True,
    )
    await notifications.settled(exhibitor, 3)
    assert (await notifications.texts(exhibitor))[-1] == (
        "Salon de Ouarzazate : les dates ou le lieu ont changé. Du 24 septembre 2025 au"
        " 29 septembre 2025, de 10h00 à 22h00, La grande place (Ouarzazate). Dites-nous si vous ne"
        " venez pas."
    )
    await notifications.settled(applicant, 2)
    await notifications.settled(zgh, 2)
    assert "From 24 September 2025 to 29 September 2025" in (await notifications.texts(zgh))[-1]
    await notifications.settled(again, 4)
    assert (await told(notifications, again))[-1] == "fair_changed"
    assert await notifications.settled(gone, 3) == before
    assert await told(notifications, refused) == ["application_received", "application_rejected"]
    # A corrected name is news to nobody, but the next texts carry it.
    named = Text(ar="معرض درعة", fr="Salon du Draa")
    await notifications.hear(stream, fair_changed(fair, name=named, area_m2=900))
    await notifications.hear(stream, submitted(fair, late))

    (received,) = await notifications.told(late, "application_received")
    assert received.startswith("معرض درعة")

    await notifications.hear(stream, FairCancelledV1(fair_id=fair, reason="bad_weather"))
    for contact, messages in ((exhibitor, 4), (applicant, 3), (zgh, 3), (again, 5), (late, 2)):
        found = await notifications.settled(contact, messages)
        assert [one["template"] for one in found].count("fair_cancelled") == 1
    assert (await notifications.texts(exhibitor))[-1].endswith(
        "Motif : mauvais temps. Veuillez nous excuser. Au plaisir de vous revoir."
    )
    assert await counted(notifications, fair, "fair_changed") == 4
    assert await counted(notifications, fair, "fair_cancelled") == 5


async def test_many_are_told_once_each_also_where_the_telling_begins_anew(
    notifications: Notifications,
) -> None:
    fair, event_id = await notifications.fair(), uuid7()
    cancelled = FairCancelledV1(fair_id=fair, reason="bad_weather")
    desk = notifications.runtime.desk
    applied = [
        RequestMessage(uid(), fair, uid(), "application_received", {"pole_id": "products"})
        for _ in range(MANY)
    ]
    async with notifications.without_sender():
        await asyncio.gather(
            *(
                desk.execute(
                    message_stream(each.message_id), each, CommandContext(uuid7(), "test:x")
                )
                for each in applied
            )
        )
        await notifications.hear(f"fair-{fair}", cancelled, event_id=event_id, twice=True)
        await eventually(
            lambda: counted(notifications, fair, "fair_cancelled"), lambda found: found == MANY
        )
        version = notifications.versions[f"fair-{fair}"]
        # As after a crash in the middle of the telling, before it was marked as done.
        heard = ReceivedEvent(
            contract=cancelled,
            type="maarid.registration.FairCancelled.v1",
            topic="registration.events.v1",
            stream=f"fair-{fair}",
            version=version,
            event_id=event_id,
            occurred_at=EVE,
            correlation_id=uuid7(),
            traceparent=None,
        )
        await policies.tell_participants(heard, notifications.runtime)
        assert await counted(notifications, fair, "fair_cancelled") == MANY
        # They are made up, and have no record: nothing of this is for the sender.
        await notifications.runtime.pool.execute(
            "update sending set due = clock_timestamp() + interval '1 hour',"
            " waits_for = 'contact_unknown' where fair_id = $1",
            fair,
        )


async def test_nobody_is_reminded_of_a_workshop_of_a_fair_that_was_called_off(
    some_days_before: Notifications,
) -> None:
    notifications = some_days_before
    fair, session, seat = await notifications.fair(), uid(), uid()
    contact = await notifications.contact()
    await notifications.hear(
        f"workshop-{session}", opened(fair, session), reserved(fair, session, contact, seat)
    )
    await eventually(lambda: notifications.timer(seat), lambda due: due == EVENING)
    await notifications.hear(f"fair-{fair}", FairCancelledV1(fair_id=fair, reason="bad_weather"))
    await eventually(
        lambda: notifications.runtime.pool.fetchval(
            "select cancelled from fairs where fair_id = $1", fair
        ),
        bool,
    )
    # Ticketing has not released the seat yet when the evening comes.
    await notifications.set_clock(EVENING)
    await eventually(lambda: notifications.timer(seat), lambda due: due is None)
    await notifications.told(contact, "seat_reserved")


async def test_reminders_follow_a_time_zone_that_is_put_right(
    some_days_before: Notifications,
) -> None:
    notifications = some_days_before
    fair, session, seat = await notifications.fair(), uid(), uid()
    contact = await notifications.contact()
    await notifications.hear(
        f"workshop-{session}",
        opened(fair, session, STARTS),
        reserved(fair, session, contact, seat),
    )
    await eventually(lambda: notifications.timer(seat), lambda due: due == EVENING)
    await notifications.hear(f"fair-{fair}", fair_changed(fair, timezone="Europe/Paris"))
    await eventually(
        lambda: notifications.timer(seat), lambda due: due == EVENING - timedelta(hours=1)
    )
    await notifications.told(contact, "seat_reserved")
