"""The commands of the README, and what runs them as a newcomer's shell would."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sysconfig
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from cli.launch import free_port
from services import SERVICES
from tests.waiting import wait_until

ROOT = Path(__file__).parents[2]
FENCE = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BLOCKED = frozenset({"MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES"})
"""What the make that runs the tests leaves in the environment."""


def blocks(heading: str, document: str = "README.md") -> list[str]:
    """The shell blocks of one section."""
    text = (ROOT / document).read_text("utf-8")
    _, _, rest = text.partition(f"\n## {heading}\n")
    section, _, _ = rest.partition("\n## ")
    return FENCE.findall(section)


@dataclass(frozen=True)
class Shell:
    """Shells on one home and on ports of its own, in the root of the tree."""

    home: Path
    kafka: int = field(default_factory=free_port)
    ports: Mapping[str, int] = field(
        default_factory=lambda: {service: free_port() for service in SERVICES}
    )

    def environment(self) -> dict[str, str]:
        """What a newcomer has, and settings that keep this run apart from others."""
        programs = os.pathsep.join((sysconfig.get_path("scripts"), os.environ["PATH"]))
        ports = {f"MAARID_{name.upper()}_PORT": str(port) for name, port in self.ports.items()}
        kept = {name: value for name, value in os.environ.items() if name not in BLOCKED}
        return kept | ports | {"PATH": programs, "MAARID_HOME": str(self.home)}

    def rewritten(self, block: str) -> str:
        """A block with our Kafka's port, and without installing anew what is installed."""
        block = block.replace("9092", str(self.kafka))
        return re.sub(r"\bmake\b", "make --old-file=.venv/.installed", block)

    def run(self, *script: str, seconds: float = 300) -> str:
        """What a script prints.  Raises AssertionError with all that it said where it fails."""
        text = "\n".join(map(self.rewritten, script))
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", text],
            cwd=ROOT,
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
        return done.stdout

    @contextmanager
    def running(self, script: str, log: Path) -> Generator[Command]:
        """A command that goes on until Ctrl-C; what it leaves behind is killed."""
        with log.open("wb") as output:
            process = subprocess.Popen(
                # Whoever runs the tests in the background has Ctrl-C ignored, and it is inherited.
                ["env", "--default-signal=INT", "bash", "-c", self.rewritten(script)],
                cwd=ROOT,
                env=self.environment(),
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            command = Command(process, log)
            try:
                yield command
            finally:
                command.kill()


@dataclass
class Command:
    """A command in a process group of its own, as a terminal would start it."""

    process: subprocess.Popen[bytes]
    log: Path

    def printed(self) -> str:
        return self.log.read_text("utf-8", "replace")

    def family(self) -> list[psutil.Process]:
        """The command and all that it has started."""
        try:
            leader = psutil.Process(self.process.pid)
            return [leader, *leader.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def wait_for(self, text: str, seconds: float) -> None:
        """Wait until the command has printed a text."""
        wait_until(
            lambda: text in self.printed(),
            lambda: f"{text!r} has come:\n{self.printed()}",
            seconds,
            alive=lambda: self.process.poll() is None,
        )

    def press_ctrl_c(self) -> None:
        """What a terminal does: SIGINT to the whole foreground group."""
        os.killpg(self.process.pid, signal.SIGINT)

    def kill(self) -> None:
        family = self.family()
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGINT)
            psutil.wait_procs(family, timeout=25)
        for left in family:
            if left.is_running() and left.pid != self.process.pid:
                left.kill()
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
