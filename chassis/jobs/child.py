"""The child process: it runs one job after another, and imports what they need and nothing else."""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import queue
import resource
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from typing import Any, BinaryIO, TypeAlias

from chassis.jobs import frames
from chassis.jobs.frames import Frame
from chassis.jobs.progress import Progress, Stopped
from chassis.kernel.refused import Refused

NICENESS = 10
PR_SET_PDEATHSIG = 1
SPARE_SECONDS = 2.0
"""A job that is not killed by a service that stands still is ended by the kernel so much later."""

FAILURE = "job_failed"
TOO_LARGE = "job_too_large"

Send: TypeAlias = Callable[[Frame], None]


def main(parent: int) -> None:
    """Serve the process that started us until it closes the pipe, or is gone."""
    _end_with(parent)
    os.nice(NICENESS)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        # Where the machine runs out of memory, we go and the service stays.
        file.write("1000")
    requests, answers = _pipes()
    answering = threading.Lock()

    def send(frame: Frame) -> None:
        with answering:
            answers.write(frame.encoded)
            answers.flush()

    waiting: queue.SimpleQueue[tuple[Any, bytes, Progress]] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(requests, send, waiting.put), daemon=True).start()
    while True:
        job, given, progress = waiting.get()
        send(outcome_of(job, given, progress))
        # Nothing of a job stays in memory while we wait for the next one.
        del job, given, progress


def _end_with(parent: int) -> None:
    """Have the kernel kill us when our parent ends, also where we are deep in somebody's C code."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def _pipes() -> tuple[BinaryIO, BinaryIO]:
    """Our ends of the pipes.

    What a library prints goes nowhere: among answers it would do harm, and the service's log has a
    JSON object a line.
    """
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    os.close(nothing)
    return requests, answers


def _listen(
    requests: BinaryIO, send: Send, take: Callable[[tuple[Any, bytes, Progress]], None]
) -> None:
    """Take jobs and wishes to stop, until the service closes the pipe; then we end at once."""

    def tell(share: float, code: str) -> None:
        send(Frame(frames.PROGRESS, json.dumps([share, code]).encode()))

    job: Any = None
    progress = Progress(tell)
    with suppress(EOFError, OSError):
        while True:
            tag, payload = frames.read(requests)
            if tag == frames.JOB:
                job, progress = json.loads(payload), Progress(tell)
            elif tag == frames.INPUT:
                take((job, payload, progress))
            elif tag == frames.STOP:
                progress.stop()
    os._exit(0)


def outcome_of(job: Any, given: bytes, progress: Progress) -> Frame:
    """Run a job and say what came of it; whatever it raises ends here."""
    try:
        with _limits(job["seconds"], job["megabytes"]):
            module, _, name = str(job["function"]).partition(":")
            result = getattr(importlib.import_module(module), name)(json.loads(given), progress)
            payload = json.dumps(result, allow_nan=False, ensure_ascii=False).encode()
    except Stopped:
        return Frame(frames.STOPPED)
    except Refused as refused:
        return _failed(refused.code, "")
    except MemoryError:
        return _failed(TOO_LARGE, traceback.format_exc())
    except BaseException:
        return _failed(FAILURE, traceback.format_exc())
    if len(payload) > frames.MOST_BYTES:
        return _failed(TOO_LARGE, f"the result has {len(payload)} bytes")
    return Frame(frames.DONE, payload)


def _failed(code: str, told: str) -> Frame:
    return Frame(frames.FAILED, json.dumps([code, told]).encode())


@contextmanager
def _limits(seconds: float, megabytes: int) -> Generator[None]:
    """Bound memory, and time in case that the service cannot; lifted before anything is told."""
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (megabytes * 1_000_000, hard))
    signal.setitimer(signal.ITIMER_REAL, seconds + SPARE_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        resource.setrlimit(resource.RLIMIT_DATA, (hard, hard))
