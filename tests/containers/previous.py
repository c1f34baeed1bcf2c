"""The version before this one: the last of git's history that bore another number."""

from __future__ import annotations

import io
import os
import subprocess
import tarfile
from pathlib import Path
from typing import NamedTuple

from tests.architecture.tree import ROOT
from tests.containers.docker import DEPLOY, VERSION, docker, version_of

PUBLISHED = os.environ.get("MAARID_UPGRADE_FROM")
"""A version whose images the engine has or can pull, to be upgraded from instead."""


class Previous(NamedTuple):
    """A version that is to be replaced by this one."""

    version: str
    deploy: Path
    """Its compose files."""
    revision: str | None
    """What its images say they were built from; None where somebody else built them."""


def previous_version(directory: Path) -> Previous:
    """Build the images of the previous version out of git's history, with its own Dockerfile.

    In a copy without that history this tree stands in for it, under another number.
    """
    if PUBLISHED is not None:
        return Previous(PUBLISHED, DEPLOY, None)
    commit = _commit()
    if commit is None:
        print("NOTE: git's history has no previous version here: this one is upgraded to itself.")
        previous = Previous(f"{VERSION}-before", DEPLOY, "before")
    else:
        tree = _git("archive", "--format=tar", commit)
        with tarfile.open(fileobj=io.BytesIO(tree)) as archive:
            archive.extractall(directory, filter="data")
        previous = Previous(version_of(directory), directory / "deploy", commit)
    settings = {"MAARID_VERSION": previous.version, "MAARID_REVISION": previous.revision or ""}
    docker("compose", "build", environment=settings, directory=previous.deploy)
    return previous


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
