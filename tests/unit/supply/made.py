"""Distributions, pins and locks for the tests of this folder."""

from __future__ import annotations

from pathlib import Path

from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from deploy.supply.inside import Installed
from deploy.supply.locks import Pin

SUM = "ab" * 32


def installed(
    name: str,
    version: str = "1.0",
    *,
    place: str | None = None,
    expression: str | None = None,
    licence: str | None = None,
    classifiers: tuple[str, ...] = (),
) -> Installed:
    """What a distribution tells of itself."""
    return {
        "name": name,
        "version": version,
        "place": place or f"/packages/{name}-{version}.dist-info",
        "expression": expression,
        "licence": licence,
        "classifiers": [f"License :: OSI Approved :: {each}" for each in classifiers],
        "requires": [],
    }


def pinned(**versions: str) -> dict[NormalizedName, Pin]:
    """A lock of these, read and judged."""
    names = {canonicalize_name(name): version for name, version in versions.items()}
    return {name: Pin(name, Version(version), None, (SUM,)) for name, version in names.items()}


def lock(directory: Path, *lines: str) -> Path:
    """A lock of these lines, each with a sum."""
    path = directory / "some.txt"
    text = "".join(f"{line} \\\n    --hash=sha256:{SUM}\n    # via us\n" for line in lines)
    path.write_text(text, "utf-8")
    return path
