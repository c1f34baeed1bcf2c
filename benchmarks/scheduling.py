"""Scheduling: how long a drawing takes to become a plan."""

from __future__ import annotations

import asyncio
import statistics
import time

from benchmarks.ground import Ground
from benchmarks.measuring import Line, Measured, at_most, share_of
from services.scheduling.drawings.checking import Limits, faults_of
from services.scheduling.drawings.reading import read
from services.scheduling.floor.read import PlanBody

DRAWING_MS = 100.0
UNIT = 20.0
ROW = 25


def drawing_of(booths: int) -> bytes:
    """An SVG of rows, two back to back, an aisle around each pair, and entrances at both ends."""
    rows = -(-booths // ROW)
    tops = [4.0 + 3.0 * row + 4.0 * (row // 2) for row in range(rows)]
    lines = sorted({top - 2.0 for top in tops[::2]} | {tops[-1] + 5.0})
    right = 4.0 + 3.0 * ROW + 4.0
    shapes = [
        _layer("scale", f'<line id="10_m" x2="{10 * UNIT}"/>'),
        _layer("outline", _rect("ground", 0, 0, right, lines[-1] + 2.0)),
        _layer(
            "entrances", *(_rect(f"door{x}", x, lines[0], 0.1, 0.1) for x in (0.0, right - 0.1))
        ),
        _layer(
            "aisles",
            *(_rect(f"row{n}", 0, y - 2.0, right, 4.0) for n, y in enumerate(lines)),
            *(_rect(f"side{x}", x, 0, 4.0, lines[-1] + 2.0) for x in (0.0, right - 4.0)),
        ),
        _layer(
            "booths-products",
            *(
                _rect(f"P-{n + 1:03d}_electricity", 4.0 + 3.0 * (n % ROW), tops[n // ROW], 3.0, 3.0)
                for n in range(booths)
            ),
        ),
    ]
    return f'<svg xmlns="http://www.w3.org/2000/svg">{"".join(shapes)}</svg>'.encode()


def _layer(name: str, *shapes: str) -> str:
    return f'<g id="{name}">{"".join(shapes)}</g>'


def _rect(name: str, x: float, y: float, w: float, h: float) -> str:
    x, y, w, h = (round(value * UNIT, 2) for value in (x, y, w, h))
    return f'<rect id="{name}" x="{x}" y="{y}" width="{w}" height="{h}"/>'


async def drawing(ground: Ground) -> Measured:
    """Reads and checks a drawing as the route does, in a thread; and how long the loop waited."""
    content = drawing_of(350)
    took: list[float] = []
    waited: list[float] = []
    for _ in range(ground.amount(15, 3)):
        began = time.perf_counter()
        working = asyncio.create_task(asyncio.to_thread(_worked, content))
        while not working.done():
            before = time.perf_counter()
            await asyncio.sleep(0.001)
            waited.append((time.perf_counter() - before) * 1000)
        faults = await working
        took.append((time.perf_counter() - began) * 1000)
        if faults:
            raise RuntimeError(f"the drawing has {faults} faults")
    return share_of(statistics.median(took), DRAWING_MS, "ms", loop_waited=round(max(waited), 1))


def _worked(content: bytes) -> int:
    drawn = read(content)
    found = faults_of(drawn, Limits(frozenset({"products"}), 20_000.0))
    PlanBody.of_drawing(drawn.booths, drawn.ground).model_dump_json()
    return len(found)


LINES = (
    Line(
        "scheduling.drawing",
        "a drawing of 350 booths is read and checked, against 100 ms",
        at_most(1),
        drawing,
    ),
)
