"""What is made up follows from the seed, and from nothing else."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from scenarios.generator import cast
from scenarios.loading import FAIRS, load
from scenarios.shares import apportion, spread

_PRINT = """
import hashlib
from scenarios.generator import cast
from scenarios.loading import FAIRS, load
for fair in FAIRS:
    print(hashlib.sha256(cast(load(fair)).document()).hexdigest())
"""
_ROOT = Path(__file__).parents[3]


@pytest.mark.unhurried
def test_the_same_seed_gives_the_same_bytes_in_another_process() -> None:
    other = subprocess.run(
        [sys.executable, "-c", _PRINT],
        env={
            **os.environ,
            "PYTHONHASHSEED": "7",
            "PYTHONPATH": os.pathsep.join([str(_ROOT), str(_ROOT / "contracts")]),
        },
        capture_output=True,
        text=True,
        check=True,
    )
    here = [hashlib.sha256(cast(load(fair)).document()).hexdigest() for fair in FAIRS]
    assert other.stdout.split() == here


@pytest.mark.parametrize("fair", FAIRS)
def test_another_seed_gives_other_people(fair: str) -> None:
    scenario = load(fair)
    other = scenario.model_copy(update={"seed": scenario.seed + 1})
    assert cast(other).document() != cast(scenario).document()


def test_shares_are_apportioned_whole_and_to_the_last_one() -> None:
    assert apportion(10, [1, 1, 1]) == [4, 3, 3]
    assert apportion(7, [5, 1, 1], at_least=1) == [5, 1, 1]
    assert apportion(5, [100, 1, 1], at_least=1) == [3, 1, 1]
    assert apportion(3, [1, 1, 1], at_least=1) == [1, 1, 1]
    with pytest.raises(ValueError, match="cannot be divided"):
        apportion(2, [1, 1, 1], at_least=1)


def test_a_share_is_spread_evenly() -> None:
    assert spread(6, 0.5) == [False, True] * 3
    assert sum(spread(80, 0.35)) == 28
    assert not any(spread(5, 0.0))
    assert all(spread(5, 1.0))
