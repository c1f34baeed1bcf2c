"""A campaign at two replicas: each contact is asked for once, and what is held is not sent."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from chassis.log.context import CommandContext
from chassis.process.ids import uuid7
from chassis.process.tasks import end
from services.notifications.app import definition
from services.notifications.campaigns import workers
from services.notifications.campaigns.domain import Segment
from services.notifications.campaigns.handlers import to_tell
from services.notifications.campaigns.rows import recipients, texts
from services.notifications.contacts.rows import forget
from services.notifications.messages.domain import RequestMessage
from services.notifications.messages.handlers import follow_log, request_message
from services.notifications.messages.resting import QuietHours
from services.notifications.messages.workers.dispatcher import MessageDispatcher
from services.notifications.networks.carriers import Carriers
from services.notifications.networks.network import Unanswered
from services.notifications.networks.routing import Route
from tests.integration.campaigns.writing import (
    CANARY,
    FAIR,
    ask_all,
    contact,
    crowd,
    dispatcher,
    does,
    drafted,
    exhibitor,
    send_all,
    shown,
    started,
    statuses,
    texts_of,
)
from tests.integration.notifications.scripted import DELIVERED, Scripted
from tests.integration.replicas.two_replicas import Replicas
from tests.running_service import refusal, replica_on, uid
from tests.waiting import eventually, until

pytestmark = pytest.mark.any_stack

OPEN, PAGE = 60, 25
COUNT = "select count(*) from sending where campaign_id = $1"
WAITING = "select distinct waits_for from sending where campaign_id = $1"


@pytest.fixture
def few_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if 60 were 2,000."""
    monkeypatch.setattr(workers, "OPEN_AT_MOST", OPEN)
    monkeypatch.setattr(workers, "PAGE", PAGE)


async def waits(replicas: Replicas, campaign: str) -> list[str | None]:
    return [row[0] for row in await replicas.owner.fetch(WAITING, campaign)]


@pytest.mark.usefixtures("few_open")
async def test_two_replicas_ask_for_each_once_and_for_so_many_at_most(replicas: Replicas) -> None:
    await crowd(replicas, 200)
    campaign = await started(replicas)
    first, second = (each.runtime for each in replicas.both)
    asked = await asyncio.gather(ask_all(first), ask_all(second))
    assert sum(asked) == OPEN
    assert await replicas.owner.fetchval(COUNT, campaign) == OPEN
    assert await statuses(replicas, campaign) == {"requested": OPEN}
    # Those who come later are not in it: the team was told how many there are.
    await crowd(replicas, 10)
    while (await shown(replicas, campaign))["state"] == "running":
        await asyncio.gather(send_all(first), send_all(second), ask_all(first), ask_all(second))
        assert await replicas.owner.fetchval(COUNT, campaign) <= OPEN
    assert await statuses(replicas, campaign) == {"delivered": 200}
    ended = await shown(replicas, campaign)
    assert ended["state"] == "finished"
    assert ended["ended_at"] is not None
    progress = ended["progress"]
    assert (progress["recipients"], progress["delivered"], progress["to_call"]) == (200, 200, 0)
    # The Arabic and French texts of the tests take one SMS, for half a dirham.
    assert (progress["segments"], progress["cost_mad"]) == (200, 100.0)
    twice = "select count(*) from phone_messages where times > 1"
    assert await replicas.owner.fetchval(twice) == 0


@pytest.mark.usefixtures("few_open")
async def test_what_a_replica_had_taken_when_it_died_is_asked_for_by_the_other(
    replicas: Replicas,
) -> None:
    await crowd(replicas, 40)
    campaign = await started(replicas)
    first, second = (each.runtime for each in replicas.both)
    assert await workers.ask_round(first) == PAGE
    # It has taken the rest, and died.
    taken = await recipients.take(first.pool, campaign, PAGE, OPEN, 30)
    assert len(taken) == 40 - PAGE
    assert await ask_all(second) == 0
    assert (await shown(replicas, campaign))["state"] == "running"
    await replicas.owner.execute("update campaign_recipients set due = '-infinity'")
    assert await ask_all(second) == 40 - PAGE
    # It had asked for some of them before it died, and had deleted none.
    for row in taken:
        insert = "insert into campaign_recipients (campaign_id, contact_id) values ($1, $2)"
        await replicas.owner.execute(insert, campaign, row["contact_id"])
    assert await ask_all(second) == 40 - PAGE
    await send_all(second)
    assert await statuses(replicas, campaign) == {"delivered": 40}


async def test_a_desk_that_is_not_there_leaves_a_page_to_the_next_second(
    replicas: Replicas,
) -> None:
    await crowd(replicas, 5)
    campaign = await started(replicas)
    settings = replicas.both[0].runtime.settings
    async with replica_on(definition(), settings.database_url, settings) as stopped:
        await stopped.desk.stop()
        assert await workers.ask_round(stopped) == 5
        assert await statuses(replicas, campaign) == {}
        due = "select min(due) > clock_timestamp() from campaign_recipients"
        assert await replicas.owner.fetchval(due)
        await replicas.owner.execute("delete from campaign_recipients")
        assert await workers.ask_round(stopped) == 0  # Nor can it be finished.
    assert (await shown(replicas, campaign))["state"] == "running"


async def test_a_paused_campaign_holds_what_was_asked_for_and_goes_on_where_it_was(
    replicas: Replicas,
) -> None:
    await crowd(replicas, 30)
    campaign = await started(replicas)
    runtime = replicas.both[0].runtime
    await ask_all(runtime)
    await does(replicas, campaign, "pause", at=1)
    await send_all(runtime)
    assert await statuses(replicas, campaign) == {"requested": 30}
    assert await waits(replicas, campaign) == ["campaign_paused"]
    # It keeps back nothing else: neither another message, nor another campaign's.
    other = await started(replicas)
    await ask_all(runtime)
    await send_all(runtime)
    assert await statuses(replicas, other) == {"delivered": 30}
    (who,) = await replicas.owner.fetchrow("select contact_id::text from contacts limit 1")
    await ask_other(replicas, who)
    await send_all(runtime)
    assert len(await texts_of(replicas, who)) == 2
    await does(replicas, campaign, "pause")  # It is so already.
    await does(replicas, campaign, "resume")
    assert await waits(replicas, campaign) == [None]
    await send_all(runtime)
    assert await statuses(replicas, campaign) == {"delivered": 30}
    await ask_all(runtime)
    assert (await shown(replicas, campaign))["state"] == "finished"
    for what in ("pause", "resume", "stop", "start"):
        answer = await replicas.send(0, "POST", f"/campaigns/{campaign}/{what}")
        assert refusal(answer) == (409, "campaign_state")


async def ask_other(replicas: Replicas, who: str) -> str:
    """Somebody is told of something else."""
    runtime = replicas.both[0].runtime
    message = uid()
    arguments = {"booth": "P-012", "pole_id": "products", "method": "first_fit"}
    command = RequestMessage(message, FAIR, who, "booth_assigned", arguments)
    await request_message(runtime, CommandContext(uuid7(), "test:x"), command)
    await follow_log(runtime.pool)
    return message


async def test_a_campaign_that_is_paused_while_a_text_waits_for_its_turn_begins_no_attempt(
    replicas: Replicas,
) -> None:
    await crowd(replicas, 40)
    campaign = await started(replicas)
    runtime = replicas.both[0].runtime
    await ask_all(runtime)
    sms = Scripted("sms", DELIVERED)
    carriers = Carriers([sms], [Route("sms", rate=40)])
    sending = MessageDispatcher(runtime, carriers, 0.0, campaigns=to_tell)
    running = asyncio.create_task(sending.send_round())
    await until(lambda: bool(sms.taken), "the first was sent")
    await does(replicas, campaign, "pause")
    attempts = "select count(*) from attempts where network = 'sms'"
    begun = await replicas.owner.fetchval(attempts)
    await running
    # What had begun when the pause came has gone, and nothing after that.
    assert begun == await replicas.owner.fetchval(attempts) == len(sms.taken) < 40
    assert (await statuses(replicas, campaign))["requested"] >= 40 - begun


async def test_a_stopped_campaign_asks_for_no_more_and_ends_what_was_not_sent(
    replicas: Replicas,
) -> None:
    await crowd(replicas, 20)
    campaign = await started(replicas)
    runtime = replicas.both[0].runtime
    await ask_all(runtime)
    await replicas.owner.execute(
        "update sending set waits_for = 'quiet_hours', due = 'infinity' where campaign_id = $1",
        campaign,
    )
    await does(replicas, campaign, "stop")
    await does(replicas, campaign, "stop", at=1)
    await send_all(runtime)
    assert await statuses(replicas, campaign) == {"campaign_stopped": 20}
    assert await replicas.owner.fetchval("select count(*) from campaign_recipients") == 0
    # Another replica had seen it run.
    await replicas.owner.execute(
        "insert into campaign_recipients (campaign_id, contact_id) values ($1, $2)",
        campaign,
        await contact(replicas),
    )
    assert await recipients.take(runtime.pool, campaign, PAGE, OPEN, 30) == []
    await recipients.drop_ended(runtime.pool)
    assert await replicas.owner.fetchval("select count(*) from campaign_recipients") == 0
    draft = (await drafted(replicas))["campaign_id"]
    assert (await does(replicas, draft, "stop"))["state"] == "stopped"
    answer = await replicas.send(0, "POST", f"/campaigns/{draft}/start")
    assert refusal(answer) == (409, "campaign_state")


async def test_who_wants_no_message_gets_none_and_whoever_is_erased_is_not_asked_for(
    replicas: Replicas,
) -> None:
    agreed, refused, opted_out, erased, late = [
        await contact(replicas, consent=at != 1) for at in range(5)
    ]
    for who in (agreed, refused, opted_out, erased, late):
        await exhibitor(replicas, who)
    campaign = await started(replicas)
    runtime = replicas.both[0].runtime
    await replicas.owner.execute("insert into opt_outs values ($1, now())", opted_out)
    await recipients.choose(runtime.pool, campaign, FAIR, Segment())
    async with runtime.pool.acquire() as db, db.transaction():
        await forget(db, erased)
    assert await ask_all(runtime) == 4
    assert (await drafted(replicas))["reach"]["contacts"] == 4
    async with runtime.pool.acquire() as db, db.transaction():
        await forget(db, late)
    await send_all(runtime)
    reasons = {"delivered": 1, "no_consent": 1, "opted_out": 1, "contact_erased": 1}
    assert await statuses(replicas, campaign) == reasons
    assert [CANARY in text for text in await texts_of(replicas, agreed)] == [True]
    await ask_all(runtime)
    ended = await shown(replicas, campaign)
    assert (ended["state"], ended["progress"]["failed"], ended["progress"]["to_call"]) == (
        "finished",
        3,
        3,
    )
    await crowd(replicas, 1)
    await does(replicas, (await drafted(replicas))["campaign_id"], "start")


async def test_a_campaign_is_told_until_it_says_and_not_at_night(replicas: Replicas) -> None:
    await crowd(replicas, 2)
    soon = (datetime.now(UTC) + timedelta(hours=3)).isoformat().replace("+00:00", "Z")
    campaign = await started(replicas, until=soon)
    assert (await shown(replicas, campaign))["until"].startswith(soon[:16])
    runtime = replicas.both[0].runtime
    await ask_all(runtime)
    there = datetime.now(ZoneInfo("Africa/Casablanca"))
    night = QuietHours((there - timedelta(hours=1)).time(), (there + timedelta(hours=1)).time())
    await dispatcher(runtime, quiet=night).send_round()
    assert await waits(replicas, campaign) == ["quiet_hours"]
    await replicas.owner.execute(
        "update campaigns set until = now() where campaign_id = $1", campaign
    )
    await replicas.owner.execute("update sending set due = '-infinity'")
    await send_all(runtime)
    assert await statuses(replicas, campaign) == {"too_late": 2}
    old = (await drafted(replicas, until=soon))["campaign_id"]
    path = f"/campaigns/{old}/start"
    await replicas.owner.execute("delete from exhibitors")
    assert refusal(await replicas.send(0, "POST", path)) == (409, "segment_empty")


async def test_what_somebody_waits_for_goes_before_a_campaign(replicas: Replicas) -> None:
    await crowd(replicas, 400)
    await started(replicas)
    runtime = replicas.both[0].runtime
    await ask_all(runtime)
    who = await contact(replicas)
    rate = 40
    sms = Scripted("sms", DELIVERED)
    sending = MessageDispatcher(
        runtime, Carriers([sms], [Route("sms", rate=rate)]), 0.0, campaigns=to_tell
    )
    running = asyncio.create_task(sending.run())
    try:
        await until(lambda: len(sms.taken) >= 20, "the campaign is being sent")
        before = len(sms.taken)
        message = await ask_other(replicas, who)
        await until(lambda: any(each.message_id == message for each in sms.taken), "it was sent")
        place = next(n for n, each in enumerate(sms.taken) if each.message_id == message)
        # Ten seconds of campaign were before it.
        assert place - before <= 2 * rate
        assert len(sms.taken) < 200
    finally:
        await end(running)


async def test_a_text_that_may_have_come_is_not_sent_again_and_ends_no_campaign(
    replicas: Replicas,
) -> None:
    await crowd(replicas, 3)
    campaign = await started(replicas)
    runtime = replicas.both[0].runtime
    await ask_all(runtime)
    sms = Scripted("sms", Unanswered())
    sending = MessageDispatcher(runtime, Carriers([sms], [Route("sms")]), 0.0, campaigns=to_tell)
    await sending.send_round()
    await replicas.owner.execute(
        "update attempts set begun_at = now() - interval '11 minutes';"
        " update sending set due = '-infinity'; update channels set blocked_until = '-infinity'"
    )
    await sending.send_round()
    assert len(sms.taken) == 3
    await ask_all(runtime)
    ended = await shown(replicas, campaign)
    assert ended["state"] == "finished"
    assert (ended["progress"]["unknown"], ended["progress"]["to_call"]) == (3, 3)


async def test_what_fails_by_one_channel_goes_on_by_the_next_as_a_campaign_does(
    replicas: Replicas,
) -> None:
    who = await contact(replicas, channel="whatsapp")
    await exhibitor(replicas, who)
    campaign = await started(replicas)
    runtime = replicas.both[0].runtime
    await ask_all(runtime)
    whatsapp, sms = Scripted("whatsapp", DELIVERED), Scripted("sms", DELIVERED)
    whatsapp.templates_alone = True
    carriers = Carriers([whatsapp, sms], [Route("whatsapp"), Route("sms")])
    sending = MessageDispatcher(runtime, carriers, 0.0, campaigns=to_tell)
    await sending.send_round()
    # A text that is written freely is approved by nobody.
    assert whatsapp.taken == []
    (sent,) = sms.taken
    assert (sent.template, sent.channel) == ("campaign", "sms")
    assert await statuses(replicas, campaign) == {"delivered": 1}


async def test_texts_of_no_campaign_are_forgotten_and_of_one_that_is_over(
    replicas: Replicas,
) -> None:
    await crowd(replicas, 1)
    campaign, over = [(await drafted(replicas))["campaign_id"] for _ in range(2)]
    await does(replicas, over, "stop")
    pool = replicas.both[0].runtime.pool
    orphan = uid()
    await texts.keep(pool, orphan, {"fr": "x"})
    await texts.keep(pool, campaign, {"fr": "x"})  # That of a campaign stays as it is.
    await replicas.owner.execute(
        "update campaign_texts set written_at = now() - interval '25 hours'"
    )
    await replicas.owner.execute(
        "update campaign_texts set written_at = now() - interval '91 days' where campaign_id <> $1",
        orphan,
    )
    working = asyncio.create_task(workers.forget_texts(replicas.both[0].runtime))
    await eventually(lambda: texts.written(pool, orphan), lambda found: found is None)
    await end(working)
    assert await texts.written(pool, over) is None
    kept = await texts.written(pool, campaign)
    assert kept is not None
    assert CANARY in kept["fr"]
