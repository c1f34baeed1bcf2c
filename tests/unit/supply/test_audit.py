"""Known vulnerabilities are refused, unless accepted with a reason; silence is no all-clear."""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from deploy.supply.audit import (
    ACCEPTED,
    Acceptance,
    AuditError,
    Finding,
    Unreached,
    acceptances,
    judge,
    known,
    users_of,
)
from tests.unit.supply.made import lock

TODAY = date(2026, 11, 24)
FINDING = Finding("loom", "1.0", ("PYSEC-2026-1", "CVE-2026-1"), ("1.0.1",))


def reporting(*dependencies: dict[str, Any]) -> list[str]:
    """A program that prints such a report, as pip-audit does."""
    report = json.dumps({"dependencies": dependencies, "fixes": []})
    return [sys.executable, "-c", f"print({report!r})"]


SKIPPED = {"name": "loom", "skip_reason": "not found"}


def test_a_mirror_without_the_database_is_not_taken_for_an_all_clear() -> None:
    with pytest.raises(Unreached, match="none of 1"):
        known([], pip_audit=reporting(SKIPPED))


def test_one_that_the_database_lacks_is_no_all_clear_either() -> None:
    audited: dict[str, Any] = {"name": "yarn", "version": "2.0", "vulns": []}
    with pytest.raises(AuditError, match="loom"):
        known([], pip_audit=reporting(SKIPPED, audited))


def test_a_finding_is_refused_with_its_remedy_and_the_locks_that_have_it() -> None:
    verdict = judge([FINDING], [], {"loom": ["dev", "ticketing"]}, TODAY)
    assert not verdict.passed
    assert verdict.lines == (
        "VULNERABLE loom 1.0: PYSEC-2026-1, CVE-2026-1: fixed in 1.0.1 (in dev, ticketing)",
    )


def test_an_accepted_finding_is_told_and_passes_until_its_day() -> None:
    decision = Acceptance("CVE-2026-1", "Loom", "We never weave.", date(2026, 11, 25))
    verdict = judge([FINDING], [decision], {}, TODAY)
    assert verdict.passed
    assert verdict.lines == (
        "accepted until 2026-11-25: loom 1.0: PYSEC-2026-1, CVE-2026-1: fixed in 1.0.1:"
        " We never weave.",
    )
    assert not judge([FINDING], [decision], {}, date(2026, 11, 25)).passed


@pytest.mark.parametrize(("id", "distribution"), [("CVE-2026-2", "loom"), ("CVE-2026-1", "yarn")])
def test_a_decision_about_something_else_covers_nothing(id: str, distribution: str) -> None:
    decision = Acceptance(id, distribution, "Reason.", date(2027, 1, 1))
    verdict = judge([FINDING], [decision], {}, TODAY)
    assert not verdict.passed
    assert f"{id} is accepted and not found (any more)" in verdict.lines


def test_decisions_are_read_and_must_say_why_and_until_when(tmp_path: Path) -> None:
    path = tmp_path / "accepted.toml"
    whole = '["PYSEC-2026-1"]\ndistribution = "loom"\nreason = "Why."\nuntil = 2027-01-31\n'
    path.write_text(whole, "utf-8")
    assert acceptances(path) == [Acceptance("PYSEC-2026-1", "loom", "Why.", date(2027, 1, 31))]
    for line in whole.splitlines()[1:]:
        path.write_text(whole.replace(line, ""), "utf-8")
        with pytest.raises(AuditError, match="PYSEC-2026-1 needs"):
            acceptances(path)
    path.write_text(whole.replace("Why.", " "), "utf-8")
    with pytest.raises(AuditError, match="PYSEC-2026-1 needs"):
        acceptances(path)


def test_our_own_decisions_can_be_read() -> None:
    acceptances(ACCEPTED)


def test_the_users_of_a_distribution_are_the_locks_that_pin_it(tmp_path: Path) -> None:
    assert users_of([lock(tmp_path, "Loom==1.0", "yarn==2.0")]) == {
        "loom": ["some"],
        "yarn": ["some"],
    }
