"""Draws the floor plan of a scenario: rows along x, two back to back, then an aisle.

An aisle runs around all rows as well; visitors come in at both its ends, and in the middle of its
upper side by steps.  Where the fair has shows, the stage stands where a row ends early.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from maarid_contracts.scheduling import (
    Aisle,
    Booth,
    Entrance,
    Point,
    SessionKind,
    Side,
    Stage,
)

from scenarios.model import Floor, Pole, Scenario
from scenarios.shares import spread

STAGE_M = 12.0
NOISE_M = 12.0
"""How wide a stage is, and how far around it one has to raise one's voice."""


@dataclass(frozen=True)
class Ground:
    """What the plan draws besides its booths."""

    outline: tuple[Point, ...]
    entrances: tuple[Entrance, ...]
    aisles: tuple[Aisle, ...]
    stages: tuple[Stage, ...]


def body_of(scenario: Scenario, *, by_hand: bool = False) -> dict[str, object]:
    """The whole plan as `/floor-plan` takes it; `by_hand` as 0.1.0 does, which has booths only."""
    plan = booths(scenario)
    if by_hand:
        return {"booths": [booth.model_dump(mode="json", exclude={"open_sides"}) for booth in plan]}
    under = ground(scenario, plan)
    return {
        "booths": [booth.model_dump(mode="json") for booth in plan],
        "outline": under.outline,
        **{
            name: [part.model_dump(mode="json") for part in parts]
            for name, parts in (
                ("entrances", under.entrances),
                ("aisles", under.aisles),
                ("stages", under.stages),
            )
        },
    }


def ground(scenario: Scenario, plan: tuple[Booth, ...]) -> Ground:
    """The ground under the booths of a scenario."""
    floor, half = scenario.floor, scenario.floor.aisle_m / 2
    rows = {y: list(row) for y, row in groupby(plan, attrgetter("y_m"))}
    right = floor.aisle_m + floor.row_length * (floor.booth_width_m + floor.gap_m) - floor.gap_m
    across = [half, round(right + half, 2)]
    # Above each row that looks up, and below each that looks down.
    down = {round(y - half, 2) for y, row in rows.items() if Side.TOP in row[0].open_sides}
    below = (y + floor.booth_depth_m + half for y in rows)
    down |= {round(y, 2) for y, row in zip(below, rows.values(), strict=True) if _looks_down(row)}
    bottom = round(max(rows) + floor.booth_depth_m + half, 2)
    lines = sorted(down | {bottom})
    end, edge = round(right + floor.aisle_m, 2), round(bottom + half, 2)
    return Ground(
        outline=((0.0, 0.0), (end, 0.0), (end, edge), (0.0, edge)),
        entrances=(
            Entrance(x_m=0.0, y_m=half),
            Entrance(x_m=end, y_m=bottom),
            Entrance(x_m=round(end / 2, 2), y_m=0.0, step_free=False),
        ),
        aisles=(
            *(Aisle(line=((across[0], y), (across[1], y)), width_m=floor.aisle_m) for y in lines),
            *(Aisle(line=((x, half), (x, bottom)), width_m=floor.aisle_m) for x in across),
        ),
        stages=tuple(_stage(scenario, list(rows.values()), right)),
    )


def _looks_down(row: list[Booth]) -> bool:
    return Side.BOTTOM in row[0].open_sides


def _stage(scenario: Scenario, rows: list[list[Booth]], right: float) -> list[Stage]:
    """A stage at the end of the shortest row, if there are shows and it ends early enough."""
    if not any(session.kind is SessionKind.SHOW for session in scenario.sessions):
        return []
    last = min((row[-1] for row in rows), key=lambda booth: booth.x_m)
    left = round(last.x_m + last.width_m + scenario.floor.aisle_m, 2)
    wide = min(STAGE_M, round(right - left, 2))
    if wide < STAGE_M / 2:
        return []
    top, bottom = last.y_m, round(last.y_m + last.depth_m, 2)
    end = round(left + wide, 2)
    area = ((left, top), (end, top), (end, bottom), (left, bottom))
    return [Stage(area=area, noise_radius_m=NOISE_M)]


def booths(scenario: Scenario) -> tuple[Booth, ...]:
    """Every booth of the plan: the places of each pole and its spare ones, pole after pole."""
    plan: list[Booth] = []
    y_m = scenario.floor.aisle_m
    for pole in scenario.poles:
        drawn = _rows(scenario, pole, y_m)
        y_m = max(booth.y_m for booth in drawn) + scenario.floor.booth_depth_m
        y_m += scenario.floor.aisle_m
        plan.extend(drawn)
    return tuple(plan)


def zones(scenario: Scenario) -> dict[str, list[str]]:
    """Pioneers or a programme -> the booths in which the team wants them."""
    found: dict[str, list[str]] = {}
    plan = booths(scenario)
    for zone in scenario.assignment.zones:
        of_pole = [booth for booth in plan if booth.pole_id == zone.pole]
        numbered = of_pole[(zone.first or 1) - 1 : zone.last]
        found.setdefault(zone.of, []).extend(
            booth.booth_id for booth in numbered if booth.corner or not zone.corners
        )
    return found


def extent_m2(plan: tuple[Booth, ...]) -> float:
    """The ground that the plan covers: a rectangle around all booths and the aisle around them."""
    left, top = min(booth.x_m for booth in plan), min(booth.y_m for booth in plan)
    width = max(booth.x_m + booth.width_m for booth in plan) + left
    depth = max(booth.y_m + booth.depth_m for booth in plan) + top
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
            corner=bool(ends := _ends(floor, index, count)),
            step_free=step_free[index],
            institutional=pole.institutional,
            open_sides=(Side.BOTTOM if index // floor.row_length % 2 else Side.TOP, *ends),
        )
        for index in range(count)
    ]


def _along(floor: Floor, index: int) -> float:
    place = (index % floor.row_length) * (floor.booth_width_m + floor.gap_m)
    return round(floor.aisle_m + place, 2)


def _across(floor: Floor, row: int, y_m: float) -> float:
    pairs, second = divmod(row, 2)
    pair_m = 2 * floor.booth_depth_m + floor.gap_m + floor.aisle_m
    return round(y_m + pairs * pair_m + second * (floor.booth_depth_m + floor.gap_m), 2)


def _ends(floor: Floor, index: int, count: int) -> tuple[Side, ...]:
    """The sides at which a booth ends its row."""
    place = index % floor.row_length
    left = (Side.LEFT,) if place == 0 else ()
    right = (Side.RIGHT,) if place == floor.row_length - 1 or index == count - 1 else ()
    return (*left, *right)
