"""Signed links: a page in the language of the contact, and what is pressed on it."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio

from servers import Stack
from services.notifications.contacts.rows import forget
from services.notifications.replies.links import link_of
from tests.conftest import databases_of
from tests.integration.notifications.replying import LINKS, NUMBER, PUBLIC, Replying, replying
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
