"""The relay on the real servers: everything, in order, at least once."""

from __future__ import annotations

import asyncio
import signal
from collections import defaultdict
from contextlib import suppress
from typing import Any

import asyncpg
import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary_event  # type: ignore[import-untyped]

from chassis.kafka.envelope import Message, encode, texts
from chassis.kafka.reading import Raw, TopicReader
from chassis.log.event_types import EventType, EventTypes
from chassis.log.events import read_after
from chassis.process.tasks import supervised
from chassis.publishing import relay
from chassis.publishing.behind import LogBehindTopic
from chassis.publishing.relay import Relay, delivered, producer_for, send_all, stop_producer
from tests.counter import COUNT, EVENT_TYPES, Add, Added, AddedV1
from tests.integration.chassis.conftest import Served, context
from tests.waiting import until

pytestmark = pytest.mark.any_stack


def relay_of(served: Served, event_types: EventTypes = EVENT_TYPES) -> Relay:
    return Relay(
        service="counter",
        topic=served.topic,
        pool=served.pool,
        event_types=event_types,
        bootstrap=served.bootstrap,
    )


async def everything_on(served: Served) -> list[Raw]:
    async with TopicReader(served.bootstrap, served.topic) as reader:
        return [record async for records in reader.rest() for record in records]


async def published(served: Served) -> int:
    return await served.pool.fetchval("select coalesce(max(position), 0) from log.relay")


async def all_published(served: Served, events: int) -> None:
    async def done() -> bool:
        return await published(served) == events

    await until(done, f"{events} events are published")


async def fill(served: Served, events: int, streams: int = 7) -> None:
    desk = await served.desk()
    for start in range(0, events, 500):
        await asyncio.gather(
            *(
                desk.execute(COUNT.stream(f"{n % streams}"), Add(n + 1), context())
                for n in range(start, min(start + 500, events))
            )
        )


async def stop(*tasks: asyncio.Task[None]) -> None:
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_every_event_is_published_with_the_bytes_of_its_contract(served: Served) -> None:
    await fill(served, 50)
    task = asyncio.create_task(relay_of(served).run())
    await all_published(served, 50)
    await stop(task)
    records = await everything_on(served)
    wanted = {
        (message.key, message.value, tuple(message.headers))
        for recorded in await read_after(served.pool, EVENT_TYPES, 0, 100)
        for message in [encode(recorded, EVENT_TYPES.translate(recorded.fact.event))]
    }
    assert {(r.key, r.value, tuple(r.headers)) for r in records} == wanted
    assert len(records) == 50


async def test_two_relays_at_once_may_double_but_never_invert_or_skip(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "LEASE", 0.0)
    await fill(served, 3000, streams=20)
    tasks = [asyncio.create_task(relay_of(served).run()) for _ in range(2)]
    await all_published(served, 3000)
    await stop(*tasks)
    seen: dict[str, list[int]] = defaultdict(list)
    for record in await everything_on(served):
        headers = texts(record.headers)
        version = int(headers["ce_sequence"])
        if version not in seen[headers["ce_subject"]]:
            seen[headers["ce_subject"]].append(version)
    assert sum(map(len, seen.values())) == 3000
    assert all(versions == sorted(versions) for versions in seen.values())


async def test_the_lease_lets_one_replica_publish_at_a_time(served: Served) -> None:
    tasks = [asyncio.create_task(relay_of(served).run()) for _ in range(2)]
    await fill(served, 500)
    await all_published(served, 500)
    await stop(*tasks)
    assert len(await everything_on(served)) == 500


async def forget(served: Served, after: int) -> None:
    """What a restoration to an earlier moment leaves: a shorter log, and a cursor behind it."""
    owner = await asyncpg.connect(served.owner_dsn)
    try:
        await owner.execute("delete from log.events where position > $1", after)
        await owner.execute("update log.relay set position = least(position, $1)", after)
    finally:
        await owner.close()


async def test_a_log_that_forgot_what_others_heard_is_not_published(served: Served) -> None:
    await fill(served, 50)
    task = asyncio.create_task(relay_of(served).run())
    await all_published(served, 50)
    await stop(task)
    await relay_of(served).compare()
    await forget(served, 49)
    with pytest.raises(LogBehindTopic, match=r"ends at position 49, but event .* position 50"):
        await relay_of(served).compare()
    with pytest.raises(LogBehindTopic):
        async with served.serve(trust_log=False):
            pytest.fail("the service has started")
    async with served.serve() as runtime:
        await runtime.desk.execute(COUNT.stream("0"), Add(1), context())


async def test_a_service_whose_database_is_exchanged_under_it_ends(served: Served) -> None:
    await fill(served, 50)
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, told.set)
    try:
        relay = asyncio.create_task(relay_of(served).run())
        await all_published(served, 50)
        await forget(served, 40)
        # A restoration ends all connections.
        service = await asyncpg.connect(served.dsn)
        try:
            await service.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where usename = current_user and pid <> pg_backend_pid()"
            )
        finally:
            await service.close()
        async with asyncio.timeout(20):
            await told.wait()
            await relay
        assert await published(served) == 40
    finally:
        loop.remove_signal_handler(signal.SIGTERM)


async def test_a_record_of_somebody_else_is_no_memory_of_ours(served: Served) -> None:
    await fill(served, 1)
    (recorded,) = await read_after(served.pool, EVENT_TYPES, 0, 1)
    ahead = encode(recorded._replace(position=7), EVENT_TYPES.translate(recorded.fact.event))
    others = [
        ahead._replace(headers=[*ahead.headers, ("ce_source", b"maarid/others")]),
        ahead._replace(headers=[*ahead.headers, ("ce_position", b"9" * 5000)]),
        ahead._replace(headers=[]),
    ]
    producer: Any = producer_for(served.bootstrap, "test")
    await producer.start()
    try:
        for each in others:
            await delivered(await send_all(producer, served.topic, [each]))
            await relay_of(served).compare()
        await delivered(await send_all(producer, served.topic, [ahead]))
    finally:
        await stop_producer(producer)
    with pytest.raises(LogBehindTopic, match="position 7"):
        await relay_of(served).compare()


async def test_others_read_our_records_as_cloudevents(served: Served) -> None:
    await fill(served, 1)
    task = asyncio.create_task(relay_of(served).run())
    await all_published(served, 1)
    await stop(task)
    (record,) = await everything_on(served)
    event = from_binary_event(KafkaMessage(dict(record.headers), record.key, record.value or b""))
    assert event.get_type() == "maarid.counter.Added.v1" or event.get_type().endswith("Added.v1")
    assert event.get_subject() == "count-0"


async def test_records_larger_than_a_batch_are_sent_in_order_beside_small_ones(
    served: Served,
) -> None:
    sizes = [10, 880_000, 20, 200_000, 200_000, 30]
    sent = [
        Message(f"count-{n % 2}".encode(), b"%d" % n + b"x" * size, [("n", b"%d" % n)])
        for n, size in enumerate(sizes)
    ]
    producer: Any = producer_for(served.bootstrap, "test")
    await producer.start()
    try:
        await delivered(await send_all(producer, served.topic, sent))
        place = await producer.send_and_wait(served.topic, b"", key=b"other")
        other = Message(b"other", b"", [])
        await delivered(await send_all(producer, served.topic, [other]))
    finally:
        await stop_producer(producer)
    came = await everything_on(served)
    for key in (b"count-0", b"count-1"):
        assert [(r.value, list(r.headers)) for r in came if r.key == key] == [
            (message.value, message.headers) for message in sent if message.key == key
        ]
    # The partition is the one that any other producer finds for the key.
    assert [r.partition for r in came if r.key == b"other"] == [place.partition] * 2


async def test_a_relay_that_fails_by_a_bug_does_not_say_that_it_works(served: Served) -> None:
    broken = True

    def choke(event: Added) -> AddedV1:
        if broken:
            raise ValueError("a bug")
        return AddedV1(amount=event.amount)

    choking = EventTypes((EventType("added.v1", Added, AddedV1, choke),))
    one = relay_of(served, choking)
    task = asyncio.create_task(supervised("relay", one.run, (OSError,)))
    await until(lambda: one.working, "it works")
    await fill(served, 5)
    await until(lambda: not one.working, "it says so")
    broken = False
    await until(lambda: one.working, "it works again")
    await all_published(served, 5)
    await stop(task)
