"""Notifications without Kafka that is called by networks: its application on a database of its own,
and what networks post to it."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import httpx
from fastapi import FastAPI
from twilio.request_validator import RequestValidator

from chassis.definition.runtime import Runtime
from chassis.log.context import CommandContext
from chassis.process.settings import DEVELOPMENT_ISSUER
from chassis.running.service import create
from services.notifications.app import definition
from services.notifications.messages.domain import (
    About,
    MarkMessage,
    MessageSent,
    RequestMessage,
    message_stream,
)
from services.notifications.replies.workers import read_round
from services.notifications.settings import AccountSettings
from tests.conftest import Databases
from tests.running_service import client_of, migrated, replica_on

PUBLIC = "https://fair.example"
SECRET = "app-secret-of-tests"
WORD = "verify-word-of-tests"
TOKEN = "auth-token-of-tests"
LINKS = "links-secret-of-tests-of-32-characters"
NUMBER = "+212600000042"
"""A made-up number."""

ADD_CONTACT = """
insert into contacts (contact_id, phone, language, second_language, channel, consent, revision)
values ($1, $2, $3, 'ar', 'sms', true, 1)
"""
ADD_ATTEMPT = """
insert into attempts (reference, message_id, contact_id, network, channel, rung, language,
                      segments, network_id)
values ($1, $2, $3, $4, 'sms', 1, 'fr', 1, $5)
"""


@dataclass(frozen=True)
class Replying:
    """A service that networks call."""

    app: FastAPI
    runtime: Runtime
    dsn: str
    http: httpx.AsyncClient

    async def whatsapp(
        self, *, secret: str = SECRET, body: bytes | None = None, **said: Any
    ) -> httpx.Response:
        """WhatsApp posts something, signed."""
        sent = posted(**said) if body is None else body
        made = hmac.new(secret.encode(), sent, hashlib.sha256).hexdigest()
        headers = {"x-hub-signature-256": f"sha256={made}", "content-type": "application/json"}
        return await self.http.post("/hooks/whatsapp", content=sent, headers=headers)

    async def twilio(self, form: dict[str, str], query: str = "") -> httpx.Response:
        """Twilio posts a form, signed."""
        path = f"/hooks/twilio_sms{query}"
        made = str(RequestValidator(TOKEN).compute_signature(PUBLIC + path, form))
        kind = "application/x-www-form-urlencoded"
        headers = {"x-twilio-signature": made, "content-type": kind}
        return await self.http.post(path, content=urlencode(form), headers=headers)

    async def inbox(self) -> int:
        return await self.runtime.pool.fetchval("select count(*) from inbox")

    async def work(self) -> None:
        """Work on the inbox until nothing is due any more."""
        while await read_round(self.runtime):
            pass

    async def contact(self, phone: str = NUMBER, language: str = "fr") -> str:
        contact = str(uuid4())
        await self.runtime.pool.execute(ADD_CONTACT, contact, phone, language)
        return contact

    async def asked(
        self,
        contact: str,
        *,
        template: str = "seat_offered",
        network: str = "whatsapp",
        network_id: str = "wamid.1",
    ) -> tuple[str, str]:
        """A message that was sent to a contact by an attempt: (message, reference)."""
        message, reference = str(uuid4()), str(uuid4())
        await request(self.runtime, message, contact, template)
        await self.runtime.pool.execute(
            ADD_ATTEMPT, reference, message, contact, network, network_id
        )
        return message, reference

    async def events(self, stream: str) -> list[str]:
        rows = await self.runtime.pool.fetch(
            "select type from log.events where stream = $1 order by version", stream
        )
        return [row["type"] for row in rows]

    async def answers(self) -> list[tuple[str, str, str | None]]:
        """What is kept of answers: (meaning, state, reason)."""
        rows = await self.runtime.pool.fetch("select * from answers order by at, contact_id")
        return [(row["meaning"], row["state"], row["reason"]) for row in rows]


async def request(runtime: Runtime, message: str, contact: str, template: str) -> None:
    """Ask for a message, and say that it was sent."""
    about = About("seat_offer", str(uuid4()))
    command = RequestMessage(message, None, contact, template, {}, None, 0, about)
    stream = message_stream(message)
    await runtime.desk.execute(stream, command, CommandContext(uuid4(), "test:x"))
    sent = MarkMessage(MessageSent(message, "whatsapp", "fr", 1))
    await runtime.desk.execute(stream, sent, CommandContext(uuid4(), "test:x"))


def posted(*, at: float | None = None, **said: Any) -> bytes:
    """The body of a post of WhatsApp."""
    for each in (*said.get("statuses", ()), *said.get("messages", ())):
        each.setdefault("timestamp", str(int(time.time() if at is None else at)))
    value: dict[str, Any] = {"messaging_product": "whatsapp", "metadata": {}, **said}
    entry: list[Any] = [{"id": "1", "changes": [{"field": "messages", "value": value}]}]
    return json.dumps({"object": "whatsapp_business_account", "entry": entry}).encode()


def written(body: str, *, phone: str = NUMBER, id_: str = "", answers: str = "") -> dict[str, Any]:
    """What a person writes by WhatsApp."""
    context = {"context": {"id": answers}} if answers else {}
    of = {"from": phone[1:], "id": id_ or f"wamid.{uuid4()}", "type": "text"}
    return {**of, "text": {"body": body}, **context}


@asynccontextmanager
async def replying(database: Databases) -> AsyncGenerator[Replying]:
    """A service on a database of its own for the time of a block."""
    plain = definition()
    _, dsn = await migrated(database, plain)
    settings = AccountSettings(
        database_url=dsn,
        bootstrap_servers="127.0.0.1:1",
        environment="development",
        issuer=DEVELOPMENT_ISSUER,
        jwks_url="file:///nowhere",
        public_url=PUBLIC,
        whatsapp_number_id="1234567890",
        whatsapp_token="token-of-tests",
        whatsapp_app_secret=SECRET,
        whatsapp_verify_token=WORD,
        twilio_account_sid="AC" + "0" * 32,
        twilio_auth_token=TOKEN,
        twilio_sms_sender="Maarid",
        links_secret=LINKS,
    )
    async with AsyncExitStack() as ends:
        runtime = await ends.enter_async_context(replica_on(plain, dsn, settings))
        app = create(plain, settings)
        app.state.runtime = runtime
        http = await ends.enter_async_context(client_of(app))
        yield Replying(app, runtime, dsn, http)
