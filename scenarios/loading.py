"""From a TOML file to a scenario in one of its readings."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path

from pydantic import ValidationError

from scenarios.checks import mistakes
from scenarios.model import Group, Programme, Reading, Scenario, ScenarioError
from scenarios.shares import apportion

FAIRS = ("oujda-2019", "khenifra-2021", "marrakech-2025", "agadir-2025", "ouarzazate-2025")
"""The keys of all scenarios in the order of their dates, so that one clock can play them all."""


def load(fair: str, reading: Reading | None = None) -> Scenario:
    """The scenario of a fair by its key, in its own reading or the one asked for.

    Raises ScenarioError when there is no such fair.
    """
    if fair not in FAIRS:
        raise ScenarioError(
            f"There is no fair {fair!r}. The fairs are: {', '.join(sorted(FAIRS))}."
        )
    text = files("scenarios").joinpath(f"{fair}.toml").read_text("utf-8")
    return parse(text, f"{fair}.toml", reading)


def load_file(path: Path, reading: Reading | None = None) -> Scenario:
    """The scenario in a file.  Raises ScenarioError when it cannot be read or used."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ScenarioError(f"{path} cannot be read: {error}.") from error
    return parse(text, path.name, reading)


def parse(text: str, where: str, reading: Reading | None = None) -> Scenario:
    """The scenario in a TOML text; `where` names it in errors.  Raises ScenarioError."""
    try:
        scenario = Scenario.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError(f"{where} is not TOML: {error}.") from error
    except ValidationError as error:
        raise ScenarioError(_sentences(where, error)) from error
    if reading is not None:
        exhibitors = scenario.exhibitors.model_copy(update={"reading": reading})
        scenario = scenario.model_copy(update={"exhibitors": exhibitors})
    wrong = mistakes(scenario)
    if not wrong:
        scenario = _as_read(scenario)
        wrong = mistakes(scenario)
    if wrong:
        raise ScenarioError("\n".join(f"{where}: {sentence}" for sentence in wrong))
    return scenario


def _as_read(scenario: Scenario) -> Scenario:
    """Let the groups grow or shrink, so that the reported number holds in the reading chosen."""
    counted = [group for group in scenario.groups if scenario.counts(group)]
    written = sum(group.count for group in counted)
    target = scenario.reported_organisations
    if written == target:
        return scenario
    factor = target / written
    resized = iter(apportion(target, [group.count for group in counted], at_least=1))
    groups = [
        _resized(group, next(resized) if scenario.counts(group) else _scaled(group, factor))
        for group in scenario.groups
    ]
    return scenario.model_copy(
        update={
            "groups": tuple(groups),
            "programmes": tuple(_shrunk(p, min(factor, 1.0)) for p in scenario.programmes),
        }
    )


def _scaled(group: Group, factor: float) -> int:
    return group.count if group.is_partner else max(1, round(group.count * factor))


def _resized(group: Group, count: int) -> Group:
    return group.model_copy(update={"count": count})


def _shrunk(programme: Programme, factor: float) -> Programme:
    beneficiaries = max(1, round(programme.beneficiaries * factor))
    return programme.model_copy(update={"beneficiaries": beneficiaries})


def _sentences(where: str, error: ValidationError) -> str:
    return "\n".join(
        f"{where}: {_place(problem['loc'])}: {problem['msg']}{_given(problem)}."
        for problem in error.errors()
    )


def _place(location: Sequence[str | int]) -> str:
    """`poles[2].sign` for ("poles", 1, "sign"): people count from one."""
    place = ""
    for step in location:
        place += f"[{step + 1}]" if isinstance(step, int) else f".{step}" if place else step
    return place or "the file"


def _given(problem: Mapping[str, object]) -> str:
    given = problem.get("input")
    return f", not {given!r}" if isinstance(given, str | int | float) else ""
