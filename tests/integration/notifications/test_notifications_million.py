"""What is asked again and again stays quick among a million messages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from chassis.answers.listing import Page
from services.notifications.calls import read as calls
from services.notifications.campaigns import read as campaigns
from services.notifications.campaigns.rows import recipients
from services.notifications.messages.rows import attempts, channels, fanout, figures
from services.notifications.messages.rows.following import BEHIND, END, FIRST_RUNG, REQUESTED
from services.notifications.messages.rows.sending import (
    BULK,
    CLAIM,
    DONE,
    EARLIER,
    KNOWN,
    MORNING,
    OVERDUE,
    UNKNOWN,
    URGENT,
    WAKE,
)
from services.notifications.messages.tellings import QUESTIONS
from services.notifications.messages.workers.dispatcher import (
    BULK_ROUND,
    CLAIM_SECONDS,
    PATIENT_ATTEMPTS,
    ROUND,
    WAITING_ROUND,
)
from services.notifications.messages.workers.fanout import PAGE
from services.notifications.replies.read import unread
from tests.conftest import Databases
from tests.integration.notifications.without_kafka import FAIR, without_kafka
from tests.plans import analyzed, plan_of
from tests.running_service import connected

pytestmark = pytest.mark.timeout(400)

# All of one fair, to 100,000 contacts; the last 10,000 still wait for their contact's record, and
# 300 nobody has taken up.
MILLION = """
insert into messages (message_id, told_of, requested_by, fair_id, contact_id, template, arguments,
                      correlation_id, status, requested_at, channel, language, segments)
select id, id, id, $1, contact_id, 'seat_reserved', '{}', id,
       case when n <= 989700 then 'delivered' else 'requested' end, now(), 'sms', 'fr', 1
  from generate_series(1, 1000000) as n
 cross join lateral (select lpad(to_hex(n), 32, '0')::uuid,
                            ('c' || lpad(to_hex(n % 100000), 31, '0'))::uuid) as i(id, contact_id)
"""
CONTACTS = """
insert into contacts (contact_id, phone, language, second_language, channel, consent, revision)
select ('c' || lpad(to_hex(n), 31, '0'))::uuid, '+212600000042', 'fr', 'ar', 'sms', true, 1
  from generate_series(0, 99999) as n
"""
SENDING = """
insert into sending (message_id, due, attempts, contact_id, fair_id, turn, stream, version,
                     waits_for, since)
select message_id, now() - interval '1 second', 3, contact_id, fair_id, told_of, 'floor-x', 7,
       case when n > 300 then 'contact_unknown' end, now() - interval '1 hour'
  from (select *, row_number() over () as n from messages where status = 'requested') as m
"""
ATTEMPTS = """
insert into attempts (reference, message_id, contact_id, fair_id, network, channel, rung, language,
                      segments, answered_at, network_id, outcome)
select message_id, message_id, contact_id, fair_id, 'sms', 'sms', 1, 'fr', 1, now(),
       message_id::text, 'accepted'
  from messages
"""
FANOUT = """
insert into fanout (contact_id, stream, version, template, event_id, fair_id, arguments,
                    correlation_id)
select contact_id, 'workshop-x', 3, 'session_moved', contact_id, $1, '{}', contact_id from contacts
"""
RECIPIENTS = """
insert into campaign_recipients (campaign_id, contact_id)
select $1::uuid, contact_id from contacts
"""
# A tenth have failed; of these a hundred are still worth telling, and the last of them are called.
CALLS = """
insert into calls (message_id, fair_id, requested_at, failed_at, reason, calls, closed)
select message_id, $1, now() - make_interval(days => case when n <= 100 then 1 else 30 end), now(),
       'unreachable_number', 1, n % 3 = 0
  from (select message_id, row_number() over (order by message_id) as n from messages
         limit 100000) as m
"""
ANSWERS = """
insert into answers (answer_id, contact_id, message_id, network, meaning, state, text, at)
select message_id, contact_id, message_id, 'link',
       case when n % 1000 = 0 then 'call_me' else 'unclear' end,
       case when n % 500 = 0 then 'open' else 'done' end, '', now() - make_interval(secs => n)
  from (select *, row_number() over (order by message_id) as n from messages limit 100000) as m
"""
TABLES = (
    *("campaign_recipients", "messages", "contacts", "sending", "fanout", "events", "attempts"),
    *("calls", "answers"),
)


async def test_nothing_that_is_asked_again_and_again_reads_a_large_table_whole(
    database: Databases,
) -> None:
    async with without_kafka(database) as notifications:
        pool, campaign = notifications.pool, uuid4()
        async with connected(notifications.owner_dsn) as db:
            await db.execute(MILLION, FAIR)
            await db.execute(CONTACTS)
            await db.execute(SENDING)
            await db.execute(FANOUT, FAIR)
            await db.execute(RECIPIENTS, campaign)
            await db.execute(ATTEMPTS)
            await db.execute(CALLS, FAIR)
            await db.execute(ANSWERS)
            await db.execute("insert into channels (network) values ('sms')")
            await db.execute(
                "insert into figures select $1, kind, kind, 1000000"
                " from unnest(array['status', 'template', 'language']) as kind",
                FAIR,
            )
        large = [
            *("read.messages", "own.contacts", "own.sending", "own.fanout"),
            *("own.attempts", "own.channels", "own.campaign_recipients"),
            *("read.calls", "own.answers"),
        ]
        await analyzed(notifications.owner_dsn, *large)
        contact = await pool.fetchval("select contact_id from contacts limit 1")
        some = await pool.fetch("select message_id, due, contact_id from sending limit 64")
        ids, claims, contacts = ([row[at] for row in some] for at in range(3))
        texts, ones = ["sms"] * len(ids), [1] * len(ids)
        costs = [Decimal("0.25")] * len(ids)
        new = [uuid4() for _ in ids]
        begun = (new, ids, claims, contacts, texts, texts, texts, ones, texts, ones, costs, 30.0)
        none: list[None] = [None] * len(ids)
        delivered = (["delivered"] * len(ids), none)
        answered = (ids, *delivered, none)
        kept_back, turns = (0.5, PATIENT_ATTEMPTS), (URGENT, BULK, BULK_ROUND)
        asked: Sequence[tuple[str, Sequence[Any]]] = (
            (CLAIM, (ROUND, CLAIM_SECONDS, *kept_back, WAITING_ROUND, MORNING, *turns)),
            (BEHIND, ()),
            (FIRST_RUNG, ()),
            (END, (0, 2000)),
            (REQUESTED, (0, 2000)),
            (fanout.CLAIM, (PAGE, 30.0)),
            (campaigns.RUNNING, ()),
            (campaigns.PROGRESS, (str(campaign),)),
            (campaigns.SPENT, (str(campaign),)),
            (recipients.WORTH_IT, (campaign, 2000)),
            (recipients.TAKE, (campaign, 2000, 250, 30.0)),
            (recipients.LEFT, (campaign,)),
            (figures.COUNTED, (FAIR,)),
            (attempts.OF_MESSAGES, (ids,)),
            (attempts.BEGIN, begun),
            (attempts.ANSWER, answered),
            (attempts.REPORT, (texts, ids, none, *delivered, none)),
            (attempts.REPORT, (texts, none, none, *delivered, [*map(str, ids)])),
            (OVERDUE, (ids[0], 1)),
            (DONE, (ids, [True] * len(ids), contacts, EARLIER)),
            (KNOWN, (ids, UNKNOWN)),
            (channels.STATES, ()),
            (channels.WAITING, ([UNKNOWN],)),
            (f"{WAKE} and contact_id = $1", (contact,)),
            (f"{WAKE} and waits_for = $1 and contact_id = any($2)", (EARLIER, [contact])),
        )
        for statement, values in asked:
            plan = await plan_of(pool, statement, *values)
            plan.is_quick(*TABLES)
        called = calls.asked_for(FAIR, datetime.now(UTC), in_full=True)
        lists = (
            (calls.CALLS, "requested_at", called, 167),
            (unread.OPEN, "at", (FAIR, sorted(QUESTIONS)), 100),
        )
        for listing, order, filters, count in lists:
            found = await listing.part(pool, Page(50, "", total=True), *filters)
            assert (len(found.rows), found.total) == (50, count)
            statement = f"select * from ({listing.sql}) as listed order by {order}, {listing.key}"
            plan = await plan_of(pool, f"{statement} limit 51", *filters)
            plan.is_quick(*TABLES)
