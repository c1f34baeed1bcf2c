"""Asks an image, or an interpreter, what is installed in it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from deploy.supply import inside
from deploy.supply.inside import Listing


class AskingError(Exception):
    """There is no answer; the message says who did not give it, and why."""


@dataclass(frozen=True)
class Image:
    """What is known of an image besides its contents."""

    name: str
    version: str
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    identity: str | None = None


def ask_image(image: str) -> tuple[Image, Listing]:
    """What an image says of itself, and everything in its file system, wherever it lies."""
    told: dict[str, Any] = json.loads(
        _run(["docker", "image", "inspect", "--format", "{{json .}}", image])
    )
    labels: dict[str, str] = told["Config"].get("Labels") or {}
    known = Image(
        name=labels.get("org.opencontainers.image.title", image.partition(":")[0]),
        version=labels.get("org.opencontainers.image.version", ""),
        labels=labels,
        identity=told["Id"],
    )
    # As root, or what only root may read would go unseen; and able to do nothing but read.
    shut = ["--network", "none", "--read-only", "--security-opt", "no-new-privileges:true"]
    python = ["--user", "0:0", "--entrypoint", "python", image, "-I", "-", "/"]
    return known, _listing(["docker", "run", "--rm", "--interactive", *shut, *python])


def ask_python(python: str) -> Listing:
    """What an interpreter can import."""
    return _listing([python, "-I", "-"])


def _listing(command: Sequence[str]) -> Listing:
    script = Path(inside.__file__).read_text("utf-8")
    return cast(Listing, json.loads(_run(command, script)))


def _run(command: Sequence[str], script: str | None = None) -> str:
    try:
        ended = subprocess.run(command, input=script, capture_output=True, check=False, text=True)  # noqa: S603
    except OSError as error:
        raise AskingError(f"{command[0]} cannot be run: {error}") from None
    if ended.returncode != 0:
        why = ended.stderr.strip().rpartition("\n")[2]
        raise AskingError(f"{' '.join(command[:3])} …: {why or ended.returncode}")
    return ended.stdout
