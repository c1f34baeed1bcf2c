"""Functions of jobs, as a service would have them: the child alone imports this file."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

from chassis.jobs.progress import Progress
from chassis.kernel.refused import Refused


def note(given: Any, what: str) -> None:
    """Add a line to the journal of a job."""
    with Path(given["journal"]).open("a", encoding="utf-8") as journal:
        journal.write(f"{what} {given.get('number', 0)} {os.getpid()}\n")


def double(given: Any, progress: Progress) -> Any:
    print("what a function prints is no answer")
    progress(0.5, "doubling")
    return {"doubled": given["n"] * 2, "saw_version": given["version"], "child": os.getpid()}


def surroundings(_: Any, __: Progress) -> Any:
    return {
        "niceness": os.nice(0),
        "settings": [name for name in os.environ if name.startswith("MAARID_")],
        "modules": sorted({name.partition(".")[0] for name in sys.modules}),
        "parent": os.getppid(),
    }


def gated(given: Any, progress: Progress) -> Any:
    """Goes on until the gate is open, and says in the journal when it begins and ends."""
    note(given, "begin")
    progress(0.25, "waiting")
    while not Path(given["gate"]).exists():
        progress(0.25, "waiting")
        time.sleep(0.01)
    note(given, "end")
    return {"number": given.get("number", 0)}


def stubborn(given: Any, _: Progress) -> Any:
    note(given, "begin")
    while True:
        pass


def best(given: Any, progress: Progress) -> Any:
    """Goes on until it is to stop, and returns what it has by then."""
    note(given, "begin")
    while not progress.stopping:
        time.sleep(0.01)
    return {"best": 42}


def greedy(_: Any, __: Progress) -> Any:
    blocks: list[bytearray] = []
    while True:
        blocks.append(bytearray(10_000_000))


def failing(_: Any, __: Progress) -> Any:
    raise ValueError("what only the log may know")


def refusing(_: Any, __: Progress) -> Any:
    raise Refused("no_solution")


def dying(given: Any, _: Progress) -> Any:
    note(given, "begin")
    os.kill(os.getpid(), signal.SIGKILL)


def of_size(given: Any, _: Progress) -> Any:
    return "x" * given["size"]


def unstorable(_: Any, __: Progress) -> Any:
    return "\x00"
