"""Floor plans of scenarios, as services of this version and of 0.1.0 take them."""

from __future__ import annotations

from typing import Any

import pytest

from scenarios.floor import body_of
from scenarios.loading import FAIRS, load

BEFORE = {
    "booth_id",
    "pole_id",
    "x_m",
    "y_m",
    "width_m",
    "depth_m",
    "electricity",
    "water",
    "corner",
    "step_free",
    "institutional",
}
"""What 0.1.0 knows of a booth; it refuses a request with anything else."""


@pytest.mark.parametrize("fair", FAIRS)
def test_a_plan_played_by_hand_says_nothing_that_0_1_0_does_not_know(fair: str) -> None:
    body: dict[str, Any] = body_of(load(fair), by_hand=True)
    assert body.keys() == {"booths"}
    assert all(booth.keys() == BEFORE for booth in body["booths"])
    assert body_of(load(fair)).keys() > body.keys()
