"""The committed locks pin everything with sums and agree; the list of licences is theirs."""

from __future__ import annotations

import re
import tomllib

import pytest

from deploy.supply import licences
from deploy.supply.__main__ import LICENCES
from deploy.supply.inside import listing
from deploy.supply.locks import REQUIREMENTS, Pin, applying, read_lock
from services import SERVICES
from tests.architecture.tree import ROOT

LOCKS = sorted(REQUIREMENTS.glob("*.txt"))
by_name = pytest.mark.parametrize("lock", [path.stem for path in LOCKS])


def pins_of(lock: str) -> dict[tuple[str, str], Pin]:
    return {(pin.name, str(pin.marker)): pin for pin in read_lock(REQUIREMENTS / f"{lock}.txt")}


def test_each_group_of_dependencies_has_its_lock() -> None:
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["dependency-groups"]
    # What two groups share is no list of its own.
    assert {path.stem for path in LOCKS} == set(groups) - {
        "deciding-registration",
        "deciding-scheduling",
        "deciding-ticketing",
    }
    assert set(SERVICES) == set(licences.SERVICES) <= set(groups)


@by_name
def test_a_lock_pins_with_sums_alone_and_says_nothing_of_where_from(lock: str) -> None:
    # Reading refuses a line that is not one version with sums; comments say who needs it.
    assert read_lock(REQUIREMENTS / f"{lock}.txt")
    text = (REQUIREMENTS / f"{lock}.txt").read_text("utf-8")
    assert not re.search(r"://|index|find-links|trusted|@", text)


@pytest.mark.parametrize("lock", [path.stem for path in LOCKS if path.stem != "standins"])
def test_a_lock_agrees_with_what_the_tests_run_on(lock: str) -> None:
    tested = {(name, pin.version, pin.hashes) for (name, _), pin in pins_of("dev").items()}
    own = {(name, pin.version, pin.hashes) for (name, _), pin in pins_of(lock).items()}
    assert own - tested == set()


def test_the_list_of_licences_is_that_of_the_locks() -> None:
    written = licences.rows_of(LICENCES.read_text("utf-8"))
    locks = licences.runtime_locks()
    pins = {name: str(pin.version) for pinned in locks.values() for name, pin in pinned.items()}
    assert {row.name: row.version for row in written} == pins, "run make licences"
    for service in SERVICES:
        listed = {row.name for row in written if service in row.services or row.services == "all"}
        assert listed == applying(read_lock(REQUIREMENTS / f"{service}.txt")).keys()


def test_the_list_of_licences_says_what_the_metadata_say() -> None:
    here = {each["name"]: each for each in listing()["distributions"]}
    written = {row.name: row for row in licences.rows_of(LICENCES.read_text("utf-8"))}
    told = {name: licences.licence_of(each) for name, each in here.items() if name in written}
    assert len(told) > len(written) / 2
    assert {name: written[name].licence for name in told} == told


def test_we_may_ship_all_that_we_run_on() -> None:
    written = licences.rows_of(LICENCES.read_text("utf-8"))
    strange = {row.name for row in written if not licences.allowed(row.licence)}
    assert strange <= licences.IN_NO_IMAGE.keys()
    assert licences.refused(listing()["distributions"], licences.runtime_locks()) == []
