"""The docker command, as tests use it."""

from __future__ import annotations

import json
import os
import subprocess
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from services import SERVICES
from tests.architecture.tree import ROOT

DEPLOY = ROOT / "deploy"
IMAGES = (*SERVICES, "tools")
REQUIRED = "MAARID_CONTAINER_TESTS"
"""Set to `required` where containers must be tested: what is missing then fails, and not skips."""


def docker(
    *arguments: str,
    environment: Mapping[str, str] | None = None,
    directory: Path = DEPLOY,
    fails: bool = False,
) -> subprocess.CompletedProcess[str]:
    """Run `docker …` in `deploy/`; its failure is the test's unless the test is about it."""
    ran = subprocess.run(
        ["docker", *arguments],
        cwd=directory,
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    if not fails:
        said = f"docker {' '.join(arguments)}: {ran.stdout}{ran.stderr}"
        assert ran.returncode == 0, said
    return ran


def inspected(*names: str) -> list[dict[str, Any]]:
    """What Docker knows of images or containers."""
    return json.loads(docker("inspect", *names).stdout)


def image(name: str) -> str:
    """The image of a service, or of the tools, in this version."""
    return f"maarid-{name}:{VERSION}"


def require_images(*others: str) -> None:
    """Skip with a reason (or fail, where it is required) without an engine, or images of ours, or
    others that are named."""
    missing = _missing(others)
    if missing and os.environ.get(REQUIRED) == "required":
        pytest.fail(missing)
    if missing:
        pytest.skip(missing)


def here(image_: str) -> bool:
    """Whether the engine has an image."""
    return docker("image", "inspect", image_, fails=True).returncode == 0


def _missing(others: Sequence[str]) -> str | None:
    try:
        if docker("version", fails=True).returncode:
            return "no Docker engine answers: `make containers` brings one"
    except FileNotFoundError:
        return "there is no docker command: `make containers` brings one"
    absent = [name for name in IMAGES if not here(image(name))]
    if absent:
        return f"no image of {', '.join(absent)}: `make images` builds them"
    absent = [name for name in others if not here(name)]
    return f"no image {', '.join(absent)}: `make containers` brings it" if absent else None


def version_of(tree: Path) -> str:
    """The version of a source tree."""
    text = (tree / "pyproject.toml").read_text("utf-8")
    return tomllib.loads(text)["project"]["version"]


VERSION = version_of(ROOT)
