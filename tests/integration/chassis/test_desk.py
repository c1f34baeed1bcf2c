"""The desk on the real PostgreSQL: each command exactly once, whatever happens."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, cast
from uuid import uuid4

import asyncpg
import pytest
from prometheus_client import REGISTRY

from chassis.log import rounds
from chassis.log.context import CommandContext
from chassis.log.desk import CommandIdReused, Desk
from chassis.log.events import Fact
from chassis.postgres.clock import Clock
from servers import Stack
from tests.counter import COUNT, DECIDERS, EVENT_TYPES, Add, Added, Refused
from tests.integration.chassis.conftest import Counter, context


async def heads(counter: Counter) -> tuple[int, int]:
    row = await counter.pool.fetchrow(
        "select count(*) as n, coalesce(max(position), 0) as head from events"
    )
    assert row is not None
    return row["n"], row["head"]


async def test_a_command_becomes_an_event_and_a_row_of_the_read_table(counter: Counter) -> None:
    desk = await counter.desk()
    outcome = await desk.execute(COUNT.stream("a"), Add(3), context())
    assert outcome.events == [Added(3)]
    assert [fact.version for fact in outcome.facts] == [1]
    assert await counter.pool.fetchval("select total from counts where stream = 'count-a'") == 3


async def test_the_figures_of_alerts_are_counted_from_zero_on(counter: Counter) -> None:
    await counter.desk()
    for name, labels in (
        ("maarid_conflicts_total", {"service": "counter"}),
        ("maarid_decisions_total", {"service": "counter", "outcome": "busy"}),
    ):
        assert REGISTRY.get_sample_value(name, labels) is not None, name


async def test_the_same_command_again_has_the_same_outcome_and_writes_nothing(
    counter: Counter,
) -> None:
    desk = await counter.desk()
    wish = context()
    first = await desk.execute(COUNT.stream("a"), Add(3), wish)
    again = await desk.execute(COUNT.stream("a"), Add(3), wish)
    assert again.repeated
    assert again.facts == first.facts
    assert await heads(counter) == (1, 1)


async def test_the_same_command_twice_at_once_is_decided_once(counter: Counter) -> None:
    desk = await counter.desk()
    wish = context()
    first, second = await asyncio.gather(
        desk.execute(COUNT.stream("a"), Add(3), wish), desk.execute(COUNT.stream("a"), Add(3), wish)
    )
    assert first.facts == second.facts
    assert await heads(counter) == (1, 1)


async def test_a_refusal_is_remembered_with_its_details(counter: Counter) -> None:
    desk = await counter.desk()
    wish = context()
    for _ in range(2):
        with pytest.raises(Refused) as caught:
            await desk.execute(COUNT.stream("a"), Add(-1), wish)
        assert (caught.value.code, caught.value.details) == ("negative", {"amount": -1})
    assert await heads(counter) == (0, 0)


async def test_a_command_id_with_another_body_or_stream_is_refused(counter: Counter) -> None:
    desk = await counter.desk()
    id_ = uuid4()
    await desk.execute(
        COUNT.stream("a"), Add(1), CommandContext(id_, "organiser:test", request_hash=b"one")
    )
    with pytest.raises(CommandIdReused):
        await desk.execute(
            COUNT.stream("a"), Add(2), CommandContext(id_, "organiser:test", request_hash=b"two")
        )
    with pytest.raises(CommandIdReused):
        await desk.execute(
            COUNT.stream("b"), Add(1), CommandContext(id_, "organiser:test", request_hash=b"one")
        )


async def test_already_so_is_an_outcome_without_events(counter: Counter) -> None:
    desk = await counter.desk()
    wish = context()
    assert (await desk.execute(COUNT.stream("a"), Add(0), wish)).facts == ()
    assert (await desk.execute(COUNT.stream("a"), Add(0), wish)).repeated


async def test_two_desks_on_one_stream_never_lose_or_double_a_command(counter: Counter) -> None:
    desks = [await counter.desk(), await counter.desk()]

    async def caller(desk: Desk) -> int:
        accepted = 0
        for _ in range(40):
            try:
                await desk.execute(COUNT.stream("hot"), Add(1, limit=500), context())
                accepted += 1
            except Refused:
                continue
        return accepted

    accepted = sum(await asyncio.gather(*(caller(desks[n % 2]) for n in range(16))))
    assert accepted == 500
    assert await heads(counter) == (500, 500)
    assert await counter.pool.fetchval("select total from counts") == 500


async def test_a_poisonous_command_fails_alone(counter: Counter) -> None:
    desk = await counter.desk()
    results = await asyncio.gather(
        desk.execute(COUNT.stream("a"), Add(1), context()),
        desk.execute(COUNT.stream("a"), cast(Any, "not a command"), context()),
        desk.execute(COUNT.stream("a"), Add(2), context()),
        return_exceptions=True,
    )
    assert [type(result).__name__ for result in results] == ["Outcome", "TypeError", "Outcome"]
    assert await counter.pool.fetchval("select total from counts") == 3


def desk_with(
    counter: Counter, project: Callable[[Any, Sequence[Fact[Any]]], Awaitable[None]]
) -> Desk:
    return Desk(
        service="counter",
        pool=counter.pool,
        event_types=EVENT_TYPES,
        deciders=DECIDERS,
        project=project,
        clock=Clock(simulated=False),
    )


async def insert_plainly(db: Any, facts: Sequence[Fact[Any]]) -> None:
    """A projection that does not expect a row to be there already."""
    for fact in facts:
        if fact.version == 1:
            await db.execute("insert into counts values ($1, 0, 1)", fact.stream)


async def test_a_row_that_another_replica_has_just_written_is_a_race(counter: Counter) -> None:
    desks = [desk_with(counter, insert_plainly) for _ in range(2)]
    for desk in desks:
        await desk.start()
    for number in range(20):
        wish = context()
        both = [desk.execute(COUNT.stream(f"{number}"), Add(1), wish) for desk in desks]
        first, second = await asyncio.gather(*both)
        assert first.facts == second.facts
    for desk in desks:
        await desk.stop()
    assert await heads(counter) == (20, 20)


async def test_a_row_that_is_always_in_the_way_fails_its_command_alone(counter: Counter) -> None:
    await counter.pool.execute("insert into counts values ('count-bad', 0, 0)")
    desk = desk_with(counter, insert_plainly)
    await desk.start()
    results = await asyncio.gather(
        *(desk.execute(COUNT.stream(f"{name}"), Add(1), context()) for name in ("a", "bad", "b")),
        return_exceptions=True,
    )
    await desk.stop()
    kinds = [type(result).__name__ for result in results]
    assert kinds == ["Outcome", "UniqueViolationError", "Outcome"]


async def test_a_long_stream_is_read_in_pieces(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "PIECE", 7)
    first = await counter.desk()
    streams = [COUNT.stream(name) for name in "abc"]
    for stream, events in zip(streams, (20, 7, 3), strict=True):
        await asyncio.gather(*(first.execute(stream, Add(1), context()) for _ in range(events)))
    second = await counter.desk()
    found = await asyncio.gather(*(second.state(stream) for stream in streams))
    assert [state.total for state in found] == [20, 7, 3]


async def test_a_cut_connection_costs_nobody_anything(counter: Counter, stack: Stack) -> None:
    desk = await counter.desk()
    database = counter.owner_dsn.split("?")[0].rpartition("/")[2]
    admin = await asyncpg.connect(stack.admin_dsn)
    try:

        async def cut() -> None:
            for _ in range(5):
                await desk.execute(COUNT.stream("b"), Add(1), context())
                await admin.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity"
                    " where application_name = 'counter-test' and datname = $1",
                    database,
                )

        adding = [desk.execute(COUNT.stream("a"), Add(1), context()) for _ in range(200)]
        await asyncio.gather(cut(), *adding)
    finally:
        await admin.close()
    assert await heads(counter) == (205, 205)


async def test_the_services_role_cannot_change_the_log(counter: Counter) -> None:
    desk = await counter.desk()
    await desk.execute(COUNT.stream("a"), Add(1), context())
    for statement in (
        "update log.events set data = '{}'",
        "delete from log.events",
        "truncate log.events",
        "insert into log.events (position, stream, version, type, data, event_id, command_id,"
        " correlation_id, actor, occurred_at) values (99, 's', 1, 't', '{}', gen_random_uuid(),"
        " gen_random_uuid(), gen_random_uuid(), 'x', now())",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await counter.pool.execute(statement)
