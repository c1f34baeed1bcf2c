"""The embedded servers: start, stop, crash, and what a person is told when they cannot be had."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Generator
from pathlib import Path
from typing import Any, cast

import asyncpg
import psutil
import pytest
import pytest_asyncio
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from servers import (
    Addresses,
    EmbeddedStack,
    StackError,
    StackSettings,
    running,
    running_addresses,
    start,
)
from tests.conftest import temporary_home
from tests.waiting import until

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(scope="module")
def settings() -> Generator[StackSettings]:
    with temporary_home() as home:
        yield StackSettings(stack="embedded", home=home, kafka_port=0)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def embedded(settings: StackSettings) -> AsyncGenerator[EmbeddedStack]:
    stack = EmbeddedStack(settings)
    await stack.start(["counter", "other"])
    yield stack
    await stack.stop()


async def test_owner_and_service_connect_each_as_itself(embedded: EmbeddedStack) -> None:
    addresses = embedded.addresses
    assert await value(addresses.owner_dsn["counter"], "select current_user") == "counter_owner"
    assert await value(addresses.service_dsn["counter"], "select current_user") == "counter"
    database = await value(addresses.service_dsn["counter"], "select current_database()")
    assert database == "maarid_counter"


async def test_a_service_role_may_connect_and_no_more(embedded: EmbeddedStack) -> None:
    dsn = embedded.addresses.service_dsn["counter"]
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await value(dsn, "create table forbidden ()")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await value(dsn, "create schema forbidden")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await value(dsn.replace("maarid_counter", "maarid_other"), "select 1")


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("lock_timeout", "5s"),
        ("statement_timeout", "30s"),
        ("idle_in_transaction_session_timeout", "5s"),
        ("fsync", "on"),
        ("synchronous_commit", "on"),
        ("full_page_writes", "on"),
    ],
)
async def test_a_service_waits_for_nothing_long_and_commits_durably(
    embedded: EmbeddedStack, setting: str, expected: str
) -> None:
    dsn = embedded.addresses.service_dsn["counter"]
    assert await value(dsn, f"show {setting}") == expected


async def test_a_record_is_produced_and_consumed(embedded: EmbeddedStack) -> None:
    await produce(embedded.addresses, "greetings", b"salam")
    assert await consume(embedded.addresses, "greetings") == b"salam"


async def test_kafka_comes_back_after_kill_9_with_its_data_at_its_address(
    embedded: EmbeddedStack,
) -> None:
    before = embedded.addresses.bootstrap
    litter = unpacked()
    await produce(embedded.addresses, "survivors", b"still here")
    killed = embedded.kafka_pid
    await embedded.kill_kafka()
    assert embedded.kafka_pid is None
    assert killed is not None
    assert not psutil.pid_exists(killed)
    await embedded.start_kafka()
    assert embedded.addresses.bootstrap == before
    assert await consume(embedded.addresses, "survivors") == b"still here"
    assert unpacked() == litter


@pytest.mark.parametrize("mode", ["immediate", "fast", "kill"])
async def test_postgresql_comes_back_with_what_was_committed(
    embedded: EmbeddedStack, mode: str
) -> None:
    dsn = embedded.addresses.owner_dsn["counter"]
    await value(dsn, f"create table kept_{mode} as select 42 as answer")
    before = embedded.postgres_pid
    if mode == "kill":
        await embedded.kill_postgres()
        await embedded.start_postgres()
    else:
        await embedded.restart_postgres("immediate" if mode == "immediate" else "fast")
    assert embedded.postgres_pid not in (None, before)
    assert await value(dsn, f"select answer from kept_{mode}") == 42


async def test_a_second_stack_on_the_same_home_is_refused(
    embedded: EmbeddedStack, settings: StackSettings
) -> None:
    with pytest.raises(StackError, match=rf"process {os.getpid()}.*MAARID_HOME"):
        await start(settings, ["counter"])
    assert await value(embedded.addresses.service_dsn["counter"], "select 1") == 1


async def test_others_find_the_addresses_of_a_running_stack(
    embedded: EmbeddedStack, settings: StackSettings, home: Path
) -> None:
    assert running_addresses(settings) == embedded.addresses
    assert running_addresses(StackSettings(home=home)) is None


async def test_a_stopped_stack_leaves_no_process_and_finds_its_data_again(home: Path) -> None:
    settings = StackSettings(stack="embedded", home=home, kafka_port=0)
    first = EmbeddedStack(settings)
    await first.start(["counter"])
    addresses = first.addresses
    await produce(addresses, "kept", b"since yesterday")
    await value(addresses.owner_dsn["counter"], "create table kept as select 42 as answer")
    began = time.monotonic()
    await first.stop()
    assert time.monotonic() - began < 10
    assert processes_on(home) == []
    assert running_addresses(settings) is None
    async with running(settings, ["counter", "later"]) as again:
        assert again.bootstrap == addresses.bootstrap
        assert await consume(again, "kept") == b"since yesterday"
        assert await value(again.owner_dsn["counter"], "select answer from kept") == 42
        assert await value(again.service_dsn["later"], "select 1") == 1
    assert processes_on(home) == []


PARENT = """
import asyncio, sys
from pathlib import Path
from servers import EmbeddedStack, StackSettings

async def main():
    stack = EmbeddedStack(StackSettings(stack="embedded", home=Path(sys.argv[1]), kafka_port=0))
    await stack.start(["counter"])
    print("ready", flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


@pytest.mark.parametrize("frozen", [False, True], ids=["servers run", "servers hang"])
async def test_servers_of_a_killed_parent_do_not_stand_in_the_way(home: Path, frozen: bool) -> None:
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PARENT, str(home), stdout=asyncio.subprocess.PIPE
    )
    assert parent.stdout is not None
    assert await asyncio.wait_for(parent.stdout.readline(), 60) == b"ready\n"
    orphans = processes_on(home)
    assert len(orphans) >= 2
    if frozen:
        # A stopped process cannot obey the kernel's notice of its parent's death.
        for orphan in orphans:
            orphan.send_signal(signal.SIGSTOP)
    parent.kill()
    await parent.wait()
    async with running(StackSettings(stack="embedded", home=home), ["counter"]) as addresses:
        assert await value(addresses.service_dsn["counter"], "select 1") == 1
        await produce(addresses, "after", b"well")
        assert not [orphan for orphan in orphans if orphan.is_running()]
    assert processes_on(home) == []


async def test_servers_end_with_a_killed_parent(home: Path) -> None:
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PARENT, str(home), stdout=asyncio.subprocess.PIPE
    )
    assert parent.stdout is not None
    assert await asyncio.wait_for(parent.stdout.readline(), 60) == b"ready\n"
    parent.kill()
    await parent.wait()
    await until(lambda: processes_on(home) == [], "nothing is left", 10)


async def test_a_taken_port_is_named(home: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        settings = StackSettings(stack="embedded", home=home, kafka_port=port)
        with pytest.raises(StackError, match=rf"Port {port} .* taken.*MAARID_KAFKA_PORT"):
            await start(settings, ["counter"])
    assert processes_on(home) == []


async def value(dsn: str, query: str) -> object:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


def unpacked() -> set[Path]:
    """What Kafka unpacks for itself and cannot take away when it is killed."""
    return set(Path(tempfile.gettempdir()).glob("liblz4*"))


async def produce(addresses: Addresses, topic: str, record: bytes) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=addresses.bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(topic, num_partitions=1, replication_factor=1)])
    finally:
        await admin.close()
    # Any, because the client has no types of its own; compressed, as the relay sends.
    client = AIOKafkaProducer(
        bootstrap_servers=addresses.bootstrap, acks="all", compression_type="lz4"
    )
    producer = cast("Any", client)
    await producer.start()
    try:
        await producer.send_and_wait(topic, record)
    finally:
        await producer.stop()


async def consume(addresses: Addresses, topic: str) -> bytes | None:
    client = AIOKafkaConsumer(
        topic,
        bootstrap_servers=addresses.bootstrap,
        group_id=f"reader of {topic}",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    consumer = cast("Any", client)
    await consumer.start()
    try:
        record = await asyncio.wait_for(consumer.getone(), 30)
        return record.value
    finally:
        await consumer.stop()


def processes_on(home: Path) -> list[psutil.Process]:
    """Servers whose command line names this home, whoever their parent is."""
    found: list[psutil.Process] = []
    for process in psutil.process_iter():
        try:
            command = process.cmdline()
        except psutil.Error:
            continue
        # The parent of these tests names the home as well, but as an argument of its own.
        if any(str(home) in part for part in command) and PARENT not in command:
            found.append(process)
    return found
