"""Twilio: what is sent, by its published OpenAPI as Prism reads it; what each of its answers
means; and what it posts to us, in the signatures of Twilio's own package."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from twilio.request_validator import RequestValidator  # pyright: ignore

from services.notifications.networks.network import (
    Channel,
    Denied,
    NotTaken,
    Receipt,
    Reported,
    Said,
    Throttled,
    Unanswered,
)
from services.notifications.networks.twilio import Twilio, TwilioAccount, TwilioHooks
from tests.integration.notifications.misbehaving import (
    RESET,
    SILENCE,
    Answer,
    Misbehaving,
    misbehaving,
)
from tests.integration.notifications.outgoing import NUMBER, TEXT, outgoing
from tests.integration.notifications.peers import HERE, prism

SID = "AC" + "0" * 31 + "1"
SMS = "SM" + "0" * 31 + "7"
CONTENT = "HX" + "0" * 31 + "3"
TOKEN = "auth-token-of-tests"
HOOK = "https://fair.example/hooks/twilio_sms"
TAKEN = Answer(201, {"sid": SMS, "status": "queued", "error_code": None})


def account(url: str = "http://127.0.0.1:1", sender: str = "Maarid") -> TwilioAccount:
    return TwilioAccount(url, SID, TOKEN, sender, HOOK)


def network_at(url: str, channel: Channel = "sms", sender: str = "Maarid") -> Twilio:
    contents = {("seat_reserved", "fr"): CONTENT}
    return Twilio(account(url, sender), channel, contents, seconds=5)


@asynccontextmanager
async def twilio(
    *answers: Answer | str,
    channel: Channel = "sms",
    sender: str = "Maarid",
    seconds: float = 5,
) -> AsyncGenerator[tuple[Twilio, Misbehaving]]:
    async with misbehaving(*answers) as peer:
        contents = {("seat_reserved", "fr"): CONTENT}
        network = Twilio(account(peer.url, sender), channel, contents, seconds)
        yield network, peer
        await network.close()


# By the published description


@pytest.fixture(scope="module", name="prism")
def prism_for_twilio() -> Generator[str]:
    with prism(HERE / "twilio_messages.json") as url:
        yield url


@pytest.mark.parametrize(
    ("channel", "sender"),
    [("sms", "Maarid"), ("sms", "MG" + "0" * 32), ("whatsapp", "+15550000000")],
)
async def test_what_is_sent_is_what_twilios_description_allows(
    prism: str, channel: Channel, sender: str
) -> None:
    network = network_at(prism, channel, sender)
    receipt = await network.send(outgoing())
    assert receipt.outcome == "accepted"
    assert (receipt.network_id or "").startswith("SM")
    await network.close()


async def test_a_text_is_looked_up_as_twilios_description_allows(prism: str) -> None:
    network = network_at(prism)
    receipt = await network.look_up(str(uuid4()), SMS)
    assert receipt is not None
    assert receipt.network_id == SMS
    await network.close()


async def test_prism_notices_what_the_description_does_not_allow(prism: str) -> None:
    network = network_at(prism)
    with pytest.raises(NotTaken):  # Its 422 has no code of Twilio's.
        await network.look_up(str(uuid4()), "no id of a text")
    await network.close()


# What is sent


async def test_an_sms_carries_our_reference_in_the_address_of_its_callback() -> None:
    async with twilio(TAKEN) as (network, peer):
        sent = outgoing()
        assert await network.send(sent) == Receipt("accepted", network_id=SMS)
    (asked,) = peer.asked
    assert asked.target == f"/2010-04-01/Accounts/{SID}/Messages.json"
    assert asked.form == {
        "To": NUMBER,
        "From": "Maarid",
        "Body": TEXT,
        "StatusCallback": f"{HOOK}?reference={sent.reference}",
    }


async def test_whatsapp_takes_the_content_of_the_template() -> None:
    async with twilio(TAKEN, channel="whatsapp", sender="+15550000000") as (network, peer):
        sent = outgoing()
        assert await network.send(sent) == Receipt("accepted", network_id=SMS)
        other = await network.send(outgoing(template="booth_assigned"))
        assert other == Receipt("failed", "no_template")
    (asked,) = peer.asked
    assert asked.form == {
        "To": f"whatsapp:{NUMBER}",
        "From": "whatsapp:+15550000000",
        "ContentSid": CONTENT,
        "ContentVariables": '{"1":"Marketing","2":"10h00"}',
        "StatusCallback": f"{HOOK}?reference={sent.reference}",
    }


# What its answers mean


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (21211, "unreachable_number"),
        (21610, "opted_out"),
        (63003, "no_whatsapp"),
        (63016, "window_closed"),
        (63041, "template_refused"),
        (21617, "refused"),
    ],
)
async def test_a_text_that_will_not_arrive_says_why(code: int, reason: str) -> None:
    async with twilio(Answer(400, {"code": code, "message": "no"})) as (network, _):
        assert await network.send(outgoing()) == Receipt("failed", reason)


async def test_a_network_that_asks_to_wait_is_waited_for_as_long_as_it_says() -> None:
    busy = Answer(429, {"code": 20429}, {"Retry-After": "9"})
    async with twilio(busy, Answer(429, b"", {"Retry-After": "nan"})) as (network, _):
        with pytest.raises(Throttled) as told:
            await network.send(outgoing())
        assert told.value.seconds == 9
        with pytest.raises(Throttled) as untold:
            await network.send(outgoing())
        assert 0 < untold.value.seconds <= 60


@pytest.mark.parametrize("answer", [Answer(401, {"code": 20003}), Answer(400, {"code": 21606})])
async def test_refused_credentials_are_told_apart(answer: Answer) -> None:
    async with twilio(answer) as (network, _):
        with pytest.raises(Denied):
            await network.send(outgoing())


@pytest.mark.parametrize(
    "answer",
    [
        RESET,
        SILENCE,
        Answer(500, {"code": 20500}),
        Answer(503, b"upstream"),
        Answer(201, b"{"),
        Answer(201, {"sid": SMS, "status": "pondered"}),
        Answer(201, {"status": "queued"}),
    ],
)
async def test_a_text_without_an_answer_may_have_been_taken(answer: Answer | str) -> None:
    async with twilio(answer, seconds=0.3) as (network, peer):
        with pytest.raises(Unanswered):
            await network.send(outgoing())
    assert len(peer.asked) == 1


async def test_a_text_that_nobody_heard_was_not_taken() -> None:
    network = network_at("http://127.0.0.1:1")
    with pytest.raises(NotTaken):
        await network.send(outgoing())
    await network.close()


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (Answer(200, {"status": "delivered"}), Receipt("delivered", network_id=SMS)),
        (
            Answer(200, {"status": "undelivered", "error_code": 30003}),
            Receipt("failed", "unreachable_number", SMS),
        ),
        (Answer(404, {"code": 20404}), None),
        (Answer(200, {"status": "pondered"}), None),
    ],
)
async def test_a_text_is_looked_up_by_twilios_own_id(answer: Answer, found: Receipt | None) -> None:
    async with twilio(answer) as (network, peer):
        assert await network.look_up(str(uuid4()), SMS) == found
        assert await network.look_up(str(uuid4()), None) is None
    (asked,) = peer.asked
    assert asked.target == f"/2010-04-01/Accounts/{SID}/Messages/{SMS}.json"


@pytest.mark.parametrize("answer", [RESET, SILENCE, Answer(503), Answer(429)])
async def test_a_look_up_that_fails_is_tried_again_later(answer: Answer | str) -> None:
    async with twilio(answer, seconds=0.3) as (network, _):
        with pytest.raises(NotTaken):
            await network.look_up(str(uuid4()), SMS)


# What comes by itself

HOOKS = TwilioHooks(TOKEN)
THEIRS = RequestValidator(TOKEN)


def signed_by_twilio(url: str, form: dict[str, str]) -> tuple[str, str]:
    return ("X-Twilio-Signature", str(THEIRS.compute_signature(url, form)))


@pytest.mark.parametrize(
    "url",
    [
        HOOK,
        f"{HOOK}?reference=0192f5c4-9b22-7c3d-9e5a-2d3c4b5e6f7a",
        "https://fair.example:8443/hooks/twilio_sms",
        "https://fair.example:443/hooks/twilio_sms",
        "http://fair.example/maarid/hooks/twilio_sms",
    ],
)
def test_what_we_take_for_signed_is_what_twilios_package_takes_for_signed(url: str) -> None:
    form = {"MessageSid": SMS, "Body": "نعم، شكرا", "From": NUMBER, "NumMedia": "0", "Empty": ""}
    body = urlencode(form).encode()
    header = signed_by_twilio(url, form)
    assert THEIRS.validate(url, form, header[1])
    assert HOOKS.signed(url, [header], body)
    assert HOOKS.signed(url, [signed_by_twilio(url.replace(":443", ""), form)], body)
    assert not HOOKS.signed(url + "x", [header], body)
    assert not HOOKS.signed(url, [header], body + b"&More=1")
    assert not HOOKS.signed(url, [], body)
    assert not HOOKS.signed(url, [header, header], body)
    assert not TwilioHooks("another").signed(url, [header], body)


@pytest.mark.parametrize("body", [b"\xff\xfe", b"Body=%ff%fe", b"&".join([b"a=1"] * 200)])
def test_what_is_no_form_is_not_signed(body: bytes) -> None:
    assert not HOOKS.signed(HOOK, [("x-twilio-signature", "x")], body)


def test_a_receipt_is_read_with_our_reference() -> None:
    reference = str(uuid4())
    body = urlencode({"MessageSid": SMS, "MessageStatus": "delivered", "To": NUMBER}).encode()
    read = HOOKS.read(f"{HOOK}?reference={reference}", body)
    assert read == [Reported(Receipt("delivered", network_id=SMS), reference)]
    assert HOOKS.read(HOOK, body) == [Reported(Receipt("delivered", network_id=SMS), None)]
    assert HOOKS.read(f"{HOOK}?reference=%27;", body) == HOOKS.read(HOOK, body)


def test_a_failed_receipt_says_why() -> None:
    form = {"MessageSid": SMS, "MessageStatus": "undelivered", "ErrorCode": "63024"}
    assert HOOKS.read(HOOK, urlencode(form).encode()) == [
        Reported(Receipt("failed", "no_whatsapp", SMS), None)
    ]


def test_what_a_person_writes_is_read() -> None:
    form = {"SmsMessageSid": SMS, "MessageSid": SMS, "SmsStatus": "received", "Body": "STOP"}
    form |= {"From": f"whatsapp:{NUMBER}", "OriginalRepliedMessageSid": "SM9"}
    assert HOOKS.read(HOOK, urlencode(form).encode()) == [Said(SMS, NUMBER, "STOP", "SM9")]


def test_what_says_nothing_to_us_is_passed_over() -> None:
    nameless = {"MessageSid": SMS, "SmsStatus": "received", "Body": "x", "From": "MAARID"}
    for form in (nameless, {"MessageSid": SMS, "MessageStatus": "pondered"}):
        assert HOOKS.read(HOOK, urlencode(form).encode()) == []
    with pytest.raises(ValueError, match="no message"):
        HOOKS.read(HOOK, b"a=b")
