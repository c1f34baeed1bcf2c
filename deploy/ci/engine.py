"""A Docker engine: the one that answers, or one of our own for as long as we need it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from deploy.ci.machine import Failed, codename, install, mirror, run, say
from servers import launch

ENGINE = ("docker.io", "docker-cli", "docker-compose", "docker-buildx", "containerd")
FOLLOWING = Path(launch.__file__)
"""Runs a server that ends with us."""
NEWER = "trixie"
"""Debian 12 has no `docker compose`; the engine of the next release runs on it unchanged."""


@contextmanager
def engine() -> Generator[bool]:
    """DOCKER_HOST and `docker compose` work for the time of a block; True where it is ours."""
    if answers():
        say("A Docker engine answers; it is used as it is.")
        require_compose()
        yield False
        return
    install_engine()
    if answers():
        # Where an init system runs, installing has started it.
        require_compose()
        yield False
        return
    # A short path: a socket's has at most 107 bytes.
    own = tempfile.TemporaryDirectory(prefix="maarid-", dir="/tmp", ignore_cleanup_errors=True)
    with own as directory, started(Path(directory)) as host:
        before = os.environ.get("DOCKER_HOST")
        os.environ["DOCKER_HOST"] = host
        try:
            require_compose()
            yield True
        finally:
            os.environ.pop("DOCKER_HOST")
            if before is not None:
                os.environ["DOCKER_HOST"] = before


def answers() -> bool:
    """Whether an engine answers where `docker` looks for one."""
    try:
        run("docker", "version", seconds=20)
    except Failed:
        return False
    return True


def require_compose() -> None:
    """Raises Failed where the plugins that we build and start with are missing."""
    for plugin in ("compose", "buildx"):
        run("docker", plugin, "version", seconds=20)


def install_engine() -> None:
    """Install the engine of Debian 13, also on Debian 12, from this machine's own mirror."""
    release = codename()
    say(f"No Docker engine answers: installing Debian's (this is Debian {release}).")
    sources = Path("/etc/apt/sources.list.d/maarid-newer.list")
    pins = Path("/etc/apt/preferences.d/maarid-newer")
    try:
        if release == "bookworm":
            sources.write_text(f"deb {mirror(release)} {NEWER} main\n")
            pins.write_text(
                f"Package: *\nPin: release n={NEWER}\nPin-Priority: -10\n\n"
                f"Package: {' '.join(ENGINE)}\nPin: release n={NEWER}\nPin-Priority: 990\n"
            )
        run("apt-get", "update", "-qq")
        install((*ENGINE, "iptables"))
    finally:
        sources.unlink(missing_ok=True)
        pins.unlink(missing_ok=True)


@contextmanager
def started(directory: Path) -> Generator[str]:
    """An engine with its state in a directory; it is stopped by its pid when the block ends."""
    host = f"unix://{directory}/docker.sock"
    places = {"--data-root": "data", "--exec-root": "exec", "--pidfile": "dockerd.pid"}
    options = [part for name, place in places.items() for part in (name, str(directory / place))]
    # Should we be killed, the kernel tells it to end.
    follow = (str(os.getpid()), str(int(signal.SIGTERM)), "-1", "-1")
    log = directory / "dockerd.log"
    with log.open("wb") as output:
        daemon = subprocess.Popen(  # noqa: S603 - our own command.
            [
                sys.executable,
                "-IS",
                str(FOLLOWING),
                *follow,
                "/usr/sbin/dockerd",
                "-H",
                host,
                *options,
            ],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        deadline = time.monotonic() + 60
        while not (directory / "docker.sock").exists() or not reachable(host):
            if daemon.poll() is not None or time.monotonic() > deadline:
                tail = log.read_text("utf-8", "replace").splitlines()[-20:]
                raise Failed("\n".join(["dockerd did not start:", *tail]))
            time.sleep(0.2)
        say(f"dockerd {daemon.pid} answers at {host}")
        yield host
    finally:
        daemon.terminate()
        with suppress(subprocess.TimeoutExpired):
            daemon.wait(30)
        if daemon.poll() is None:
            daemon.kill()
            daemon.wait()


def reachable(host: str) -> bool:
    """Whether an engine answers at an address."""
    try:
        run("docker", "version", seconds=20, DOCKER_HOST=host)
    except Failed:
        return False
    return True
