"""The kinds of jobs of tests; their functions are in tests/jobs.py."""

from __future__ import annotations

from chassis.definition.service import JobKind


def _kind(name: str, seconds: float = 60, megabytes: int = 300) -> JobKind:
    return JobKind(name, f"tests.jobs:{name}", seconds, megabytes)


DOUBLE = _kind("double")
SURROUNDINGS = _kind("surroundings")
GATED = _kind("gated")
STUBBORN = _kind("stubborn")
BEST = _kind("best")
GREEDY = _kind("greedy", megabytes=120)
FAILING = _kind("failing")
REFUSING = _kind("refusing")
DYING = _kind("dying")
OF_SIZE = _kind("of_size")
UNSTORABLE = _kind("unstorable")
MISSING = JobKind("missing", "tests.jobs:nothing_of_this_name", 60, 300)
ENDLESS = JobKind("endless", "tests.jobs:stubborn", 1, 300)

KINDS = (
    DOUBLE,
    SURROUNDINGS,
    GATED,
    STUBBORN,
    BEST,
    GREEDY,
    FAILING,
    REFUSING,
    DYING,
    OF_SIZE,
    UNSTORABLE,
    MISSING,
    ENDLESS,
)
