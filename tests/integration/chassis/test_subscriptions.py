"""A version that hears a type that the one before passed over gets it from the beginning."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace

import asyncpg
import pytest
from maarid_contracts import type_of

from chassis.definition.runtime import Runtime
from chassis.definition.service import Subscription
from chassis.inbox.subscriptions import (
    LOCK,
    SubscriptionGrown,
    hand_back,
    heard_of,
    is_outgrown,
    lacking,
    remembered,
    take_up,
    types_of,
)
from chassis.kafka.received import ReceivedEvent
from chassis.listening import batches
from chassis.postgres.database import migrate
from chassis.replaying.rebuild import compare
from chassis.replaying.subscriptions import TopicLacksRecords, follow_subscriptions
from cli.definitions import SERVICES, definition_of
from cli.launch import role_of
from tests.conftest import Databases
from tests.counter import BROKEN, AddedV1, Bug, SubtractedV1, definition, echo
from tests.integration.chassis.conftest import Served
from tests.integration.chassis.test_consumer import reaches, record, send, total
from tests.running_service import connected
from tests.waiting import until

ADDED, SUBTRACTED = type_of(AddedV1), type_of(SubtractedV1)


@pytest.fixture(autouse=True)
def mended() -> Iterator[None]:
    BROKEN.clear()
    yield
    BROKEN.clear()


async def echo_subtracted(heard: ReceivedEvent, runtime: Runtime) -> None:
    await echo(heard, runtime)


def of_tomorrow(served: Served) -> Served:
    """The version that hears the other type too, and has a policy for it."""
    subscription = Subscription(
        served.topic,
        (AddedV1, SubtractedV1),
        {AddedV1: (echo,), SubtractedV1: (echo_subtracted,)},
    )
    return replace(served, definition=definition(topic=served.topic, subscriptions=(subscription,)))


def reacting_tomorrow(served: Served) -> Served:
    """The version that has a policy for the other type, and makes no table from it."""
    subscription = Subscription(
        served.topic,
        (AddedV1, SubtractedV1),
        {SubtractedV1: (echo_subtracted,)},
        reacted_to=frozenset({SubtractedV1}),
    )
    return replace(served, definition=definition(topic=served.topic, subscriptions=(subscription,)))


async def follow(served: Served) -> list[str]:
    """Migrate to a version; what was told."""
    told: list[str] = []
    await follow_subscriptions(
        served.definition, served.owner_dsn, role_of(served.dsn), served.bootstrap, told.append
    )
    return told


def marked(served: Served, stream: str, version: int) -> Callable[[], Awaitable[bool]]:
    async def has() -> bool:
        row = await served.pool.fetchrow(
            "select version, reacted from heard where stream = $1", stream
        )
        return row is not None and row["version"] == row["reacted"] == version

    return has


async def is_clean(served: Served) -> bool:
    return await compare(served.definition, served.owner_dsn, served.bootstrap) == []


async def types_in(served: Served) -> set[str]:
    return set((await remembered(served.pool)).get(served.topic, ()))


async def pass_over(served: Served) -> None:
    """Let the version of today hear two streams, and pass over what it does not need."""
    async with served.serve():
        await send(
            served,
            record("other-a", 1, 1),
            record("other-a", 2, 100, unneeded=True),
            record("other-a", 3, 2),
            record("other-b", 1, 1000, unneeded=True),
        )
        await until(marked(served, "other-a", 3))
        await until(marked(served, "other-b", 1))
        await until(reaches(served, "echo-a", 3))
    assert await total(served, "other-a") == 3
    assert await total(served, "other-b") is None


async def test_events_passed_over_are_in_the_tables_before_the_new_version_starts(
    served: Served,
) -> None:
    await pass_over(served)
    tomorrow = of_tomorrow(served)
    with pytest.raises(SubscriptionGrown, match=f"counter hears {SUBTRACTED}.*`maarid migrate`"):
        async with tomorrow.serve():
            pass
    assert not await is_clean(tomorrow)
    begins, done = await follow(tomorrow)
    assert begins == f"counter now hears {SUBTRACTED}: its read tables are made again."
    assert done.startswith("Read tables of counter were made again from ")
    assert await total(served, "other-a") == 103
    assert await total(served, "other-b") == 1000
    assert await is_clean(tomorrow)
    assert await types_in(served) == {ADDED, SUBTRACTED}
    assert await follow(tomorrow) == []
    async with tomorrow.serve():
        # Another record of a version that has an effect by now is a repetition of it.
        await send(served, record("other-b", 1, 7, unneeded=True))
        await send(served, record("other-b", 2, 10, unneeded=True))
        await until(marked(served, "other-b", 2))
        await until(reaches(served, "echo-b", 10))
        assert await total(served, "other-b") == 1010
    rows = await served.pool.fetch("select (data ->> 'amount')::int as amount from events")
    echoed = [row["amount"] for row in rows]
    assert sorted(echoed) == [1, 2, 10], "no policy reacts to what was passed over"
    assert await is_clean(tomorrow)


async def test_what_policies_alone_need_keeps_no_version_from_hearing(served: Served) -> None:
    await pass_over(served)
    tomorrow = reacting_tomorrow(served)
    assert await follow(tomorrow) == []
    assert await types_in(served) == {ADDED}
    async with tomorrow.serve():
        await send(served, record("other-b", 2, 10, unneeded=True), record("other-c", 1, 5))
        await until(reaches(served, "echo-b", 10))
        await until(marked(served, "other-c", 1))
    # And back: the version of before hears on, and passes over.
    assert await follow(served) == []
    await send(served, record("other-b", 3, 20, unneeded=True), record("other-c", 2, 6))
    async with served.serve():
        await until(marked(served, "other-b", 3))
        await until(marked(served, "other-c", 2))
    assert await total(served, "other-c") == 11


async def test_a_version_that_runs_beside_the_migration_passes_nothing_over(
    served: Served, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    # The process that waits ends with its batch in hand; here it has to let go of it itself.
    monkeypatch.setattr(batches, "HOLD_SECONDS", 0.5)
    await pass_over(served)
    tomorrow = of_tomorrow(served)
    async with served.serve() as runtime:
        await asyncio.gather(
            follow(tomorrow),
            send(served, *(record("other-c", n, n, unneeded=n % 2 == 0) for n in range(1, 51))),
        )
        await send(served, record("other-d", 1, 5, unneeded=True), record("other-e", 1, 6))
        # It waits, and goes on to serve.
        await until(lambda: "MadeForAnotherVersion" in caplog.text, "it says why it waits")
        assert (
            await served.pool.fetchval("select count(*) from heard where stream = 'other-d'") == 0
        )
        assert await total(served, "other-e") is None
        assert await runtime.pool.fetchval("select 1") == 1
    async with tomorrow.serve():
        await until(reaches(served, "other-c", sum(range(1, 51))))
        await until(reaches(served, "other-d", 5))
        await until(reaches(served, "other-e", 6))
    assert await is_clean(tomorrow)


async def test_a_version_that_knows_nothing_of_it_is_kept_from_marking(served: Served) -> None:
    await pass_over(served)
    mark = "update log.heard set version = version where stream = 'other-a'"
    async with connected(served.dsn) as before:
        await before.execute(mark)
        await follow(of_tomorrow(served))
        # What 0.1.0 takes for a server that is away: it waits, and sets nothing aside.
        with pytest.raises(asyncpg.CannotConnectNowError, match="for a later version"):
            await before.execute(mark)
    await served.pool.execute(mark)


async def test_what_is_handed_back_is_heard_by_the_version_of_before_and_made_again_afterwards(
    served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    await pass_over(served)
    tomorrow = of_tomorrow(served)
    await follow(tomorrow)
    async with connected(served.owner_dsn) as owner, connected(served.dsn) as before:
        async with tomorrow.serve():
            assert await hand_back(owner)
            assert not await hand_back(owner)
            # A version that knows of the memory hears nothing, and the one of before passes over.
            await send(served, record("other-b", 2, 500, unneeded=True))
            await until(lambda: "MadeForAnotherVersion" in caplog.text, "it leaves it alone")
        mark = "update log.heard set version = 2, reacted = 2 where stream = 'other-b'"
        await before.execute(mark)
        with pytest.raises(SubscriptionGrown):
            await take_up(served.pool, "counter", tomorrow.definition.subscriptions)
        assert await is_outgrown(owner, types_of(tomorrow.definition.subscriptions))
        begins, _ = await follow(tomorrow)
        assert begins.startswith("counter was handed back to a version of before: ")
        assert await total(served, "other-b") == 1500
        assert await is_clean(tomorrow)
        with pytest.raises(asyncpg.CannotConnectNowError, match="maarid migrate --back"):
            await before.execute(mark)
    assert await types_in(served) == {ADDED, SUBTRACTED}


async def test_a_migration_that_dies_leaves_everything_as_it_was(served: Served) -> None:
    await pass_over(served)
    tomorrow = of_tomorrow(served)
    BROKEN.add(100)
    with pytest.raises(Bug):
        await follow(tomorrow)
    BROKEN.clear()
    assert await types_in(served) == {ADDED}
    assert await is_clean(served)
    async with served.serve():
        await send(served, record("other-c", 1, 4))
        await until(reaches(served, "other-c", 4))
    assert len(await follow(tomorrow)) == 2
    assert await is_clean(tomorrow)


async def test_of_two_that_migrate_at_once_one_makes_the_tables(served: Served) -> None:
    await pass_over(served)
    tomorrow = of_tomorrow(served)
    assert sorted(map(len, await asyncio.gather(follow(tomorrow), follow(tomorrow)))) == [0, 2]
    assert await is_clean(tomorrow)


async def test_a_version_that_starts_while_the_tables_are_made_waits(
    served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    await pass_over(served)
    tomorrow = of_tomorrow(served)
    async with connected(served.owner_dsn) as migrating:
        await migrating.execute("select pg_advisory_lock($1)", LOCK)

        async def started() -> None:
            async with tomorrow.serve():
                await until(marked(served, "other-b", 1))

        starting = asyncio.create_task(started())
        await until(lambda: "service.waits_for_migrations" in caplog.text, "it says that it waits")
        assert not starting.done()
        await migrating.execute("select pg_advisory_unlock($1)", LOCK)
        with pytest.raises(SubscriptionGrown):
            await starting


async def test_the_first_version_of_a_database_remembers_what_it_hears(served: Served) -> None:
    assert await types_in(served) == set()
    assert await take_up(served.pool, "counter", served.definition.subscriptions)
    assert await types_in(served) == {ADDED}
    # Nothing was heard, so nothing was passed over.
    assert await follow(of_tomorrow(served)) == []
    assert await types_in(served) == {ADDED, SUBTRACTED}


async def test_a_database_of_before_is_taken_for_what_is_heard_today(served: Served) -> None:
    await pass_over(served)
    async with connected(served.owner_dsn) as db:
        await db.execute("delete from subscriptions")
    assert await follow(served) == []
    assert await types_in(served) == {ADDED}


async def test_a_type_that_is_no_longer_heard_leaves_the_tables(served: Served) -> None:
    await pass_over(served)
    tomorrow = of_tomorrow(served)
    await follow(tomorrow)
    begins, _ = await follow(served)
    assert begins.startswith(f"counter no longer hears {SUBTRACTED}: ")
    assert await total(served, "other-a") == 3
    assert await is_clean(served)
    assert len(await follow(tomorrow)) == 2
    assert await is_clean(tomorrow)


async def test_tables_are_not_made_from_a_topic_that_has_lost_its_records(served: Served) -> None:
    await pass_over(served)
    async with connected(served.owner_dsn) as db:
        await db.execute(
            "insert into heard (topic, stream, version, reacted) values ($1, 'lost', 999, 999)",
            served.topic,
        )
    with pytest.raises(TopicLacksRecords, match="holds 6 records where 1005 events were heard"):
        await follow(of_tomorrow(served))
    assert await types_in(served) == {ADDED}


@pytest.mark.parametrize("service", [name for name in SERVICES if name != "registration"])
async def test_databases_of_before_know_what_services_heard(
    database: Databases, service: str
) -> None:
    made = definition_of(service)
    types = types_of(made.subscriptions)
    owner_dsn, _ = await database(service)
    since = ("_subscriptions", "_handing_back", "_types_heard")
    new = [one for one in made.migrations if one.id.endswith(since)]
    assert len(new) == len(since)
    async with connected(owner_dsn) as db:
        assert not await is_outgrown(db, types), "nothing is there yet"
        for migration in made.migrations:
            if migration not in new:
                await db.execute("create schema if not exists log")
                await db.execute(migration.sql)
        assert await is_outgrown(db, types), "nobody knows"
        topic = made.subscriptions[0].topic
        await db.execute("insert into heard (topic, stream, version) values ($1, 's', 1)", topic)
        for migration in new:
            await db.execute(migration.sql)
        known = await remembered(db)
        assert known
        assert lacking(known, heard_of(made.subscriptions)) == []


async def test_a_new_database_begins_with_what_its_version_hears(database: Databases) -> None:
    owner_dsn, dsn = await database("scheduling")
    await migrate(owner_dsn, role_of(dsn), definition_of("scheduling").migrations)
    async with connected(owner_dsn) as db:
        assert await remembered(db) == {}
