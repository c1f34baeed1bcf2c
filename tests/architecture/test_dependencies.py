"""Every direct dependency is explained, and everything that is imported is one."""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import packages_distributions
from typing import Any

import pytest

from tests.architecture.tree import PRODUCT, ROOT, imports_of, python_files, shown

OURS = {
    "maarid_contracts",
    "chassis",
    "services",
    "servers",
    "cli",
    "scenarios",
    "benchmarks",
    "chaos",
    "deploy",
    "tests",
}
COMES_WITH = {"docker": "testcontainers", "pydantic_core": "pydantic", "starlette": "fastapi"}
"""Imported, and pinned by what it belongs to."""


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def groups() -> dict[str, list[Any]]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["dependency-groups"]


@cache
def declared() -> set[str]:
    found: set[str] = set()
    for group in groups().values():
        names = [re.match(r"[\w.-]+", each) for each in group if isinstance(each, str)]
        found |= {normal(name[0]) for name in names if name}
    return found


def explained() -> Iterator[str]:
    document = (ROOT / "docs" / "dependencies.md").read_text("utf-8")
    python, _, _ = document.partition("## Contracts")
    for line in python.splitlines():
        if line.startswith("- "):
            head, _, _ = line.partition(":")
            yield from map(normal, re.findall(r"`([\w.-]+)`", head))


def test_every_direct_dependency_is_explained_once_and_nothing_else() -> None:
    names = [name for name in explained() if name != "lz4"]
    assert sorted(names) == sorted(declared())


@pytest.mark.unhurried
def test_everything_that_is_imported_is_a_direct_dependency() -> None:
    distributions = packages_distributions()
    foreign: set[str] = set()
    for path in python_files(*PRODUCT, "benchmarks", "chaos", "deploy"):
        for module in imports_of(path):
            package = module.partition(".")[0]
            if package in sys.stdlib_module_names or package in OURS:
                continue
            # Several distributions may share a package, such as opentelemetry.
            names = {normal(name) for name in distributions.get(package, [package])}
            if not names & declared() and COMES_WITH.get(package) not in declared():
                foreign.add(f"{shown(path)}: {module}")
    assert foreign == set()


def test_every_decision_record_says_what_why_and_what_would_change_it() -> None:
    records = sorted((ROOT / "docs" / "decisions").glob("[a-z]*.md"))
    assert records
    for record in records:
        headings = re.findall(r"^#+ .*$", record.read_text("utf-8"), re.MULTILINE)
        wanted = ["## Decision", "## Why", "## What would change it"]
        assert headings[1:] == wanted, record.name


def test_the_index_of_decisions_names_every_record_once() -> None:
    folder = ROOT / "docs" / "decisions"
    named = re.findall(r"\]\(([a-z-]+\.md)\)", (folder / "README.md").read_text("utf-8"))
    assert sorted(named) == sorted(path.name for path in folder.glob("[a-z]*.md"))


def test_every_link_to_a_file_leads_somewhere() -> None:
    broken: list[str] = []
    documents = [
        ROOT / "README.md",
        ROOT / "contracts" / "README.md",
        *(ROOT / "docs").rglob("*.md"),
    ]
    for document in documents:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", document.read_text("utf-8")):
            if not (document.parent / target).exists():
                broken.append(f"{shown(document)}: {target}")
    assert broken == []
