"""How many codes are sent, whichever replica is asked, and what an alarm says."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta

import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from chassis.answers.problems import Problem
from chassis.definition.runtime import Runtime
from chassis.log.context import CommandContext
from chassis.process.ids import command_id_of
from services.notifications.codes import handlers
from tests.integration.codes.asking import (
    AGE,
    FAIR,
    OTHERS,
    SLOW,
    asked,
    granted,
    number,
    sent,
    texts,
)
from tests.integration.replicas.two_replicas import Replicas
from tests.running_service import refusal

pytestmark = pytest.mark.any_stack


async def test_a_code_overtakes_a_thousand_messages_that_wait(replicas: Replicas) -> None:
    await replicas.owner.execute(
        "insert into sending (message_id, due, contact_id, turn, since)"
        " select gen_random_uuid(), '-infinity', gen_random_uuid(), gen_random_uuid(), '-infinity'"
        " from generate_series(1, 1000)"
    )
    code_id = await granted(replicas)
    await sent(replicas)
    assert len(await texts(replicas, code_id)) == 1


async def test_a_number_gets_three_codes_in_ten_minutes_and_eight_in_a_day(
    replicas: Replicas,
) -> None:
    for _ in range(4):
        answers = [await asked(replicas, n % 2) for n in range(4)]
        assert {answer.status_code for answer in answers} == {202}
        await replicas.owner.execute(AGE, timedelta(minutes=11))
    granted_ = "select count(*) from codes where granted"
    assert await replicas.owner.fetchval(granted_) == 8
    await replicas.owner.execute(AGE, timedelta(days=1))
    await asked(replicas)
    assert await replicas.owner.fetchval(granted_) == 9


async def test_of_twelve_at_once_at_both_replicas_three_are_sent(replicas: Replicas) -> None:
    # A slow disk: whoever counts before the other has committed would count too little.
    await replicas.owner.execute(SLOW)
    try:
        answers = await asyncio.gather(
            *(asked(replicas, n % 2, address=f"192.0.2.{n}") for n in range(12))
        )
    finally:
        await replicas.owner.execute("drop function slow() cascade")
    assert {answer.status_code for answer in answers} == {202}
    granted_ = "select count(*) filter (where granted), count(*) from codes"
    assert tuple(await replicas.owner.fetchrow(granted_)) == (3, 12)


async def test_an_address_is_told_after_how_long_it_may_ask_again(replicas: Replicas) -> None:
    # Of IPv6 the network counts: its holder has as many addresses as there are in it.
    addresses = [f"2001:db8:0:7::{n:x}" for n in range(1, 22)]
    answers = [
        await asked(replicas, n % 2, phone=number(n), address=address)
        for n, address in enumerate(addresses)
    ]
    assert [answer.status_code for answer in answers] == [202] * 20 + [429]
    assert refusal(answers[-1]) == (429, "too_many_codes")
    assert 500 < int(answers[-1].headers["retry-after"]) <= 600
    assert (await asked(replicas, address="2001:db8:0:8::1", phone=number(30))).status_code == 202
    await replicas.owner.execute(AGE, timedelta(minutes=10))
    assert (await asked(replicas, address=addresses[0], phone=number(31))).status_code == 202


async def test_what_one_number_costs_an_address_does_not_tell_whether_it_got_a_code(
    replicas: Replicas,
) -> None:
    """Else who asks until 429 comes could count how many of the answers were codes."""
    answers = [await asked(replicas, phone=number(1)) for _ in range(21)]
    assert [answer.status_code for answer in answers] == [202] * 20 + [429]


async def test_no_more_is_spent_in_a_day_than_the_cap(
    replicas: Replicas, monkeypatch: pytest.MonkeyPatch
) -> None:
    for replica in replicas.both:
        monkeypatch.setattr(replica.runtime.settings, "codes_mad_a_day", 3)
    answers = [
        await asked(replicas, n % 2, phone=number(n), fair_id=FAIR, language="fr") for n in range(8)
    ]
    assert [answer.status_code for answer in answers] == [202] * 6 + [429] * 2
    assert await replicas.owner.fetchval("select sum(cost_mad) from codes") == 3


async def test_ten_thousand_numbers_from_five_hundred_addresses_get_few_codes_and_an_alarm(
    replicas: Replicas,
) -> None:
    chance = random.Random(14)
    numbers = [f"06{chance.randrange(10**8):08}" for _ in range(10_000)]
    addresses = [f"198.51.{n // 250}.{n % 250 + 1}" for n in range(500)]

    async def pump(replica: Runtime, share: Sequence[str]) -> int:
        got = 0
        for n, phone in enumerate(share):
            context = CommandContext(command_id_of("service:pump", f"{phone}{n}"), "service:pump")
            fair = (FAIR, *OTHERS, None)[n % 4]
            with suppress(Problem):
                await handlers.ask(replica, context, phone, addresses[n % 500], None, fair)
                got += 1
        return got

    def refused() -> float:
        names = ("all", "fair", "spend", "prefix")
        return sum(
            REGISTRY.get_sample_value("maarid_codes_total", {"outcome": name}) or 0
            for name in names
        )

    before = refused()
    with capture_logs() as lines:
        first, second = (replica.runtime for replica in replicas.both)
        at_each = await asyncio.gather(
            *(pump(first, numbers[n:5000:4]) for n in range(4)),
            *(pump(second, numbers[5000 + n :: 4]) for n in range(4)),
        )
    sent_ = await replicas.owner.fetchval("select count(*) from codes where granted")
    assert sent_ <= 300
    # All that fits was given out, by both of them.
    assert sent_ == sum(at_each) >= 240
    assert min(sum(at_each[:4]), sum(at_each[4:])) > 0
    messages = """
    select count(*) from log.events as e join codes as c on e.stream = 'message-' || c.code_id
    """
    assert await replicas.owner.fetchval(messages) == sent_
    # The table does not grow with what is refused.
    assert await replicas.owner.fetchval("select count(*) from codes") <= 300

    alarms = [line for line in lines if line["event"] == "codes.limit_reached"]
    assert {line["limit"] for line in alarms} >= {"all"}
    assert {line["log_level"] for line in alarms} == {"error"}
    assert len(alarms) <= 8
    assert refused() - before >= 9_000
    assert not any(phone[1:] in str(lines) for phone in numbers)
