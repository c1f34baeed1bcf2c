"""What the command `maarid contracts` does: write, compare, judge and release the contracts.

`root` is the directory of the distribution, the one with its `pyproject.toml`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from maarid_contracts import CATALOGUE
from maarid_contracts.asyncapi import as_yaml, document
from maarid_contracts.compatibility import (
    added_fields,
    numbers,
    objections,
    release_of,
    releases,
)
from maarid_contracts.envelope import Entry
from maarid_contracts.golden import example_of
from maarid_contracts.schemas import PACKAGE, as_text, schema_of
from maarid_contracts.typescript import FILE, generate, is_current

ROOT = PACKAGE.parent
TYPES = Path("typescript", FILE)


class Incompatible(Exception):
    """The contracts may not be released; `objections` says why, one sentence each."""

    def __init__(self, objections: list[str]) -> None:
        super().__init__("\n".join(objections))
        self.objections = objections


def list_types() -> tuple[Entry, ...]:
    """Every type and version ever published, in the order of the services."""
    return tuple(CATALOGUE.values())


def version(root: Path = ROOT) -> str:
    """The version of the distribution, as its `pyproject.toml` says it."""
    with (root / "pyproject.toml").open("rb") as told:
        return tomllib.load(told)["project"]["version"]


def write_all(root: Path = ROOT) -> list[str]:
    """Write schemas, missing samples, AsyncAPI document and TypeScript types; what changed.

    A sample is made from the examples in a contract; once it is there, it stays as it is.

    Raises NodeUnavailable, after all else was written, if the TypeScript types have to be made
    anew and npm cannot be used.
    """
    changed = [path for path in _missing_samples(root) if _write(root / path, _sample(path))]
    changed += [path for path, text in _documents(root).items() if _write(root / path, text)]
    for path in _leftovers(root):
        (root / path).unlink()
        changed.append(path)
    if not _types_are_current(root) and _write(
        root / TYPES, generate(list_types(), root / "typescript")
    ):
        changed.append(TYPES)
    return [str(path) for path in changed]


def differences(root: Path = ROOT) -> list[str]:
    """What is not as `write_all` would leave it, one sentence each; needs neither npm nor network.

    The TypeScript types are judged by the digest of what they were made from.
    """
    stale = _missing_samples(root)
    if not stale:
        stale = [path for path, text in _documents(root).items() if _read(root / path) != text]
    if not _types_are_current(root):
        stale.append(TYPES)
    return [f"{path} is out of date: run `maarid contracts write`" for path in stale] + [
        f"{path} belongs to no type: run `maarid contracts write`" for path in _leftovers(root)
    ]


def incompatibilities(catalogue: Mapping[str, Entry] = CATALOGUE, root: Path = ROOT) -> list[str]:
    """Why these contracts may not follow the last release, one sentence each."""
    today = {name: release_of(entry) for name, entry in catalogue.items()}
    needless = [
        f"{entry.type}, {field}: it says that it came with {since}, and its contract came with"
        f" {entry.since}; `added_in` is for fields that came later"
        for entry in catalogue.values()
        for field, since in added_fields(today[entry.type])
        if "." not in field and numbers(since) <= numbers(entry.since)
    ]
    return objections(releases(_released(root)), today, _last_release(root)) + needless


def release(root: Path = ROOT) -> str:
    """Make the contracts of today the ones that later changes are measured by; the version.

    Raises Incompatible, and writes nothing, when a change would break somebody or the version was
    not raised for a type that is to come with the next.
    """
    found = incompatibilities(root=root) + [
        f"{entry.type}: it comes with {entry.since}, and this is {version(root)}; raise the version"
        for entry in list_types()
        if numbers(entry.since) > numbers(version(root))
    ]
    found += [
        f"{entry.type}, {field}: it comes with {since}, and this is {version(root)}; raise the"
        " version"
        for entry in list_types()
        for field, since in added_fields(release_of(entry))
        if numbers(since) > numbers(version(root))
    ]
    if found:
        raise Incompatible(found)
    for entry in list_types():
        _write(_released(root) / f"{entry.type}.json", as_text(asdict(release_of(entry))))
    _write(_released(root) / "VERSION", f"{version(root)}\n")
    return version(root)


def _documents(root: Path) -> dict[Path, str]:
    package = Path(PACKAGE.name)
    texts = {
        package / "schemas" / f"{entry.type}.json": as_text(schema_of(entry))
        for entry in list_types()
    }
    return texts | {package / "asyncapi.yaml": as_yaml(document(list_types(), version(root)))}


def _missing_samples(root: Path) -> list[Path]:
    golden = Path(PACKAGE.name, "golden")
    samples = (golden / f"{entry.type}.json" for entry in list_types())
    return [path for path in samples if not (root / path).is_file()]


def _sample(path: Path) -> str:
    return as_text(example_of(CATALOGUE[path.stem]))


def _types_are_current(root: Path) -> bool:
    text = _read(root / TYPES)
    return text is not None and is_current(text, list_types(), root / "typescript")


def _leftovers(root: Path) -> list[Path]:
    schemas = root / PACKAGE.name / "schemas"
    return [
        path.relative_to(root)
        for path in sorted(schemas.glob("*.json"))
        if path.stem not in CATALOGUE
    ]


def _released(root: Path) -> Path:
    return root / PACKAGE.name / "released"


def _last_release(root: Path) -> str:
    return (_read(_released(root) / "VERSION") or "0.0.0").strip()


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None


def _write(path: Path, text: str) -> bool:
    if _read(path) == text:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return True
