"""The audit of logs of millions of events, against only reading the logs and the topics."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg
import psutil

from benchmarks import history
from benchmarks.ground import Ground
from benchmarks.measuring import Line, Measured, at_most, settle
from chassis.kafka.reading import TopicReader
from chassis.log.events import COLUMNS
from cli.definitions import definitions
from cli.launch import migrate_all
from servers import Addresses, StackSettings, start
from services import SERVICES

EVENTS = 2_000_000
LIMIT_MB = 300


@dataclass(frozen=True)
class Audited:
    """One audit, and the bare reading before it."""

    events: int
    bare_seconds: float
    seconds: float
    peak_mb: float


async def audited(ground: Ground) -> Audited:
    """The audit of this run; made when the first line asks for it, for it takes many minutes."""
    if ground.audit is None:
        ground.audit = await _measure(ground.amount(EVENTS, 2_000))
    return ground.audit


async def _measure(events: int) -> Audited:
    with TemporaryDirectory(prefix="maarid-bench-") as home:
        stack = await start(StackSettings(home=Path(home), stack="embedded"), SERVICES)
        try:
            await migrate_all(stack.addresses)
            written = await history.write(stack.addresses, events)
            settle()
            bare = await _bare(stack.addresses)
            seconds, peak = await _audit(Path(home))
            return Audited(written, bare, seconds, peak)
        finally:
            await stack.stop()


async def _audit(home: Path) -> tuple[float, float]:
    """`maarid audit` as a person starts it: seconds, and the most memory of its processes
    together.  Raises RuntimeError where the audit is not clean."""
    began = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", "from cli.main import app; app()", "audit"),
        env={**os.environ, "MAARID_STACK": "embedded", "MAARID_HOME": str(home)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    answer = asyncio.create_task(process.communicate())
    peak = 0.0
    while not answer.done():
        peak = max(peak, await asyncio.to_thread(_mb_of, process.pid))
        await asyncio.wait([answer], timeout=0.5)
    said, _ = answer.result()
    if process.returncode:
        raise RuntimeError(f"the audit is not clean: {said.decode()}")
    return time.perf_counter() - began, peak


def _mb_of(pid: int) -> float:
    """Memory of a process and its children, with what they share counted in parts."""
    total = 0.0
    with suppress(psutil.Error):
        process = psutil.Process(pid)
        for one in (process, *process.children(recursive=True)):
            total += one.memory_full_info().pss / 1_000_000
    return total


async def _bare(where: Addresses) -> float:
    """Seconds to read every log and every topic of events, and do nothing with them."""
    began = time.perf_counter()
    for each in definitions():
        db = await asyncpg.connect(where.owner_dsn[each.name])
        try:
            position = 0
            while rows := await db.fetch(
                f"select {COLUMNS} from log.events where position > $1"
                " order by position limit 2000",
                position,
            ):
                position = rows[-1]["position"]
        finally:
            await db.close()
        async with TopicReader(where.bootstrap, each.log.topic) as reader:
            async for _ in reader.rest():
                pass
    return time.perf_counter() - began


async def throughput(ground: Ground) -> Measured:
    """All promises, in seconds."""
    seen = await audited(ground)
    ratio = seen.seconds / seen.bare_seconds
    said = f"{seen.seconds:.1f} s : {seen.bare_seconds:.1f} s for {seen.events:,} events"
    return Measured(
        ratio,
        said,
        {
            "unit": "s",
            "ours": round(seen.seconds, 1),
            "theirs": round(seen.bare_seconds, 1),
            "ratios": [round(ratio, 4)],
            "events": seen.events,
        },
    )


async def memory(ground: Ground) -> Measured:
    """All processes of the audit together."""
    seen = await audited(ground)
    said = f"{seen.peak_mb:.0f} MB of {LIMIT_MB} MB for {seen.events:,} events"
    value = round(seen.peak_mb, 1)
    figures = {"value": value, "limit": LIMIT_MB, "unit": "MB", "events": seen.events}
    return Measured(seen.peak_mb / LIMIT_MB, said, figures)


LINES = (
    Line(
        "audit.throughput",
        "the audit of two million events, against reading logs and topics bare",
        at_most(3),
        throughput,
    ),
    Line("audit.memory", "the memory of that audit", at_most(1), memory),
)
"""These start servers of their own, and must have the machine to themselves."""
