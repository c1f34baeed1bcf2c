"""Notifications as it runs, with topics of its own on which the tests speak for other services."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, cast
from uuid import UUID, uuid4

import httpx
from aiokafka import AIOKafkaProducer
from maarid_contracts import Contract, registration
from maarid_contracts.registration import Channel, ContactRecordV1, Language

from chassis.definition.runtime import Runtime
from chassis.definition.service import ServiceDefinition
from chassis.kafka.envelope import encode, encode_record, texts
from chassis.kafka.reading import TopicReader
from chassis.log.events import Fact, Recorded
from chassis.process.ids import uuid7
from chassis.process.settings import ServiceSettings
from chassis.running.service import create, running
from cli.issuer import Issuer
from tests.integration.notifications.received import (
    EVE,
    announced,
    hall,
    uid,
)
from tests.waiting import eventually

PHONE = "+212600000042"
"""A made-up number."""


@dataclass
class Notifications:
    """The running service, the topics that it hears, and what tests ask of it."""

    definition: ServiceDefinition
    settings: ServiceSettings
    owner_dsn: str
    runtime: Runtime
    http: httpx.AsyncClient
    issuer: Issuer
    producer: AIOKafkaProducer
    topics: dict[str, str]
    sender: asyncio.Task[None]
    versions: dict[str, int] = field(default_factory=dict[str, int])
    revisions: dict[str, int] = field(default_factory=dict[str, int])

    @asynccontextmanager
    async def without_sender(self) -> AsyncGenerator[None]:
        """Nothing is sent for the time of a block, unless by the block itself."""
        await end(self.sender)
        yield
        self.sender = start_sender(self.definition, self.runtime)

    # What others say

    async def hear(
        self,
        stream: str,
        *contracts: Contract,
        twice: bool = False,
        event_id: UUID | None = None,
    ) -> None:
        """Say facts of one stream in their service's place; `twice` sends the same bytes again.

        The id of an event says when it happened: now, unless one is given.
        """
        for contract in contracts:
            version = self.versions[stream] = self.versions.get(stream, 0) + 1
            id_ = event_id or uuid7()
            fact = Fact(stream, version, contract, id_, EVE, "test:x", uuid7(), None, uuid7(), None)
            message = encode(Recorded(version, EVE, fact), contract)
            for _ in range(2 if twice else 1):
                await self.producer.send_and_wait(  # pyright: ignore[reportUnknownMemberType]
                    self.topics[contract.topic],
                    message.value,
                    key=message.key,
                    headers=message.headers,
                )

    async def contact(
        self,
        language: Language = Language.ARABIC,
        second: Language = Language.ARABIC,
        *,
        contact_id: str = "",
        channel: Channel = Channel.SMS,
        consent: bool = True,
        known: bool = True,
    ) -> str:
        """Somebody with a record; waits until it is known unless told not to."""
        contact_id = contact_id or uid()
        revision = self.revisions.get(contact_id, 0) + 1
        record = ContactRecordV1(
            contact_id=contact_id,
            organisation_id=uid(),
            role="chair",
            name="Made-up Person",
            phone=PHONE,
            language=language,
            second_language=second,
            channel=channel,
            consent=consent,
            revision=revision,
        )
        await self.record(contact_id, record)
        if known:
            await eventually(lambda: self.kept(contact_id), lambda kept: kept == revision)
        return contact_id

    async def record(self, contact_id: str, record: ContactRecordV1 | None) -> None:
        """Publish a contact's record, or its tombstone."""
        revision = self.revisions[contact_id] = self.revisions.get(contact_id, 0) + 1
        message = encode_record(
            contact_id, record, model=ContactRecordV1, revision=revision, event_id=uuid4()
        )
        await self.producer.send_and_wait(  # pyright: ignore[reportUnknownMemberType]
            self.topics[registration.CONTACTS_TOPIC],
            message.value,
            key=message.key,
            headers=message.headers,
        )

    async def kept(self, contact_id: str) -> int | None:
        """The revision of the copy of a record."""
        return await self.runtime.pool.fetchval(
            "select revision from contacts where contact_id = $1", contact_id
        )

    async def fair(self) -> str:
        """A fair that was heard of, with two halls; it is some days before it."""
        fair = f"ouarzazate-{uuid4().hex[:8]}"
        await self.hear(f"fair-{fair}", announced(fair))
        await self.hear(
            f"programme-{fair}",
            hall(fair, "tent", "خيمة التكوين", "Grande tente"),
            hall(fair, "dome", "القبة", "Petit dome"),
        )
        await eventually(
            lambda: self.runtime.pool.fetchval(
                "select count(*) from halls where fair_id = $1", fair
            ),
            lambda halls: halls == 2,
        )
        await eventually(
            lambda: self.look(f"/fairs/{fair}/figures"), lambda answer: answer.status_code == 200
        )
        return fair

    # What the service answers

    def headers(self, role: str | None) -> dict[str, str]:
        return {"authorization": f"Bearer {self.issuer.token(role)}"} if role else {}

    async def look(
        self, path: str, role: str | None = "organiser", language: str = "en", **query: Any
    ) -> httpx.Response:
        headers = self.headers(role) | {"accept-language": language}
        return await self.http.get(path, headers=headers, params=query or None)

    async def get(self, path: str, **query: Any) -> Any:
        answer = await self.look(path, **query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def all(self, path: str, **query: Any) -> list[Any]:
        """Every page of a list."""
        found: list[Any] = []
        while True:
            page = await self.get(path, **query)
            found += page["items"]
            if page["next"] is None:
                return found
            query["after"] = page["next"]

    async def messages(self, contact_id: str, **query: Any) -> list[Any]:
        return await self.all("/messages", contact_id=contact_id, **query)

    async def settled(self, contact_id: str, count: int) -> list[Any]:
        """The messages to a contact, once there are so many and each is delivered or failed."""
        return await eventually(
            lambda: self.messages(contact_id),
            lambda found: (
                len(found) == count
                and all(one["status"] in ("delivered", "failed") for one in found)
            ),
        )

    async def waiting(self, contact_id: str, reason: str) -> Any:
        """The one message to a contact, once it waits for this reason."""
        (found,) = await eventually(
            lambda: self.messages(contact_id),
            lambda found: [one["waits_for"] for one in found] == [reason],
        )
        return found

    async def delay(self, contact_id: str) -> None:
        """Put off for an hour what waits for something, so that nothing but its coming wakes it."""
        await self.runtime.pool.execute(
            "update sending set due = clock_timestamp() + interval '1 hour' from messages as m"
            " where m.message_id = sending.message_id and m.contact_id = $1",
            contact_id,
        )

    async def texts(self, contact_id: str) -> list[str]:
        return [text["text"] for text in await self.all(f"/phones/{contact_id}")]

    async def told(self, contact_id: str, *templates: str) -> list[str]:
        """What a contact reads, once these messages to it, and no others, are delivered."""
        found = await self.settled(contact_id, len(templates))
        assert [one["template"] for one in found] == list(templates)
        assert {one["status"] for one in found} == {"delivered"}
        return await self.texts(contact_id)

    async def set_clock(self, now: datetime) -> None:
        headers = self.headers("organiser")
        answer = await self.http.post("/clock", json={"now": now.isoformat()}, headers=headers)
        assert answer.status_code == 204, answer.text

    async def timer(self, seat: str) -> datetime | None:
        """When the reminder of a seat is due."""
        return await self.runtime.pool.fetchval(
            "select due from timers where key = $1", f"remind:{seat}"
        )

    async def said(self, message_id: str, events: int) -> list[str]:
        """The types on our topic about a message, once there are so many."""

        async def types() -> list[str]:
            found: dict[int, str] = {}
            async with TopicReader(
                self.settings.bootstrap_servers, self.definition.log.topic
            ) as reader:
                async for records in reader.rest():
                    for headers in (texts(record.headers) for record in records):
                        if headers["ce_subject"] == f"message-{message_id}":
                            found[int(headers["ce_sequence"])] = headers["ce_type"]
            return [found[version].split(".")[2] for version in sorted(found)]

        return await eventually(types, lambda found: len(found) >= events)


def with_topics(definition: ServiceDefinition, topics: dict[str, str]) -> ServiceDefinition:
    """The same service, on other topics."""
    return replace(
        definition,
        event_sourced=replace(definition.log, topic=topics[definition.log.topic]),
        subscriptions=tuple(
            replace(subscription, topic=topics[subscription.topic])
            for subscription in definition.subscriptions
        ),
        records=tuple(replace(kept, topic=topics[kept.topic]) for kept in definition.records),
    )


def start_sender(definition: ServiceDefinition, runtime: Runtime) -> asyncio.Task[None]:
    send = definition.workers[0]
    return asyncio.create_task(cast(Coroutine[Any, Any, None], send(runtime)), name="sender")


async def end(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


@asynccontextmanager
async def at_work(
    definition: ServiceDefinition,
    settings: ServiceSettings,
    owner_dsn: str,
    issuer: Issuer,
    topics: dict[str, str],
) -> AsyncGenerator[Notifications]:
    """The whole service but its port, for the time of a block; its sender can be paused."""
    rest = replace(definition, workers=definition.workers[1:])
    async with AsyncExitStack() as ends:
        app = create(rest, settings)
        runtime = await ends.enter_async_context(running(rest, settings, app))
        http = await ends.enter_async_context(
            httpx.AsyncClient(
                transport=httpx.ASGITransport(app, raise_app_exceptions=False),
                base_url="http://notifications",
            )
        )
        producer = AIOKafkaProducer(bootstrap_servers=settings.bootstrap_servers)
        await producer.start()
        ends.push_async_callback(producer.stop)
        sender = start_sender(definition, runtime)
        notifications = Notifications(
            definition, settings, owner_dsn, runtime, http, issuer, producer, topics, sender
        )
        yield notifications
        await end(notifications.sender)


def problem(answer: httpx.Response) -> tuple[int, str]:
    """The status and code of a refusal, which must be a problem that a person can read."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    assert "Traceback" not in answer.text
    assert answer.json()["detail"]
    return answer.status_code, answer.json()["code"]


def in_order(found: Sequence[Any], key: str) -> list[Any]:
    return [one[key] for one in found]
