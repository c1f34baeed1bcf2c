"""The locks `requirements/*.txt`, and how what is installed differs from one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from packaging.markers import Marker
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import InvalidVersion, Version

from deploy.supply.inside import Installed

ROOT = Path(__file__).parents[2]
REQUIREMENTS = ROOT / "requirements"
OURS = frozenset({"maarid", "maarid-contracts"})
"""Our own distributions: installed in place by `make setup`, copied without metadata in images."""
IMAGE: Mapping[str, str] = {
    "implementation_name": "cpython",
    "os_name": "posix",
    "platform_machine": "x86_64",
    "platform_python_implementation": "CPython",
    "platform_system": "Linux",
    "python_full_version": "3.11.0",
    "python_version": "3.11",
    "sys_platform": "linux",
}
"""What markers are to be judged by where no image can be asked."""


class LockError(Exception):
    """A lock has a line that pins nothing, or pins without a hash; the message says which."""


@dataclass(frozen=True)
class Pin:
    """One line of a lock: this version, in an archive that has one of these SHA-256 sums."""

    name: NormalizedName
    version: Version
    marker: Marker | None
    hashes: tuple[str, ...]


def read_lock(path: Path) -> list[Pin]:
    """Every pin of a lock.  Raises LockError where a line is anything but a pin with hashes."""
    pins = [_pin(path.name, line) for line in _logical_lines(path.read_text("utf-8"))]
    if not pins:
        raise LockError(f"{path.name}: pins nothing")
    return pins


def applying(
    pins: Iterable[Pin], environment: Mapping[str, str] = IMAGE
) -> dict[NormalizedName, Pin]:
    """The pins that an environment calls for."""
    asked = dict(environment)
    return {pin.name: pin for pin in pins if pin.marker is None or pin.marker.evaluate(asked)}


def differences(installed: Iterable[Installed], pinned: Mapping[NormalizedName, Pin]) -> list[str]:
    """How what is installed differs from the lock, a line each; none if it is the same."""
    lines: list[str] = []
    seen: dict[NormalizedName, str] = {}
    for each in installed:
        name = canonicalize_name(each["name"])
        if name in OURS:
            continue
        pin = pinned.get(name)
        if name in seen:
            lines.append(f"{name} is installed twice: in {seen[name]} and in {each['place']}")
        elif pin is None:
            lines.append(f"{name} {each['version']} is not in the lock: {each['place']}")
        elif not _same(each["version"], pin.version):
            lines.append(f"{name} {each['version']} is installed, {pin.version} is in the lock")
        seen[name] = each["place"]
    missing = sorted(pinned.keys() - seen.keys())
    return lines + [f"{name} {pinned[name].version} is not installed" for name in missing]


def _same(version: str, pinned: Version) -> bool:
    try:
        return Version(version) == pinned
    except InvalidVersion:
        return False


def _logical_lines(text: str) -> Iterator[str]:
    for line in text.replace("\\\n", " ").splitlines():
        if (bare := line.partition("#")[0].strip()) != "":
            yield bare


def _pin(file: str, line: str) -> Pin:
    written, *options = re.split(r"\s+(?=--)", line)
    hashes = [option.removeprefix("--hash=sha256:") for option in options]
    if not hashes or not all(re.fullmatch(r"[0-9a-f]{64}", digest) for digest in hashes):
        raise LockError(f"{file}: {written}: wants SHA-256 sums, and nothing else")
    try:
        requirement = Requirement(written)
        (specifier,) = requirement.specifier
        version = Version(specifier.version)
    except (InvalidRequirement, InvalidVersion, ValueError):
        raise LockError(f"{file}: {written}: is not one version") from None
    if specifier.operator != "==" or requirement.url or requirement.extras:
        raise LockError(f"{file}: {written}: is not pinned with == alone")
    return Pin(canonicalize_name(requirement.name), version, requirement.marker, tuple(hashes))
