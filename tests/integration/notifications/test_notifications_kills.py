"""A service process that is killed between any two steps of sending sends nothing twice."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from maarid_contracts import registration
from maarid_contracts.registration import Channel, ContactRecordV1, Language

from chassis.kafka.envelope import encode_record
from cli.launch import END
from servers import Stack
from tests.integration.notifications.received import announced, assigned
from tests.integration.notifications.running_notifications import PHONE
from tests.running_service import ServiceProcess, connected, process_of, uid
from tests.waiting import eventually, until

pytestmark = [pytest.mark.fault, pytest.mark.timeout(300)]

POINTS = (
    "attempt.begun",
    "attempt.called",
    "attempt.answered",
    "message.marked",
    "message.done",
)
"""After each of these lines the process is killed, in the middle of a crowd of messages."""
CROWD = 24
CLAIMS_LAPSE = "update own.sending set due = '-infinity' where due < 'infinity'"
WHOLE = """
select count(*) as texts, count(*) filter (where times > 1) as twice
  from own.phone_messages join read.messages using (message_id) where fair_id = $1
"""
SETTLED = "select count(*) from read.messages where fair_id = $1 and status = 'delivered'"
LEFT = """
select count(*) from own.attempts where fair_id = $1 and outcome is null
"""


async def contacts_of(process: ServiceProcess, count: int) -> Sequence[str]:
    """Persons whose records are on their topic."""
    made: list[str] = []
    for _ in range(count):
        contact = uid()
        record = ContactRecordV1(
            contact_id=contact,
            organisation_id=uid(),
            role="chair",
            name="Made-up Person",
            phone=PHONE,
            language=Language.FRENCH,
            second_language=Language.ARABIC,
            channel=Channel.SMS,
            consent=True,
            revision=1,
        )
        message = encode_record(
            contact, record, model=ContactRecordV1, revision=1, event_id=uuid4()
        )
        await process.send_message(registration.CONTACTS_TOPIC, message)
        made.append(contact)
    return made


async def test_killed_after_every_line_it_sends_each_message_once(stack: Stack) -> None:
    async with process_of(ServiceProcess, "notifications", stack) as running:
        fair = f"ouarzazate-{uid()[:8]}"
        await running.hear(f"fair-{fair}", announced(fair))
        contacts = await contacts_of(running, CROWD)
        async with connected(running.owner_dsn) as db:
            for point in POINTS:
                process = running.system.processes["notifications"]
                await process.stop(END)
                # The fifth to come there, so that others are at every other step.
                await running.system.start_service("notifications", MAARID_BREAK_AT=f"{point}:5")
                process = running.system.processes["notifications"]
                for contact in contacts:
                    stream, now = f"floor-{fair}-{contact}", datetime.now(UTC)
                    await running.hear(stream, assigned(fair, contact), occurred_at=now)
                await until(lambda process=process: process.pid is None, f"killed at {point}")
                await db.execute(CLAIMS_LAPSE)
            await running.system.start_service("notifications")
            count = len(POINTS) * CROWD
            await eventually(lambda: db.fetchval(SETTLED, fair), lambda found: found == count)
            assert [tuple(row) for row in await db.fetch(WHOLE, fair)] == [(count, 0)]
            assert await db.fetchval(LEFT, fair) == 0
