"""Requests over many connections, from a process of its own that does nothing else.

`python -m benchmarks.load` reads a plan from its standard input, opens the connections, sends each
its share one after the other, and prints what came back.  It speaks as much HTTP/1.1 as our own
servers answer, so that it is not the client that is measured.
"""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

import orjson

ROOT = Path(__file__).parents[1]
HEAD_END = b"\r\n\r\n"
LENGTH = b"content-length:"


@dataclass(frozen=True, slots=True)
class Wanted:
    """One request: where to, with which token and key, and its body; or one as a network posts it,
    with a body that is written already and its signature."""

    path: str
    token: str
    key: str
    body: Mapping[str, Any]
    posted: str = ""
    signature: str = ""


@dataclass(frozen=True, slots=True)
class Load:
    """What came back: seconds for all, seconds for each, and how often each status."""

    seconds: float
    times: Sequence[float]
    statuses: Mapping[int, int]

    @property
    def rate(self) -> float:
        return len(self.times) / self.seconds


async def load(port: int, connections: int, requests: Sequence[Wanted]) -> Load:
    """Send the requests over so many connections, all open before the first is sent."""
    plan = {"port": port, "connections": connections, "requests": [*map(asdict, requests)]}
    client = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.load"),
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    printed, _ = await client.communicate(orjson.dumps(plan))
    if client.returncode:
        raise RuntimeError(f"the client ended with {client.returncode}")
    told = orjson.loads(printed)
    statuses = {int(status): times for status, times in told["statuses"].items()}
    return Load(told["seconds"], told["times"], statuses)


class Connection(asyncio.Protocol):
    """One connection that sends its requests one after the other."""

    def __init__(self, requests: Sequence[bytes], statuses: Counter[int]) -> None:
        self._requests = iter(requests)
        self._statuses = statuses
        self._answer = b""
        self._began = 0.0
        self.times: list[float] = []
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(exc or ConnectionError("closed before the answer"))

    def ask(self) -> None:
        """Send the next request; after the last one the connection is done."""
        request = next(self._requests, None)
        if request is None:
            self.done.set_result(None)
            return
        self._began = time.perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._answer += data
        end = self._answer.find(HEAD_END)
        if end < 0:
            return
        head = self._answer[:end].lower()
        length = head.find(LENGTH)
        if length < 0:
            raise ValueError("an answer without its length")
        size = int(head[length + len(LENGTH) :].split(b"\r\n", 1)[0])
        if len(self._answer) < end + len(HEAD_END) + size:
            return
        self.times.append(time.perf_counter() - self._began)
        self._statuses[int(head[9:12])] += 1
        self._answer = b""
        self.ask()


def written(port: int, wanted: Mapping[str, Any]) -> bytes:
    """The request as it is sent."""
    body = wanted["posted"].encode() or orjson.dumps(wanted["body"])
    who = f"Authorization: Bearer {wanted['token']}\r\nIdempotency-Key: {wanted['key']}\r\n"
    if wanted["signature"]:
        who = f"X-Hub-Signature-256: {wanted['signature']}\r\n"
    head = (
        f"POST {wanted['path']} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{who}"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def run(plan: Mapping[str, Any]) -> dict[str, Any]:
    """Carry out a plan."""
    port, count = plan["port"], plan["connections"]
    requests = [written(port, wanted) for wanted in plan["requests"]]
    statuses: Counter[int] = Counter()
    loop = asyncio.get_running_loop()
    opened: list[Connection] = []
    for number in range(count):
        connection = Connection(requests[number::count], statuses)
        await loop.create_connection(lambda made=connection: made, "127.0.0.1", port)
        opened.append(connection)
    gc.collect()
    gc.freeze()
    began = time.perf_counter()
    for connection in opened:
        connection.ask()
    await asyncio.gather(*(connection.done for connection in opened))
    seconds = time.perf_counter() - began
    return {
        "seconds": seconds,
        "times": [each for connection in opened for each in connection.times],
        "statuses": {str(status): times for status, times in statuses.items()},
    }


if __name__ == "__main__":
    answers = asyncio.run(run(orjson.loads(sys.stdin.buffer.read())))
    sys.stdout.buffer.write(orjson.dumps(answers))
