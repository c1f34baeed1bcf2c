"""Drawings as tables of rows: how booths are numbered and laid along them."""

from __future__ import annotations

import pytest

from chassis.kernel.refused import Refused
from services.scheduling.drawings.checking import ground_m2
from services.scheduling.drawings.reading import read

ROW = "pole = 'p1'\nstart = [0, 0]\nwidth_m = 3\ndepth_m = 3\n"


def test_rows_count_as_they_say() -> None:
    table = f"[[rows]]\nnumber = 'B-09'\nmodules = 3\nstep = -4\n{ROW}direction = 90\nwater = true"
    drawn = read(table.encode())
    assert [one.booth_id for one in drawn.booths] == ["B-09", "B-05", "B-01"]
    assert all(one.water for one in drawn.booths)
    # The row goes down, and is deep to the left of it, which is moved in.
    assert [(one.x_m, one.y_m, one.turn_deg) for one in drawn.booths] == [
        (0.0, 0.0, 0.0),
        (0.0, 3.0, 0.0),
        (0.0, 6.0, 0.0),
    ]


def test_rows_that_count_below_nothing_are_faults() -> None:
    drawn = read(f"[[rows]]\nnumber = 'B-1'\nmodules = 3\nstep = -1\n{ROW}".encode())
    assert [fault.code for fault in drawn.faults] == ["number_missing"]


def test_rows_of_more_booths_than_a_plan_takes_are_refused() -> None:
    row = f"[[rows]]\nnumber = 'B-1'\nmodules = 600\n{ROW}"
    with pytest.raises(Refused, match="drawing_too_large"):
        read((row * 2).encode())


def test_areas_by_corners_and_without_outline() -> None:
    drawn = read(
        "obstacles = [{ corners = [[10, 10], [12, 10], [12, 12]] }]\n"
        f"[[rows]]\nnumber = 'B-1'\nmodules = 2\n{ROW}".encode()
    )
    assert drawn.ground.obstacles == (((10.0, 10.0), (12.0, 10.0), (12.0, 12.0)),)
    assert ground_m2(drawn.booths, drawn.ground) == 18.0
    assert ground_m2((), drawn.ground) == 0.0
