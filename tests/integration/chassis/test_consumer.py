"""Hearing on the real servers: nothing doubled, nothing lost, poison set aside."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from prometheus_client import REGISTRY

from chassis.inbox import placing
from chassis.kafka.envelope import Headers, Message, encode
from chassis.kafka.groups import GroupInUse, rewind
from chassis.log.events import Fact, Recorded
from chassis.process.ids import uuid7
from chassis.publishing.relay import producer_for
from chassis.replaying.rebuild import compare, rebuild
from cli.launch import role_of
from tests.counter import BROKEN, COUNT, Add, Added, AddedV1, SubtractedV1
from tests.integration.chassis.conftest import Served, context
from tests.waiting import until

pytestmark = pytest.mark.any_stack


@pytest.fixture(autouse=True)
def mended() -> Iterator[None]:
    BROKEN.clear()
    yield
    BROKEN.clear()


def record(stream: str, version: int, amount: int = 1, *, unneeded: bool = False) -> Message:
    """An event of somebody else's stream."""
    now = datetime.now(UTC)
    fact = Fact(
        stream, version, Added(amount), uuid7(), now, "service:x", uuid4(), None, uuid4(), None
    )
    contract = SubtractedV1(amount=amount) if unneeded else AddedV1(amount=amount)
    return encode(Recorded(version, now, fact), contract)


async def send(served: Served, *messages: Message) -> None:
    producer = producer_for(served.bootstrap, "test")
    await producer.start()
    try:
        for message in messages:
            await producer.send_and_wait(  # pyright: ignore[reportUnknownMemberType]
                served.topic, message.value, key=message.key, headers=message.headers
            )
    finally:
        await producer.stop()


async def total(served: Served, stream: str) -> int | None:
    return await served.pool.fetchval("select total from heard_counts where stream = $1", stream)


async def letters(served: Served) -> list[str]:
    rows = await served.pool.fetch("select stream, waiting, reason from dead_letters order by id")
    return [f"{row['stream']}:{'waits' if row['waiting'] else row['reason']}" for row in rows]


def no_letters(served: Served) -> Callable[[], Awaitable[bool]]:
    async def empty() -> bool:
        return await letters(served) == []

    return empty


def reaches(served: Served, stream: str, amount: int) -> Callable[[], Awaitable[bool]]:
    async def reached() -> bool:
        return await total(served, stream) == amount

    return reached


async def test_an_event_is_projected_and_its_policy_acts_once(served: Served) -> None:
    async with served.serve() as runtime:
        await runtime.desk.execute(COUNT.stream("a"), Add(5), context())
        await until(reaches(served, "count-a", 5))
        await until(reaches(served, "echo-a", 5))
        assert await compare(served.definition, served.owner_dsn, served.bootstrap) == []


async def test_the_same_batch_twice_changes_nothing(served: Served) -> None:
    batch = [record("other-a", version, version) for version in range(1, 6)]
    async with served.serve():
        await send(served, *batch)
        await until(reaches(served, "other-a", 15))
        await send(served, *batch, record("other-b", 1, 7))
        await until(reaches(served, "other-b", 7))
        assert await total(served, "other-a") == 15
        await until(reaches(served, "echo-b", 7))
        assert await served.pool.fetchval("select count(*) from events") == 6


async def test_a_record_ahead_of_its_turn_waits_for_the_missing_one(served: Served) -> None:
    first, second = record("other-a", 1, 1), record("other-a", 2, 10)
    async with served.serve():
        await send(served, second, record("other-b", 1, 7))
        await until(reaches(served, "other-b", 7))
        assert await total(served, "other-a") is None
        await send(served, first, second)
        await until(reaches(served, "other-a", 11))


def reacted(served: Served, stream: str, version: int) -> Callable[[], Awaitable[bool]]:
    async def has() -> bool:
        mark = await served.pool.fetchval("select reacted from heard where stream = $1", stream)
        return mark == version

    return has


async def test_a_mark_that_was_set_back_is_raised_and_that_of_a_letter_is_not(
    served: Served,
) -> None:
    BROKEN.add(-9)
    async with served.serve(stuck_seconds=5.0):
        await send(served, *(record("other-a", version) for version in (1, 2, 3)))
        await send(served, record("other-b", 1, 9), record("other-c", 1))
        await until(reaches(served, "echo-a", 3))
        await until(reacted(served, "other-c", 1))
        assert len(await letters(served)) == 1
        # As 0.1.0 did.
        await served.pool.execute("update heard set reacted = 1 where stream = 'other-a'")
        await until(reacted(served, "other-a", 3))
        assert await reacted(served, "other-b", 0)()


async def test_a_batch_that_ends_with_repeated_records_sets_no_mark_back(served: Served) -> None:
    batch = [record("other-a", version) for version in range(1, 31)]
    # Before the service runs, so that it hears all of them at once.
    await send(served, *batch, *batch[:8], record("other-b", 1, 7))
    async with served.serve():
        await until(reaches(served, "echo-b", 7))
        await until(reaches(served, "echo-a", 30))
        await until(reacted(served, "other-a", 30), seconds=10)


def lasting(served: Served, count: float) -> Callable[[], Awaitable[bool]]:
    async def counted() -> bool:
        name, labels = "maarid_consumer_open_holes", {"topic": served.topic}
        return REGISTRY.get_sample_value(name, labels) == count

    return counted


async def test_a_hole_that_lasts_is_counted_until_it_is_closed(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(placing, "ALARM", 0.0)
    first, second = record("other-a", 1, 1), record("other-a", 2, 10)
    async with served.serve():
        await send(served, second)
        await until(lasting(served, 1))
        await send(served, first, second)
        await until(reaches(served, "other-a", 11))
        await until(lasting(served, 0))


async def test_a_type_nobody_needs_is_passed_over(served: Served) -> None:
    async with served.serve():
        await send(served, record("other-a", 1, 5, unneeded=True), record("other-a", 2, 3))
        await until(reaches(served, "other-a", 3))
        assert await letters(served) == []


def with_headers(message: Message, **changes: bytes | None) -> Message:
    headers: Headers = [(n, v) for n, v in message.headers if n not in changes]
    headers += [(name, value) for name, value in changes.items() if value is not None]
    return Message(message.key, message.value, headers)


def not_json(message: Message) -> Message:
    return Message(message.key, b"{not json", message.headers)


def wrong_schema(message: Message) -> Message:
    return Message(message.key, b'{"amount": "many"}', message.headers)


def tombstone(message: Message) -> Message:
    return Message(message.key, None, message.headers)


def no_type(message: Message) -> Message:
    return with_headers(message, ce_type=None)


def no_id(message: Message) -> Message:
    return with_headers(message, ce_id=b"x")


@pytest.mark.parametrize("spoil", [not_json, wrong_schema, no_type, tombstone, no_id])
async def test_poison_parks_its_stream_and_nobody_elses(
    served: Served, spoil: Callable[[Message], Message]
) -> None:
    poison = spoil(record("other-a", 2, 10))
    async with served.serve():
        await send(served, record("other-a", 1, 1))
        await until(reaches(served, "other-a", 1))
        await send(
            served,
            poison,
            record("other-a", 3, 100),
            record("other-b", 1, 7),
        )
        await until(reaches(served, "other-b", 7), seconds=5)
        assert await total(served, "other-a") == 1

        async def parked() -> bool:
            return [letter == "other-a:waits" for letter in await letters(served)] == [False, True]

        await until(parked)
        # Somebody decides to go on without it.
        await served.pool.execute("update dead_letters set wish = 'drop' where not waiting")
        await until(reaches(served, "other-a", 101))
        await until(no_letters(served))
        assert await compare(served.definition, served.owner_dsn, served.bootstrap) == []


async def test_a_header_that_is_not_utf8_is_no_poison(served: Served) -> None:
    odd = with_headers(record("other-a", 1, 1), note=b"\xff\xfe")
    async with served.serve():
        await send(served, record("other-c", 1, 1))
        await until(reaches(served, "other-c", 1))
        await send(served, odd, record("other-b", 1, 7))
        await until(reaches(served, "other-b", 7), seconds=5)
        await until(reaches(served, "other-a", 1))
        assert await letters(served) == []


@pytest.mark.parametrize("broken", [13, -13])
async def test_a_handler_with_a_bug_parks_the_stream_until_it_is_mended(
    served: Served, broken: int
) -> None:
    BROKEN.add(broken)
    async with served.serve():
        await send(served, record("other-a", 1, 1))
        await until(reaches(served, "other-a", 1))
        await send(
            served,
            record("other-a", 2, 13),
            record("other-a", 3, 100),
            record("other-b", 1, 7),
        )
        await until(reaches(served, "other-b", 7), seconds=5)
        await until(reaches(served, "echo-b", 7), seconds=5)

        async def parked() -> bool:
            return len(await letters(served)) == 2

        await until(parked, seconds=10)
        assert await total(served, "echo-a") in (None, 1)
        BROKEN.clear()
        await served.pool.execute("update dead_letters set wish = 'retry' where not waiting")
        await until(reaches(served, "echo-a", 114))
        assert await total(served, "other-a") == 114
        await until(no_letters(served))
        assert await compare(served.definition, served.owner_dsn, served.bootstrap) == []


async def test_a_rebuild_equals_what_was_live_and_can_run_under_load(served: Served) -> None:
    async with served.serve() as runtime:
        adding = asyncio.gather(
            *(runtime.desk.execute(COUNT.stream(f"{n % 5}"), Add(1), context()) for n in range(300))
        )
        role = role_of(served.dsn)
        await rebuild(served.definition, served.owner_dsn, role, served.bootstrap)
        await adding

        async def all_heard() -> bool:
            return await served.pool.fetchval("select sum(total) from heard_counts") == 600

        await until(all_heard)
        assert await compare(served.definition, served.owner_dsn, served.bootstrap) == []
        await served.pool.execute(
            "update read.counts set total = total + 1 where stream = 'count-0'"
        )
        (difference,) = await compare(served.definition, served.owner_dsn, served.bootstrap)
        assert (difference.table, difference.missing, difference.extra) == ("counts", 1, 1)


@pytest.mark.parametrize(
    "headers",
    [
        {"ce_subject": b"other-\x00"},
        {"ce_subject": b"other-" + b"x" * 20_000},
        {"ce_sequence": b"9" * 19},
        {"ce_sequence": b"9" * 5000},
        {"ce_type": b"\xff\x00\xfe"},
        {"ce_id": b"9" * 20_000},
        {"ce_time": b"0001-01-01T00:00:00+23:00"},
    ],
    ids=lambda headers: "-".join(f"{name}-{len(value)}" for name, value in headers.items()),
)
async def test_no_header_can_stop_a_topic(served: Served, headers: dict[str, bytes]) -> None:
    odd = with_headers(record("other-a", 1, 1), **headers)
    async with served.serve():
        await send(served, record("other-c", 1, 1))
        await until(reaches(served, "other-c", 1))
        await send(served, odd, record("other-b", 1, 7))
        await until(reaches(served, "other-b", 7), seconds=5)
        await send(served, record("other-b", 2, 7))
        await until(reaches(served, "other-b", 14), seconds=5)
        await served.pool.execute("update dead_letters set wish = 'drop'")
        await until(no_letters(served))
        assert await compare(served.definition, served.owner_dsn, served.bootstrap) == []


@pytest.mark.parametrize("dropped_first", [True, False])
async def test_a_forged_version_does_not_cost_the_event_to_come(
    served: Served, dropped_first: bool
) -> None:
    forged = not_json(record("other-a", 2, 50))
    async with served.serve():
        await send(served, record("other-a", 1, 1))
        await until(reaches(served, "other-a", 1))
        await send(served, forged)

        async def set_aside(count: int = 1) -> bool:
            return len(await letters(served)) == count

        await until(set_aside)
        true = [record("other-a", 2, 10), record("other-a", 3, 100)]
        if dropped_first:
            await served.pool.execute("update dead_letters set wish = 'drop'")
            await until(no_letters(served))
            await send(served, *true)
        else:
            await send(served, *true)

            async def behind() -> bool:
                return await set_aside(3)

            await until(behind)
            await served.pool.execute("update dead_letters set wish = 'drop' where not waiting")
        await until(reaches(served, "other-a", 111))
        await until(reaches(served, "echo-a", 111))
        # The same again, as a relay may send it, changes nothing.
        await send(served, *true, record("other-b", 1, 7))
        await until(reaches(served, "other-b", 7))
        assert await total(served, "other-a") == 111
        await until(no_letters(served))
        assert await compare(served.definition, served.owner_dsn, served.bootstrap) == []


async def test_a_record_passed_over_does_not_cost_the_event_whose_version_it_claimed(
    served: Served,
) -> None:
    async with served.serve():
        await send(served, record("other-a", 1, 1))
        await until(reaches(served, "other-a", 1))
        true = [record("other-a", 2, 10), record("other-a", 3, 100)]
        await send(served, record("other-a", 2, 50, unneeded=True), *true, *true)
        await until(reaches(served, "other-a", 111))
        await until(reaches(served, "echo-a", 111))
        # Only the first event that is heard of a version counts.
        await send(served, record("other-a", 3, 7), record("other-b", 1, 7))
        await until(reaches(served, "other-b", 7))
        assert await total(served, "other-a") == 111
        assert await compare(served.definition, served.owner_dsn, served.bootstrap) == []


async def test_what_a_database_forgot_to_have_heard_is_heard_once_more(served: Served) -> None:
    group = served.definition.group_of(served.topic)
    async with served.serve():
        await send(served, *(record("other-a", version, 5) for version in (1, 2, 3)))
        await until(reaches(served, "other-a", 15))
        await until(reacted(served, "other-a", 3))
        with pytest.raises(GroupInUse):
            await rewind(served.bootstrap, group, served.topic)
    # As where the last commit was lost with the disk that it stood on.
    await served.pool.execute("update heard set version = 2, reacted = 2 where stream = 'other-a'")
    await served.pool.execute("update heard_counts set total = 10 where stream = 'other-a'")
    async with served.serve():
        await send(served, record("other-b", 1, 7))
        await until(reaches(served, "echo-b", 7))
        assert await total(served, "other-a") == 10
    await rewind(served.bootstrap, group, served.topic)
    async with served.serve():
        await until(reaches(served, "other-a", 15))
        assert await total(served, "other-b") == 7
