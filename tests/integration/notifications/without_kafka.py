"""Notifications without Kafka: a migrated database, and replicas that work on it when told to."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from maarid_contracts import Contract

from chassis.definition.runtime import Runtime
from chassis.kafka.received import ReceivedEvent
from chassis.postgres.database import Pool
from chassis.process.ids import uuid7_floor
from services.notifications.app import definition
from tests.conftest import Databases
from tests.running_service import migrated, replica_on

FAIR = "ouarzazate-2025"
STARTS = datetime.now(UTC) + timedelta(days=30)

FAIR_AND_WORKSHOP = """
insert into fairs values ('{fair}', '{{"ar": "م", "fr": "Salon"}}', 'Africa/Casablanca', '{{}}')
    on conflict do nothing;
insert into halls values ('{fair}', 'tent', '{{"ar": "خ", "fr": "Tente"}}'),
                         ('{fair}', 'dome', '{{"ar": "ق", "fr": "Dome"}}') on conflict do nothing;
insert into workshops values ('{session}', '{fair}', '{{"ar": "ت", "fr": "Marketing"}}', 'tent',
                              '{starts}');
"""
SEATS = """
with people as (select n, gen_random_uuid() as contact_id
                  from generate_series(1, $3::integer) as n),
     known as (insert into contacts (contact_id, phone, language, second_language, channel, consent,
                                     revision)
               select contact_id, '+212600000042', 'fr', 'ar', 'sms', true, 1 from people)
insert into seats (seat_id, session_id, fair_id, contact_id, waited, since)
select gen_random_uuid(), $1::uuid, $2, contact_id, n % 10 = 0, n from people
"""


@dataclass(frozen=True)
class WithoutKafka:
    """A database, and a way to make replicas on it."""

    owner_dsn: str
    pool: Pool
    replica: Callable[[], Awaitable[Runtime]]

    async def workshop(self, seats: int) -> str:
        """A workshop of which so many contacts have a seat, or wait for one, a tenth of them."""
        session = str(uuid4())
        await self.pool.execute(
            FAIR_AND_WORKSHOP.format(fair=FAIR, session=session, starts=STARTS.isoformat())
        )
        await self.pool.execute(SEATS, session, FAIR, seats, timeout=300)
        return session


@asynccontextmanager
async def without_kafka(database: Databases) -> AsyncGenerator[WithoutKafka]:
    """A database of its own for the time of a block."""
    owner_dsn, dsn = await migrated(database, definition())
    async with AsyncExitStack() as ends:

        async def replica() -> Runtime:
            return await ends.enter_async_context(replica_on(definition(), dsn))

        yield WithoutKafka(owner_dsn, (await replica()).pool, replica)


def heard(
    contract: Contract, stream: str, version: int, *, ahead: float = 0.0, id_: UUID | None = None
) -> ReceivedEvent:
    """An event of another service whose clock is some seconds ahead, or behind."""
    return ReceivedEvent(
        contract=contract,
        type="",
        topic=contract.topic,
        stream=stream,
        version=version,
        event_id=id_ or UUID(int=uuid7_floor(-ahead).int | uuid4().int & ((1 << 62) - 1)),
        occurred_at=datetime.now(UTC),
        correlation_id=uuid4(),
        traceparent=None,
    )
