"""The system of `deploy/compose.yaml` under a project of its own, with the development overlay
unless said otherwise."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from cli.issuer import issuer_in
from cli.launch import free_port
from services import SERVICES
from tests.architecture.tree import ROOT
from tests.containers.docker import DEPLOY, VERSION, docker, inspected
from tests.waiting import wait_until

PATIENTLY = ("--wait", "--wait-timeout", "300")
DEVELOPMENT = ("-f", "compose.yaml", "-f", "compose.development.yaml")


@dataclass
class Compose:
    """A project that is up, on ports of this machine that nobody used when it was made."""

    project: str
    home: Path
    """Where the key of its development issuer is kept for those who play from outside."""
    version: str = VERSION
    deploy: Path = DEPLOY
    """Where its compose files are."""
    options: tuple[str, ...] = DEVELOPMENT
    """Which files of compose, and settings for them."""
    token: str = ""
    ports: Mapping[str, int] = field(
        default_factory=lambda: {service: free_port() for service in SERVICES}
    )

    @property
    def environment(self) -> dict[str, str]:
        """What compose fills in."""
        ports = {f"MAARID_{name.upper()}_PORT": str(port) for name, port in self.ports.items()}
        return {**ports, "MAARID_VERSION": self.version}

    def __call__(self, *arguments: str, fails: bool = False) -> subprocess.CompletedProcess[str]:
        """`docker compose …` on this project."""
        command = ("compose", *self.options, "--project-name", self.project, *arguments)
        environment = self.environment
        return docker(*command, environment=environment, directory=self.deploy, fails=fails)

    def tools(self, *arguments: str, fails: bool = False) -> subprocess.CompletedProcess[str]:
        """The maarid command inside."""
        return self("run", "--rm", "--no-deps", "-T", "tools", *arguments, fails=fails)

    def container(self, service: str) -> str:
        """The name of a service's container."""
        return f"{self.project}-{service}-1"

    def url(self, service: str) -> str:
        """Where a service answers on this machine."""
        return f"http://127.0.0.1:{self.ports[service]}"

    def learn_token(self) -> None:
        """Take over the key of the development issuer, and a token of an organiser."""
        run = ("run", "--rm", "--no-deps", "-T", "--entrypoint", "cat", "tools")
        key = self(*run, "/var/lib/maarid/issuer.json").stdout
        self.home.mkdir(exist_ok=True)
        (self.home / "issuer.json").write_text(key)
        self.token = issuer_in(self.home).token("organiser")

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

    def told(self) -> str:
        """How all containers are, and what they said last, for whoever reads a failure."""
        asked = (("ps", "-a"), ("logs", "--no-color", "--tail", "100"))
        return "\n".join(self("--profile", "*", *what, fails=True).stdout for what in asked)

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
def standing(compose: Compose, *services: str) -> Generator[None]:
    """Some services, or all without a profile, for the time of a block.

    Nothing of them is left, their volumes neither.
    """
    everything = ("--profile", "*")
    try:
        compose(*(everything if services else ()), "up", "-d", *PATIENTLY, *services)
        yield
    except AssertionError:
        print(compose.told())
        raise
    finally:
        compose(*everything, "down", "--volumes", "--timeout", "20")


@contextmanager
def up(project: str, version: str = VERSION, deploy: Path = DEPLOY) -> Generator[Compose]:
    """A system of its own for the time of a block."""
    with tempfile.TemporaryDirectory(prefix=f"{project}-") as directory:
        compose = Compose(project, Path(directory), version, deploy)
        with standing(compose):
            compose.learn_token()
            yield compose


def goes_on(compose: Compose, play: subprocess.Popen[str], until: str, events: int = 1) -> None:
    """Wait until a fair that is being played has led to more events; fails where it is over."""
    so_far = compose.events()
    wait_until(
        lambda: compose.events() >= so_far + events,
        f"the fair goes on until {until}",
        alive=lambda: play.poll() is None,
    )
    assert play.poll() is None, f"the fair was over before {until}"


@contextmanager
def playing(compose: Compose, fair: str, *options: str) -> Generator[subprocess.Popen[str]]:
    """A fair that is being played from outside, through the published ports."""
    urls = [f"--url={service}={compose.url(service)}" for service in SERVICES]
    with subprocess.Popen(
        [sys.executable, "-c", "from cli.main import app; app()", "play", fair, *urls, *options],
        cwd=ROOT,
        env={**os.environ, "MAARID_HOME": str(compose.home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as play:
        try:
            yield play
        except AssertionError:
            play.terminate()
            print(play.communicate(timeout=60)[0])
            print(compose.told())
            raise
        finally:
            if play.poll() is None:
                play.terminate()
