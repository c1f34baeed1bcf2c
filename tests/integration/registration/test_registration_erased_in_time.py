"""What was erased cannot be read on the topic's own files after the promised time."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiokafka.record.memory_records import MemoryRecords

from chassis.kafka.topics import (
    alter_topic,
    compacted_settings,
    make_topics,
    roll_seconds,
    settings_of,
)
from servers import Stack
from tests.conftest import Databases
from tests.integration.registration.published_contacts import Contacts, contacts_of_its_own
from tests.waiting import eventually, until

PROMISED = 8.0
BROKER = 2.0 + 10.0
"""Seconds: the broker looks every 2 for what is to be compacted, and this machine is busy."""
CANARY = "Zineb Disparue"


@pytest.fixture
def files(stack: Stack) -> Path:
    """The directory in which Kafka keeps its topics."""
    home = stack.addresses.home
    if home is None:
        pytest.skip("these servers keep their files elsewhere")
    return home / "kafka" / "data"


@pytest_asyncio.fixture(loop_scope="session")
async def own(database: Databases, stack: Stack) -> AsyncGenerator[Contacts]:
    bootstrap = stack.addresses.bootstrap
    async with contacts_of_its_own(database, bootstrap, erased_within=PROMISED) as made:
        yield made


def holds(files: Path, topic: str, text: str) -> bool:
    """Whether a text stands in any record of any file of a topic, also of those put aside."""
    return any(
        text.encode() in (value or b"")
        for path in files.glob(f"{topic}-*/*.log*")
        for value in values_in(path)
    )


def values_in(path: Path) -> list[bytes | None]:
    try:
        records = MemoryRecords(path.read_bytes())
    except FileNotFoundError:
        return []
    found: list[bytes | None] = []
    while records.has_next():
        batch: Any = records.next_batch()
        if not batch.is_control_batch:
            found += [record.value for record in batch]
    return found


async def test_an_erased_record_is_gone_from_the_disk_of_a_quiet_topic_in_time(
    own: Contacts, files: Path
) -> None:
    async with own.publishing():
        stream, contact_id = await own.contact(CANARY)
        _, other_id = await own.contact("Qui Reste")
        await own.said(contact_id, CANARY)
        await own.said(other_id, "Qui Reste")
        assert holds(files, own.topic, CANARY)
        await own.erase(stream, contact_id)
        await own.said(contact_id, None)
        erased_at = time.monotonic()
        # Nobody writes to the topic from here on but the publisher, of its own accord.
        await until(lambda: not holds(files, own.topic, CANARY), "it is gone", PROMISED + BROKER)
        print(f"gone after {time.monotonic() - erased_at:.1f} s of {PROMISED + BROKER:.0f}")
        assert holds(files, own.topic, "Qui Reste")
        assert (await own.records(contact_id))[-1].value is None, "the tombstone stays"


async def test_migrate_brings_a_topic_to_todays_settings_and_leaves_others_alone(
    own: Contacts,
) -> None:
    bootstrap, contacts = own.bootstrap, own.topic
    events = contacts.replace("contacts", "events")
    assert await roll_seconds(bootstrap, contacts) == PROMISED / 4

    async def migrate(hours: int) -> list[str]:
        seconds = hours * 3600.0
        return await make_topics(
            bootstrap, compacted=[contacts], events=[events], erased_within=seconds
        )

    async def has(topic: str, wanted: dict[str, str]) -> None:
        # The broker hears of a change a moment after the controller has answered.
        await eventually(
            lambda: settings_of(bootstrap, topic, wanted), lambda found: found == wanted
        )

    assert await migrate(1) == [events]
    await has(contacts, compacted_settings(3600))
    # An operator's own setting is neither ours to know nor to lose.
    foreign = {"max.message.bytes": "2000000"}
    await alter_topic(bootstrap, contacts, foreign | {"segment.ms": "600000"})
    await alter_topic(bootstrap, events, {"retention.ms": "1000"})
    await has(contacts, {"segment.ms": "600000"})
    await has(events, {"retention.ms": "1000"})
    for _ in range(2):
        assert await migrate(2) == []
        await has(contacts, compacted_settings(7200) | foreign)
        await has(events, {"retention.ms": "-1"})
