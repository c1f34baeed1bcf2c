"""What networks post: signed or nothing, kept in one statement, worked on later, and once."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from maarid_contracts.registration import ConsentGivenV1
from prometheus_client import REGISTRY

from chassis.log.context import CommandContext
from servers import Stack
from services.notifications.contacts.rows import forget
from services.notifications.messages.domain import RequestMessage, message_stream
from services.notifications.messages.workers.dispatcher import MessageDispatcher
from services.notifications.networks.carriers import only
from services.notifications.networks.rows import PocketPhone
from services.notifications.replies import read
from services.notifications.replies.rows import inbox
from services.notifications.replies.workers import read_round
from tests.conftest import databases_of
from tests.integration.notifications.replying import (
    NUMBER,
    WORD,
    Replying,
    posted,
    replying,
    written,
)
from tests.integration.notifications.without_kafka import heard
from tests.running_service import refusal


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def module_service(stack: Stack) -> AsyncGenerator[Replying]:
    async with databases_of(stack) as databases, replying(databases) as service:
        yield service


@pytest_asyncio.fixture(loop_scope="session")
async def service(module_service: Replying) -> Replying:
    """Nobody is known, and nothing has come in."""
    for table in ("inbox", "answers", "attempts", "contacts", "opt_outs", "messages", "answered"):
        await module_service.runtime.pool.execute(f"delete from {table}")
    return module_service


def status(name: str, network_id: str = "wamid.1", **more: Any) -> dict[str, Any]:
    return {"id": network_id, "status": name, "recipient_id": NUMBER[1:], **more}


def unsigned() -> float:
    labels = {"service": "notifications", "reason": "hook_unsigned"}
    return REGISTRY.get_sample_value("maarid_denied_requests_total", labels) or 0.0


async def test_a_receipt_is_kept_and_becomes_an_event(service: Replying) -> None:
    message, reference = await service.asked(await service.contact())
    sent = await service.whatsapp(
        statuses=[status("delivered", biz_opaque_callback_data=reference)]
    )
    assert (sent.status_code, sent.content) == (200, b"")
    assert await service.inbox() == 1
    assert "message_delivered.v1" not in await service.events(f"message-{message}")
    await service.work()
    assert await service.inbox() == 0
    assert (await service.events(f"message-{message}"))[-1] == "message_delivered.v1"


async def test_twilio_names_the_attempt_in_the_address(service: Replying) -> None:
    contact = await service.contact()
    message, reference = await service.asked(contact, network="twilio_sms", network_id="SM1")
    form = {"MessageSid": "SM1", "MessageStatus": "undelivered", "ErrorCode": "30003"}
    assert (await service.twilio(form, f"?reference={reference}")).status_code == 200
    await service.work()
    assert (await service.events(f"message-{message}"))[-1] == "message_attempt_failed.v1"
    row = await service.runtime.pool.fetchrow("select * from attempts")
    assert row is not None
    assert (row["outcome"], row["reason"]) == ("failed", "unreachable_number")


async def test_receipts_twice_and_in_any_order_say_one_thing(service: Replying) -> None:
    message, _ = await service.asked(await service.contact())
    for name in ("read", "delivered", "sent", "read", "failed", "delivered"):
        assert (await service.whatsapp(statuses=[status(name)])).status_code == 200
    await service.work()
    events = await service.events(f"message-{message}")
    # Rows are worked on side by side: that it failed is told where it came first.
    assert [each for each in events[2:] if "attempt_failed" not in each] == [
        "message_delivered.v1",
        "message_read.v1",
    ]
    assert await service.runtime.pool.fetchval("select outcome from attempts") == "read"


async def test_receipts_of_nobodys_attempt_are_passed_over(service: Replying) -> None:
    strange = status("delivered", "wamid.x", biz_opaque_callback_data=str(uuid4()))
    assert (await service.whatsapp(statuses=[strange])).status_code == 200
    await service.work()
    assert await service.inbox() == 1  # Its attempt may be about to be known …
    await service.runtime.pool.execute(
        "update inbox set received_at = now() - interval '2 minutes', due = now()"
    )
    await service.work()
    assert await service.inbox() == 0  # … and was not.


async def test_a_receipt_before_the_networks_answer_waits_for_it(service: Replying) -> None:
    await service.whatsapp(statuses=[status("delivered", "wamid.early")])
    await service.work()
    message, _ = await service.asked(await service.contact(), network_id="wamid.early")
    await service.runtime.pool.execute("update inbox set due = now()")
    await service.work()
    assert (await service.events(f"message-{message}"))[-1] == "message_delivered.v1"


async def test_what_is_not_signed_is_counted_and_meets_no_database(service: Replying) -> None:
    before = unsigned()
    pool = service.runtime.pool
    idle = pool.get_idle_size()
    async with service_without_database(service):
        for path in ("/hooks/whatsapp", "/hooks/twilio_sms", "/hooks/twilio_sms?reference=x"):
            answer = await service.http.post(path, content=b"Body=STOP")
            assert refusal(answer) == (403, "hook_unsigned")
        forged = await service.whatsapp(secret="somebody-else", messages=[written("STOP")])
        assert refusal(forged) == (403, "hook_unsigned")
    assert unsigned() == before + 4
    assert pool.get_idle_size() == idle
    assert await service.inbox() == 0


class service_without_database:
    """Whoever asks for a connection meets an error."""

    def __init__(self, service: Replying) -> None:
        self._app = service.app
        self._runtime = service.runtime

    async def __aenter__(self) -> None:
        class Nothing:
            settings = self._runtime.settings

            @property
            def pool(self) -> Any:
                raise AssertionError("the database was asked")

        self._app.state.runtime = Nothing()

    async def __aexit__(self, *_: object) -> None:
        self._app.state.runtime = self._runtime


async def test_a_signed_post_for_another_address_is_refused(service: Replying) -> None:
    form = {"MessageSid": "SM1", "MessageStatus": "delivered"}
    right = await service.twilio(form)
    signature = right.request.headers["x-twilio-signature"]
    kind = "application/x-www-form-urlencoded"
    answer = await service.http.post(
        "/hooks/twilio_whatsapp",
        content=right.request.content,
        headers={"x-twilio-signature": signature, "content-type": kind},
    )
    assert (right.status_code, refusal(answer)) == (200, (403, "hook_unsigned"))


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"a": "\xff\xfe"}', b"\xff\xfe"])
async def test_what_is_signed_and_cannot_be_read_is_not_kept(
    service: Replying, body: bytes
) -> None:
    assert refusal(await service.whatsapp(body=body)) == (422, "hook_unreadable")
    assert await service.inbox() == 0


async def test_what_is_too_large_is_not_kept(service: Replying) -> None:
    large = posted(messages=[written("x" * 1_100_000)])
    assert refusal(await service.whatsapp(body=large)) == (413, "body_too_large")
    assert await service.inbox() == 0


async def test_what_somebody_has_kept_for_long_is_not_taken(service: Replying) -> None:
    old = posted(messages=[written("STOP")], at=time.time() - 9 * 86_400)
    assert refusal(await service.whatsapp(body=old)) == (410, "hook_outdated")
    late = posted(messages=[written("STOP")], at=time.time() - 6 * 86_400)
    assert (await service.whatsapp(body=late)).status_code == 200
    assert await service.inbox() == 1


async def test_a_network_that_is_not_set_up_has_no_hook(service: Replying) -> None:
    assert refusal(await service.http.post("/hooks/smpp")) == (404, "hook_unknown")
    assert refusal(await service.http.get("/hooks/twilio_sms")) == (404, "hook_unknown")


async def test_the_challenge_is_answered_to_who_knows_the_word(service: Replying) -> None:
    asked = {"hub.mode": "subscribe", "hub.verify_token": WORD, "hub.challenge": "1158201444"}
    answer = await service.http.get("/hooks/whatsapp", params=asked)
    assert (answer.status_code, answer.text) == (200, "1158201444")
    wrong = await service.http.get("/hooks/whatsapp", params={**asked, "hub.verify_token": "x"})
    assert refusal(wrong) == (403, "hook_unsigned")
    odd = await service.http.get("/hooks/whatsapp", params={**asked, "hub.challenge": "<script>"})
    assert odd.status_code == 422


# What persons write


async def test_an_answer_to_the_only_question_is_taken_once(service: Replying) -> None:
    message, _ = await service.asked(await service.contact())
    said = written("Oui, merci", id_="wamid.one")
    for _ in range(3):
        await service.whatsapp(messages=[said])
    await service.work()
    assert (await service.events(f"message-{message}"))[2:] == ["answer_received.v1"]
    assert await service.answers() == [("accept", "done", None)]
    await service.whatsapp(messages=[written("Non")])  # The first counts; a person reads this.
    await service.work()
    assert (await service.answers())[1] == ("decline", "open", "question_unclear")


async def test_a_shared_number_with_two_questions_reaches_the_desk(service: Replying) -> None:
    one, other = await service.contact(), await service.contact()
    first, _ = await service.asked(one, network_id="wamid.a")
    second, _ = await service.asked(other, network_id="wamid.b")
    await service.whatsapp(messages=[written("oui")])
    await service.work()
    assert await service.answers() == [("accept", "open", "question_unclear")] * 2
    await service.whatsapp(messages=[written("oui", answers="wamid.b")])
    await service.work()
    assert (await service.events(f"message-{first}"))[2:] == []
    assert (await service.events(f"message-{second}"))[2:] == ["answer_received.v1"]


async def test_a_quoted_message_of_somebody_else_is_not_answered(service: Replying) -> None:
    stranger = await service.contact("+212600000099")
    theirs, _ = await service.asked(stranger, network_id="wamid.theirs")
    await service.contact()
    await service.whatsapp(messages=[written("oui", answers="wamid.theirs")])
    await service.work()
    assert (await service.events(f"message-{theirs}"))[2:] == []


async def test_what_is_unclear_or_asks_for_a_call_is_kept_for_the_desk(service: Replying) -> None:
    await service.contact()
    await service.whatsapp(messages=[written("peut-être, on verra"), written("Appelez-moi svp")])
    await service.work()
    assert sorted(await service.answers()) == [
        ("call_me", "open", "call_me"),
        ("unclear", "open", "unclear"),
    ]


async def test_what_somebody_has_read_stays_read_when_the_network_says_it_again(
    service: Replying,
) -> None:
    await service.contact()
    said = written("peut-être, on verra")
    await service.whatsapp(messages=[said])
    await service.work()
    await service.runtime.pool.execute("update answers set state = 'done'")
    await service.whatsapp(messages=[said])
    await service.work()
    assert await service.answers() == [("unclear", "done", "unclear")]


async def test_who_is_nobody_leaves_nothing(service: Replying) -> None:
    await service.whatsapp(messages=[written("STOP", phone="+212699999999")])
    await service.work()
    assert await service.answers() == []
    assert await service.inbox() == 0


async def test_stop_opts_out_all_who_share_the_number_and_is_said_once(service: Replying) -> None:
    contacts = [await service.contact(), await service.contact()]
    other = await service.contact("+212600000099")
    for text in ("STOP", "وقف", "Arrêt !"):
        await service.whatsapp(messages=[written(text)])
        await service.work()
    for contact in contacts:
        assert await service.events(f"contact-{contact}") == ["contact_opted_out.v1"]
    assert await service.events(f"contact-{other}") == []
    assert {row[:2] for row in await service.answers()} == {("stop", "done")}


async def test_nothing_is_sent_to_who_has_opted_out_until_there_is_consent_again(
    service: Replying,
) -> None:
    runtime = service.runtime
    dispatcher = MessageDispatcher(runtime, only(PocketPhone(runtime.pool, runtime.clock)), 0)

    async def told(contact: str) -> list[str]:
        message = str(uuid4())
        command = RequestMessage(message, None, contact, "application_received", {})
        context = CommandContext(uuid4(), "test:x")
        await runtime.desk.execute(message_stream(message), command, context)
        await dispatcher.send_round()
        return [
            f"{row['type']} {row['reason']}"
            for row in await runtime.pool.fetch(
                "select type, data ->> 'reason' as reason from log.events where stream = $1"
                " order by version",
                f"message-{message}",
            )
        ]

    contact, other = await service.contact(), await service.contact("+212600000099")
    await service.whatsapp(messages=[written("STOP")])
    await service.work()
    assert (await told(contact))[1:] == ["message_failed.v1 opted_out"]
    assert (await told(other))[1:] == []  # It waits for its fair.
    given = ConsentGivenV1(organisation_id=str(uuid4()), contact_id=contact)
    early = replace(
        heard(given, "organisation-x", 1), occurred_at=datetime.now(UTC) - timedelta(hours=1)
    )
    for consent, after in ((early, ["message_failed.v1 opted_out"]), (heard(given, "o", 2), [])):
        async with runtime.pool.acquire() as db, db.transaction():
            await read.project_heard(db, [consent])
        assert (await told(contact))[1:] == after


async def test_two_replicas_work_on_each_row_once(service: Replying) -> None:
    messages = [await service.asked(await service.contact(), network_id=f"w{n}") for n in range(60)]
    statuses = [status("delivered", f"w{n}") for n in range(60)]
    await service.whatsapp(statuses=statuses)
    await asyncio.gather(*(read_round(service.runtime) for _ in range(4)))
    await service.work()
    for message, _ in messages:
        assert (await service.events(f"message-{message}"))[2:] == ["message_delivered.v1"]


async def test_a_replica_that_dies_leaves_its_rows_to_others(service: Replying) -> None:
    message, _ = await service.asked(await service.contact())
    await service.whatsapp(statuses=[status("delivered")])
    assert len(await inbox.claim(service.runtime.pool, 10, 0.2)) == 1  # And it is never done.
    assert await read_round(service.runtime) == 0
    await asyncio.sleep(0.25)
    assert await read_round(service.runtime) == 1
    assert (await service.events(f"message-{message}"))[-1] == "message_delivered.v1"


async def test_erasure_leaves_nothing_of_what_a_contact_wrote(service: Replying) -> None:
    contact, sharing = await service.contact(), await service.contact()
    await service.whatsapp(messages=[written("peut-être")])
    await service.work()
    await service.whatsapp(messages=[written("vous êtes là ?")])
    await service.twilio(
        {"MessageSid": "SM9", "SmsStatus": "received", "Body": "?", "From": NUMBER}
    )
    assert (await service.inbox(), len(await service.answers())) == (2, 2)
    async with service.runtime.pool.acquire() as db, db.transaction():
        await forget(db, contact)
    assert (await service.inbox(), await service.answers()) == (0, [])
    assert sharing != contact


async def test_no_text_or_number_stands_in_an_event(service: Replying) -> None:
    await service.asked(await service.contact())
    await service.whatsapp(messages=[written("STOP canari"), written("oui")])
    await service.work()
    rows = await service.runtime.pool.fetch("select data::text as data from log.events")
    said = json.dumps([row["data"] for row in rows])
    assert "canari" not in said
    assert NUMBER[1:] not in said
