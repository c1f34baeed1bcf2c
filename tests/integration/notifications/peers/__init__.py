"""Peers that others wrote, as programs: Prism with Twilio's OpenAPI, and an SMSC."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest
from maarid_contracts.typescript import NodeUnavailable, install, program

from servers.kafka import some_free_port
from tests.waiting import wait_until

HERE = Path(__file__).parent
START_SECONDS = 60


def packages() -> None:
    """Install the pinned npm packages once, or skip the test where they cannot be had."""
    try:
        install(HERE)
    except NodeUnavailable as reason:
        pytest.skip(f"the npm packages cannot be had here: {reason}")


@contextmanager
def node(port: int, *arguments: str) -> Generator[None]:
    """A program on Node.js for the time of a block, once it listens on a port of 127.0.0.1."""
    packages()
    with subprocess.Popen(
        [*program("node"), *arguments],
        cwd=HERE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        try:
            wait_until(
                lambda: _listens(port),
                "the program listens",
                START_SECONDS,
                alive=lambda: process.poll() is None,
            )
            yield
        finally:
            # What starts Node.js in the wheel does not end it.
            os.killpg(process.pid, signal.SIGKILL)


def _listens(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def prism(description: Path) -> Generator[str]:
    """The address of a server that answers as an OpenAPI document says, and refuses what that does
    not allow."""
    port = some_free_port()
    where = ("-h", "127.0.0.1", "-p", str(port))
    program = "node_modules/@stoplight/prism-cli/dist/index.js"
    with node(port, program, "mock", "--errors", *where, str(description)):
        yield f"http://127.0.0.1:{port}"
