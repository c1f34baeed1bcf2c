"""WhatsApp's Cloud API: what is sent, what each of its answers means, and what it posts to us,
in the signatures and payloads that pywa reads."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, cast
from uuid import uuid4

import pytest
from pywa.client import WhatsApp as PyWa
from pywa.types.message import Message
from pywa.types.message_status import MessageStatus
from pywa.utils import webhook_updates_validator

from services.notifications.networks.network import (
    Denied,
    NotTaken,
    Receipt,
    Reported,
    Said,
    Throttled,
    Unanswered,
)
from services.notifications.networks.whatsapp import WhatsApp, WhatsAppAccount, WhatsAppHooks
from tests.integration.notifications.misbehaving import (
    RESET,
    SILENCE,
    Answer,
    Misbehaving,
    misbehaving,
)
from tests.integration.notifications.outgoing import NUMBER, outgoing

TAKEN = Answer(200, {"messages": [{"id": "wamid.1", "message_status": "accepted"}]})
SECRET = "app-secret-of-tests"


def account(url: str = "http://127.0.0.1:1") -> WhatsAppAccount:
    return WhatsAppAccount(f"{url}/v24.0", "1234567890", "token-7", SECRET, "word-7")


@asynccontextmanager
async def whatsapp(
    *answers: Answer | str, seconds: float = 5
) -> AsyncGenerator[tuple[WhatsApp, Misbehaving]]:
    async with misbehaving(*answers) as peer:
        network = WhatsApp(account(peer.url), seconds)
        yield network, peer
        await network.close()


def fault(status: int, code: int) -> Answer:
    return Answer(status, {"error": {"message": "it says no", "code": code}})


async def test_an_approved_template_is_sent_with_our_reference() -> None:
    async with whatsapp(TAKEN) as (network, peer):
        sent = outgoing(values=("Marketing\n des    coopératives", "10h00"))
        assert await network.send(sent) == Receipt("accepted", network_id="wamid.1")
    (asked,) = peer.asked
    assert (asked.method, asked.target) == ("POST", "/v24.0/1234567890/messages")
    assert asked.headers["authorization"] == "Bearer token-7"
    assert asked.json == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": NUMBER[1:],
        "type": "template",
        "template": {
            "name": "seat_reserved",
            "language": {"code": "fr"},
            "components": [
                {
                    "type": "body",
                    "parameters": [
                        {"type": "text", "text": "Marketing des coopératives"},
                        {"type": "text", "text": "10h00"},
                    ],
                }
            ],
        },
        "biz_opaque_callback_data": sent.reference,
    }


async def test_a_language_that_whatsapp_lacks_is_not_asked_for() -> None:
    async with whatsapp(TAKEN) as (network, peer):
        assert await network.send(outgoing(language="zgh")) == Receipt("failed", "no_template")
    assert peer.asked == []


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (131026, "no_whatsapp"),
        (131047, "window_closed"),
        (131049, "not_today"),
        (131050, "marketing_stopped"),
        (132001, "template_refused"),
        (132015, "template_refused"),
        (100, "refused"),
    ],
)
async def test_a_text_that_will_not_arrive_says_why(code: int, reason: str) -> None:
    async with whatsapp(fault(400, code)) as (network, _):
        assert await network.send(outgoing()) == Receipt("failed", reason)


async def test_a_network_that_asks_to_wait_is_waited_for_as_long_as_it_says() -> None:
    busy = Answer(429, {"error": {"code": 130429}}, {"retry-after": "17"})
    async with whatsapp(busy, fault(400, 131056)) as (network, _):
        with pytest.raises(Throttled) as told:
            await network.send(outgoing())
        assert told.value.seconds == 17
        with pytest.raises(Throttled) as untold:
            await network.send(outgoing())
        assert 0 < untold.value.seconds <= 60


@pytest.mark.parametrize("answer", [fault(401, 190), fault(403, 10), fault(400, 131042)])
async def test_refused_credentials_are_told_apart(answer: Answer) -> None:
    async with whatsapp(answer) as (network, _):
        with pytest.raises(Denied):
            await network.send(outgoing())


async def test_a_network_that_says_it_has_failed_has_not_taken_the_text() -> None:
    async with whatsapp(fault(500, 131000)) as (network, _):
        with pytest.raises(NotTaken):
            await network.send(outgoing())


@pytest.mark.parametrize(
    "answer",
    [
        RESET,
        SILENCE,
        Answer(502, b"<html>Bad Gateway</html>"),
        Answer(200, b"<html>welcome</html>"),
        Answer(200, {"messages": []}),
        Answer(200, {"messages": "many"}),
        Answer(200, b"\xff\xfe{}"),
    ],
)
async def test_a_text_without_an_answer_may_have_been_taken(answer: Answer | str) -> None:
    async with whatsapp(answer, seconds=0.3) as (network, peer):
        with pytest.raises(Unanswered):
            await network.send(outgoing())
    assert len(peer.asked) == 1  # Nobody asks twice by himself.


async def test_a_text_that_nobody_heard_was_not_taken() -> None:
    network = WhatsApp(account(), 1)
    with pytest.raises(NotTaken) as told:
        await network.send(outgoing())
    await network.close()
    assert not isinstance(told.value, Throttled | Denied)


async def test_what_is_said_of_a_fault_names_no_number_text_or_secret() -> None:
    sent = outgoing()
    async with whatsapp(RESET, fault(401, 190), fault(500, 1)) as (network, _):
        for _ in range(3):
            with pytest.raises((NotTaken, Unanswered)) as told:
                await network.send(sent)
            assert_nothing_personal(repr(told.value) + str(told.value))
    assert_nothing_personal(repr(sent) + repr(account()))


def assert_nothing_personal(said: str) -> None:
    for secret in (NUMBER[1:], "canari", "token-7", SECRET, "word-7"):
        assert secret not in said


# What comes by itself


def value(**said: Any) -> dict[str, Any]:
    metadata = {"display_phone_number": "15550000000", "phone_number_id": "1234567890"}
    contacts = [{"profile": {"name": "Made-up Person"}, "wa_id": NUMBER[1:], "user_id": "MA.1"}]
    return {"messaging_product": "whatsapp", "metadata": metadata, "contacts": contacts, **said}


def posted(**said: Any) -> bytes:
    changes = [{"field": "messages", "value": value(**said)}]
    entry = [{"id": "1", "changes": changes}]
    return json.dumps({"object": "whatsapp_business_account", "entry": entry}).encode()


def status(name: str, reference: str | None = None, **more: Any) -> dict[str, Any]:
    own = {} if reference is None else {"biz_opaque_callback_data": reference}
    time = {"timestamp": "1796000000", "recipient_id": NUMBER[1:]}
    return {"id": "wamid.1", "status": name, **time, **own, **more}


def written(body: str, **more: Any) -> dict[str, Any]:
    of = {"from": NUMBER[1:], "id": "wamid.9", "timestamp": "1796000000", "type": "text"}
    return {**of, "text": {"body": body}, **more}


def signature(body: bytes, secret: str = SECRET) -> tuple[str, str]:
    made = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return ("X-Hub-Signature-256", f"sha256={made}")


HOOKS = WhatsAppHooks(account())
PYWA = PyWa(phone_id="1234567890", token="token-of-tests")  # It reads, and asks nobody.
URL = "https://fair.example/hooks/whatsapp"


def test_what_we_take_for_signed_is_what_pywa_takes_for_signed() -> None:
    body = posted(statuses=[status("sent")])
    right, wrong = signature(body), signature(body, "another-secret")
    for header in (right, wrong):
        theirs = webhook_updates_validator(SECRET, body, header[1])
        assert HOOKS.signed(URL, [header], body) is theirs
    assert HOOKS.signed(URL, [right], body)
    assert not HOOKS.signed(URL, [right], body + b" ")
    assert not HOOKS.signed(URL, [], body)
    assert not HOOKS.signed(URL, [right, wrong], body)
    assert not HOOKS.signed(URL, [("x-hub-signature-256", "sha256=é")], body)


@pytest.mark.parametrize(
    ("name", "outcome"),
    [("sent", "accepted"), ("delivered", "delivered"), ("read", "read"), ("failed", "failed")],
)
def test_receipts_are_read_as_pywa_reads_them(name: str, outcome: str) -> None:
    reference = str(uuid4())
    errors = (
        [{"code": 131026, "title": "No", "message": "Message undeliverable"}]
        if name == "failed"
        else []
    )
    sent = status(name, reference, **({"errors": errors} if errors else {}))
    (read,) = HOOKS.read(URL, posted(statuses=[sent]))
    update = json.loads(posted(statuses=[sent]))
    theirs = cast(Any, MessageStatus.from_update(PYWA, update))  # pyright: ignore
    assert isinstance(read, Reported)
    assert read.reference == theirs.tracker == reference
    assert read.receipt.network_id == theirs.id == "wamid.1"
    assert (read.receipt.outcome, theirs.status.value) == (outcome, name)
    assert read.receipt.reason == ("no_whatsapp" if theirs.error else "")


def test_what_a_person_writes_is_read_as_pywa_reads_it() -> None:
    body = posted(messages=[written("Oui merci", context={"from": "15550000000", "id": "wamid.1"})])
    (read,) = HOOKS.read(URL, body)
    theirs: Any = Message.from_update(PYWA, json.loads(body))
    assert isinstance(read, Said)
    assert read.text == theirs.text
    assert read.phone == f"+{theirs.from_user.wa_id}"
    assert read.network_id == theirs.id
    assert theirs.reply_to_message is not None
    assert read.answers == theirs.reply_to_message.id


def test_another_applications_reference_is_no_reference_of_ours() -> None:
    (read,) = HOOKS.read(URL, posted(statuses=[status("read", "order 17; drop table")]))
    assert read == Reported(Receipt("read", network_id="wamid.1"), None)


def test_what_a_person_writes_or_presses_is_read() -> None:
    answered = {"context": {"from": "15550000000", "id": "wamid.1"}}
    pressed = {"type": "button", "text": {}, "button": {"payload": "x", "text": "نعم"}}
    said = HOOKS.read(
        URL, posted(messages=[written("Oui merci", **answered), written("", **pressed)])
    )
    assert said == [
        Said("wamid.9", NUMBER, "Oui merci", "wamid.1"),
        Said("wamid.9", NUMBER, "نعم", None),
    ]
    assert NUMBER not in repr(said)
    assert "Oui" not in repr(said)


def test_what_says_nothing_to_us_is_passed_over() -> None:
    picture = {"from": NUMBER[1:], "id": "wamid.3", "type": "image", "image": {"id": "1"}}
    strange = status("pondered")
    assert HOOKS.read(URL, posted(messages=[picture], statuses=[strange])) == []
    assert HOOKS.read(URL, b'{"entry": [{"changes": [{"value": 7}, 3]}, "x"]}') == []


@pytest.mark.parametrize("body", [b"", b"[]", b"7", b"{", b"\xff\xfe", b'{"a": "\xff"}'])
def test_what_cannot_be_read_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match=r".*"):
        HOOKS.read(URL, body)


def test_only_who_knows_the_word_gets_an_answer_to_the_challenge() -> None:
    assert HOOKS.answers_challenge("subscribe", "word-7")
    assert not HOOKS.answers_challenge("subscribe", "word-8")
    assert not HOOKS.answers_challenge("unsubscribe", "word-7")
    assert not HOOKS.answers_challenge("subscribe", "mot-é")
