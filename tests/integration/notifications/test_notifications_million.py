"""What is asked again and again stays quick among a million messages."""

from __future__ import annotations

import pytest

from services.notifications.messages.rows import fanout, figures
from services.notifications.messages.rows.following import BEHIND, END, REQUESTED
from services.notifications.messages.rows.sending import CLAIM, EARLIER, MORNING, WAKE
from services.notifications.messages.workers.dispatcher import (
    CLAIM_SECONDS,
    PATIENT_ATTEMPTS,
    ROUND,
    WAITING_ROUND,
)
from services.notifications.messages.workers.fanout import PAGE
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
FANOUT = """
insert into fanout (contact_id, stream, version, template, event_id, fair_id, arguments,
                    correlation_id)
select contact_id, 'workshop-x', 3, 'session_moved', contact_id, $1, '{}', contact_id from contacts
"""
TABLES = ("messages", "contacts", "sending", "fanout", "events")


async def test_nothing_that_is_asked_again_and_again_reads_a_large_table_whole(
    database: Databases,
) -> None:
    async with without_kafka(database) as notifications:
        pool = notifications.pool
        async with connected(notifications.owner_dsn) as db:
            await db.execute(MILLION, FAIR)
            await db.execute(CONTACTS)
            await db.execute(SENDING)
            await db.execute(FANOUT, FAIR)
            await db.execute(
                "insert into figures select $1, kind, kind, 1000000"
                " from unnest(array['status', 'template', 'language']) as kind",
                FAIR,
            )
        await analyzed(
            notifications.owner_dsn, "read.messages", "own.contacts", "own.sending", "own.fanout"
        )
        contact = await pool.fetchval("select contact_id from contacts limit 1")
        asked = (
            (CLAIM, (ROUND, CLAIM_SECONDS, 0.5, PATIENT_ATTEMPTS, WAITING_ROUND, MORNING)),
            (BEHIND, ()),
            (END, (0, 2000)),
            (REQUESTED, (0, 2000)),
            (fanout.CLAIM, (PAGE, 30.0)),
            (figures.COUNTED, (FAIR,)),
            (f"{WAKE} and contact_id = $1", (contact,)),
            (f"{WAKE} and waits_for = $1 and contact_id = any($2)", (EARLIER, [contact])),
        )
        for statement, values in asked:
            plan = await plan_of(pool, statement, *values)
            plan.is_quick(*TABLES)
