"""The examples for other languages, run: each reads what our producer writes, with the client that
is most used there."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path
from uuid import uuid4

import pytest
from maarid_contracts.golden import Sample, sample_of
from maarid_contracts.typescript import NodeUnavailable, install, program

from chassis.kafka.envelope import Message
from chassis.kafka.topics import make_topics
from chassis.publishing.relay import delivered, producer_for, send_all, stop_producer
from servers import Stack
from servers.jars import class_path
from servers.process import TOOL_ENVIRONMENT
from tests.waiting import until

pytestmark = pytest.mark.timeout(300)

EXAMPLES = Path(__file__).parents[2] / "examples"
SEATS = 40
"""Records of one batch: enough that it pays to compress them."""


def message_of(sample: Sample) -> Message:
    headers = [(name, value.encode()) for name, value in sample.headers.items()]
    return Message(sample.key.encode(), json.dumps(sample.data).encode(), headers)


async def published(stack: Stack) -> str:
    """A topic on which seats are given."""
    topic = f"clients-{uuid4().hex[:8]}.events.v1"
    bootstrap = stack.addresses.bootstrap
    await make_topics(bootstrap, events=[topic], compacted=[], partitions=3)
    seat = message_of(sample_of("maarid.ticketing.SeatReserved.v1"))
    other = message_of(sample_of("maarid.ticketing.WorkshopOpened.v1"))
    producer = producer_for(bootstrap, "test")
    await producer.start()
    try:
        await delivered(await send_all(producer, topic, [other, *[seat] * SEATS]))
    finally:
        await stop_producer(producer)
    return topic


async def reads(stack: Stack, tmp_path: Path, command: Sequence[str], *, where: Path) -> None:
    """Run a consumer until it has told of every seat."""
    topic = await published(stack)
    session_id = sample_of("maarid.ticketing.SeatReserved.v1").data["session_id"]
    log = tmp_path / "told.log"
    with log.open("w") as out:
        process = subprocess.Popen(  # noqa: ASYNC220 - Started, not waited for.
            [*command, stack.addresses.bootstrap, topic],
            cwd=where,
            stdout=out,
            stderr=subprocess.STDOUT,
            env={**TOOL_ENVIRONMENT, "HOME": str(tmp_path)},
            start_new_session=True,
        )
    try:
        await until(
            lambda: process.poll() is not None or log.read_text("utf-8").count(session_id) == SEATS,
            f"{command[0]} tells of {SEATS} seats",
            60,
        )
        told = log.read_text("utf-8")
        assert told.count(session_id) == SEATS, told
    finally:
        # Its group: the command `node` of the wheel is a program that starts another.
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


async def test_kafkajs_reads_what_we_publish(stack: Stack, tmp_path: Path) -> None:
    try:
        install(EXAMPLES / "kafkajs")
        node = program("node")
    except NodeUnavailable as reason:
        pytest.skip(f"kafkajs cannot be had here: {reason}")
    await reads(stack, tmp_path, [*node, "consumer.js"], where=EXAMPLES / "kafkajs")


async def test_franz_go_reads_what_we_publish(stack: Stack, tmp_path: Path) -> None:
    go = shutil.which("go")
    if go is None:
        pytest.skip("there is no go here")
    # Nothing but this module and what its sums name; not the go command of another version.
    environment = {**os.environ, "GOTOOLCHAIN": "local", "GOFLAGS": "-mod=readonly"}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [go, *arguments],
            cwd=EXAMPLES / "go",
            env=environment,
            capture_output=True,
            text=True,
            timeout=280,
        )

    had = await asyncio.to_thread(run, "mod", "download")
    if had.returncode:
        pytest.skip(f"franz-go cannot be had here: {had.stderr}")
    # Without optimisations it compiles in half the time.
    built = await asyncio.to_thread(
        run, "build", "-gcflags=all=-N -l", "-o", str(tmp_path / "consumer"), "."
    )
    assert built.returncode == 0, built.stderr
    await reads(stack, tmp_path, [str(tmp_path / "consumer")], where=EXAMPLES / "go")


async def test_javas_own_client_reads_what_we_publish(stack: Stack, tmp_path: Path) -> None:
    java, compiler = shutil.which("java"), shutil.which("javac")
    if java is None or compiler is None:
        pytest.skip("there is no javac here; the embedded Java runtime has no compiler")
    jars = ":".join(str(jar) for jar in class_path())
    command = [java, "-Xmx128m", "-cp", jars, "Consumer.java"]
    await reads(stack, tmp_path, command, where=EXAMPLES / "java")
