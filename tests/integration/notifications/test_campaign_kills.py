"""A campaign of 2,000 by SMPP whose process is killed twenty times: the SMSC has nothing twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator

import pytest

from cli.launch import END
from servers import Stack
from tests.integration.notifications.peers.smsc import Smsc, smsc_runs
from tests.integration.notifications.received import announced
from tests.running_service import ServiceProcess, connected, process_of, uid
from tests.waiting import eventually, until

pytestmark = [pytest.mark.fault, pytest.mark.timeout(300)]

CROWD = 2000
ASKING = (
    *("campaign.chosen:1", "campaign.taken:1", "campaign.asked:1"),
    *("campaign.taken:2", "campaign.asked:2"),
)
SENDING = ("attempt.begun", "attempt.called", "attempt.answered", "message.marked", "message.done")
KILLS = (*ASKING, *(f"{point}:{times}" for times in (30, 50, 70) for point in SENDING))
"""After each of these lines, when it has come there so often, the process is killed."""
assert len(KILLS) == 20

EXHIBITORS = """
with people as (select n, gen_random_uuid() as contact_id, gen_random_uuid() as organisation_id
                  from generate_series(1, $2::integer) as n),
     known as (insert into own.contacts (contact_id, phone, language, second_language, channel,
                                         consent, revision)
               select contact_id, '+2126' || lpad(n::text, 8, '0'), 'fr', 'ar', 'sms', true, 1
                 from people)
insert into read.exhibitors (exhibitor_id, fair_id, organisation_id, contact_id, pole_id, families,
                             programmes)
select gen_random_uuid(), $1, organisation_id, contact_id, 'products', '{}', '{}' from people
"""
# The leases and claims of a process that is dead lapse, some of them after half a minute.
LAPSE = """
delete from own.leases;
update own.sending set due = '-infinity' where due < 'infinity' and waits_for is null;
update own.campaign_recipients set due = '-infinity';
"""
WHOLE = """
select count(*) as asked_for, count(distinct m.contact_id) as contacts,
       count(*) filter (where m.status in ('delivered', 'sent')) as handed_over,
       count(*) filter (where m.status = 'requested' and s.waits_for = 'unknown') as unknown
  from read.messages as m left join own.sending as s using (message_id)
 where m.template = 'campaign' and m.fair_id = $1
"""
ARRIVED = """
select c.phone from read.messages as m join own.contacts as c using (contact_id)
 where m.template = 'campaign' and m.fair_id = $1 and m.status in ('delivered', 'sent')
"""


@pytest.fixture(scope="module")
def smsc() -> Generator[Smsc]:
    with smsc_runs() as running:
        yield running


async def test_killed_twenty_times_a_campaign_of_2000_reaches_nobody_twice(
    stack: Stack, smsc: Smsc
) -> None:
    await smsc.behave(early=True, echo=True)
    settings = {
        "MAARID_NETWORKS": "smpp=0.08@400",
        "MAARID_SMPP_ADDRESS": f"127.0.0.1:{smsc.port}",
        "MAARID_SMPP_SYSTEM_ID": "maarid",
        "MAARID_SMPP_PASSWORD": "secret-7",
        "MAARID_SMPP_SENDER": "Maarid",
    }
    async with process_of(ServiceProcess, "notifications", stack) as running:
        fair = f"ouarzazate-{uid()[:8]}"
        await running.hear(f"fair-{fair}", announced(fair))
        system = running.system
        async with connected(running.owner_dsn) as db:
            await db.execute(EXHIBITORS, fair, CROWD)
            body = {
                "fair_id": fair,
                "code": "bring_your_badges",
                "texts": {"ar": "أحضروا بطائقكم", "fr": "Apportez vos badges"},
            }
            await until(lambda: knows(running, fair), "the fair is known")
            campaign = (await running.done("/campaigns", body))["campaign_id"]
            await system.processes["notifications"].stop(END)
            await system.start_service("notifications", MAARID_BREAK_AT=KILLS[0], **settings)
            await system.wait_ready("notifications")
            await running.done(f"/campaigns/{campaign}/start")
            for point, after in zip(KILLS, (*KILLS[1:], None), strict=True):
                process = system.processes["notifications"]
                await until(lambda process=process: process.pid is None, f"killed at {point}", 60)
                await db.execute(LAPSE)
                armed = {} if after is None else {"MAARID_BREAK_AT": after}
                await system.start_service("notifications", **settings, **armed)
            await eventually(
                lambda: db.fetchval(
                    "select state from read.campaigns where campaign_id = $1", campaign
                ),
                lambda state: state == "finished",
                60,
            )
            row = await db.fetchrow(WHOLE, fair)
            assert row is not None
            assert row["asked_for"] == row["contacts"] == CROWD
            assert row["handed_over"] + row["unknown"] == CROWD
            taken = Counter(f"+{each['to']}" for each in await smsc.submitted())
            assert set(taken.values()) == {1}, "somebody was written to twice"
            arrived = {each["phone"] for each in await db.fetch(ARRIVED, fair)}
            assert arrived <= taken.keys()
            assert len(arrived) > CROWD / 2
            shown = (await running.get(f"/campaigns/{campaign}"))["progress"]
            assert shown["recipients"] == shown["asked_for"] == CROWD
            assert shown["to_call"] == row["unknown"]


async def knows(running: ServiceProcess, fair: str) -> bool:
    return (await running.look(f"/fairs/{fair}/figures")).status_code == 200
