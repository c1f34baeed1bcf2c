"""What one caller can cost: bounded memory, bounded time, and nobody shuts the others out."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import time
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from starlette.datastructures import Headers

from chassis.edge.bodies import body_of
from chassis.edge.connections import Limits
from tests.unit.chassis.an_edge import answer, served
from tests.waiting import until

QUICK = Limits(
    connections=50, head_seconds=0.4, body_seconds=0.8, idle_seconds=0.6, answer_seconds=0.4
)


def of_size(size: int) -> bytes:
    """JSON that takes so many bytes and is refused, for the text is too long."""
    return json.dumps({"text": "x" * (size - 12)}).encode()


async def byte_by_byte(size: int) -> float:
    """Seconds for a body that comes in messages of one byte."""
    left = size

    async def receive() -> Any:
        nonlocal left
        left -= 1
        return {"type": "http.request", "body": b"x", "more_body": left > 0}

    began = time.perf_counter()
    body = await body_of(receive, Headers(), limit=1_000_000, seconds=60)
    assert len(body) == size
    return time.perf_counter() - began


async def test_a_body_of_many_parts_costs_memory_and_time_as_its_size() -> None:
    quarter = min([await byte_by_byte(50_000) for _ in range(3)])
    assert await byte_by_byte(200_000) < 16 * quarter
    tracemalloc.start()
    try:
        await byte_by_byte(200_000)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2_000_000


def send_slowly(port: int, head: bytes, body: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client.sendall(head)
        for number in range(len(body)):
            client.send(body[number : number + 1])
        return client.recv(100)


async def test_a_body_sent_byte_by_byte_does_not_wake_the_service_for_each_byte(
    tmp_path: Path,
) -> None:
    body = of_size(300_000)
    async with served(tmp_path, body_seconds=60, limits=Limits(body_seconds=60)) as service:
        slow = asyncio.create_task(
            asyncio.to_thread(send_slowly, service.port, service.posting(len(body)), body)
        )
        lags: list[float] = []
        while not slow.done():
            before = time.perf_counter()
            await asyncio.sleep(0.001)
            lags.append(time.perf_counter() - before)
        assert b"422" in await slow
    assert service.taken < 40
    assert max(lags) < 1


async def test_a_caller_without_the_right_to_write_is_refused_before_the_body_is_read(
    tmp_path: Path,
) -> None:
    async with served(tmp_path) as service:
        for authorization, code in (("", "token_missing"), ("Bearer x", "token_invalid")):
            reader, writer = await service.connect()
            head = service.posting(900_000).split(b"\r\n")
            kept = [line for line in head if not line.startswith(b"authorization")]
            if authorization:
                kept.insert(1, f"authorization: {authorization}".encode())
            writer.write(b"\r\n".join(kept))
            status, _, body = await asyncio.wait_for(answer(reader), 5)
            assert (status, body["code"]) == (401, code)
        assert service.taken == 0


async def test_a_body_that_is_said_to_be_too_large_is_not_waited_for(tmp_path: Path) -> None:
    async with served(tmp_path) as service:
        reader, writer = await service.connect()
        writer.write(service.posting(1_000_001))
        status, _, body = await asyncio.wait_for(answer(reader), 5)
        assert (status, body["code"]) == (413, "body_too_large")
        reader, writer = await service.connect()
        writer.write(
            service.posting(1).replace(b"content-length: 1", b"transfer-encoding: chunked")
        )
        for _ in range(21):
            writer.write(b"c350\r\n" + b"x" * 50_000 + b"\r\n")
        status, _, body = await asyncio.wait_for(answer(reader), 5)
        assert (status, body["code"]) == (413, "body_too_large")


async def test_slow_connections_are_closed_in_time(tmp_path: Path) -> None:
    async with (
        served(tmp_path, limits=QUICK, body_seconds=0.3) as service,
        asyncio.TaskGroup() as tasks,
    ):
        opened = [await service.connect() for _ in range(40)]
        beginnings = (
            b"",
            b"GET /notes HTTP/1.1\r\nx: ",
            b"\r\n\r\n",
            service.posting(50) + b'{"te',
            service.posting(50).replace(b"Bearer", b"Nobody") + b'{"te',
        )
        for number, (_, writer) in enumerate(opened):
            writer.write(beginnings[number % 5])
        dripping = tasks.create_task(drip([writer for _, writer in opened[1::5]]))
        began = time.perf_counter()
        read = await asyncio.wait_for(asyncio.gather(*(end_of(each) for each, _ in opened)), 20)
        dripping.cancel()
        assert time.perf_counter() - began < 10
    for said in read[3::5]:
        assert said.startswith(b"HTTP/1.1 408 ")
        assert b'"code":"body_too_slow"' in said
    for said in read[4::5]:
        assert said.startswith(b"HTTP/1.1 401 ")
    assert set(read[0::5] + read[1::5] + read[2::5]) == {b""}


async def end_of(reader: asyncio.StreamReader) -> bytes:
    """All that comes until the connection is closed or reset."""
    read = b""
    with contextlib.suppress(ConnectionError):
        while piece := await reader.read(1000):
            read += piece
    return read


async def drip(writers: list[asyncio.StreamWriter]) -> None:
    while True:
        await asyncio.sleep(0.1)
        for writer in writers:
            writer.write(b"x")


async def test_a_connection_in_use_is_kept_and_an_idle_one_closed(tmp_path: Path) -> None:
    async with served(tmp_path, limits=QUICK) as service:
        reader, writer = await service.connect()
        for _ in range(3):
            await asyncio.sleep(QUICK.idle_seconds / 2)
            writer.write(service.head("GET", "/notes"))
            assert (await answer(reader))[0] == 200
        writer.write(service.head("GET", "/held"))
        await asyncio.sleep(2 * QUICK.idle_seconds)
        service.busy.set()
        assert (await answer(reader))[0] == 200
        assert await asyncio.wait_for(end_of(reader), 5) == b""


async def test_a_head_without_end_is_refused(tmp_path: Path) -> None:
    async with served(tmp_path) as service:
        reader, writer = await service.connect()
        writer.write(b"GET /notes HTTP/1.1\r\n")
        answered = asyncio.create_task(end_of(reader))
        for number in range(7):
            writer.write(b"x-%d: " % number + b"x" * 10_000 + b"\r\n")
            # What is sent after the answer could cost it.
            await asyncio.wait([answered], timeout=0.05)
        assert (await asyncio.wait_for(answered, 5)).startswith(b"HTTP/1.1 400 ")


async def test_a_caller_that_does_not_take_its_answer_is_disconnected(tmp_path: Path) -> None:
    async with served(tmp_path, limits=QUICK) as service:
        with socket.create_connection(("127.0.0.1", service.port)) as client:
            client.sendall(service.head("GET", "/large"))
            connections = service.connections
            await until(lambda: len(connections) == 1)
            await until(lambda: not connections, "the connection is gone", 10)


@pytest.mark.parametrize("path", ["/health/live", "/metrics"])
async def test_in_a_crowd_the_quiet_are_closed_and_the_last_refused(
    tmp_path: Path, path: str
) -> None:
    async with served(tmp_path, settings={"max_connections": 5}) as service:
        quiet = [await service.connect() for _ in range(4)]
        for reader, writer in quiet:
            writer.write(service.head("GET", "/notes"))
            assert (await answer(reader))[0] == 200
        held = [await service.connect() for _ in range(5)]
        for number, (_, writer) in enumerate(held, service.begun + 1):
            writer.write(service.head("GET", "/held"))
            await until(lambda number=number: service.begun == number)
        # Who was quiet had to go, one after the other.
        assert [await asyncio.wait_for(end_of(reader), 5) for reader, _ in quiet] == [b""] * 4
        reader, writer = await service.connect()
        writer.write(service.head("GET", "/notes", accept_language="fr"))
        status, headers, body = await asyncio.wait_for(answer(reader), 5)
        assert (status, body["code"]) == (503, "too_crowded")
        assert headers["retry-after"] == "5"
        assert headers["content-language"] == "fr"
        assert await asyncio.wait_for(end_of(reader), 5) == b""
        reader, writer = await service.connect()
        writer.write(service.head("GET", path))
        assert (await asyncio.wait_for(reader.readline(), 5)).startswith(b"HTTP/1.1 200")
        service.busy.set()
        for reader, _ in held:
            assert (await asyncio.wait_for(answer(reader), 5))[0] == 200
