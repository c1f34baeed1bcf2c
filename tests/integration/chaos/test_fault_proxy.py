"""The fault proxy itself: what passes through it, and what does not."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import asyncpg
import pytest

from chaos.proxy import FaultProxy, Rewriting, kafka_proxy, postgres_proxy
from chassis.publishing.relay import producer_for, stop_producer
from cli.launch import role_of
from servers import Stack
from tests.conftest import Databases
from tests.waiting import until

pytestmark = pytest.mark.any_stack

SOON = 0.3
"""Seconds in which an answer would have come, were it to come."""


async def silent(query: object) -> bool:
    """Whether a query stays without an answer; it goes on afterwards."""
    done, _ = await asyncio.wait({query}, timeout=SOON)  # type: ignore[type-var]
    return not done


async def test_silence_holds_what_was_sent_until_the_network_heals(database: Databases) -> None:
    _, dsn = await database("proxied")
    async with postgres_proxy(dsn) as proxy:
        db = await asyncpg.connect(proxy.dsn(dsn))
        assert await db.fetchval("select 1") == 1
        proxy.silence(new=False)
        query = asyncio.ensure_future(db.fetchval("select 2"))
        assert await silent(query)
        other = await asyncpg.connect(proxy.dsn(dsn), timeout=5)
        assert await other.fetchval("select 3") == 3, "new connections flow"
        await proxy.heal()
        assert await query == 2
        proxy.silence(new=True)
        with pytest.raises(TimeoutError):
            await asyncpg.connect(proxy.dsn(dsn), timeout=SOON)
        await proxy.heal()
        await db.close()
        await other.close()


async def test_an_answer_is_lost_and_the_work_is_done_all_the_same(database: Databases) -> None:
    owner, dsn = await database("deaf")
    direct = await asyncpg.connect(owner)
    role = role_of(dsn)
    await direct.execute(
        f"create table t (n int); grant insert, select on t to {role};"
        f"grant usage on schema public to {role}"
    )
    async with postgres_proxy(dsn) as proxy:
        db = await asyncpg.connect(proxy.dsn(dsn))
        insert = await db.prepare("insert into public.t values (1) returning n")
        proxy.lose_answers()
        query = asyncio.ensure_future(insert.fetchval())

        async def inserted() -> bool:
            return await direct.fetchval("select count(*) from t") == 1

        await until(inserted, "what was asked is done")
        assert await silent(query)
        proxy.cut()
        with pytest.raises((asyncpg.PostgresConnectionError, OSError)):
            await query
    await direct.close()


async def test_connections_are_cut_refused_and_taken_again(database: Databases) -> None:
    _, dsn = await database("cut")
    async with postgres_proxy(dsn) as proxy:
        db = await asyncpg.connect(proxy.dsn(dsn))
        proxy.cut()
        with pytest.raises((asyncpg.PostgresConnectionError, OSError, asyncpg.InterfaceError)):
            await db.fetchval("select 1")
        await proxy.refuse()
        with pytest.raises(ConnectionRefusedError):
            await asyncpg.connect(proxy.dsn(dsn), timeout=5)
        await proxy.heal()
        db = await asyncpg.connect(proxy.dsn(dsn), timeout=5)
        assert await db.fetchval("select 1") == 1
        proxy.half_open()
        assert await silent(asyncio.ensure_future(db.fetchval("select 2")))
        db.terminate()


async def test_a_kafka_client_never_goes_round_the_proxy(stack: Stack) -> None:
    bootstrap = stack.addresses.bootstrap
    async with kafka_proxy(bootstrap) as proxy:
        producer = producer_for(proxy.bootstrap, "proxied")
        await producer.start()
        # aiokafka asks the brokers that the answer names, on connections of their own.
        brokers = cast(Any, producer).client.cluster.brokers()
        assert {(broker.host, broker.port) for broker in brokers} == {("127.0.0.1", proxy.port)}
        assert proxy.connections > 0
        await stop_producer(producer)
        await until(lambda: proxy.connections == 0, "all connections end")


def test_an_address_is_rewritten_wherever_an_answer_is_split() -> None:
    rewriting = Rewriting(b"127.0.0.1\0\0\1\2", b"127.0.0.1\0\0\3\4")
    answer = b"x127.0.0.1\0\0\1\2y127.0.0.1\0\0\1\2"
    for at in range(len(answer) + 1):
        first, held = rewriting.split(answer[:at])
        second, rest = rewriting.split(held + answer[at:])
        assert first + second + rest == b"x127.0.0.1\0\0\3\4y127.0.0.1\0\0\3\4"


def test_a_proxy_leads_to_one_server() -> None:
    with pytest.raises(ValueError, match="a socket or a port"):
        FaultProxy()


def test_a_broker_whose_name_cannot_be_replaced_is_not_let_through() -> None:
    with pytest.raises(ValueError, match="its length is another"):
        kafka_proxy("kafka:9092")
