"""How every command runs: an error that a person can mend is one line, and Ctrl-C ends cleanly."""

from __future__ import annotations

import asyncio
import errno
import signal
from collections.abc import Coroutine
from typing import Any, TypeVar

import asyncpg
import typer

from chassis.kafka.partitions import PartitionsChanged
from chassis.kafka.reading import KafkaError
from chassis.postgres.database import MigrationError
from chassis.publishing.behind import LogBehindTopic
from chassis.replaying.subscriptions import TopicLacksRecords
from cli.erasures import ErasureError
from cli.launch import LaunchError
from cli.letters import UnknownLetter
from cli.purge.errors import PurgeError
from cli.showing import errors
from scenarios.client import PlayError
from scenarios.loading import ScenarioError
from servers import StackError

T = TypeVar("T")
KNOWN_ERRORS = (
    ErasureError,
    LogBehindTopic,
    PartitionsChanged,
    StackError,
    TopicLacksRecords,
    MigrationError,
    LaunchError,
    UnknownLetter,
    PlayError,
    PurgeError,
    ScenarioError,
)
NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})
FAILED = 2
INTERRUPTED = 128 + signal.SIGINT


def fail(message: str) -> typer.Exit:
    """Say what happened and what to do; raise what this returns."""
    errors.print(f"[red]maarid:[/] {message}", soft_wrap=True)
    return typer.Exit(FAILED)


def told(error: OSError) -> str:
    """What the operating system refuses, and what a person can do about it."""
    what = f"{error.filename}: " if error.filename else ""
    said = f"{what}{error.strerror or error}"
    if error.errno in NO_ROOM:
        return f"{said}. Make room there, or choose another directory with MAARID_HOME or TMPDIR."
    if error.filename:
        return (
            f"{said}. It must be writable: choose another directory with MAARID_HOME for state,"
            " TMPDIR for temporary files, or HOME for what is downloaded once."
        )
    return f"{said}. Do the servers run, and are their addresses right?"


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a command to its end.  Raises typer.Exit: 2 after an error that a person can do something
    about, 130 after Ctrl-C, however often it was pressed: what was started is stopped first."""
    try:
        return asyncio.run(_interruptible(work))
    except KNOWN_ERRORS as error:
        raise fail(str(error)) from None
    except OSError as error:
        raise fail(told(error)) from None
    except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise fail(f"PostgreSQL: {error}") from None
    except KafkaError as error:
        raise fail(f"Kafka: {error}") from None
    except (asyncio.CancelledError, KeyboardInterrupt):
        # Nothing is left to interrupt: what Python does on its way out is not to be told of.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        raise typer.Exit(INTERRUPTED) from None


async def _interruptible(work: Coroutine[Any, Any, T]) -> T:
    """The first Ctrl-C cancels the work.  The next ones change nothing, or cleaning up would be cut
    short, and servers or temporary directories be left behind."""
    working = asyncio.ensure_future(work)
    interrupted = False

    def interrupt() -> None:
        nonlocal interrupted
        if not interrupted:
            interrupted = True
            working.cancel()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, interrupt)
    return await working
