"""The jars of Apache Kafka: resolved by jgo, pinned by SHA-256 sums, kept in the user's cache.

`python -m servers.jars` resolves anew and rewrites the lock file.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import sys
import tempfile
import tomllib
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from servers.settings import StackError

# kafka-clients is named too, or the resolver takes the older one that a dependency asks for;
# the binding is what lets the broker write a log.
COORDINATES = (
    "org.apache.kafka:kafka_2.13:4.3.1",
    "org.apache.kafka:kafka-clients:4.3.1",
    "org.apache.logging.log4j:log4j-slf4j-impl:2.25.4",
)
LOCK_FILE = Path(__file__).with_name("jgo.lock.toml")


@dataclass(frozen=True)
class Jar:
    """One line of the lock file."""

    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def path(self) -> Path:
        """Where a Maven repository keeps it."""
        name = f"{self.artifact}-{self.version}.jar"
        return Path(*self.group.split("."), self.artifact, self.version, name)


def cache_directory() -> Path:
    """The directory in the user's cache that all homes share."""
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(cache) / "maarid" / "jars"


def locked_jars() -> list[Jar]:
    """The jars that the lock file names, in class path order."""
    lock = tomllib.loads(LOCK_FILE.read_text())
    return [
        Jar(entry["groupId"], entry["artifactId"], entry["version"], entry["sha256"])
        for entry in lock["dependencies"]
    ]


def class_path(repository: Path | None = None) -> list[Path]:
    """Every locked jar, downloaded where missing, its sum verified.

    Raises StackError where a jar cannot be downloaded or is not the one that was locked.
    """
    repository = repository or cache_directory()
    repository.mkdir(parents=True, exist_ok=True)
    jars = locked_jars()
    with ThreadPoolExecutor(8) as pool, _alone(repository):
        missing = _not_verified(pool, repository, jars)
        if missing:
            _download(pool, repository, missing)
        wrong = _not_verified(pool, repository, missing)
        if wrong:
            raise StackError(
                f"{wrong[0].path.name} is not the file that {LOCK_FILE.name} names (its SHA-256 "
                "sum differs). It was not run; look at what your network or mirror delivers."
            )
    return [repository / jar.path for jar in jars]


def _not_verified(pool: ThreadPoolExecutor, repository: Path, jars: list[Jar]) -> list[Jar]:
    def good(jar: Jar) -> bool:
        file = repository / jar.path
        return file.exists() and hashlib.sha256(file.read_bytes()).hexdigest() == jar.sha256

    return [jar for jar, verified in zip(jars, pool.map(good, jars), strict=True) if not verified]


def _download(pool: ThreadPoolExecutor, repository: Path, jars: list[Jar]) -> None:
    try:
        from jgo.config import GlobalSettings
        from jgo.constants import MAVEN_CENTRAL_URL
        from jgo.maven import MavenContext
    except ImportError as error:
        raise StackError(
            "jgo, which downloads Kafka, is not installed: run `make setup`."
        ) from error
    repositories = {**GlobalSettings.load().repositories, "central": MAVEN_CENTRAL_URL}
    context = MavenContext(repo_cache=repository, remote_repos=repositories, timeout=60)

    def fetch(jar: Jar) -> None:
        # What is there is half a download or not what was locked; jgo would take it as it is.
        (repository / jar.path).unlink(missing_ok=True)
        context.project(jar.group, jar.artifact).at_version(jar.version).artifact().resolve()

    sys.stderr.write(f"Downloading Apache Kafka ({len(jars)} jars), once.\n")
    sys.stderr.flush()
    try:
        list(pool.map(fetch, jars))
    except (OSError, RuntimeError) as error:
        raise StackError(
            "Apache Kafka could not be downloaded. Check that this machine reaches the Maven "
            f"repository (or name a mirror in ~/.config/jgo.conf) and try again: {error}"
        ) from error


@contextmanager
def _alone(repository: Path) -> Generator[None]:
    """One process at a time downloads; others wait for it."""
    with (repository / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def lock() -> None:
    """Resolve the coordinates and their dependencies, and write the lock file."""
    import jgo
    from jgo.maven import PythonResolver

    with tempfile.TemporaryDirectory() as scratch:
        environment = jgo.build(
            "+".join(COORDINATES), resolver=PythonResolver(), cache_dir=Path(scratch)
        )
        text = (environment.path / "jgo.lock.toml").read_text()
    lines = [line for line in text.splitlines() if not line.startswith("generated = ")]
    LOCK_FILE.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    lock()
