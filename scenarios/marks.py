"""The marks that a team gives applications: made up to fit what becomes of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from random import Random

from scenarios.cast import Application, Course, Organisation
from scenarios.model import Scenario

QUALITY = "quality"
PIONEER = "pioneer"
MOST_BESIDE_QUALITY = 30
"""Points for other things: whoever gets in by quality does so whatever others have of these."""

_WAITING = (20, 29)
_REJECTED = (1, 15)


def marks(
    scenario: Scenario, applying: Iterable[tuple[Organisation, Application]]
) -> Mapping[str, Mapping[str, int]]:
    """Organisation -> criterion -> mark; the same ones every time."""
    random = Random(f"{scenario.fair_id}/{scenario.seed}/marks")
    return {organisation.key: _of(random, asked) for organisation, asked in applying}


def _of(random: Random, application: Application) -> Mapping[str, int]:
    quality = random.randint(*_between(application))
    return {QUALITY: quality} | ({PIONEER: 1} if application.pioneer else {})


def _between(application: Application) -> tuple[int, int]:
    match application.course:
        case Course.ACCEPTED | Course.WITHDRAWS_BEFORE_PLAN | Course.WITHDRAWS_AFTER_PLAN:
            return application.marks
        case Course.WAITLISTED:
            return _WAITING
        case Course.REJECTED | Course.TAKEN_BACK:
            return _REJECTED
