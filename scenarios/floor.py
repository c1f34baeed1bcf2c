"""Draws the floor plan of a scenario: rows along x, two back to back, then an aisle."""

from __future__ import annotations

from maarid_contracts.scheduling import Booth

from scenarios.model import Floor, Pole, Scenario
from scenarios.shares import spread


def booths(scenario: Scenario) -> tuple[Booth, ...]:
    """Every booth of the plan: the places of each pole and its spare ones, pole after pole."""
    plan: list[Booth] = []
    y_m = 0.0
    for pole in scenario.poles:
        drawn = _rows(scenario, pole, y_m)
        y_m = max(booth.y_m for booth in drawn) + scenario.floor.booth_depth_m
        y_m += scenario.floor.aisle_m
        plan.extend(drawn)
    return tuple(plan)


def extent_m2(plan: tuple[Booth, ...]) -> float:
    """The ground that the plan covers with its aisles: a rectangle around all booths."""
    width = max(booth.x_m + booth.width_m for booth in plan)
    depth = max(booth.y_m + booth.depth_m for booth in plan)
    return round(width * depth, 1)


def _rows(scenario: Scenario, pole: Pole, y_m: float) -> list[Booth]:
    floor = scenario.floor
    count = scenario.places(pole.pole_id) + pole.spare
    electricity = spread(count, floor.electricity)
    water = spread(count, floor.water)
    step_free = spread(count, floor.step_free)
    return [
        Booth(
            booth_id=f"{pole.sign}-{index + 1:03d}",
            pole_id=pole.pole_id,
            x_m=_along(floor, index),
            y_m=_across(floor, index // floor.row_length, y_m),
            width_m=floor.booth_width_m,
            depth_m=floor.booth_depth_m,
            electricity=electricity[index],
            water=water[index],
            corner=_at_end(floor, index, count),
            step_free=step_free[index],
            institutional=pole.institutional,
        )
        for index in range(count)
    ]


def _along(floor: Floor, index: int) -> float:
    return round((index % floor.row_length) * (floor.booth_width_m + floor.gap_m), 2)


def _across(floor: Floor, row: int, y_m: float) -> float:
    pairs, second = divmod(row, 2)
    pair_m = 2 * floor.booth_depth_m + floor.gap_m + floor.aisle_m
    return round(y_m + pairs * pair_m + second * (floor.booth_depth_m + floor.gap_m), 2)


def _at_end(floor: Floor, index: int, count: int) -> bool:
    return index % floor.row_length in (0, floor.row_length - 1) or index == count - 1
