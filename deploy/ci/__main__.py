"""`make containers`: build all images, and test them, the composed system and the containers stack.

On a bare Debian it brings an engine of its own and takes it away again; where no image registry
answers it builds stand-ins for the base images, and says so.  Exit 1 where anything failed.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from types import FrameType

from deploy.ci.bases import Bases, have_bases
from deploy.ci.engine import engine
from deploy.ci.machine import ROOT, Failed, run, say

BEGAN = time.monotonic()


def main() -> int:
    """Run all steps; the first that fails ends it."""
    parser = argparse.ArgumentParser(prog="make containers", description=__doc__)
    parser.add_argument(
        "--without-integration",
        action="store_true",
        help="leave out the integration tests on MAARID_STACK=containers",
    )
    arguments = parser.parse_args()
    # What is up is taken down also when a step's time is over.
    signal.signal(signal.SIGTERM, ended)
    try:
        note("looking for a Docker engine")
        with engine() as ours, ThreadPoolExecutor(1) as beside:
            note("images of others")
            bases = have_bases(beside)
            tell(bases)
            note("our images, by make images")
            run("make", "images", seconds=1200)
            note("what is in the images, held against their locks, and what is known of it")
            say(run("make", "sboms"))
            say(run("make", "audit-dependencies"))
            note("waiting for stand-ins that are still being built")
            bases.wait()
            note("the images and the composed system, every container killed during a fair")
            test("tests/containers", "--capture=no", MAARID_CONTAINER_TESTS="required")
            if not arguments.without_integration:
                note("on MAARID_STACK=containers, what containers may break")
                test("tests/integration", "-m", "any_stack", **containers_stack(bases, ours))
            tell(bases)
            note("ending")
    except Failed as failure:
        note(f"FAILED: {failure}")
        return 1
    note("all container tests passed")
    return 0


def ended(number: int, frame: FrameType | None) -> None:
    """Leave in order when told to end."""
    sys.exit(128 + number)


def note(text: str) -> None:
    """What begins now, and how long all before it has taken."""
    say(f"[{time.monotonic() - BEGAN:4.0f} s] {text}")


def tell(bases: Bases) -> None:
    """Say plainly what was not upstream's."""
    if bases.standins:
        say(
            f"NOTE: no image registry answers. {', '.join(bases.standins)}: these images are "
            "STAND-INS that were built here. What is tested is our Dockerfile, compose file and "
            "code on them, not the upstream images."
        )
    if bases.missing:
        say(
            f"NOTE: {', '.join(bases.missing)}: cannot be pulled, and nothing stands in for it. "
            "It is NOT RUN; what it is given is tested without it."
        )
    if not bases.standins and not bases.missing:
        say("All images of others are the upstream ones.")


def containers_stack(bases: Bases, ours: bool) -> dict[str, str]:
    """The settings of the containers stack, without a helper image that cannot be pulled."""
    settings = {"MAARID_STACK": "containers"}
    if bases.standins:
        settings["TESTCONTAINERS_RYUK_DISABLED"] = "true"
    if ours:
        # Where this machine is a container itself, our engine is inside of it, not beside it.
        settings["TESTCONTAINERS_CONNECTION_MODE"] = "docker_host"
    return settings


def test(folder: str, *options: str, **environment: str) -> None:
    """Run tests, shown as they go.  Raises Failed where one fails."""
    # Without a cache: another run beside this one notes there what failed.
    quietly = ("-q", "--timeout=900", "-p", "no:cacheprovider")
    command = [sys.executable, "-m", "pytest", folder, *quietly, *options]
    settings = {**os.environ, **environment}
    ran = subprocess.run(command, cwd=ROOT, env=settings, check=False)  # noqa: S603 - our own.
    if ran.returncode:
        raise Failed(f"{folder}: pytest ended with {ran.returncode}")


if __name__ == "__main__":
    sys.exit(main())
