"""An event that concerns many: everybody is told once, in order, and nobody else waits for it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from typing import Any

import pytest_asyncio

from chassis.definition.runtime import Runtime
from chassis.process.tasks import end
from services.notifications.messages import policies
from services.notifications.messages.handlers import follow_log
from services.notifications.messages.rows.fanout import CLAIM
from services.notifications.messages.rows.figures import FiguresOut, figures
from services.notifications.messages.workers import fanout
from services.notifications.messages.workers.dispatcher import MessageDispatcher
from services.notifications.networks.carriers import only
from services.notifications.networks.rows import PocketPhone
from services.notifications.reminders.policies import move_reminders
from tests.conftest import Databases
from tests.integration.notifications.received import assigned, moved, released, reserved
from tests.integration.notifications.without_kafka import (
    FAIR,
    STARTS,
    WithoutKafka,
    heard,
    without_kafka,
)
from tests.running_service import uid
from tests.waiting import eventually, until

ORDER = """
select array_agg(m.template || ':' || (e.data ->> 'cause_version') order by p.number)
  from phone_messages as p join messages as m using (message_id)
  join log.events as e on e.event_id = m.requested_by
 group by p.contact_id
"""


@pytest_asyncio.fixture(loop_scope="session")
async def notifications(database: Databases) -> AsyncGenerator[WithoutKafka]:
    async with without_kafka(database) as made:
        yield made


def dispatcher(runtime: Runtime) -> MessageDispatcher:
    phone = PocketPhone(runtime.pool, runtime.clock)
    return MessageDispatcher(runtime, only(phone), settle_seconds=0)


async def count(notifications: WithoutKafka, table: str) -> int:
    return await notifications.pool.fetchval(f"select count(*) from {table}")


async def contact_of(notifications: WithoutKafka, session: str) -> tuple[str, str]:
    row = await notifications.pool.fetchrow(
        "select contact_id::text, seat_id::text from seats where session_id = $1 and not waited"
        " limit 1",
        session,
    )
    assert row is not None
    return row["contact_id"], row["seat_id"]


class Working:
    """Replicas that send and tell, until the end of a block."""

    def __init__(self, *runtimes: Runtime) -> None:
        self._runtimes = runtimes
        self._tasks: list[asyncio.Task[Any]] = []

    async def __aenter__(self) -> None:
        for runtime in self._runtimes:
            self._tasks.append(asyncio.create_task(dispatcher(runtime).run()))
            self._tasks.append(asyncio.create_task(fanout.request_many(runtime)))

    async def __aexit__(self, *_: object) -> None:
        await end(*self._tasks)


async def test_a_move_is_written_down_at_once_and_told_once_to_each_contact(
    notifications: WithoutKafka,
) -> None:
    seats = 3000
    session = await notifications.workshop(seats)
    contact, _ = await contact_of(notifications, session)
    # Somebody who has a seat and waits for another, and somebody who came after the move.
    insert = "insert into seats values ($1, $2, $3, $4, true, $5)"
    await notifications.pool.execute(insert, uid(), session, FAIR, contact, 7)
    await notifications.pool.execute(insert, uid(), session, FAIR, uid(), seats + 5)
    runtime = await notifications.replica()
    event = heard(moved(FAIR, session, STARTS), f"workshop-{session}", seats + 1)
    began = time.monotonic()
    for _ in range(2):  # ReceivedEvent twice, it is the same.
        await policies.tell_seats(event, runtime)
        await move_reminders(event, runtime)
    # One statement each: asked for one by one, they would take ten times as long.
    assert time.monotonic() - began < 5
    assert await count(notifications, "fanout") == seats
    assert await count(notifications, "timers") == seats * 9 // 10
    pages = 0
    while await fanout.request_page(runtime):
        pages += 1
    assert pages == seats // fanout.PAGE
    rows = await notifications.pool.fetch(
        "select contact_id::text, arguments ->> 'waited' as waited from messages"
    )
    assert len({row["contact_id"] for row in rows}) == len(rows) == seats
    assert {row["waited"] for row in rows if row["contact_id"] == contact} == {"false"}
    assert sum(row["waited"] == "true" for row in rows) == seats // 10
    # A process that died before it acknowledged hears it again, and asks for the same messages.
    await policies.tell_seats(event, runtime)
    while await fanout.request_page(runtime):
        pass
    assert await count(notifications, "messages") == seats


async def test_a_replica_that_dies_over_a_page_leaves_it_to_the_next(
    notifications: WithoutKafka,
) -> None:
    session = await notifications.workshop(40)
    runtime, other = await notifications.replica(), await notifications.replica()
    event = heard(moved(FAIR, session, STARTS), f"workshop-{session}", 41)
    await policies.tell_seats(event, runtime)
    # It has claimed the rows, asked for the messages, and died before it could delete them.
    rows = await runtime.pool.fetch(CLAIM, 25, 0.0)
    await fanout.request_page(runtime)
    assert len(rows) == 25
    await policies.tell_seats(event, runtime)
    await notifications.pool.execute("update fanout set due = clock_timestamp()")
    await asyncio.gather(fanout.request_page(runtime), fanout.request_page(other))
    assert await count(notifications, "fanout") == 0
    assert await count(notifications, "messages") == 40


async def test_a_message_after_a_move_is_read_after_it_though_it_was_asked_for_first(
    notifications: WithoutKafka,
) -> None:
    session = await notifications.workshop(2)
    stream = f"workshop-{session}"
    contact, seat = await contact_of(notifications, session)
    runtime = await notifications.replica()
    # The clock of the replica that moved the workshop is ahead of the other's.
    await policies.tell_contact(
        heard(reserved(FAIR, session, contact, seat), stream, 3, ahead=40), runtime
    )
    await policies.tell_seats(heard(moved(FAIR, session, STARTS), stream, 4, ahead=40), runtime)
    await policies.tell_contact(heard(released(FAIR, session, contact, seat), stream, 5), runtime)
    sending = dispatcher(runtime)
    await sending.send_round()
    waits = await notifications.pool.fetch("select version, waits_for from sending")
    assert [tuple(row) for row in waits] == [(5, "earlier_message")]
    await fanout.request_page(runtime)
    await until(lambda: sent_all(notifications, sending))
    orders = await notifications.pool.fetch(ORDER)
    assert ["seat_reserved:3", "session_moved:4", "seat_released:5"] in [row[0] for row in orders]


async def sent_all(notifications: WithoutKafka, sending: MessageDispatcher) -> bool:
    await sending.send_round()
    return await count(notifications, "sending") == 0


async def test_facts_of_a_stream_are_read_by_version_though_clocks_are_40_seconds_apart(
    notifications: WithoutKafka,
) -> None:
    """Two replicas send, and two of another service whose clocks differ have spoken in turn."""
    await notifications.workshop(60)
    contacts = [
        str(row["contact_id"])
        for row in await notifications.pool.fetch("select contact_id from contacts")
    ]
    first, second = await notifications.replica(), await notifications.replica()
    for version in range(1, 7):
        ahead = 40 if version % 2 else 0
        runtime = first if version % 3 else second
        told = (
            heard(assigned(FAIR, contact, f"P-{version}"), f"floor-{n}", version, ahead=ahead)
            for n, contact in enumerate(contacts)
        )
        await asyncio.gather(*(policies.tell_contact(event, runtime) for event in told))
    async with Working(first, second):
        await eventually(lambda: count(notifications, "phone_messages"), lambda n: n == 360, 60)
    orders = await notifications.pool.fetch(ORDER)
    expected = [f"booth_assigned:{version}" for version in range(1, 7)]
    assert [row[0] for row in orders] == [expected] * len(contacts)


async def test_figures_count_the_messages_that_exist_and_those_yet_to_come(
    notifications: WithoutKafka,
) -> None:
    session = await notifications.workshop(600)
    runtime = await notifications.replica()
    event = heard(moved(FAIR, session, STARTS), f"workshop-{session}", 601)
    await policies.tell_seats(event, runtime)
    await notifications.pool.execute(
        "update contacts set consent = false where contact_id in"
        " (select contact_id from contacts order by contact_id limit 30)"
    )
    await follow_log(runtime.pool)
    before = await figures(runtime.pool, FAIR)
    assert (before.messages, before.pending_by_reason) == (0, {"queued": 600})

    async def counted() -> FiguresOut:
        await follow_log(runtime.pool)
        return await figures(runtime.pool, FAIR)

    async with Working(runtime):
        # A message leaves the queue a moment after its last event.
        after = await eventually(
            counted, lambda now: now.messages == 600 and not now.pending_by_reason, 60
        )
    assert after.by_status == {"delivered": 570, "failed": 30}
    assert after.by_language == {"fr": 570}
    assert after.by_channel == {"sms": 570}
    assert after.by_template == {"session_moved": 600}
    assert after.failed_by_reason == {"no_consent": 30}
