"""The version before this one: the last of git's history that bore another number."""

from __future__ import annotations

import io
import os
import subprocess
import tarfile
from pathlib import Path
from typing import NamedTuple

from tests.architecture.tree import ROOT
from tests.containers.docker import DEPLOY, docker, skip_or_fail, version_of

PUBLISHED = os.environ.get("MAARID_UPGRADE_FROM")
"""A version whose images the engine has or can pull, to be upgraded from instead."""


class Previous(NamedTuple):
    """A version that is to be replaced by this one."""

    version: str
    deploy: Path
    """Its compose files."""
    revision: str | None
    """The commit that its images were built from; None where somebody else built them."""


def previous_version(directory: Path) -> Previous:
    """Build the images of the previous version out of git's history, with its own Dockerfile.

    Skips (or fails, where containers are required) in a copy without that history.
    """
    if PUBLISHED is not None:
        return Previous(PUBLISHED, DEPLOY, None)
    commit = _commit()
    if commit is None:
        skip_or_fail("git's history has no previous version: name one with MAARID_UPGRADE_FROM")
    tree = _git("archive", "--format=tar", commit)
    with tarfile.open(fileobj=io.BytesIO(tree)) as archive:
        archive.extractall(directory, filter="data")
    version = version_of(directory)
    settings = {"MAARID_VERSION": version, "MAARID_REVISION": commit}
    docker("compose", "build", environment=settings, directory=directory / "deploy")
    return Previous(version, directory / "deploy", commit)


def _commit() -> str | None:
    """The last commit before the version became what it is."""
    try:
        changed = _git("log", "-1", "--format=%H", "-G^version = ", "--", "pyproject.toml")
        return _git("rev-parse", "--verify", f"{changed.decode().strip()}^").decode().strip()
    except (FileNotFoundError, subprocess.CalledProcessError):
        return None


def _git(*arguments: str) -> bytes:
    ran = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, check=True)
    return ran.stdout
