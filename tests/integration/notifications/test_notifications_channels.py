"""What a network can take: a limit that replicas share, rests, pauses, and credentials refused."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

import pytest

from chassis.process.tasks import end
from services.notifications.app import Settings, send
from services.notifications.messages.rows import channels
from services.notifications.messages.workers.dispatcher import MessageDispatcher
from services.notifications.networks.network import Denied, NotTaken, Throttled, Unanswered
from tests.conftest import Databases
from tests.integration.notifications.scripted import (
    DELIVERED,
    Scripted,
    Sending,
    most_in_a_second,
    sending_by,
)
from tests.waiting import eventually, until

RATE = 40
HALF = 80


async def state(sending: Sending, network: str) -> channels.ChannelState:
    async with sending.pool.acquire() as db:
        (found,) = [one for one in await channels.states(db) if one.network == network]
    return found


async def resume(sending: Sending, network: str) -> bool:
    async with sending.pool.acquire() as db:
        return await channels.resume(db, network)


async def test_two_replicas_keep_one_limit(database: Databases) -> None:
    sms = Scripted("sms", DELIVERED)
    async with sending_by(database, sms, rate=RATE) as sending:
        first, second = [
            MessageDispatcher(await sending.replica(), sending.carriers, settle_seconds=0)
            for _ in range(2)
        ]
        await asyncio.gather(*(sending.asked() for _ in range(HALF)))
        one = asyncio.create_task(first.send_round())
        await until(lambda: bool(sms.taken))
        # What is asked for while the first is at its messages is the other's.
        await asyncio.gather(*(sending.asked() for _ in range(HALF)))
        assert (await second.send_round(), await one) == (HALF, HALF)
        assert len({each.message_id for each in sms.taken}) == 2 * HALF
        # Each by itself would have given twice as many; a busy machine calls some late.
        assert most_in_a_second(sms.times) <= 1.4 * RATE
        assert sms.times[-1] - sms.times[0] >= 0.9 * (2 * HALF - 1) / RATE - channels.BURST_SECONDS


async def test_the_turns_of_a_network_follow_each_other_whoever_takes_them(
    database: Databases,
) -> None:
    async with sending_by(database, Scripted("sms", DELIVERED)) as sending:
        pools = [sending.pool, (await sending.replica()).pool]
        await channels.add(sending.pool, ["sms"])
        began = time.monotonic()
        given: list[float] = []

        async def take(at: int) -> None:
            turns = await channels.take_turns(pools[at % 2], "sms", 10 + at % 7, RATE)
            given.extend(turns.waits)

        for begin in range(0, 80, 8):
            await asyncio.gather(*(take(begin + at) for at in range(8)))
        # They were asked for more than there are: up to the horizon, and those that were unused.
        took = time.monotonic() - began
        first = RATE * channels.HORIZON_SECONDS
        assert first - 10 <= len(given) <= first + RATE * (took + channels.BURST_SECONDS) + 1


async def test_a_network_that_asks_to_wait_is_left_alone_for_so_long(database: Databases) -> None:
    sms = Scripted("sms", Throttled(2), DELIVERED)
    async with sending_by(database, sms) as sending:
        first = await sending.asked()
        await sending.round()
        assert (await sending.row(first))["waits_for"] == "channel_busy"
        second = await sending.asked()
        while len(sms.taken) < 3:
            await sending.round()
        assert sms.times[1] - sms.times[0] >= 1.9
        for message in (first, second):
            assert await sending.way(message) == ["sent 1", "delivered"]
        assert await sending.attempts(first) == ["not_taken", "delivered"]


async def test_refused_credentials_stop_the_channel_and_keep_its_messages(
    database: Databases,
) -> None:
    whatsapp, sms = Scripted("whatsapp", Denied(), DELIVERED), Scripted("sms", DELIVERED)
    async with sending_by(database, whatsapp, sms) as sending:
        first = await sending.asked()
        await sending.round()
        second, plain = await sending.asked(), await sending.asked(channel="sms")
        for _ in range(3):
            await sending.round()
        for message in (first, second):
            row = await sending.row(message)
            assert (row["status"], row["waits_for"]) == ("requested", "channel_stopped")
        # The other channel goes on, and nothing falls to it.
        assert [each.message_id for each in sms.taken] == [plain]
        assert len(whatsapp.taken) == 1
        stopped = await state(sending, "whatsapp")
        assert (stopped.state, stopped.reason) == ("stopped", "denied")
        assert await resume(sending, "whatsapp")
        assert not await resume(sending, "whatsapp")
        await sending.dispatcher.send_round()
        for message in (first, second):
            assert await sending.way(message) == ["sent 1", "delivered"]


async def test_a_paused_channel_sends_nothing_until_it_is_resumed(database: Databases) -> None:
    sms = Scripted("sms", DELIVERED)
    async with sending_by(database, sms) as sending:
        await channels.pause_all(sending.pool, ["sms"], "log_trusted")
        message = await sending.asked()
        await sending.round()
        assert (await sending.row(message))["waits_for"] == "channel_paused"
        assert (sms.taken, (await state(sending, "sms")).reason) == ([], "log_trusted")
        await resume(sending, "sms")
        await sending.dispatcher.send_round()
        assert await sending.way(message) == ["sent 1", "delivered"]


async def test_a_pause_holds_for_whoever_has_a_turn_already(database: Databases) -> None:
    """The pause comes between a message's turn and its attempt."""
    sms = Scripted("sms", DELIVERED)
    async with sending_by(database, sms, rate=2) as sending:
        for _ in range(3):
            await sending.asked()
        sending_all = asyncio.create_task(sending.round())
        await until(lambda: bool(sms.taken))
        async with sending.pool.acquire() as db:
            await channels.pause(db, "sms", "by_hand")
        given = len(sms.taken)
        await sending_all
        assert len(sms.taken) <= given + 1 < 3


@pytest.mark.parametrize("trouble", [NotTaken(), Unanswered()])
async def test_a_network_that_fails_again_and_again_rests(
    database: Databases, trouble: NotTaken | Unanswered
) -> None:
    sms = Scripted("sms", trouble)
    async with sending_by(database, sms) as sending:
        for _ in range(channels.FAILURES):
            await sending.asked()
        await sending.round()
        assert (await state(sending, "sms")).blocked
        given = len(sms.taken)
        assert given == channels.FAILURES
        late = await sending.asked()
        # It rests for a second and then is asked again; what was said then counts.
        sms.then(DELIVERED)
        while (await sending.row(late))["status"] != "delivered":
            await sending.round()
        assert sms.times[given] - sms.times[given - 1] >= 0.9
        assert (await state(sending, "sms")).failures == 0


async def test_on_a_log_that_is_trusted_nothing_is_sent_until_somebody_says_so(
    database: Databases,
) -> None:
    async with sending_by(database, Scripted("sms", DELIVERED)) as sending:
        message = await sending.asked()
        settings = Settings.model_construct(
            networks="pocket", ladder="sms", trust_log=True, pocket_seed=None, quiet_hours="none"
        )
        worker = asyncio.create_task(send(replace(sending.runtime, settings=settings)))
        try:
            await eventually(
                lambda: sending.row(message), lambda row: row["waits_for"] == "channel_paused"
            )
            assert await sending.attempts(message) == []
            await resume(sending, "pocket")
            await eventually(lambda: sending.row(message), lambda row: row["status"] == "delivered")
        finally:
            await end(worker)
