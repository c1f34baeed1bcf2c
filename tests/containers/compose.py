"""The system of `deploy/compose.yaml` with the development overlay, under a project of its own."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import httpx

from tests.architecture.tree import ROOT, SERVICES
from tests.containers.docker import docker, inspected

PATIENCE = 120.0
FILES = ("-f", "compose.yaml", "-f", "compose.development.yaml")


def until(holds: Callable[[], Any], what: str, seconds: float = PATIENCE) -> None:
    """Wait for a condition; fails after the seconds, saying what has not come about."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"not so after {seconds} s: {what}"
        time.sleep(0.1)


@dataclass
class Compose:
    """A project that is up."""

    project: str
    token: str = ""

    def __call__(self, *arguments: str, fails: bool = False) -> subprocess.CompletedProcess[str]:
        """`docker compose …` on this project."""
        command = ("compose", *FILES, "--project-name", self.project, *arguments)
        # Ports of the host that nobody uses, whatever else is up.
        ports = {f"MAARID_{service.upper()}_PORT": "0" for service in SERVICES}
        return docker(*command, environment=ports, fails=fails)

    def tools(self, *arguments: str, fails: bool = False) -> subprocess.CompletedProcess[str]:
        """The maarid command inside."""
        return self("run", "--rm", "--no-deps", "-T", "tools", *arguments, fails=fails)

    def container(self, service: str) -> str:
        """The name of a service's container."""
        return f"{self.project}-{service}-1"

    def url(self, service: str) -> str:
        """Where a service answers on this machine; the port can change with a restart."""
        return f"http://{self('port', service, '8000').stdout.strip()}"

    def healthy(self, service: str) -> bool:
        """Whether Docker takes a container for running and healthy."""
        state = inspected(self.container(service))[0]["State"]
        return state["Running"] and state.get("Health", {}).get("Status") == "healthy"

    def answers(self, service: str) -> bool:
        """Whether a service answers requests; of a server, whether it is healthy."""
        if service not in SERVICES:
            return self.healthy(service)
        with suppress(httpx.HTTPError):
            return httpx.get(f"{self.url(service)}/health/live", timeout=5).status_code == 200
        return False

    def events(self) -> int:
        """How many events stand in the logs of the services that answer now."""
        found = 0
        for service in SERVICES:
            headers = {"authorization": f"Bearer {self.token}"}
            with suppress(httpx.HTTPError, AssertionError, ValueError):
                answer = httpx.get(f"{self.url(service)}/status", headers=headers, timeout=5)
                found += answer.json()["head"] if answer.status_code == 200 else 0
        return found


@contextmanager
def up(project: str) -> Generator[Compose]:
    """The system for the time of a block; nothing of it is left, its volumes neither."""
    compose = Compose(project)
    try:
        compose("up", "-d", "--wait", "--wait-timeout", "300")
        compose.token = compose.tools("token", "--role", "organiser").stdout.strip()
        yield compose
    except AssertionError:
        print(compose("ps", "-a", fails=True).stdout)
        print(compose("logs", "--tail", "40", fails=True).stdout)
        raise
    finally:
        compose("down", "--volumes", "--timeout", "20")


@contextmanager
def playing(compose: Compose, fair: str) -> Generator[subprocess.Popen[str]]:
    """A fair that is being played through the public routes, from a container of its own."""
    urls = [f"--url={service}=http://{service}:8000" for service in SERVICES]
    command = ("docker", "compose", *FILES, "--project-name", compose.project)
    run = ("run", "--rm", "--no-deps", "-T", "tools", "play", fair, *urls)
    with subprocess.Popen(
        (*command, *run),
        cwd=ROOT / "deploy",
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as play:
        try:
            yield play
        finally:
            if play.poll() is None:
                play.terminate()
