"""`python -m benchmarks [--short] [--output FILE] [NAME…]`: measure, print, write.

A name is a line's, or the beginning of one: `desk` takes all lines of the desk.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import platform
import sys
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import orjson
import psutil
from rich.console import Console
from rich.table import Table

from benchmarks import (
    audit,
    catalogue,
    consumer,
    desk,
    floor,
    flow,
    gates,
    hooks,
    jobs,
    placing,
    rebuild,
    receipts,
    registration,
    relay,
    scheduling,
    system,
    texts,
    ticketing,
    timetable,
)
from benchmarks.ground import Ground, servers
from benchmarks.measuring import Line, Measured
from chassis.process.telemetry import configure_logs
from servers import StackError

ON_SERVERS = (
    *desk.LINES,
    *jobs.LINES,
    *relay.LINES,
    *consumer.LINES,
    *flow.LINES,
    *floor.LINES,
    *rebuild.LINES,
    *registration.LINES,
    *timetable.LINES,
    *scheduling.LINES,
    *receipts.LINES,
)
LINES = (
    *ON_SERVERS,
    *placing.LINES,
    *audit.LINES,
    *catalogue.LINES,
    *ticketing.LINES,
    *gates.LINES,
    *texts.LINES,
    *hooks.LINES,
    *system.LINES,
)
LATEST = Path(__file__).with_name("latest.json")


def chosen(names: Sequence[str]) -> list[Line]:
    """The lines of these names or beginnings of names, all for none.  Raises ValueError."""
    for name in names:
        if not any(_means(name, line) for line in LINES):
            known = ", ".join(line.name for line in LINES)
            raise ValueError(f"There is no line {name}. There are: {known}.")
    return [line for line in LINES if not names or any(_means(name, line) for name in names)]


def _means(name: str, line: Line) -> bool:
    return line.name == name or line.name.startswith(f"{name.rstrip('.')}.")


def result_of(line: Line, measured: Measured) -> dict[str, Any]:
    """A line as it is written to the file."""
    ratio = round(measured.ratio, 4)
    return {
        "name": line.name,
        "ratio": ratio,
        "bound": str(line.bound),
        "holds": line.bound.holds(ratio),
        **measured.figures,
    }


def machine(*, short: bool) -> dict[str, Any]:
    """What the figures were taken on, and when."""
    return {
        "processor": _processor(),
        "cores": psutil.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9, 1),
        "load_before": round(psutil.getloadavg()[0], 2),
        "system": platform.platform(),
        "python": platform.python_version(),
        "libraries": {name: version(name) for name in ("asyncpg", "aiokafka", "eventsourcing")},
        "short": short,
        "taken_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if "model name" in line), "")


async def run(lines: Sequence[Line], *, short: bool, console: Console) -> list[dict[str, Any]]:
    """Measure the lines in order, saying each as it is known."""
    table = Table("line", "what", "ours : theirs", "ratio", "bound", "holds", title="Speed")
    results: list[dict[str, Any]] = []
    ground = Ground(short=short)

    async def measure(wanted: Sequence[Line]) -> None:
        for line in wanted:
            began = time.monotonic()
            measured = await line.measure(ground)
            result = result_of(line, measured)
            results.append(result)
            holds = "[green]yes" if result["holds"] else "[red]no"
            row = (measured.said, f"{measured.ratio:.3g}", str(line.bound), holds)
            table.add_row(line.name, line.claim, *row)
            seconds = time.monotonic() - began
            console.print(f"{line.name}: {measured.ratio:.3g} ({line.bound}), {seconds:.0f} s")

    async with AsyncExitStack() as stack:
        if on_servers := [line for line in lines if line in ON_SERVERS]:
            await stack.enter_async_context(servers(ground))
            await measure(on_servers)
    await measure([line for line in lines if line not in ON_SERVERS])
    console.print(table)
    return results


def main() -> int:
    """Returns the exit code: 2 for a name that nobody knows, 1 where the servers cannot be had."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--short", action="store_true", help="for the shape, not for the time")
    parser.add_argument("--output", type=Path, default=LATEST, metavar="FILE")
    given = parser.parse_args()
    configure_logs("benchmarks", "error")
    # A fresh broker refuses the first that come; the figures tell whether anything was wrong.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    # Where nobody looks at a terminal, eighty columns would break the table.
    console = Console(width=None if sys.stdout.isatty() else 150)
    try:
        lines = chosen(given.names)
        about = machine(short=given.short)
        results = asyncio.run(run(lines, short=given.short, console=console))
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except StackError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    written = {"results": results, "machine": about}
    given.output.write_bytes(orjson.dumps(written, option=orjson.OPT_INDENT_2) + b"\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
