"""Asks pip-audit for known vulnerabilities of what the locks pin, and judges its answer."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, cast

from packaging.utils import canonicalize_name

from deploy.supply.locks import REQUIREMENTS, read_lock

ACCEPTED = REQUIREMENTS / "accepted.toml"
UNREACHED = (
    "requests.exceptions.",
    "urllib3.exceptions.",
    "pip_audit._service.interface.",
    "ERROR:pip_audit._cli:Tip: your network",
)
"""How the last line of pip-audit begins where the database gave no answer."""


class AuditError(Exception):
    """There is no audit because of us; the message says why."""


class Unreached(Exception):
    """There is no audit, because the database gave no answer; the message says what came."""


@dataclass(frozen=True)
class Finding:
    """A known vulnerability of something that a lock pins."""

    distribution: str
    version: str
    ids: tuple[str, ...]
    fixed_in: tuple[str, ...]

    def __str__(self) -> str:
        fixed = f"fixed in {', '.join(self.fixed_in)}" if self.fixed_in else "no version fixes it"
        return f"{self.distribution} {self.version}: {', '.join(self.ids)}: {fixed}"


@dataclass(frozen=True)
class Acceptance:
    """A vulnerability that somebody decided to live with, until a day."""

    id: str
    distribution: str
    reason: str
    until: date

    def covers(self, finding: Finding, today: date) -> bool:
        """Whether the decision is about this finding and still holds."""
        same = canonicalize_name(self.distribution) == canonicalize_name(finding.distribution)
        return same and self.id in finding.ids and today < self.until


def known(
    locks: Sequence[Path], *, osv_url: str | None = None, pip_audit: Sequence[str] = ()
) -> list[Finding]:
    """What pip-audit knows against these locks.  Raises Unreached and AuditError."""
    where = ["--vulnerability-service", "osv", "--osv-url", osv_url] if osv_url else []
    command = [
        *(pip_audit or (sys.executable, "-m", "pip_audit")),
        *("--disable-pip", "--require-hashes", "--format", "json", "--progress-spinner", "off"),
        *where,
        *(argument for lock in locks for argument in ("--requirement", str(lock))),
    ]
    ended = subprocess.run(command, capture_output=True, check=False, text=True)  # noqa: S603
    last = ended.stderr.strip().rpartition("\n")[2]
    try:
        report: dict[str, Any] = json.loads(ended.stdout)
    except json.JSONDecodeError:
        raise (Unreached if last.startswith(UNREACHED) else AuditError)(
            last or f"pip-audit ended with {ended.returncode}"
        ) from None
    return _findings(report["dependencies"])


def _findings(dependencies: Sequence[Mapping[str, Any]]) -> list[Finding]:
    skipped = [str(each["name"]) for each in dependencies if "skip_reason" in each]
    # A mirror without the database answers "not found" for each, and pip-audit calls that success.
    if len(skipped) == len(dependencies):
        raise Unreached(f"it knows none of {len(skipped)} distributions")
    if skipped:
        raise AuditError(f"not audited, since the database lacks them: {', '.join(skipped)}")
    return [
        Finding(
            distribution=str(each["name"]),
            version=str(each["version"]),
            ids=(str(found["id"]), *map(str, found.get("aliases", ()))),
            fixed_in=tuple(map(str, found["fix_versions"])),
        )
        for each in dependencies
        for found in each["vulns"]
    ]


def acceptances(path: Path) -> list[Acceptance]:
    """The decisions to live with something.  Raises AuditError where one lacks what it must say."""
    found: list[Acceptance] = []
    for id, told in tomllib.loads(path.read_text("utf-8")).items():
        match told:
            case {"distribution": str(name), "reason": str(reason), "until": date() as until} if (
                reason.strip() and len(cast(dict[str, Any], told)) == 3
            ):
                found.append(Acceptance(id, name, reason, until))
            case _:
                raise AuditError(
                    f"{path.name}: {id} needs a distribution, a reason, and a day until"
                )
    return found


@dataclass(frozen=True)
class Verdict:
    """What is told, a line each, and whether all of it is accepted."""

    lines: tuple[str, ...]
    passed: bool


def judge(
    findings: Iterable[Finding],
    accepted: Sequence[Acceptance],
    users: Mapping[str, Sequence[str]],
    today: date,
) -> Verdict:
    """Refuse every finding that no decision covers; name decisions that cover nothing."""
    lines: list[str] = []
    used: set[Acceptance] = set()
    passed = True
    for finding in findings:
        covering = [each for each in accepted if each.covers(finding, today)]
        used.update(covering)
        if covering:
            lines.append(f"accepted until {covering[0].until}: {finding}: {covering[0].reason}")
        else:
            passed = False
            name = canonicalize_name(finding.distribution)
            lines.append(f"VULNERABLE {finding} (in {', '.join(users.get(name, ()))})")
    lines += [
        f"{each.id} is accepted and not found (any more)" for each in accepted if each not in used
    ]
    return Verdict(tuple(lines), passed)


def users_of(locks: Iterable[Path]) -> dict[str, list[str]]:
    """Which locks pin a distribution, by its name."""
    found: dict[str, list[str]] = {}
    for lock in locks:
        for name in sorted({pin.name for pin in read_lock(lock)}):
            found.setdefault(name, []).append(lock.stem)
    return found
