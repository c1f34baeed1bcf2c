"""A service that runs for tests: its database and topics, what others tell it, what it is asked
over HTTP, and what it publishes."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID, uuid4

import asyncpg
import httpx
import orjson
from aiokafka import AIOKafkaProducer
from fastapi import FastAPI
from maarid_contracts import COMPACTED_TOPICS, EVENT_TOPICS, Contract

from chassis.definition.runtime import Deciding, Runtime
from chassis.definition.service import ServiceDefinition
from chassis.definition.timers import Timers
from chassis.kafka.envelope import Message, encode, texts
from chassis.kafka.reading import Raw, TopicReader
from chassis.kafka.topics import make_topics
from chassis.log.events import Fact, Recorded
from chassis.postgres.clock import Clock
from chassis.postgres.database import SEARCH_PATH, migrate, open_pool
from chassis.process.ids import uuid7
from chassis.process.settings import DEVELOPMENT_ISSUER, ServiceSettings
from chassis.running.service import create, running
from cli.definitions import definition_of
from cli.issuer import Issuer, issuer_in
from cli.launch import System, free_port, role_of
from servers import Stack
from tests.conftest import Databases, databases_of, temporary_home
from tests.waiting import eventually

RECORDED_AT = datetime(2025, 9, 1, 8, tzinfo=UTC)
"""When others recorded what they tell."""


def uid() -> str:
    return str(uuid4())


def text(french: str) -> dict[str, str]:
    return {"ar": "نص", "fr": french}


def refusal(answer: httpx.Response) -> tuple[int, str]:
    """The status and code of a refusal, which must be a problem that a person can read."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    assert "Traceback" not in answer.text
    body = answer.json()
    assert body["detail"]
    assert "…" not in body["detail"], "a text with a gap"
    return answer.status_code, body["code"]


@dataclass(kw_only=True)
class Asked:
    """One process or application of a service, and what it is asked over HTTP.

    A role may have a claim with it, as in `steward fair_id=agadir-2025`; without a role there is
    no token.
    """

    http: httpx.AsyncClient
    issuer: Issuer

    def headers(self, role: str | None = "organiser") -> dict[str, str]:
        if role is None:
            return {}
        name, _, claim = role.partition(" ")
        claims: dict[str, Any] = dict([claim.split("=")]) if claim else {}
        return {"authorization": f"Bearer {self.issuer.token(name, **claims)}"}

    async def look(
        self,
        path: str,
        role: str | None = "organiser",
        language: str | None = None,
        **query: Any,
    ) -> httpx.Response:
        headers = self.headers(role) | ({"accept-language": language} if language else {})
        return await self.http.get(path, headers=headers, params=query or None)

    async def get(self, path: str, role: str | None = "organiser", **query: Any) -> Any:
        answer = await self.look(path, role, **query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def pages(
        self, path: str, role: str | None = "organiser", **query: Any
    ) -> list[list[Any]]:
        """All pages of a list."""
        found: list[list[Any]] = []
        while True:
            page = await self.get(path, role, **query)
            found.append(page["items"])
            if page["next"] is None:
                return found
            query["after"] = page["next"]

    async def all(self, path: str, role: str | None = "organiser", **query: Any) -> list[Any]:
        """What stands on all pages of a list."""
        return [item for page in await self.pages(path, role, **query) for item in page]

    async def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        role: str | None = "organiser",
        key: str | None = None,
    ) -> httpx.Response:
        headers = self.headers(role) | {"idempotency-key": key or uid()}
        return await self.http.request(method, path, json=body, headers=headers)

    async def post(self, path: str, body: Any = None, **more: Any) -> httpx.Response:
        return await self.send("POST", path, body, **more)

    async def done(self, path: str, body: Any = None, **more: Any) -> Any:
        """The answer to a change that was made."""
        answer = await self.post(path, body, **more)
        assert answer.is_success, answer.text
        return answer.json()

    async def set_clock(self, now: datetime) -> None:
        answer = await self.post("/clock", {"now": now.isoformat()})
        assert answer.status_code == 204, answer.text


@dataclass(kw_only=True)
class RunningService(Asked):
    """A whole service, the topics that it hears, and the one that it publishes on."""

    definition: ServiceDefinition
    owner_dsn: str
    bootstrap: str
    producer: AIOKafkaProducer
    topics: Mapping[str, str] = field(default_factory=dict[str, str])
    """What topics are called here, where not by their own names."""
    versions: dict[str, int] = field(default_factory=dict[str, int])

    async def hear(
        self,
        stream: str,
        *contracts: Contract,
        twice: bool = False,
        event_id: UUID | None = None,
        occurred_at: datetime = RECORDED_AT,
    ) -> None:
        """Say facts of one stream in their service's place; `twice` sends the same bytes again.

        The id of an event says when it happened: now, unless one is given.
        """
        for contract in contracts:
            version = self.versions[stream] = self.versions.get(stream, 0) + 1
            id_ = event_id or uuid7()
            fact = Fact(
                stream, version, contract, id_, occurred_at, "test:x", uuid7(), None, uuid7(), None
            )
            message = encode(Recorded(version, RECORDED_AT, fact), contract)
            for _ in range(2 if twice else 1):
                await self.send_message(contract.topic, message)

    async def send_message(self, topic: str, message: Message) -> None:
        await self.producer.send_and_wait(  # pyright: ignore[reportUnknownMemberType]
            self.topics.get(topic, topic),
            message.value,
            key=message.key,
            headers=message.headers,
        )

    async def records(self, topic: str) -> list[Raw]:
        """A topic from its beginning to where it ends now."""
        return await records_of(self.bootstrap, self.topics.get(topic, topic))

    async def published(self, stream: str) -> list[tuple[str, Any]]:
        """The events of a stream that are on the topic, as (`SeatReserved.v1`, its data)."""
        found: dict[int, tuple[str, Any]] = {}
        for record in await records_of(self.bootstrap, self.definition.log.topic):
            headers = texts(record.headers)
            if headers["ce_subject"] == stream:
                type_ = headers["ce_type"].split(".", 2)[2]
                found[int(headers["ce_sequence"])] = (type_, orjson.loads(record.value or b"null"))
        assert sorted(found) == list(range(1, len(found) + 1)), "a version is missing"
        return [found[version] for version in sorted(found)]

    async def types(self, stream: str, count: int) -> list[str]:
        """The types of a stream's events on the topic, as in `SeatReserved.v1`, once there are so
        many."""
        found = await eventually(
            lambda: self.published(stream), lambda published: len(published) >= count
        )
        return [type_ for type_, _ in found]

    async def said(self, stream: str, until: str) -> list[tuple[str, Any]]:
        """What is published of a stream, as (`SeatReserved`, its data), once it holds an event of
        this name."""

        async def named() -> list[tuple[str, Any]]:
            return [(type_.split(".")[0], data) for type_, data in await self.published(stream)]

        return await eventually(named, lambda found: until in {name for name, _ in found})


@dataclass(kw_only=True)
class ServiceProcess(RunningService):
    """A service as a process of its own."""

    system: System


@dataclass(kw_only=True)
class ServiceInside(RunningService):
    """A service in the process of the tests, without a port."""

    runtime: Runtime


Process = TypeVar("Process", bound=ServiceProcess)
Inside = TypeVar("Inside", bound=ServiceInside)


@asynccontextmanager
async def process_of(kind: type[Process], service: str, stack: Stack) -> AsyncGenerator[Process]:
    """A service on the stack's own database and topics; its clock stands where tests set it."""
    addresses, definition = stack.addresses, definition_of(service)
    owner_dsn = addresses.owner_dsn[service]
    await make_topics(addresses.bootstrap)
    await migrate(owner_dsn, role_of(addresses.service_dsn[service]), definition.migrations)
    async with AsyncExitStack() as ends:
        home = ends.enter_context(temporary_home())
        system = System(
            stack=stack,
            addresses=addresses,
            issuer=issuer_in(home),
            home=home,
            simulated=True,
            ports={service: free_port()},
        )
        ends.push_async_callback(system.stop_services)
        await system.start_service(service)
        await system.wait_ready(service)
        http = httpx.AsyncClient(
            base_url=system.urls[service], timeout=30, limits=httpx.Limits(max_connections=200)
        )
        yield kind(
            http=await ends.enter_async_context(http),
            issuer=system.issuer,
            definition=definition,
            owner_dsn=owner_dsn,
            bootstrap=addresses.bootstrap,
            producer=await _producer(ends, addresses.bootstrap),
            system=system,
        )


@asynccontextmanager
async def inside(
    kind: type[Inside],
    plain: ServiceDefinition,
    stack: Stack,
    *,
    simulated_clock: bool = False,
    emptied: Mapping[str, str] | None = None,
) -> AsyncGenerator[Inside]:
    """A service on a database and topics of its own; or on topics of another one whose database was
    `emptied`, all of which it hears again."""
    bootstrap, unique = stack.addresses.bootstrap, f"{plain.name}-{uuid4().hex[:8]}"
    topics = emptied or {topic: f"{unique}.{topic}" for topic in (*EVENT_TOPICS, *COMPACTED_TOPICS)}
    definition = _on_topics(plain, topics)
    async with AsyncExitStack() as ends:
        database = await ends.enter_async_context(databases_of(stack))
        owner_dsn, dsn = await migrated(database, definition)
        await make_topics(
            bootstrap,
            events=[topics[topic] for topic in EVENT_TOPICS],
            compacted=[topics[topic] for topic in COMPACTED_TOPICS],
            partitions=3,
        )
        issuer = issuer_in(ends.enter_context(temporary_home()))
        settings = settings_for(
            definition,
            dsn,
            issuer,
            bootstrap=bootstrap,
            simulated_clock=simulated_clock,
            trust_log=emptied is not None,
        )
        app = create(definition, settings)
        runtime = await ends.enter_async_context(running(definition, settings, app))
        yield kind(
            http=await ends.enter_async_context(client_of(app)),
            issuer=issuer,
            definition=definition,
            owner_dsn=owner_dsn,
            bootstrap=bootstrap,
            producer=await _producer(ends, bootstrap),
            topics=topics,
            runtime=runtime,
        )


def _on_topics(definition: ServiceDefinition, topics: Mapping[str, str]) -> ServiceDefinition:
    """The same service, on other topics."""
    return replace(
        definition,
        event_sourced=replace(definition.log, topic=topics[definition.log.topic]),
        subscriptions=[
            replace(subscription, topic=topics[subscription.topic])
            for subscription in definition.subscriptions
        ],
        records=[replace(kept, topic=topics[kept.topic]) for kept in definition.records],
    )


async def _producer(ends: AsyncExitStack, bootstrap: str) -> AIOKafkaProducer:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all")
    await producer.start()
    ends.push_async_callback(producer.stop)
    return producer


def settings_for(
    definition: ServiceDefinition,
    dsn: str,
    issuer: Issuer,
    *,
    bootstrap: str = "127.0.0.1:1",
    simulated_clock: bool = False,
    trust_log: bool = False,
) -> ServiceSettings:
    """Settings as in development; without a bootstrap address nothing is published or heard."""
    return definition.settings(
        database_url=dsn,
        bootstrap_servers=bootstrap,
        environment="development",
        simulated_clock=simulated_clock,
        trust_log=trust_log,
        issuer=DEVELOPMENT_ISSUER,
        jwks_url=issuer.jwks_url,
    )


def client_of(app: FastAPI) -> httpx.AsyncClient:
    """What asks an application in this process."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://service")


async def migrated(databases: Databases, definition: ServiceDefinition) -> tuple[str, str]:
    """A new database with a service's tables: (owner DSN, service DSN)."""
    owner_dsn, dsn = await databases(definition.name)
    await migrate(owner_dsn, role_of(dsn), definition.migrations)
    return owner_dsn, dsn


@asynccontextmanager
async def connected(dsn: str) -> AsyncGenerator[asyncpg.Connection]:
    """A connection of a database's owner or service."""
    db = await asyncpg.connect(dsn, server_settings={"search_path": SEARCH_PATH})
    try:
        yield db
    finally:
        await db.close()


@asynccontextmanager
async def replica_on(
    definition: ServiceDefinition, dsn: str, settings: ServiceSettings | None = None
) -> AsyncGenerator[Runtime]:
    """What a replica's handlers and policies have at hand; nothing is published or heard."""
    clock = Clock(simulated=False)
    async with await open_pool(dsn, name=f"{definition.name}-test") as pool:
        desk = definition.desk(pool, clock)
        await desk.start()
        try:
            deciding = Deciding(desk, Timers(definition.name, pool, clock))
            yield Runtime(settings, pool, clock, deciding)
        finally:
            await desk.stop()


async def records_of(bootstrap: str, topic: str) -> list[Raw]:
    """A topic from its beginning to where it ends now."""
    async with TopicReader(bootstrap, topic) as reader:
        return [record async for records in reader.rest() for record in records]
