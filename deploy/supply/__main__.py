"""The commands of `python -m deploy.supply`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from deploy.supply import audit, licences
from deploy.supply.asking import AskingError, Image, ask_image, ask_python
from deploy.supply.inside import listing
from deploy.supply.locks import REQUIREMENTS, ROOT, LockError, applying, differences, read_lock
from deploy.supply.sbom import bill

LICENCES = ROOT / "docs" / "licences.md"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 1 if it found something wrong, 2 if it could not look."""
    parser = argparse.ArgumentParser(prog="python -m deploy.supply", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    check = commands.add_parser("check", help="compare what is installed with its lock")
    check.add_argument("lock", type=Path, help="such as requirements/scheduling.txt")
    place = check.add_mutually_exclusive_group(required=True)
    place.add_argument("--image", help="a local image, asked with docker")
    place.add_argument("--python", help="an interpreter, such as .venv/bin/python")
    check.add_argument("--sbom", type=Path, metavar="FILE", help="write the SBOM as well")
    commands.add_parser("licences", help="write docs/licences.md, refuse what we may not ship")
    vulnerable = commands.add_parser("audit", help="known vulnerabilities of what is pinned")
    vulnerable.add_argument("--osv-url", help="ask this OSV database instead of the registry's")
    given = parser.parse_args(arguments)
    try:
        match given.command:
            case "check":
                return _check(given.lock, given.image, given.python, given.sbom)
            case "licences":
                return _licences()
            case _:
                return _audit(given.osv_url)
    except (AskingError, LockError, licences.LicenceError, audit.AuditError, OSError) as error:
        print(error, file=sys.stderr)
        return 2


def _check(lock: Path, image: str | None, python: str | None, sbom: Path | None) -> int:
    if image is not None:
        known, found = ask_image(image)
    else:
        known, found = Image(f"maarid-{lock.stem}", ""), ask_python(python or sys.executable)
    pinned = applying(read_lock(lock), found["environment"])
    wrong = differences(found["distributions"], pinned)
    if sbom is not None:
        sbom.parent.mkdir(parents=True, exist_ok=True)
        sbom.write_text(bill(known, found, pinned) + "\n", "utf-8")
    for line in wrong:
        print(f"{image or python}: {line}")
    if not wrong:
        print(f"{image or python} is what {lock.name} says: {len(pinned)} distributions")
    return 1 if wrong else 0


def _licences() -> int:
    locks, installed = licences.runtime_locks(), listing()["distributions"]
    found = licences.rows(installed, locks)
    LICENCES.write_text(licences.document(found), "utf-8")
    wrong = licences.refused(installed, locks)
    for line in wrong:
        print(line)
    print(f"{LICENCES.name} lists {len(found)} distributions; {len(wrong)} refused")
    return 1 if wrong else 0


def _audit(osv_url: str | None) -> int:
    locks = sorted(REQUIREMENTS.glob("*.txt"))
    accepted = audit.acceptances(audit.ACCEPTED)
    users = audit.users_of(locks)
    try:
        findings = audit.known(locks, osv_url=osv_url)
    except audit.Unreached as error:
        print(f"NOT AUDITED: the database of vulnerabilities can't be reached from here: {error}")
        return 0
    verdict = audit.judge(findings, accepted, users, datetime.now(UTC).date())
    for line in verdict.lines:
        print(line)
    print(f"{len(users)} distributions audited: {'passed' if verdict.passed else 'REFUSED'}")
    return 0 if verdict.passed else 1


if __name__ == "__main__":
    sys.exit(main())
