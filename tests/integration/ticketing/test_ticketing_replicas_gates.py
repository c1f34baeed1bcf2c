"""What another replica did counts: one that died before it answered, and one of before."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest

from chassis.edge.denials import Bucket
from chassis.kernel.refused import Refused
from chassis.log.context import CommandContext
from services.ticketing.app import definition
from services.ticketing.devices import handlers
from services.ticketing.devices.handlers import Said
from services.ticketing.devices.read import tickets as bundled
from services.ticketing.devices.rows import Device
from services.ticketing.gates.read import presence
from services.ticketing.tickets.domain import (
    IssueTicket,
    TicketDetails,
    TicketKind,
    ticket_stream,
)
from services.ticketing.tickets.workers import tell
from tests.conftest import Databases
from tests.running_service import connected, migrated, replica_on, uid

DAY = date(2025, 9, 17)
NOON = datetime(2025, 9, 17, 11, 0, tzinfo=UTC)
FAIR = "ouarzazate-2025"
TICKET = "0192f5c4-7d3e-7c1a-9a55-000000000002"

OLD_ISSUE = """
insert into tickets (ticket_id, fair_id, kind, day, party, province, issued_at)
values ($1, $2, 'visitor', $3, $4, null, $5)
"""
OLD_CHECK_IN = """
update tickets set gate_id = 'gate-old', checked_in_at = $2 where ticket_id = $1
"""
"""As the version before wrote them."""


def said(number: int, ticket: str | None = TICKET, people: int = 1) -> Said:
    at = NOON + timedelta(minutes=number)
    what = ("in", people, "let_in", "offline", False)
    return Said(uid(), number, at, 0, ticket, None, None, *what)


async def test_an_upload_whose_answer_was_lost_is_known_to_another_replica(
    database: Databases,
) -> None:
    service = definition()
    owner_dsn, dsn = await migrated(database, service)
    device = Device(uid(), FAIR, "gate-north", None, "phone")
    batch = [said(n, None) for n in range(1, 6)]
    async with connected(owner_dsn) as owner:
        await owner.execute("insert into fairs values ($1, 'UTC', $2, $2)", FAIR, DAY)
        async with replica_on(service, dsn) as first:
            done = await handlers.record(first, device, NOON, batch)
            assert (done.received_to, done.known) == (5, 0)
        async with replica_on(service, dsn) as one, replica_on(service, dsn) as other:
            # Sent to two others at once, with one more scan to the second.
            both = await asyncio.gather(
                handlers.record(one, device, NOON, batch),
                handlers.record(other, device, NOON, [*batch, said(6, None)]),
            )
        assert [each.known for each in both] == [5, 5]
        assert await owner.fetchval("select count(*) from scans") == 6
        assert await owner.fetchval("select count(*) from log.events") == 2


async def test_what_a_replica_of_before_lets_in_is_inside(database: Databases) -> None:
    service = definition()
    owner_dsn, dsn = await migrated(database, service)
    device = Device(uid(), FAIR, "gate-north", None, "phone")
    async with connected(owner_dsn) as owner, replica_on(service, dsn) as replica:
        await owner.execute("insert into fairs values ($1, 'UTC', $2, $2)", FAIR, DAY)
        await owner.execute(OLD_ISSUE, TICKET, FAIR, DAY, 3, NOON)
        await owner.execute(OLD_CHECK_IN, TICKET, NOON)
        shown = await presence(replica.pool, FAIR, NOON)
        assert (shown.inside, shown.peak.inside, shown.hours[0].gate_id) == (3, 3, "gate-old")
        async with owner.transaction():
            held = await bundled(owner, FAIR, 0, ())
        assert held.rows[-1] == 3
        await handlers.record(replica, device, NOON, [said(1)])
        shown = await presence(replica.pool, FAIR, NOON)
        assert (shown.inside, shown.double_entries) == (4, 1)


async def test_two_replicas_tell_of_a_double_entry_once(database: Databases) -> None:
    service = definition()
    owner_dsn, dsn = await migrated(database, service)
    device = Device(uid(), FAIR, "gate-north", None, "phone")
    async with (
        connected(owner_dsn) as owner,
        replica_on(service, dsn) as one,
        replica_on(service, dsn) as other,
    ):
        await owner.execute("insert into fairs values ($1, 'UTC', $2, $2)", FAIR, DAY)
        details = TicketDetails(FAIR, TICKET, TicketKind.VISITOR, DAY, 1, None)
        wish = CommandContext(uuid4(), "test:x")
        await one.desk.execute(ticket_stream(TICKET), IssueTicket(details, DAY, DAY), wish)
        await handlers.record(one, device, NOON, [said(1), said(2), said(3)])
        await asyncio.gather(tell(one), tell(other))
        assert await tell(one) == 0
        found = await owner.fetchval(
            "select count(*) from log.events where type = 'double_entry_found.v1'"
        )
        assert found == 2
        assert await owner.fetchval("select count(*) from double_entries") == 2


async def test_who_tries_codes_is_slowed_down_also_with_a_right_one(database: Databases) -> None:
    service = definition()
    owner_dsn, dsn = await migrated(database, service)
    now = 0.0
    tries = Bucket(3, 0.5, lambda: now)
    async with connected(owner_dsn) as owner, replica_on(service, dsn) as replica:
        await owner.execute(
            "insert into devices (device_id, fair_id, gate_id, label, code, code_until,"
            " registered_at) values ($1, $2, 'gate-north', 'phone', 'QTHZKABM',"
            " now() + interval '1 hour', now())",
            uid(),
            FAIR,
        )
        for expected in [*["pairing_code_unknown"] * 3, "too_many_tries"]:
            with pytest.raises(Refused) as refused:
                await handlers.pair(replica, tries, "AAAAAAAA")
            assert refused.value.code == expected
        with pytest.raises(Refused, match="too_many_tries"):
            await handlers.pair(replica, tries, "QTHZKABM")
        now = 1.0
        token, device = await handlers.pair(replica, tries, "qthz kabm")
        assert token.startswith(f"device.{device.device_id}.")
