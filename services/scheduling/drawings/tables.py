"""Reads a floor out of TOML: rows of modules, and the ground; docs/drawings.md says how."""

from __future__ import annotations

import re
import tomllib
from math import cos, radians, sin
from typing import Annotated, Literal

from maarid_contracts.envelope import Slug
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from chassis.kernel.refused import Refused
from services.scheduling.drawings.drawn import Drawn, Fault, finite, laid, moved, opened
from services.scheduling.floor.ground import Aisle, Entrance, Ground, Point, Polygon, Stage
from services.scheduling.placing.booths import Booth, Side

Metres = Annotated[float, Field(ge=-10_000, le=10_000, allow_inf_nan=False)]
Size = Annotated[float, Field(ge=0.1, le=1000, allow_inf_nan=False)]
At = tuple[Metres, Metres]
MOST_BOOTHS = 1000
MOST_BYTES = 200_000


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Row(_Part):
    """Modules beside each other.  `start` is the corner of the first; they go in `direction`."""

    pole: Slug
    number: str = Field(pattern=r"^[A-Z]{1,3}-?[0-9]{1,4}$")
    """Of the first; the others count on by `step`."""
    step: Annotated[int, Field(ge=-100, le=100)] = 1
    start: At
    direction: Annotated[float, Field(ge=-360, le=360)] = 0.0
    modules: Annotated[int, Field(ge=1, le=MOST_BOOTHS)]
    width_m: Size
    depth_m: Size
    gap_m: Annotated[float, Field(ge=0, le=1000)] = 0.0
    open: tuple[Side, ...] = ()
    electricity: bool | tuple[int, ...] = False
    """Of all, or of the modules counted from 1."""
    water: bool | tuple[int, ...] = False
    corner: bool | tuple[int, ...] = False
    steps: bool | tuple[int, ...] = False
    partner: bool = False


class Area(_Part):
    """A polygon by its corners, or a rectangle by x, y, width and depth."""

    corners: Annotated[tuple[At, ...], Field(min_length=3, max_length=40)] | None = None
    rectangle: tuple[Metres, Metres, Size, Size] | None = None

    def polygon(self) -> Polygon:
        if self.corners is not None:
            return self.corners
        if self.rectangle is None:
            raise Refused("value_wrong", value="corners")
        x, y, w, d = self.rectangle
        return (x, y), (x + w, y), (x + w, y + d), (x, y + d)


class StageArea(Area):
    noise_radius_m: Annotated[float, Field(ge=0, le=1000)] = 0.0


class Door(_Part):
    at: At
    steps: bool = False


class Walk(_Part):
    line: tuple[At, ...] = Field(min_length=2, max_length=20)
    width_m: Size
    steps: bool = False


class Table(_Part):
    """A whole drawing."""

    kind: Literal["floor"] = "floor"
    outline: Area | None = None
    entrances: tuple[Door, ...] = Field(default=(), max_length=50)
    aisles: tuple[Walk, ...] = Field(default=(), max_length=200)
    obstacles: tuple[Area, ...] = Field(default=(), max_length=200)
    stages: tuple[StageArea, ...] = Field(default=(), max_length=20)
    rows: tuple[Row, ...] = Field(min_length=1, max_length=MOST_BOOTHS)


def read_toml(content: bytes) -> Drawn:
    """The floor in a table.  Raises Refused."""
    if len(content) > MOST_BYTES:
        raise Refused("drawing_too_large", what="bytes", most=MOST_BYTES)
    try:
        found = tomllib.loads(content.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        line = re.search(r"line (\d+)", str(error))
        raise Refused("not_well_formed", line=int(line[1]) if line else 1) from None
    try:
        table = Table.model_validate(found)
    except ValidationError as error:
        where = ".".join(map(str, error.errors(include_url=False)[0]["loc"]))
        raise Refused("table_wrong", where=where[:100] or "rows") from None
    if sum(row.modules for row in table.rows) > MOST_BOOTHS:
        raise Refused("drawing_too_large", what="booths", most=MOST_BOOTHS)
    ground = Ground(
        table.outline.polygon() if table.outline else (),
        tuple(Entrance(*door.at, step_free=not door.steps) for door in table.entrances),
        tuple(Aisle(walk.line, walk.width_m, not walk.steps) for walk in table.aisles),
        tuple(area.polygon() for area in table.obstacles),
        tuple(Stage(area.polygon(), area.noise_radius_m) for area in table.stages),
    )
    faults: list[Fault] = []
    booths = [booth for row in table.rows for booth in _booths(row, faults)]
    drawn = tuple(opened(booth, ground.aisles) for booth in booths)
    return moved(Drawn(drawn, ground, tuple(faults)))


def _booths(row: Row, faults: list[Fault]) -> list[Booth]:
    letters, digits = re.fullmatch(r"([A-Z]+-?)([0-9]+)", row.number).groups()  # pyright: ignore[reportOptionalMemberAccess]
    u, v = cos(radians(row.direction)), sin(radians(row.direction))
    booths: list[Booth] = []
    for n in range(row.modules):
        along = n * (row.width_m + row.gap_m)
        x, y = row.start[0] + along * u, row.start[1] + along * v
        corners: list[Point] = [
            (x + a * u - b * v, y + a * v + b * u)
            for a, b in (
                (0.0, 0.0),
                (row.width_m, 0.0),
                (row.width_m, row.depth_m),
                (0.0, row.depth_m),
            )
        ]
        finite(*(value for corner in corners for value in corner))
        number = int(digits) + n * row.step
        name = f"{letters}{number:0{len(digits)}d}"
        rectangle = laid(corners)
        if number < 0 or number > 9999 or rectangle is None:
            faults.append(Fault("number_missing", at=(corners[0],)))
            continue
        booths.append(
            Booth(
                name,
                row.pole,
                rectangle.x_m,
                rectangle.y_m,
                rectangle.width_m,
                rectangle.depth_m,
                electricity=_has(row.electricity, n),
                water=_has(row.water, n),
                corner=_has(row.corner, n),
                step_free=not _has(row.steps, n),
                institutional=row.partner,
                turn_deg=rectangle.turn_deg,
                open_sides=row.open,
            )
        )
    return booths


def _has(which: bool | tuple[int, ...], n: int) -> bool:
    return which if isinstance(which, bool) else n + 1 in which
