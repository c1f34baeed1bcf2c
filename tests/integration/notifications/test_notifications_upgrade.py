"""What stood in the tables of the version before is taken over, once."""

from __future__ import annotations

from chassis.postgres.database import migrate, open_pool
from cli.launch import role_of
from services.notifications.app import definition
from services.notifications.messages.rows.following import adopt
from tests.conftest import Databases
from tests.running_service import connected

LATER = [
    *("notifications/0002_turns", "notifications/0005_attempts", "notifications/0008_worth"),
    *("notifications/0009_calls", "notifications/0010_campaigns", "notifications/0012_first_rung"),
]
"""The migration that is looked at, and those that build on its tables."""
BEFORE = """
insert into messages (message_id, told_of, requested_by, fair_id, contact_id, template, arguments,
                      correlation_id, status, requested_at, channel, language, segments, reason)
select lpad(n::text, 32, '0')::uuid, lpad(n::text, 32, '0')::uuid, lpad(n::text, 32, '0')::uuid,
       'zagora-2090', lpad(n::text, 32, '7')::uuid, 'seat_reserved', '{}', gen_random_uuid(),
       status, now(), channel, language, 1, reason
  from (values (1, 'requested', null, null, null), (2, 'requested', null, null, null),
               (3, 'delivered', 'sms', 'fr', null), (4, 'delivered', 'sms', 'ar', null),
               (5, 'failed', null, null, 'no_consent'))
       as m(n, status, channel, language, reason);
insert into sending (message_id, due, attempts, waits_for)
select message_id, now(), 4, 'contact_unknown' from messages where status = 'requested'
 order by message_id limit 1;
"""


async def test_pending_messages_have_their_turn_and_sent_ones_are_counted(
    database: Databases,
) -> None:
    made = definition()
    owner_dsn, dsn = await database("notifications")
    role = role_of(dsn)
    earlier = [one for one in made.migrations if one.id not in LATER]
    await migrate(owner_dsn, role, earlier)
    async with connected(owner_dsn) as db:
        await db.execute(BEFORE)
        assert await migrate(owner_dsn, role, made.migrations) == LATER
        rows = await db.fetch(
            "select right(message_id::text, 1), attempts, waits_for, contact_id is not null,"
            " fair_id, turn = message_id, version from sending order by message_id"
        )
        assert [tuple(row) for row in rows] == [
            ("1", 4, "contact_unknown", True, "zagora-2090", True, 0),
            ("2", -1, None, True, "zagora-2090", True, 0),
        ]
        figures = await db.fetch("select kind, value, messages from figures order by kind, value")
        assert [tuple(row) for row in figures] == [
            ("channel", "sms", 2),
            ("language", "ar", 1),
            ("language", "fr", 1),
            ("reason", "no_consent", 1),
            ("status", "delivered", 2),
            ("status", "failed", 1),
            ("status", "requested", 2),
            ("template", "seat_reserved", 5),
        ]
        assert await db.fetchval("select position from followed") == 0


async def test_what_a_version_without_rungs_has_sent_went_by_the_first(database: Databases) -> None:
    made = definition()
    owner_dsn, dsn = await database("notifications")
    await migrate(owner_dsn, role_of(dsn), made.migrations)
    async with connected(owner_dsn) as db:
        await db.execute(BEFORE)
        await db.execute("update messages set sent_at = now() where status = 'delivered'")
    pool = await open_pool(dsn, name="notifications")
    try:
        await adopt(pool)
        rows = await pool.fetch("select status, rung from messages order by message_id")
    finally:
        await pool.close()
    requested, delivered = ("requested", None), ("delivered", 1)
    assert [tuple(row) for row in rows] == [*[requested] * 2, *[delivered] * 2, ("failed", None)]
