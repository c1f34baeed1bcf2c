"""Every code that a caller can be answered with has a text, and every text has its code."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Mapping
from typing import Any

import pytest

from services import SERVICES
from tests.architecture.tree import ROOT, calls_of, python_files, tree_of

RAISED = {"Refused": 0, "NotFound": 0, "Problem": 1, "known": 1}
"""Calls that name a code, and the place of the code among their arguments."""
LANGUAGES = ("ar", "fr", "en")


def codes_in(*folders: str) -> dict[str, set[str]]:
    """The codes that are raised in some folders, each with the details that always come along."""
    codes: dict[str, set[str]] = {}
    for path in python_files(*folders):
        for name, call in calls_of(path):
            place = RAISED.get(name)
            if place is None or len(call.args) <= place:
                continue
            given = {keyword.arg for keyword in call.keywords if keyword.arg is not None}
            for code in _constants(call.args[place]):
                codes[code] = codes.get(code, given) & given
    return codes


def _constants(node: ast.expr) -> list[str]:
    match node:
        case ast.Constant(value=str(code)):
            return [code]
        case ast.IfExp(body=body, orelse=orelse):
            return [*_constants(body), *_constants(orelse)]
        case _:
            return []


def texts_of(folder: str) -> Mapping[str, Mapping[str, Any]]:
    place = ROOT / folder / ("answers" if folder == "chassis" else "")
    return tomllib.loads((place / "problems.toml").read_text("utf-8"))


@pytest.mark.parametrize("service", SERVICES)
def test_every_code_of_a_service_has_a_text(service: str) -> None:
    folder = f"services/{service}"
    codes = codes_in(folder)
    assert codes
    assert codes.keys() - texts_of(folder).keys() - texts_of("chassis").keys() == set()


def test_every_code_of_the_chassis_has_a_text() -> None:
    assert codes_in("chassis").keys() - texts_of("chassis").keys() == set()


@pytest.mark.parametrize("folder", ["chassis", *(f"services/{name}" for name in SERVICES)])
def test_every_text_is_there_in_arabic_french_and_english_and_says_the_same(folder: str) -> None:
    wrong: list[str] = []
    for code, entry in texts_of(folder).items():
        if missing := [language for language in LANGUAGES if not entry.get(language)]:
            wrong.append(f"{code}: no {', '.join(missing)}")
            continue
        if not 400 <= entry["status"] < 600:
            wrong.append(f"{code}: status {entry['status']}")
        names = {language: set(re.findall(r"{(\w+)}", entry[language])) for language in LANGUAGES}
        if len(set(map(frozenset, names.values()))) > 1:
            wrong.append(f"{code}: texts with different details")
    assert wrong == []


@pytest.mark.parametrize("service", SERVICES)
def test_every_detail_in_a_text_is_given_wherever_its_code_is_raised(service: str) -> None:
    folder = f"services/{service}"
    texts = texts_of(folder)
    missing = {
        code: wanted - given
        for code, given in codes_in(folder).items()
        if code in texts and (wanted := set(re.findall(r"{(\w+)}", texts[code]["en"]))) - given
    }
    assert missing == {}


@pytest.mark.parametrize("service", SERVICES)
def test_no_text_is_left_of_a_code_that_nobody_raises(service: str) -> None:
    folder = f"services/{service}"
    # Some codes are chosen by a function that says what speaks against something.
    said = {
        node.value
        for path in python_files(folder)
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Constant)
    }
    assert texts_of(folder).keys() - said == set()
