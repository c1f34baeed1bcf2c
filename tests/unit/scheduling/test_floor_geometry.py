"""What follows from a drawing: who stands beside, behind and facing, how far it is, and the noise.

Lengths are drawn in quarters of a metre, so that no sum of them is rounded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from math import cos, hypot, radians, sin

import orjson
import pytest
from hypothesis import given, strategies as st
from maarid_contracts.scheduling import FloorPlanPublishedV1

from services.scheduling.app import definition
from services.scheduling.floor.domain import FloorPlanPublished
from services.scheduling.floor.geometry import (
    Placed,
    area_of,
    crossing,
    distance,
    place,
    turned,
    within,
)
from services.scheduling.floor.ground import Aisle, Entrance, Ground, Point, Polygon, Stage
from services.scheduling.floor.neighbours import NEXT_TO_M, overlap, overlaps
from services.scheduling.floor.plan import Plan, draw
from services.scheduling.floor.walking import Network, ways
from services.scheduling.placing.booths import Booth, Side

QUARTERS = st.integers(0, 80).map(lambda n: n / 4)
SIDES: tuple[Side, ...] = ("top", "right", "bottom", "left")
FAR = 1e-6


def booth(
    name: str, x: float, y: float, *open_sides: Side, width: float = 3.0, turn: float = 0.0
) -> Booth:
    return Booth(name, "products", x, y, width, 3.0, turn_deg=turn, open_sides=open_sides)


def booths_of(open_sides: st.SearchStrategy[tuple[Side, ...]]) -> st.SearchStrategy[list[Booth]]:
    return st.lists(
        st.builds(
            Booth,
            booth_id=st.just(""),
            pole_id=st.just("products"),
            x_m=QUARTERS,
            y_m=QUARTERS,
            width_m=st.integers(4, 16).map(lambda n: n / 4),
            depth_m=st.integers(4, 16).map(lambda n: n / 4),
            open_sides=open_sides,
        ),
        max_size=12,
    ).map(lambda some: [replace(one, booth_id=f"A{n}") for n, one in enumerate(some)])


UNSAID: st.SearchStrategy[tuple[Side, ...]] = st.just(())
OPEN: st.SearchStrategy[tuple[Side, ...]] = st.sampled_from(
    [("top",), ("bottom",), ("left",), ("right",), ("top", "left"), ()]
)
GROUNDS = st.builds(
    Ground,
    entrances=st.lists(st.builds(Entrance, QUARTERS, QUARTERS), min_size=1, max_size=3).map(tuple),
    aisles=st.lists(
        st.builds(
            Aisle,
            st.lists(st.tuples(QUARTERS, QUARTERS), min_size=2, max_size=4).map(tuple),
            st.sampled_from([2.0, 3.0, 4.5]),
        ),
        min_size=1,
        max_size=6,
    ).map(tuple),
)


def beside_in_0_1_0(booths: Sequence[Booth]) -> dict[str, tuple[str, ...]]:
    """Who stood beside whom before booths could be turned: gaps along x and y of every pair."""
    beside: dict[str, list[str]] = {booth.booth_id: [] for booth in booths}
    for one, other in combinations(booths, 2):
        dx = max(one.x_m, other.x_m) - min(one.x_m + one.width_m, other.x_m + other.width_m)
        dy = max(one.y_m, other.y_m) - min(one.y_m + one.depth_m, other.y_m + other.depth_m)
        if max(dx, dy) <= NEXT_TO_M and min(dx, dy) < -0.01:
            beside[one.booth_id].append(other.booth_id)
            beside[other.booth_id].append(one.booth_id)
    return {name: tuple(sorted(others)) for name, others in beside.items()}


def spun(plan: Plan, degrees: float, dx: float, dy: float) -> Plan:
    """The plan turned about its corner, and moved."""
    c, s = cos(radians(degrees)), sin(radians(degrees))

    def point(p: Point) -> Point:
        return p[0] * c - p[1] * s + dx, p[0] * s + p[1] * c + dy

    def polygon(corners: Polygon) -> Polygon:
        return tuple(map(point, corners))

    moved: list[Booth] = []
    for one in plan.booths.values():
        x, y, turn = turned(one, degrees, (0.0, 0.0))
        moved.append(replace(one, x_m=x + dx, y_m=y + dy, turn_deg=turn))
    ground = Ground(
        entrances=tuple(Entrance(*point((e.x_m, e.y_m))) for e in plan.ground.entrances),
        aisles=tuple(replace(aisle, line=polygon(aisle.line)) for aisle in plan.ground.aisles),
        obstacles=tuple(map(polygon, plan.ground.obstacles)),
        stages=tuple(replace(stage, area=polygon(stage.area)) for stage in plan.ground.stages),
    )
    return draw(1, moved, ground)


@given(booths_of(UNSAID))
def test_plans_that_say_nothing_new_have_the_neighbours_that_they_had(booths: list[Booth]) -> None:
    plan = draw(1, booths)
    assert plan.beside == beside_in_0_1_0(booths)
    assert not any(plan.back.values())
    assert not any(plan.facing.values())
    assert set(plan.walk_m.values()) <= {0.0}
    assert plan.noisy == plan.unreached == frozenset()


@given(booths_of(OPEN), st.sampled_from([90.0, 37.0, 180.0]))
def test_neighbours_are_each_others_and_of_one_kind(booths: list[Booth], degrees: float) -> None:
    for plan in (draw(1, booths), spun(draw(1, booths), degrees, 3.0, 40.0)):
        kinds = [plan.beside, plan.back, plan.facing]
        for kind in kinds:
            for name, others in kind.items():
                assert name not in others
                assert all(name in kind[other] for other in others)
        for one, other in combinations(kinds, 2):
            assert all(not set(one[name]) & set(other[name]) for name in one)


@given(booths_of(OPEN), GROUNDS, st.sampled_from([90.0, 37.0, 250.0]))
def test_turning_and_moving_a_whole_plan_changes_nothing(
    booths: list[Booth], ground: Ground, degrees: float
) -> None:
    # Booths that stand in one another have no sides.
    apart = [
        one
        for n, one in enumerate(booths)
        if not any(
            {one.booth_id, other.booth_id} == set(pair)
            for other in booths[:n]
            for pair in overlaps((one, other))
        )
    ]
    before = draw(1, apart, ground)
    after = spun(before, degrees, 17.0, 33.0)
    assert after.beside == before.beside
    assert after.back == before.back
    assert after.facing == before.facing
    assert after.walk_m == pytest.approx(before.walk_m, abs=0.02)
    assert after.ways.keys() == before.ways.keys()


@given(booths_of(OPEN), GROUNDS)
def test_a_way_is_as_long_as_its_points_say_and_no_shorter_than_a_bird_flies(
    booths: list[Booth], ground: Ground
) -> None:
    by_id = {one.booth_id: one for one in booths}
    for name, way in ways(booths, ground).items():
        legs = zip(way.points, way.points[1:], strict=False)
        assert way.metres == pytest.approx(sum(hypot(q[0] - p[0], q[1] - p[1]) for p, q in legs))
        start, *_, end = way.points
        assert start in {(each.x_m, each.y_m) for each in ground.entrances}
        assert end in {place(by_id[name]).door(side) for side in SIDES}
        assert way.metres >= hypot(end[0] - start[0], end[1] - start[1]) - FAR


@given(booths_of(OPEN), GROUNDS, st.data())
def test_no_way_becomes_shorter_where_an_aisle_is_left_out(
    booths: list[Booth], ground: Ground, data: st.DataObject
) -> None:
    gone = data.draw(st.sampled_from(ground.aisles))
    left = tuple(aisle for aisle in ground.aisles if aisle is not gone)
    if not left:
        return  # Without any aisle, all ground is walked on.
    before, after = ways(booths, ground), ways(booths, replace(ground, aisles=left))
    assert after.keys() <= before.keys()
    assert all(way.metres >= before[name].metres - FAR for name, way in after.items())


@given(GROUNDS, st.tuples(QUARTERS, QUARTERS), st.tuples(QUARTERS, QUARTERS))
def test_the_way_back_is_as_long(ground: Ground, one: Point, other: Point) -> None:
    # No detour over a third place is looked at: it may lie between two aisles that nothing joins.
    def metres(start: Point, end: Point) -> float | None:
        # A booth so small that all its sides are where it is.
        booth = Booth("b", "products", *end, 1e-9, 1e-9)
        way = Network(ground.aisles, [start]).way_to(booth)
        return way and way.metres

    assert metres(one, other) == pytest.approx(metres(other, one), abs=FAR)


def test_booths_back_to_back_beside_and_facing() -> None:
    """Two rows back to back, an aisle of 4 m, and a row that looks at them."""
    rows = [
        *(booth(f"A{n}", 3.0 * n, 0.0, "top") for n in range(3)),
        *(booth(f"B{n}", 3.0 * n, 3.0, "bottom") for n in range(3)),
        *(booth(f"C{n}", 3.0 * n, 10.0, "top") for n in range(3)),
    ]
    plan = draw(1, rows)
    assert plan.beside["B1"] == ("B0", "B2")
    assert plan.back["B1"] == ("A1",)
    assert plan.facing["B1"] == ("C1",)
    assert plan.facing["A1"] == ()


def test_booths_over_a_narrow_aisle_face_each_other() -> None:
    plan = draw(1, [booth("A1", 0.0, 0.0, "bottom"), booth("A2", 0.0, 4.5, "top")])
    assert plan.facing["A1"] == ("A2",)
    assert plan.beside["A1"] == ()


BETWEEN: dict[str, tuple[tuple[Booth, ...], tuple[Polygon, ...]]] = {
    "a booth that says no open side": ((booth("A3", 0.0, 4.0),), ()),
    "a booth that looks elsewhere": ((booth("A3", 0.0, 4.0, "left"),), ()),
    "an obstacle": ((), (((0.0, 4.0), (3.0, 4.0), (3.0, 4.5)),)),
}


@pytest.mark.parametrize("what", BETWEEN)
def test_nobody_is_faced_through_what_stands_between(what: str) -> None:
    more, obstacles = BETWEEN[what]
    two = (booth("A1", 0.0, 0.0, "bottom"), booth("A2", 0.0, 8.0, "top"))
    assert draw(1, two, Ground(obstacles=obstacles[1:])).facing["A1"] == ("A2",)
    assert draw(1, (*two, *more), Ground(obstacles=obstacles)).facing["A1"] == ()


def test_turned_booths_overlap_by_their_own_sides() -> None:
    """Two squares turned by 45 degrees whose upright rectangles overlap and they do not."""
    diamonds = [booth("A1", 0.0, 0.0, turn=45.0), booth("A2", 3.5, 0.9, turn=45.0)]
    assert overlap(diamonds) is None
    assert overlap([diamonds[0], booth("A2", 2.0, 0.5, turn=45.0)]) == ("A1", "A2")
    assert overlap([booth("A1", 0.0, 0.0), booth("A2", 2.75, 2.75, turn=45.0)]) is None
    assert overlap([booth("A1", 0.0, 0.0), booth("A2", 2.0, 2.0, turn=45.0)]) == ("A1", "A2")
    assert overlap([booth("A1", 0.0, 0.0), booth("A2", 2.0, 0.0, turn=90.0)]) == ("A1", "A2")


HALL = Ground(
    entrances=(Entrance(0.0, 5.0), Entrance(20.0, 12.0, step_free=False)),
    aisles=(
        Aisle(((0.0, 5.0), (20.0, 5.0)), 4.0),
        Aisle(((10.0, 6.5), (10.0, 20.0)), 2.0),
        Aisle(((20.0, 12.0), (20.0, 5.0)), 2.0, step_free=False),
    ),
    stages=(Stage(((18.0, 18.0), (20.0, 18.0), (20.0, 20.0)), 6.25),),
)
IN_HALL = (
    booth("A1", 0.0, 0.0, "bottom"),
    booth("A2", 11.0, 14.0, "left"),
    booth("A3", 21.0, 10.5, "left"),
    booth("A4", 30.0, 30.0, "left"),
)


def test_ways_follow_the_aisles_from_the_nearest_entrance() -> None:
    """The second aisle ends in the width of the first, 1.5 m from its middle."""
    plan = draw(1, IN_HALL, HALL)
    assert plan.ways["A1"].metres == pytest.approx(1.5 + 2.0)
    assert plan.ways["A2"].metres == pytest.approx(10.0 + 1.5 + 9.0 + 1.0)
    assert plan.ways["A3"].metres == pytest.approx(1.0)
    # No aisle leads to the last: it is as far as the farthest.
    assert plan.walk_m["A4"] == plan.walk_m["A2"] == 21.5


def test_ways_without_a_step_leave_out_steps() -> None:
    assert draw(1, IN_HALL, HALL).unreached == {"A3", "A4"}
    assert draw(1, IN_HALL, replace(HALL, entrances=HALL.entrances[1:])).unreached == {
        *("A1", "A2", "A3", "A4")
    }


def test_where_no_aisle_is_drawn_the_way_is_straight() -> None:
    plan = draw(1, IN_HALL, Ground(entrances=(Entrance(1.5, 7.0), Entrance(50.0, 50.0))))
    assert plan.ways["A1"].metres == 4.0
    assert plan.ways["A1"].points == ((1.5, 7.0), (1.5, 3.0))


def test_the_back_of_a_booth_is_no_way_in() -> None:
    """The aisle runs behind it, nearer to its open side than other aisles to theirs."""
    ground = Ground(entrances=(Entrance(0.0, 1.0),), aisles=(Aisle(((0.0, 1.0), (9.0, 1.0)), 2.0),))
    thin = Booth("A1", "products", 3.0, 2.0, 3.0, 1.0, open_sides=("bottom",))
    assert "A1" not in ways([thin], ground)
    assert "A1" in ways([replace(thin, open_sides=())], ground)


def test_booths_within_the_noise_of_a_stage() -> None:
    plan = draw(1, (*IN_HALL, booth("A5", 18.0, 16.0)), HALL)
    assert plan.noisy == {"A2", "A5"}


def test_what_is_worked_out_is_worked_out_once_a_revision() -> None:
    plan = draw(1, IN_HALL, HALL)
    assert plan.walk_m is plan.walk_m
    assert plan.beside is plan.beside


def test_very_large_booths_are_near_everything() -> None:
    """So that no plan costs more than a look at each pair."""
    hall = Booth("A9", "products", 0.0, 10.0, 900.0, 900.0, open_sides=("top",))
    plan = draw(1, [booth("A1", 0.0, 5.0, "bottom"), hall, booth("A2", 800.0, 8.0)])
    assert plan.beside["A9"] == ("A2",)
    assert plan.facing["A9"] == ("A1",)
    assert set(overlap([hall, booth("A1", 400.0, 400.0)]) or ()) == {"A1", "A9"}


def test_polygons() -> None:
    square = ((0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0))
    assert area_of(square) == 16.0
    assert within((1.0, 1.0), square)
    assert not within((5.0, 1.0), square)
    assert distance((7.0, 8.0), square) == 5.0
    assert distance((1.0, 1.0), square) == 0.0
    assert crossing((0, 0), (2, 0), (0, 1), (2, 1)) is None
    assert crossing((0, 0), (2, 2), (0, 2), (2, 0)) == (0.5, 0.5)
    assert crossing((0, 0), (1, 1), (0, 8), (8, 0)) is None


def grand(count: int = 1000) -> FloorPlanPublished:
    """A plan with all that can be drawn: rows of 25, two back to back, then an aisle."""
    booths: list[Booth] = []
    aisles: list[Aisle] = []
    for n in range(count):
        row, place_in_row = divmod(n, 25)
        x, y = 3.0 * place_in_row + 4.0, 3.0 * row + 4.0 * (row // 2) + 4.0
        side: Side = "bottom" if row % 2 else "top"
        booths.append(
            Booth(
                *(f"P-{n:04d}", "local-products", x + 0.25, y, 2.75, 2.75),
                *(True, True, True, False),
                turn_deg=0.5,
                open_sides=(side, "left"),
            )
        )
        if place_in_row == 0 and row % 2:
            aisles.append(Aisle(((0.0, y + 5.0), (82.0, y + 5.0)), 4.0))
    bottom = max(one.y_m for one in booths) + 8.0
    aisles += [Aisle(((x, 0.0), (x, bottom)), 3.0) for x in (2.0, 81.0)]
    square = ((10.25, 10.25), (11.25, 10.25), (11.25, 11.25), (10.25, 11.25))
    return FloorPlanPublished(
        "agadir-2025",
        1,
        tuple(booths),
        outline=((0.0, 0.0), (84.0, 0.0), (84.0, bottom), (0.0, bottom)),
        entrances=tuple(Entrance(float(n), 0.0) for n in range(0, 84, 8)),
        aisles=tuple(aisles),
        obstacles=(square,) * 200,
        stages=(Stage(square, 15.0),) * 20,
    )


def test_a_plan_of_a_thousand_booths_with_all_that_can_be_drawn_stays_small() -> None:
    event = grand()
    types = definition().log.event_types
    assert len(types.dump(event)) < 500_000
    said = types.translate(event)
    assert isinstance(said, FloorPlanPublishedV1)
    assert len(orjson.dumps(said.model_dump(mode="json"))) < 500_000


def test_a_middle_of_a_booth_and_its_corners() -> None:
    placed: Placed = place(booth("A1", 0.0, 0.0, turn=90.0, width=5.0))
    assert placed.box() == pytest.approx((1.0, -1.0, 4.0, 4.0))
    assert placed.door("top") == pytest.approx((4.0, 1.5))
