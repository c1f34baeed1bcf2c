"""A message goes from channel to channel until it arrives, and never twice where nobody knows."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from chassis.log.events import read_after
from cli.audit.checks import Messages
from services.notifications.messages.handlers import (
    EVENT_TYPES,
    follow_log,
    hear_pocket,
    take_reports,
    timer_of,
)
from services.notifications.messages.rows import attempts
from services.notifications.messages.rows.sending import Finished, done
from services.notifications.messages.tellings import Template
from services.notifications.messages.workers.dispatcher import MessageDispatcher
from services.notifications.messages.workers.sender import TIMES_ASKED
from services.notifications.networks.carriers import Carriers, only
from services.notifications.networks.mischief import Mischief
from services.notifications.networks.network import (
    NotTaken,
    Outgoing,
    Receipt,
    Reported,
    Unanswered,
)
from services.notifications.networks.routing import Route
from services.notifications.networks.rows import POCKET_RECEIPT, Played, PocketPhone
from tests.conftest import Databases
from tests.integration.notifications.scripted import (
    ACCEPTED,
    DELIVERED,
    READ,
    UNREACHED,
    Scripted,
    sending_by,
)

NO_WHATSAPP = Receipt("failed", "no_whatsapp")


async def test_a_phone_without_whatsapp_gets_an_sms(database: Databases) -> None:
    whatsapp, sms = Scripted("whatsapp", NO_WHATSAPP), Scripted("sms", DELIVERED)
    async with sending_by(database, whatsapp, sms) as sending:
        message = await sending.asked()
        plain = await sending.asked(channel="sms")
        assert await sending.round() == 2
        assert await sending.way(message) == ["attempt_failed 1", "sent 2", "delivered"]
        assert await sending.way(plain) == ["sent 1", "delivered"]
        row = await sending.row(message)
        assert (row["status"], row["channel"], row["rung"]) == ("delivered", "sms", 2)
        assert row["attempt_reason"] == "no_whatsapp"
        # The log says that the message goes on, and there is nothing left to do.
        await sending.round()
        assert not (await sending.row(message))["queued"]
        assert (len(whatsapp.taken), len(sms.taken)) == (1, 2)
        counted = await sending.counted()
        assert counted.by_status == {"delivered": 2}
        assert counted.by_channel == {"sms": 2}
        assert counted.by_language == {"fr": 2}
        assert (counted.fell_back, counted.attempts_failed_by_reason) == (1, {"no_whatsapp": 1})
        assert counted.pending_by_reason == {}


async def test_what_fails_after_it_was_taken_goes_on_and_late_receipts_change_nothing(
    database: Databases,
) -> None:
    whatsapp, sms = Scripted("whatsapp", ACCEPTED), Scripted("sms", ACCEPTED)
    async with sending_by(database, whatsapp, sms) as sending:
        message = await sending.asked()
        await sending.round()
        assert await sending.way(message) == ["sent 1"]
        assert not (await sending.row(message))["queued"]
        await sending.report(whatsapp, UNREACHED)
        counted = await sending.counted()
        await sending.round()
        way = ["sent 1", "attempt_failed 1", "sent 2"]
        assert await sending.way(message) == way
        assert (len(whatsapp.taken), len(sms.taken)) == (1, 1)
        for receipt in (UNREACHED, ACCEPTED):
            await sending.report(whatsapp, receipt)
        assert await sending.way(message) == way
        await sending.report(sms, READ)
        for receipt in (DELIVERED, ACCEPTED, UNREACHED, READ):
            await sending.report(sms, receipt)
            await sending.report(whatsapp, receipt)
        assert await sending.way(message) == [*way, "delivered", "read"]
        assert not await sending.has_timer(message)
        await sending.round()
        assert (len(whatsapp.taken), len(sms.taken)) == (1, 1)
        counted = await sending.counted()
        assert (counted.by_status, counted.by_language) == ({"read": 1}, {"fr": 1})
        assert counted.by_channel == {"sms": 1, "whatsapp": 1}
        assert counted.pending_by_reason == {}


async def test_a_receipt_that_does_not_come_is_a_failure_and_the_last_one_ends_the_message(
    database: Databases,
) -> None:
    whatsapp, sms = Scripted("whatsapp", ACCEPTED), Scripted("sms", ACCEPTED)
    async with sending_by(database, whatsapp, sms) as sending:
        message = await sending.asked()
        await sending.round()
        await sending.no_receipt_comes(message)
        await sending.round()
        assert len(sms.taken) == 1
        await sending.no_receipt_comes(message)
        await sending.round()
        way = ["sent 1", "attempt_failed 1", "sent 2", "attempt_failed 2", "failed"]
        assert await sending.way(message) == way
        row = await sending.row(message)
        assert (row["status"], row["reason"], row["queued"]) == ("failed", "no_receipt", False)
        await sending.report(sms, DELIVERED)
        assert await sending.way(message) == way


async def test_a_text_that_arrived_after_we_gave_up_its_channel_counts(
    database: Databases,
) -> None:
    whatsapp, sms = Scripted("whatsapp", ACCEPTED), Scripted("sms", NotTaken("down"))
    async with sending_by(database, whatsapp, sms) as sending:
        message = await sending.asked()
        await sending.round()
        await sending.no_receipt_comes(message)
        await sending.round()
        await sending.report(whatsapp, DELIVERED)
        await sending.round()
        assert await sending.way(message) == ["sent 1", "attempt_failed 1", "delivered"]
        assert (len(sms.taken), (await sending.row(message))["queued"]) == (1, False)


@pytest.mark.parametrize(
    ("knows", "way", "fell_back"),
    [
        (DELIVERED, ["sent 1", "delivered"], False),
        (READ, ["sent 1", "delivered", "read"], False),
        (UNREACHED, ["sent 1", "attempt_failed 1", "sent 2"], True),
        (ACCEPTED, ["sent 1", "attempt_failed 1", "sent 2"], True),
        (None, ["sent 1", "attempt_failed 1", "sent 2"], True),
    ],
)
async def test_a_network_is_asked_for_the_receipt_before_a_message_goes_on_to_its_next_channel(
    database: Databases, knows: Receipt | None, way: list[str], fell_back: bool
) -> None:
    whatsapp, sms = Scripted("whatsapp", ACCEPTED), Scripted("sms", ACCEPTED)
    whatsapp.knows = knows
    async with sending_by(database, whatsapp, sms) as sending:
        message = await sending.asked()
        await sending.round()
        assert whatsapp.asked == []
        await sending.no_receipt_comes(message)
        await sending.round()
        assert whatsapp.asked == [whatsapp.taken[0].reference]
        assert await sending.way(message) == way
        assert (len(sms.taken), len(whatsapp.taken)) == (int(fell_back), 1)
        assert not (await sending.row(message))["queued"]
        assert await sending.has_timer(message) is fell_back


async def test_a_network_that_is_not_reached_is_asked_some_more_times(database: Databases) -> None:
    whatsapp, sms = Scripted("whatsapp", ACCEPTED), Scripted("sms", ACCEPTED)
    whatsapp.knows = NotTaken("no session is bound here")
    async with sending_by(database, whatsapp, sms) as sending:
        message, other = await sending.asked(), await sending.asked()
        await sending.round()
        for each in (message, other):
            await sending.no_receipt_comes(each)
        await sending.round()
        assert await sending.way(message) == ["sent 1"]
        assert (await sending.row(message))["waits_for"] == "no_receipt"
        # Of one it is heard meanwhile; of the other nobody ever says anything.
        at = next(n for n, each in enumerate(whatsapp.taken) if each.message_id == other)
        await sending.report(whatsapp, DELIVERED, at)
        for _ in range(TIMES_ASKED):
            await sending.round()
        assert await sending.way(message) == ["sent 1", "attempt_failed 1", "sent 2"]
        assert await sending.way(other) == ["sent 1", "delivered"]
        assert len(sms.taken) == 1


@pytest.mark.parametrize(
    ("early", "way", "by_sms"),
    [
        (DELIVERED, ["sent 1", "delivered"], 0),
        (READ, ["sent 1", "delivered", "read"], 0),
        (UNREACHED, ["attempt_failed 1", "sent 2", "delivered"], 1),
    ],
)
async def test_a_receipt_may_come_before_the_answer(
    database: Databases, early: Receipt, way: list[str], by_sms: int
) -> None:
    async def report_first(outgoing: Outgoing) -> Receipt:
        await sending.report(whatsapp, early)
        return ACCEPTED

    whatsapp, sms = Scripted("whatsapp", report_first), Scripted("sms", DELIVERED)
    async with sending_by(database, whatsapp, sms) as sending:
        message = await sending.asked()
        await sending.round()
        await sending.round()
        assert await sending.way(message) == way
        assert (len(sms.taken), (await sending.row(message))["queued"]) == (by_sms, False)


async def test_a_receipt_of_what_nobody_knows_or_of_another_network_is_harmless(
    database: Databases,
) -> None:
    sms = Scripted("sms", Receipt("accepted", network_id="7"))
    async with sending_by(database, sms) as sending:
        message = await sending.asked()
        await sending.round()
        ours = sms.taken[0].reference
        for network, reported in (
            ("sms", Reported(DELIVERED, "0192f5c4-9b22-7c3d-9e5a-2d3c4b5e6f7a")),
            ("sms", Reported(Receipt("delivered", network_id="8"))),
            ("sms", Reported(DELIVERED)),
            ("whatsapp", Reported(DELIVERED, ours)),
            ("whatsapp", Reported(Receipt("delivered", network_id="7"))),
        ):
            await take_reports(sending.runtime, [(network, reported)])
        assert await sending.way(message) == ["sent 1"]
        known = Reported(Receipt("delivered", network_id="7"))
        await take_reports(sending.runtime, [("sms", known)])
        assert await sending.way(message) == ["sent 1", "delivered"]


async def test_what_may_have_been_sent_is_sent_again_once_where_that_is_harmless(
    database: Databases,
) -> None:
    sms = Scripted("sms", Unanswered())
    async with sending_by(database, sms) as sending:
        message, offer = await sending.asked(), await sending.asked(Template.PLACE_OFFERED)
        await sending.round()
        for _ in range(3):
            await sending.round()
        assert len(sms.taken) == 2
        assert (await sending.row(message))["waits_for"] == "unknown"
        for each in (message, offer):
            await sending.age(each, 11)
        await sending.round()
        assert [each.message_id for each in sms.taken[2:]] == [message]
        # Now it is the desk's, as the offer is at once.
        await sending.age(message, 11)
        await sending.round()
        assert await sending.round() == 0
        assert len(sms.taken) == 3
        assert (await sending.attempts(message), await sending.attempts(offer)) == (
            [None, None],
            [None],
        )
        counted = await sending.counted()
        assert counted.pending_by_reason == {"unknown": 2}


@pytest.mark.parametrize("receipt", [ACCEPTED, DELIVERED, UNREACHED])
async def test_a_receipt_settles_what_was_unknown(database: Databases, receipt: Receipt) -> None:
    sms = Scripted("sms", Unanswered())
    async with sending_by(database, sms) as sending:
        message = await sending.asked(Template.PLACE_OFFERED)
        await sending.round()
        await sending.age(message, 11)
        await sending.round()
        assert str((await sending.row(message))["due"].year) == "9999"
        await sending.report(sms, receipt)
        if receipt is UNREACHED:
            await sending.dispatcher.send_round()
        assert not (await sending.row(message))["queued"]
        way = {"accepted": ["sent 1"], "delivered": ["sent 1", "delivered"]}
        failed = ["attempt_failed 1", "failed"]
        assert await sending.way(message) == way.get(receipt.outcome, failed)
        assert len(sms.taken) == 1


@pytest.mark.parametrize(
    ("knows", "way", "calls"),
    [
        (ACCEPTED, ["sent 1"], 1),
        (DELIVERED, ["sent 1", "delivered"], 1),
        (Receipt("not_taken"), ["sent 1", "delivered"], 2),
    ],
)
async def test_a_network_that_knows_what_became_of_a_text_is_asked(
    database: Databases, knows: Receipt, way: list[str], calls: int
) -> None:
    sms = Scripted("sms", Unanswered(), DELIVERED)
    sms.knows = knows
    async with sending_by(database, sms) as sending:
        message = await sending.asked(Template.PLACE_OFFERED)
        await sending.round()
        await sending.round()
        assert (await sending.way(message), len(sms.taken)) == (way, calls)


async def test_a_claim_that_was_lost_begins_no_attempt(database: Databases) -> None:
    """A replica that stood still between its claim and the attempt finds that another has it."""

    async def lose(outgoing: Outgoing) -> Receipt:
        # While the first of two messages to one contact is sent, another replica takes the second.
        await sending.pool.execute(
            "update sending set due = clock_timestamp() + interval '7 seconds'"
            " where message_id = $1",
            second,
        )
        return DELIVERED

    sms = Scripted("sms", lose)
    async with sending_by(database, sms) as sending:
        first = await sending.asked()
        contact = (await sending.row(first))["contact_id"]
        second = await sending.asked(contact=str(contact))
        await sending.round()
        assert [each.message_id for each in sms.taken] == [first]
        assert await sending.attempts(second) == []


async def test_of_an_erased_contact_no_attempt_is_kept_and_its_message_ends(
    database: Databases,
) -> None:
    whatsapp, sms = Scripted("whatsapp", ACCEPTED), Scripted("sms", ACCEPTED)
    async with sending_by(database, whatsapp, sms) as sending:
        message = await sending.asked()
        await sending.round()
        await sending.erase(message)
        assert await sending.attempts(message) == []
        await sending.report(whatsapp, DELIVERED)
        await sending.no_receipt_comes(message)
        await sending.round()
        row = await sending.row(message)
        assert (row["status"], row["reason"]) == ("failed", "contact_erased")
        assert (sms.taken, row["queued"]) == ([], False)


async def test_a_pocket_phone_that_is_played_loses_and_delays_and_every_message_ends(
    database: Databases,
) -> None:
    async with sending_by(database) as plain:
        runtime = plain.runtime
        played = Played(Mischief(2025), runtime.timers)
        pocket = PocketPhone(runtime.pool, runtime.clock, played)
        dispatcher = MessageDispatcher(runtime, only(pocket), settle_seconds=0)
        sending = replace(plain, dispatcher=dispatcher)
        messages = [str(UUID(int=at)) for at in range(1, 91)]
        for message in messages:
            await sending.asked(message=message)
        assert await sending.round() == 90
        taken = (await sending.counted()).pending_by_reason["awaiting_receipt"]
        # The hours of receipts come, and then those in which they are given up.
        for _ in range(3):
            for timer in await sending.timers_of(POCKET_RECEIPT):
                await hear_pocket(timer, runtime)
            for message in messages:
                if await sending.has_timer(message):
                    await sending.no_receipt_comes(message)
            await sending.round()
        counted = await sending.counted()
        assert counted.pending_by_reason == {}
        assert set(counted.by_status) == {"delivered", "read", "failed"}
        assert min(counted.by_status["read"], counted.by_status["delivered"]) > 20
        assert taken == 90
        assert counted.fell_back == counted.by_channel["sms"] > 5
        reasons = {"no_whatsapp", "no_receipt", "unreachable_number"}
        assert set(counted.attempts_failed_by_reason) == reasons
        # Twice only where a text came and its receipt did not.
        twice = await runtime.pool.fetch("select message_id from phone_messages where times > 1")
        for row in twice:
            assert "attempt_failed 1" in await sending.way(str(row["message_id"]))


async def test_a_report_whose_process_died_after_it_had_settled_the_attempt_does_the_rest(
    database: Databases,
) -> None:
    sms = Scripted("sms", ACCEPTED)
    async with sending_by(database, sms) as sending:
        message = await sending.asked()
        await sending.round()
        reported = Reported(DELIVERED, sms.taken[0].reference)
        await attempts.reported(sending.pool, [("sms", reported)])
        assert await sending.way(message) == ["sent 1"]
        await sending.report(sms, DELIVERED)
        assert await sending.way(message) == ["sent 1", "delivered"]


async def test_a_failure_that_is_reported_while_its_sender_finishes_has_its_next_turn(
    database: Databases,
) -> None:
    """Between the answer that it was taken, and the end of the work on it, all may be over."""
    whatsapp, sms = Scripted("whatsapp", ACCEPTED), Scripted("sms", DELIVERED)
    async with sending_by(database, whatsapp, sms) as sending:
        message = await sending.asked()
        await sending.round()
        # As its sender left it that has not come to its end, and as it then ends.
        queued = (
            "insert into sending (message_id, due, contact_id, turn) values ($1, now(), $1, $1)"
        )
        await sending.pool.execute(queued, message)
        await sending.report(whatsapp, UNREACHED)
        await follow_log(sending.pool)
        await done(sending.pool, [Finished(UUID(message), True, None)])
        await sending.dispatcher.send_round()
        way = ["sent 1", "attempt_failed 1", "sent 2", "delivered"]
        assert await sending.way(message) == way


async def test_a_message_that_was_sent_and_has_no_timer_is_found_by_the_audit(
    database: Databases,
) -> None:
    async with sending_by(database, Scripted("sms", ACCEPTED)) as sending:
        message = await sending.asked()
        await sending.round()
        events = await read_after(sending.pool, EVENT_TYPES, 0, 10)

        async def judged() -> bool:
            check = Messages()
            for recorded in events:
                earlier = recorded._replace(recorded_at=recorded.recorded_at - timedelta(minutes=2))
                contract = EVENT_TYPES.translate(recorded.fact.event)
                check.hears[type(contract)](earlier, contract)
            async with sending.pool.acquire() as db:
                return (await check.judge(db)).holds

        assert await judged()
        await sending.runtime.timers.cancel(timer_of(message))
        assert not await judged()


async def test_a_pocket_phone_that_has_been_read_by_now_says_so_at_once(
    database: Databases,
) -> None:
    async with sending_by(database) as plain:
        runtime = plain.runtime
        pocket = PocketPhone(runtime.pool, runtime.clock, Played(Mischief(2025), runtime.timers))
        dispatcher = MessageDispatcher(runtime, only(pocket), settle_seconds=0)
        sending = replace(plain, dispatcher=dispatcher)
        for at in range(1, 11):
            await sending.asked(message=str(UUID(int=at)))
        await sending.round()
        (timer, *_) = [
            each for each in await sending.timers_of(POCKET_RECEIPT) if "then" in each.payload
        ]
        now = runtime.clock.now()
        later = {**timer.payload, "then_at": (now + timedelta(hours=1)).isoformat()}
        await hear_pocket(replace(timer, payload=later), runtime)
        assert (await sending.counted()).by_status == {"sent": 9, "delivered": 1}
        (then,) = await sending.timers_of(POCKET_RECEIPT)
        assert (then.payload["outcome"], "then" in then.payload) == ("read", False)
        await hear_pocket(replace(timer, payload={**later, "then_at": now.isoformat()}), runtime)
        assert (await sending.counted()).by_status == {"sent": 9, "read": 1}
        assert await sending.timers_of(POCKET_RECEIPT) == []


async def test_what_texts_cost_is_counted_by_the_route_that_they_went(
    database: Databases,
) -> None:
    whatsapp, sms = Scripted("whatsapp", NO_WHATSAPP), Scripted("sms", ACCEPTED)
    async with sending_by(database, whatsapp, sms) as plain:
        routes = [Route("whatsapp", cost=0.6), Route("sms", "+", 0.9), Route("sms", "+212", 0.0825)]
        carriers = Carriers([whatsapp, sms], routes)
        dispatcher = MessageDispatcher(plain.runtime, carriers, settle_seconds=0)
        sending = replace(plain, dispatcher=dispatcher)
        for _ in range(3):
            await sending.asked()
        await sending.round()
        counted = await sending.counted()
        # What a network refused cost nothing.
        segments = counted.segments_by_channel["sms"]
        assert (segments >= 3, counted.fell_back) == (True, 3)
        assert counted.cost_mad == pytest.approx(0.0825 * segments)
