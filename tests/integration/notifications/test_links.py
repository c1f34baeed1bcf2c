"""Signed links: a page in the language of the contact, and what is pressed on it."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator
from functools import partial
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio

from chassis.log.context import CommandContext
from servers import Stack
from services.notifications.app import link_to
from services.notifications.contacts.rows import forget
from services.notifications.messages.domain import RequestMessage
from services.notifications.messages.handlers import request_message
from services.notifications.messages.tellings import Template
from services.notifications.messages.texts import segments
from services.notifications.messages.workers.dispatcher import MessageDispatcher
from services.notifications.networks.carriers import only
from services.notifications.replies.links import link_of
from services.notifications.settings import AccountSettings
from tests.conftest import Databases, databases_of
from tests.integration.notifications.replying import LINKS, NUMBER, PUBLIC, Replying, replying
from tests.integration.notifications.scripted import ACCEPTED, ARGUMENTS, FAIR_KNOWN, Scripted
from tests.integration.notifications.without_kafka import FAIR
from tests.running_service import refusal


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def service(stack: Stack) -> AsyncGenerator[Replying]:
    async with databases_of(stack) as databases, replying(databases) as service:
        yield service


def path_of(message: str, *, seconds: float = 60, secret: str = LINKS) -> str:
    link = link_of(PUBLIC, secret, message, time.time() + seconds)
    return link.removeprefix(PUBLIC)


async def press(service: Replying, path: str, answer: str) -> httpx.Response:
    return await service.http.post(path, data={"answer": answer})


async def offered(service: Replying, language: str = "fr") -> tuple[str, str]:
    """Somebody who was asked something: (contact, message)."""
    contact = await service.contact(language=language)
    message, _ = await service.asked(contact, network_id=f"wamid.{uuid4()}")
    return contact, message


@pytest.mark.parametrize(
    ("language", "shown", "word"),
    [("fr", "fr", "Oui"), ("ar", "ar", "نعم"), ("en", "en", "Yes"), ("zgh", "ar", "نعم")],
)
async def test_the_page_is_in_the_contacts_language_and_changes_nothing(
    service: Replying, language: str, shown: str, word: str
) -> None:
    _, message = await offered(service, language)
    for _ in range(3):  # As programs do that preview texts.
        page = await service.http.get(path_of(message), headers={"accept-language": "de"})
        assert (page.status_code, page.headers["content-language"]) == (200, shown)
        assert word in page.text
        assert f'dir="{"rtl" if shown == "ar" else "ltr"}"' in page.text
        assert "script" not in page.text
        assert NUMBER[1:] not in page.text
        assert "default-src 'none'" in page.headers["content-security-policy"]
    assert (await service.events(f"message-{message}"))[2:] == []


async def test_what_is_pressed_is_done_once(service: Replying) -> None:
    _, message = await offered(service)
    for _ in range(3):
        page = await press(service, path_of(message), "accept")
        assert (page.status_code, "Merci" in page.text) == (200, True)
    assert (await service.events(f"message-{message}"))[2:] == ["answer_received.v1"]
    other = await press(service, path_of(message), "decline")
    assert "plus possible" in other.text
    assert (await service.events(f"message-{message}"))[2:] == ["answer_received.v1"]
    again = await service.http.get(path_of(message))
    assert 'value="accept"' not in again.text
    assert 'value="stop"' in again.text


async def test_stop_is_pressed(service: Replying) -> None:
    contact, message = await offered(service)
    assert (await press(service, path_of(message), "stop")).status_code == 200
    assert await service.events(f"contact-{contact}") == ["contact_opted_out.v1"]


async def test_who_asks_for_a_call_waits_at_the_desk(service: Replying) -> None:
    contact, message = await offered(service)
    await press(service, path_of(message), "call_me")
    row = await service.runtime.pool.fetchrow(
        "select * from answers where contact_id = $1", contact
    )
    assert row is not None
    assert (row["meaning"], row["state"], str(row["message_id"])) == ("call_me", "open", message)


async def test_a_link_that_is_not_ours_or_too_old_does_nothing(service: Replying) -> None:
    contact, message = await offered(service)
    right = path_of(message)
    for path, status, code in (
        (right[:-1] + ("A" if right[-1] != "A" else "B"), 404, "link_invalid"),
        (path_of(message, secret="another-secret"), 404, "link_invalid"),
        (path_of(str(uuid4())), 404, "link_invalid"),
        ("/answers/x", 404, "link_invalid"),
        (path_of(message, seconds=-1), 410, "link_expired"),
    ):
        assert refusal(await service.http.get(path)) == (status, code)
        assert refusal(await press(service, path, "stop")) == (status, code)
    for body in (b"", b"answer=unclear", b"answer=x", b"x=stop", b"\xff", b"answer=stop&answer=no"):
        assert refusal(await service.http.post(right, content=body)) == (422, "press_unknown")
    assert await service.events(f"contact-{contact}") == []
    kept = "select count(*) from answers where contact_id = $1"
    assert await service.runtime.pool.fetchval(kept, contact) == 0


async def test_the_link_of_somebody_erased_leads_nowhere(service: Replying) -> None:
    contact, message = await offered(service)
    async with service.runtime.pool.acquire() as db, db.transaction():
        await forget(db, contact)
    assert refusal(await service.http.get(path_of(message))) == (404, "link_invalid")
    assert refusal(await press(service, path_of(message), "stop")) == (404, "link_invalid")


async def test_a_text_that_asks_carries_a_link_to_its_page_and_no_event_does(
    database: Databases,
) -> None:
    sms = Scripted("sms", ACCEPTED)
    async with replying(database) as service:
        runtime = service.runtime
        await runtime.pool.execute(FAIR_KNOWN, FAIR)
        linking = partial(link_to, runtime.settings)
        dispatcher = MessageDispatcher(runtime, only(sms), settle_seconds=0, link_to=linking)
        contact = await service.contact(language="fr")
        for template, arguments in ARGUMENTS.items():
            command = RequestMessage(str(uuid4()), FAIR, contact, template.value, arguments)
            await request_message(runtime, CommandContext(uuid4(), "test:x"), command)
        assert await dispatcher.send_round() == len(ARGUMENTS)
        asks = next(each for each in sms.taken if each.template == Template.PLACE_OFFERED)
        tells = next(each for each in sms.taken if each.template == Template.BOOTH_ASSIGNED)
        assert PUBLIC not in tells.text
        said, link = asks.text.splitlines()
        assert "OUI ou NON" in said
        page = await service.http.get(link.removeprefix(PUBLIC))
        assert (page.status_code, "Oui" in page.text) == (200, True)
        sent = await runtime.pool.fetchval(
            "select (data ->> 'segments')::integer from log.events"
            " where type = 'message_sent.v1' and data ->> 'message_id' = $1",
            asks.message_id,
        )
        assert sent == segments(asks.text) > segments(said)
        events = await runtime.pool.fetchval("select string_agg(data::text, '') from log.events")
        assert asks.message_id in events
        assert link.rpartition("/")[2] not in events
        assert "answers/" not in events + repr(asks)


def test_without_an_address_or_a_secret_there_are_no_links() -> None:
    settings = AccountSettings.model_construct(public_url=PUBLIC, links_secret=LINKS)
    assert link_to(settings, uuid4())
    assert link_to(settings.model_copy(update={"links_secret": None}), uuid4()) is None
    assert link_to(settings.model_copy(update={"public_url": None}), uuid4()) is None
