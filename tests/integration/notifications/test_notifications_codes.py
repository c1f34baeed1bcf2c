"""A code on its way: through the log, Kafka and the sender to a phone; and what others hear."""

from __future__ import annotations

import re
import time
from typing import Any

from maarid_contracts.registration import Language

from chassis.kafka.envelope import texts
from tests.integration.notifications.running_notifications import PHONE, Notifications
from tests.running_service import uid
from tests.waiting import eventually


async def asked(notifications: Notifications, **body: Any) -> str:
    wish = {"phone": PHONE, "address": "203.0.113.7"} | body
    answer = await notifications.done("/codes", wish, role="service")
    return answer["code_id"]


async def read(notifications: Notifications, code_id: str) -> str:
    """The code on the phone, once it is there."""
    (message,) = await notifications.settled(code_id, 1)
    assert (message["template"], message["status"]) == ("code", "delivered")
    (text,) = await notifications.texts(code_id)
    return re.findall(r"\b[0-9]{6}\b", text)[0]


async def test_a_code_is_sent_by_the_sender_of_all_messages_and_others_hear_neither_it_nor_whose(
    notifications: Notifications,
) -> None:
    fair = await notifications.fair()
    contact = await notifications.contact(Language.FRENCH, consent=False)
    code_id = await asked(notifications, fair_id=fair)
    code = await read(notifications, code_id)
    (text,) = await notifications.texts(code_id)
    assert f"votre code est {code}" in text

    await notifications.types(f"message-{code_id}", 3)
    assert await notifications.published(f"message-{code_id}") == [
        (
            "MessageRequested.v1",
            {
                "message_id": code_id,
                "fair_id": fair,
                "contact_id": code_id,
                "template": "code",
                "arguments": {"named": "true"},
            },
        ),
        (
            "MessageSent.v1",
            {"message_id": code_id, "channel": "sms", "language": "fr", "segments": 1},
        ),
        ("MessageDelivered.v1", {"message_id": code_id}),
    ]
    body = {"code_id": code_id, "code": code}
    answer = await notifications.done("/codes/check", body, role="service")
    assert contact in answer["contact_ids"]

    heard = [
        f"{texts(record.headers)} {(record.value or b'').decode()}"
        for record in await notifications.records("notifications.events.v1")
    ]
    assert any(code_id in each for each in heard)
    assert not any(PHONE[4:] in each or contact in each for each in heard)
    assert not any(re.search(rf"(?<![0-9a-f.-]){code}(?![0-9a-f-])", each) for each in heard)


async def test_a_code_is_not_held_back_as_messages_of_others_facts_are(
    notifications: Notifications,
) -> None:
    """The sender looks ten times a second, and keeps the others back for half a second."""
    taken: list[float] = []
    for n in range(5):
        started = time.monotonic()
        await read(notifications, await asked(notifications, phone=f"06000{n}0000"))
        taken.append(time.monotonic() - started)
    assert min(taken) < 0.5, taken


async def test_a_contact_that_is_erased_is_reached_by_no_code(notifications: Notifications) -> None:
    contact = await notifications.contact()
    phone = "+212700000071"
    await notifications.runtime.pool.execute(
        "update contacts set phone = $2 where contact_id = $1", contact, phone
    )
    code_id = await asked(notifications, phone=phone)
    code = await read(notifications, code_id)
    await notifications.record(contact, None)
    await eventually(
        lambda: notifications.look(f"/phones/{code_id}"), lambda answer: answer.status_code == 404
    )
    answer = await notifications.post(
        "/codes/check", {"code_id": code_id, "code": code}, role="service", key=uid()
    )
    assert (answer.status_code, answer.json()["code"]) == (410, "code_over")
    kept = "select count(*) from codes where phone = $1"
    assert await notifications.runtime.pool.fetchval(kept, phone) == 0
