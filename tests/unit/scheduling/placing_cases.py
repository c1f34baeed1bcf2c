"""A small floor with every rule on it, for tests of what judges and of what places."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from services.scheduling.placing.booths import Booth
from services.scheduling.placing.problem import Ground, Problem, Profile
from services.scheduling.placing.rules import AssignmentRules


def booth(booth_id: str, **offers: Any) -> Booth:
    return replace(Booth(booth_id, "products", 0.0, 0.0, 3.0, 3.0), **offers)


def profile(name: str, **more: Any) -> Profile:
    return replace(Profile(name, f"{name}-org", "products"), **more)


def row(number: int, **more: Any) -> Ground:
    """Booths A1 to A<number> side by side; the first is nearest to the entrance."""
    names = [f"A{n + 1}" for n in range(number)]
    beside = {
        each: tuple(names[m] for m in (n - 1, n + 1) if 0 <= m < number)
        for n, each in enumerate(names)
    }
    ground = Ground({each: booth(each) for each in names}, beside)
    return replace(ground, **more)


def problem(ground: Ground, *profiles: Profile, **more: Any) -> Problem:
    return replace(Problem(ground, profiles), **more)


def rules(**more: Any) -> AssignmentRules:
    return replace(AssignmentRules(), **more)
