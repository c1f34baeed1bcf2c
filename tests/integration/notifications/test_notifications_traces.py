"""Traces leave for a collector, and say neither whom we told nor what, by which link or code."""

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from maarid_contracts import registration
from maarid_contracts.registration import Channel, ContactRecordV1, Language

from chassis.kafka.envelope import encode_record
from cli.launch import END
from servers import Stack
from services.notifications.messages.whatsapp import PENDING
from tests.integration.notifications.misbehaving import Answer, Misbehaving, misbehaving
from tests.integration.notifications.received import announced, assigned, offered
from tests.integration.notifications.replying import posted, written
from tests.running_service import ServiceProcess, process_of, uid
from tests.waiting import until

pytestmark = pytest.mark.timeout(180)

NAME, PHONE, OTHER_PHONE = "Nom-Canari", "+212600817263", "+212600918273"
BOOTH, WROTE, WORD = "P-7391", "canari quand venez-vous", "word-canary-5150"
SECRET, LINKS = "secret-canary-5151", "links-canary-" + "5152" * 8
PUBLIC = "https://fair.example"


async def reachable(process: ServiceProcess, phone: str, channel: Channel) -> str:
    """Somebody whose record is on its topic."""
    contact = uid()
    record = ContactRecordV1(
        contact_id=contact,
        organisation_id=uid(),
        role="chair",
        name=NAME,
        phone=phone,
        language=Language.FRENCH,
        second_language=Language.ARABIC,
        channel=channel,
        consent=True,
        revision=1,
    )
    message = encode_record(contact, record, model=ContactRecordV1, revision=1, event_id=uuid4())
    await process.send_message(registration.CONTACTS_TOPIC, message)
    return contact


async def form_with(twilio: Misbehaving, words: str) -> dict[str, str]:
    """The text that Twilio was asked to send which has these words."""
    await until(
        lambda: any(words in each.form.get("Body", "") for each in twilio.asked),
        f"a text with {words} was handed over",
    )
    return next(each.form for each in twilio.asked if words in each.form.get("Body", ""))


async def test_no_span_holds_a_number_a_text_a_link_a_code_or_a_secret(
    stack: Stack, tmp_path: Path
) -> None:
    approved = tmp_path / "whatsapp.toml"
    approved.write_text(PENDING.read_text("utf-8").replace('"pending"', '"approved"'), "utf-8")
    async with (
        misbehaving(Answer(200, b"")) as collector,
        misbehaving(Answer(201, {"sid": "SM1", "status": "queued"})) as twilio,
        misbehaving(Answer(200, {"messages": [{"id": "wamid.7"}]})) as whatsapp,
        process_of(ServiceProcess, "notifications", stack) as running,
    ):
        await running.system.processes["notifications"].stop(END)
        process = await running.system.start_service(
            "notifications",
            MAARID_OTLP_ENDPOINT=collector.url,
            MAARID_NETWORKS="whatsapp twilio_sms",
            MAARID_PUBLIC_URL=PUBLIC,
            MAARID_LINKS_SECRET=LINKS,
            MAARID_WHATSAPP_URL=whatsapp.url,
            MAARID_WHATSAPP_NUMBER_ID="1234567890",
            MAARID_WHATSAPP_TOKEN="token-canary-5153",
            MAARID_WHATSAPP_APP_SECRET=SECRET,
            MAARID_WHATSAPP_VERIFY_TOKEN=WORD,
            MAARID_WHATSAPP_TEMPLATES_FILE=str(approved),
            MAARID_TWILIO_URL=twilio.url,
            MAARID_TWILIO_ACCOUNT_SID="AC" + "5" * 32,
            MAARID_TWILIO_AUTH_TOKEN="token-canary-5154",
            MAARID_TWILIO_SMS_SENDER="Maarid",
        )
        await running.system.wait_ready("notifications")
        fair = f"ouarzazate-{uid()[:8]}"
        await running.hear(f"fair-{fair}", announced(fair))
        by_sms = await reachable(running, PHONE, Channel.SMS)
        by_whatsapp = await reachable(running, OTHER_PHONE, Channel.WHATSAPP)
        now = datetime.now(UTC)
        await running.hear(f"floor-{fair}", assigned(fair, by_sms, BOOTH), occurred_at=now)
        await running.hear(f"fair-{fair}-1", offered(fair, by_sms), occurred_at=now)
        await running.hear(f"fair-{fair}-2", offered(fair, by_whatsapp), occurred_at=now)
        told = (await form_with(twilio, BOOTH))["Body"]
        link = (await form_with(twilio, PUBLIC))["Body"].splitlines()[-1]
        await until(lambda: bool(whatsapp.asked), "a text went by WhatsApp")
        assert whatsapp.asked[0].json["to"] == OTHER_PHONE[1:]

        async def ask(method: str, path: str, **more: Any) -> httpx.Response:
            answer = await running.http.request(method, path, **more)
            assert answer.status_code < 300, answer.text
            return answer

        path = link.removeprefix(PUBLIC)
        await ask("GET", path)
        await ask("POST", path, data={"answer": "accept"})
        status = {"id": "wamid.7", "status": "delivered", "recipient_id": OTHER_PHONE[1:]}
        for body in (
            posted(statuses=[status]),
            posted(messages=[written(WROTE, phone=OTHER_PHONE, answers="wamid.7")]),
        ):
            made = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
            headers = {"x-hub-signature-256": f"sha256={made}", "content-type": "application/json"}
            await ask("POST", "/hooks/whatsapp", content=body, headers=headers)
        challenge = {"hub.mode": "subscribe", "hub.verify_token": WORD, "hub.challenge": "1"}
        await ask("GET", "/hooks/whatsapp", params=challenge)
        wish = {"phone": PHONE, "address": "203.0.113.77", "fair_id": fair, "language": "fr"}
        asked = await running.done("/codes", wish, role="service")
        found = re.search(r"\b[0-9]{6}\b", (await form_with(twilio, "code"))["Body"])
        assert found is not None
        check = {"code_id": asked["code_id"], "code": found[0]}
        await running.done("/codes/check", check, role="service")
        await running.system.processes["notifications"].stop(END)
        log = process.log.read_bytes()

    # Strings stand in the collector's messages as they are.
    spans = b"".join(each.body for each in collector.asked if each.target == "/v1/traces")
    seen = (b"send place_offered", b"/answers/{token}", b"/hooks/{channel}", b"/codes/check")
    assert [each for each in (*seen, b"react", b"desk.round") if each not in spans] == []
    canaries = {
        *(NAME, PHONE[4:], OTHER_PHONE[4:], BOOTH, told[:20], WROTE, WROTE.replace(" ", "+")),
        *(WORD, SECRET, LINKS, "token-canary", "203.0.113.77", path.rpartition("/")[2]),
    }
    for where in (spans, log):
        assert [each for each in canaries if each.encode() in where] == []
        # Six digits may stand in a time or an id as well.
        assert not re.search(rb"(?<![0-9a-f.])%b(?![0-9a-f])" % found[0].encode(), where)
