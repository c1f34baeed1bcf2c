"""Tells what is installed where it runs, as JSON; sent to an image's Python on standard input.

Images have neither pip nor anything of ours to call, so this needs the standard library alone.
"""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import TypedDict


class Installed(TypedDict):
    """A Python distribution, in the words of its metadata."""

    name: str
    version: str
    place: str
    expression: str | None
    licence: str | None
    classifiers: list[str]
    requires: list[str]


class SystemPackage(TypedDict):
    """A package of the operating system."""

    name: str
    version: str
    architecture: str


class Listing(TypedDict):
    """All that is installed in one place."""

    environment: dict[str, str]
    distributions: list[Installed]
    system: dict[str, str]
    system_packages: list[SystemPackage]


def listing(root: Path | None = None) -> Listing:
    """What this interpreter can import; with a root: what lies anywhere in that file system."""
    paths = _everywhere(root) if root else sys.path
    found = {_place(each): _installed(each) for each in distributions(path=list(paths))}
    return {
        "environment": _environment(),
        "distributions": sorted(found.values(), key=lambda each: (each["name"], each["place"])),
        "system": _system(root) if root else {},
        "system_packages": list(_system_packages(root)) if root else [],
    }


def _installed(distribution: Distribution) -> Installed:
    metadata = distribution.metadata
    place = _place(distribution)
    classifiers = metadata.get_all("Classifier") or []
    return {
        # A folder that says nothing of itself is told as well, and found in no lock.
        "name": str(metadata["Name"] or place),
        "version": str(metadata["Version"] or "0"),
        "place": place,
        "expression": metadata["License-Expression"],
        "licence": metadata["License"],
        "classifiers": [each for each in classifiers if each.startswith("License ::")],
        "requires": metadata.get_all("Requires-Dist") or [],
    }


def _place(distribution: Distribution) -> str:
    # There is no public name for it, and nothing else tells two copies in one folder apart.
    return os.path.realpath(str(getattr(distribution, "_path", "")))


def _everywhere(root: Path) -> Iterator[str]:
    for directory, folders, files in os.walk(root):
        if directory == str(root):
            folders[:] = [name for name in folders if name not in {"dev", "proc", "sys"}]
        if any(name.endswith((".dist-info", ".egg-info")) for name in (*folders, *files)):
            yield directory


def _environment() -> dict[str, str]:
    """What environment markers of requirements ask for, by PEP 508's names."""
    version = sys.implementation.version
    level = "" if version.releaselevel == "final" else f"{version.releaselevel[0]}{version.serial}"
    return {
        "implementation_name": sys.implementation.name,
        "implementation_version": f"{version.major}.{version.minor}.{version.micro}{level}",
        "os_name": os.name,
        "platform_machine": platform.machine(),
        "platform_python_implementation": platform.python_implementation(),
        "platform_release": platform.release(),
        "platform_system": platform.system(),
        "platform_version": platform.version(),
        "python_full_version": platform.python_version(),
        "python_version": ".".join(platform.python_version_tuple()[:2]),
        "sys_platform": sys.platform,
    }


def _system(root: Path) -> dict[str, str]:
    try:
        lines = (root / "etc/os-release").read_text("utf-8").splitlines()
    except FileNotFoundError:
        return {}
    told = dict(line.split("=", 1) for line in lines if "=" in line)
    return {"id": told["ID"].strip('"'), "version": told.get("VERSION_ID", "").strip('"')}


def _system_packages(root: Path) -> Iterator[SystemPackage]:
    try:
        stanzas = (root / "var/lib/dpkg/status").read_text("utf-8").split("\n\n")
    except FileNotFoundError:
        return
    for stanza in stanzas:
        fields = dict(_fields(stanza.splitlines()))
        if fields.get("Status", "").endswith(" installed"):
            yield {
                "name": fields["Package"],
                "version": fields["Version"],
                "architecture": fields["Architecture"],
            }


def _fields(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        key, colon, value = line.partition(": ")
        if colon:
            yield key, value


if __name__ == "__main__":
    json.dump(listing(*map(Path, sys.argv[1:])), sys.stdout)
