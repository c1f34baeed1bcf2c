"""Dead letters: found quickly among a million, and each stream goes on when it can."""

from __future__ import annotations

import pytest

from chassis.inbox.dead_letters import (
    MOST_COUNTED,
    PAGE,
    WISHED,
    DeadLetter,
    DeadLetters,
    count_dead_letters,
)
from chassis.kafka.envelope import Subject
from tests.integration.chassis.conftest import Counter
from tests.plans import MOST_MILLISECONDS, analyzed, plan_of

TOPIC = "other.events.v1"
MILLION = """
insert into log.dead_letters (topic, kafka_partition, kafka_offset, stream, version, type, headers,
                              reason, waiting, wish)
select $1, 0, n, 'count-' || n / 10, n % 10 + 1, 'x', '{}', 'odd', n % 10 > 0,
       case when n % 100000 = 50000 then 'retry' end
  from generate_series(1, 1000000) as n
"""


def letter(offset: int, version: int = 1, stream: str | None = "other-a") -> DeadLetter:
    return DeadLetter(0, offset, b"k", {}, None, Subject("x", stream, version))


@pytest.mark.timeout(300)
async def test_wishes_are_found_among_a_million_letters(counter: Counter) -> None:
    await counter.pool.execute(MILLION, TOPIC, timeout=200)
    await analyzed(counter.owner_dsn, "log.dead_letters")
    (await plan_of(counter.pool, WISHED, TOPIC, 0, PAGE)).is_quick("dead_letters")
    wished = await DeadLetters(TOPIC).wished(counter.pool)
    assert [stream for _, stream in wished] == [f"count-{n}" for n in range(5000, 100000, 10000)]
    assert await count_dead_letters(counter.pool) == MOST_COUNTED
    counting = "select count(*) from (select from log.dead_letters limit $1) as letters"
    assert (await plan_of(counter.pool, counting, MOST_COUNTED)).milliseconds < MOST_MILLISECONDS


async def test_a_waiting_letter_has_its_turn_once_nothing_is_before_it(counter: Counter) -> None:
    pool, dead_letters = counter.pool, DeadLetters(TOPIC)
    await dead_letters.set_aside(pool, letter(1), "odd")
    async with pool.acquire() as db, db.transaction():
        await dead_letters.wait_behind(db, letter(2, 2))
        await dead_letters.wait_behind(db, letter(3, 3))
    assert await dead_letters.wished(pool) == []
    await pool.execute("update dead_letters set wish = 'drop' where not waiting")
    # A process that dies after each letter leaves the rest of the stream to the next one.
    for version in (1, 2, 3):
        ((id_, stream),) = await dead_letters.wished(pool)
        found = await dead_letters.next(pool, id_, stream)
        assert found is not None
        assert found.subject.version == version
        await dead_letters.remove(pool, found)
    assert await dead_letters.wished(pool) == []
    assert await count_dead_letters(pool) == 0


async def test_a_letter_that_waits_for_one_that_is_gone_has_its_turn(counter: Counter) -> None:
    pool, dead_letters = counter.pool, DeadLetters(TOPIC)
    async with pool.acquire() as db, db.transaction():
        await dead_letters.wait_behind(db, letter(2, 2))
        await dead_letters.wait_behind(db, letter(3, 3))
    ((_, stream),) = await dead_letters.wished(pool)
    assert stream == "other-a"


async def test_a_letter_that_an_older_version_left_waiting_for_nothing_has_its_turn(
    counter: Counter,
) -> None:
    pool, dead_letters = counter.pool, DeadLetters(TOPIC)
    await dead_letters.set_aside(pool, letter(1), "odd")
    await dead_letters.set_aside(pool, letter(2, 2), "odd")
    await dead_letters.set_aside(pool, letter(3, 1, "other-b"), "odd")
    await pool.execute("update dead_letters set waiting = true where stream = 'other-a'")
    await dead_letters.resume_orphans(pool)
    assert [stream for _, stream in await dead_letters.wished(pool)] == ["other-a"]
    assert await pool.fetchval("select version from dead_letters where wish = 'retry'") == 1
