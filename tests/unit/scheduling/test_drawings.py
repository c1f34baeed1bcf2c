"""Drawings: what is read of them, what is wrong with them, and what is refused whole."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from chassis.answers.problems import Problems
from chassis.kernel.refused import Refused
from services import scheduling
from services.scheduling.drawings.checking import Limits, faults_of, ground_m2
from services.scheduling.drawings.drawn import Drawn, Fault, laid, moved
from services.scheduling.drawings.reading import read
from services.scheduling.drawings.svg_values import apply, lines, product, transform
from services.scheduling.drawings.texts import LANGUAGES, texts, told
from services.scheduling.floor.geometry import place
from services.scheduling.placing.booths import Booth
from tests.architecture.tree import ROOT

SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">'
SCALE = '<g id="scale"><line id="10_m" x2="100"/></g>'
DOCUMENT = (ROOT / "docs/drawings.md").read_text("utf-8")


def svg(*layers: str) -> bytes:
    """Ten units are a metre."""
    return (SVG + SCALE + "".join(layers) + "</svg>").encode()


def layer(name: str, *shapes: str) -> str:
    return f'<g id="{name}">{"".join(shapes)}</g>'


def rect(name: str, x: float, y: float, w: float = 30, h: float = 30, more: str = "") -> str:
    return f'<rect id="{name}" x="{x}" y="{y}" width="{w}" height="{h}" {more}/>'


def example(language: str) -> bytes:
    found = re.search(rf"```{language}\n(.*?)```", DOCUMENT, re.DOTALL)
    assert found
    return found[1].encode()


@pytest.mark.parametrize(("language", "booths"), [("svg", 3), ("toml", 7)])
def test_the_examples_of_the_documentation_have_no_fault(language: str, booths: int) -> None:
    drawn = read(example(language))
    assert faults_of(drawn, Limits(frozenset({"products", "partners"}), 330.0)) == []
    assert len(drawn.booths) == booths
    assert ground_m2(drawn.booths, drawn.ground) == pytest.approx(22 * 14.75, abs=6)
    assert drawn.booths[0] == Booth(
        "P-001", "products", 2.0, 0.5, 3.0, 3.0,
        electricity=language == "toml", open_sides=("bottom",),
    )  # fmt: skip
    assert drawn.ground.stages[0].noise_radius_m == 6.0
    assert drawn.ground.aisles[0].width_m == 4.0


def test_names_are_read_as_inkscape_and_illustrator_write_them() -> None:
    drawn = read(
        b"""<svg:svg xmlns:svg="http://www.w3.org/2000/svg"
             xmlns:inkscape="http://www.inkscape.org/namespaces/inkscape">
          <svg:defs><svg:rect width="9" height="9"/></svg:defs>
          <svg:g inkscape:groupmode="layer" inkscape:label="Scale">
            <svg:path inkscape:label="2.5 m" d="m 0,0 h 25"/></svg:g>
          <svg:g inkscape:label="booths"><svg:g inkscape:label="local products">
            <svg:rect inkscape:label="p-012 electricity open-top steps" id="rect1"
              width="30" height="30"/>
            <svg:g id="P-013_water_1_"><svg:polygon points="30,0 60,0 60,30 30,30"/>
              <svg:text>13</svg:text></svg:g>
            <svg:path data-name="P-014 partner corner" d="M60 0V30H90V0Z"/>
          </svg:g></svg:g>
          <svg:g id="booths_x5F_hidden" style="display:none"><svg:rect id="P-099"/></svg:g>
          <inkscape:grid id="booths"/>
        </svg:svg>"""
    )
    assert drawn.faults == ()
    assert [one.booth_id for one in drawn.booths] == ["P-012", "P-013", "P-014"]
    first, second, third = drawn.booths
    assert (first.electricity, first.open_sides, first.step_free) == (True, ("top",), False)
    assert (second.water, second.x_m, second.width_m) == (True, 3.0, 3.0)
    assert (third.institutional, third.corner) == (True, True)
    assert {one.pole_id for one in drawn.booths} == {"local-products"}


def test_all_that_a_floor_has_is_read() -> None:
    drawn = read(
        svg(
            layer("outline", '<path d="M0 0 L400 0 400 300 0 300 0 0z"/>'),
            layer(
                "obstacles",
                '<circle cx="200" cy="250" r="10"/><ellipse cx="9" cy="9" rx="5" ry="4"/>',
            ),
            layer("entrances", rect("steps", 0, 100, 10, 20), '<circle cx="400" cy="100" r="3"/>'),
            layer(
                "aisles",
                '<polyline points="0,100 400,100" stroke-width="30"/>',
                rect("steps", 190, 0, 20, 300),
                rect("r2", 0, 200, 300, 25),
            ),
            layer("stages", rect("noise=12.5", 300, 240, 60, 40)),
        )
    )
    ground = drawn.ground
    assert ground.outline == ((0.0, 0.0), (40.0, 0.0), (40.0, 30.0), (0.0, 30.0))
    assert [len(each) for each in ground.obstacles] == [16, 16]
    assert [(each.x_m, each.step_free) for each in ground.entrances] == [(0.5, False), (40.0, True)]
    assert [(each.width_m, each.step_free) for each in ground.aisles] == [
        (3.0, True),
        (2.0, False),
        (2.5, True),
    ]
    assert ground.stages[0].noise_radius_m == 12.5


@given(
    st.floats(-180, 180),
    st.tuples(st.floats(0.5, 9), st.floats(0.5, 9)),
    st.tuples(st.floats(10, 40), st.floats(10, 40)),
    st.booleans(),
)
def test_a_turned_rectangle_is_read_as_it_lies(
    degrees: float, size: tuple[float, float], at: tuple[float, float], mirrored: bool
) -> None:
    flip = "scale(-1 1)" if mirrored else ""
    matrix = transform(f"translate({at[0]:.4f},{at[1]:.4f}) rotate({degrees:.4f}) {flip}")
    w, d = size[0] / 2, size[1] / 2
    corners = [apply(matrix, x, y) for x, y in ((-w, -d), (w, -d), (w, d), (-w, d))]
    found = laid(corners)
    assert found is not None
    assert -45 <= found.turn_deg <= 45
    booth = Booth("P-1", "p", *(found.x_m, found.y_m, found.width_m, found.depth_m))
    again = place(replace(booth, turn_deg=found.turn_deg)).corners()
    for corner in corners:
        assert min(math.dist(corner, other) for other in again) < 0.02


def test_transforms() -> None:
    assert apply(transform("rotate(90 10 10)"), 20, 10) == pytest.approx((10, 20))
    assert apply(transform("matrix(1 0 0 1 5 6), scale(2)"), 1, 1) == (7, 8)
    assert apply(transform("scale(2 3)"), 1, 1) == (2, 3)
    assert apply(transform("translate(4)"), 1, 1) == (5, 1)
    assert apply(transform("skewX(45)"), 0, 2) == pytest.approx((2, 2))
    assert apply(transform("skewY(45)"), 2, 0) == pytest.approx((2, 2))
    turn, there = transform("rotate(30)"), transform("translate(3 4)")
    assert apply(product(turn, there), 1, 2) == pytest.approx(apply(turn, *apply(there, 1, 2)))


def test_paths_of_straight_lines() -> None:
    assert lines("M1 2 3 4 l1 1h2v-3H0V0z", 99) == [
        ([(1, 2), (3, 4), (4, 5), (6, 5), (6, 2), (0, 2), (0, 0)], True)
    ]
    assert lines("m1,1 2,2m1 1-1-1", 99) == [([(1, 1), (3, 3)], False), ([(4, 4), (3, 3)], False)]
    assert lines("M0 0H5ZL3 3", 99)[1] == ([(0.0, 0.0), (3.0, 3.0)], False)


GOOD = {
    "scale": SCALE,
    "outline": layer("outline", rect("o", 0, 0, 400, 300)),
    "entrances": layer("entrances", '<circle cx="0" cy="115" r="1"/>'),
    "aisles": layer("aisles", '<path d="M0 115H400" stroke-width="40"/>'),
    "booths": layer("booths-products", rect("P-001", 0, 65), rect("P-002", 30, 65)),
}

MANY = " ".join(f"{300 + n},{200 + n * n / 50}" for n in range(41))
FAULTS: dict[str, tuple[dict[str, str], str, tuple[str, ...]]] = {
    "nothing drawn": ({"booths": ""}, "no_booths", ()),
    "no number": ({"more": layer("booths-products", rect("rect7", 90, 65))}, "number_missing", ()),
    "a number twice": (
        {"more": layer("booths-products", rect("P-002", 90, 65))}, "number_twice", ("P-002",),
    ),
    "no pole": ({"more": layer("booths", rect("P-009", 90, 65))}, "pole_missing", ("P-009",)),
    "a strange pole": (
        {"more": layer("booths-crafts", rect("P-009", 90, 65))}, "pole_strange", ("P-009",),
    ),
    "a skewed booth": (
        {"more": layer("booths-products", rect("P-009", 90, 65, more='transform="skewX(30)"'))},
        "booth_not_rectangular", ("P-009",),
    ),
    "five corners": (
        {"more": layer("booths-products",
            '<polygon id="P-009" points="90,65 120,65 120,95 100,96 90,95"/>')},
        "booth_not_rectangular", ("P-009",),
    ),
    "a tiny booth": (
        {"more": layer("booths-products", rect("P-009", 90, 65, 0.5, 30))},
        "booth_size", ("P-009",),
    ),
    "overlap": (
        {"more": layer("booths-products", rect("P-009", 50, 65))}, "overlap", ("P-002", "P-009"),
    ),
    "outside": (
        {"more": layer("booths-products", rect("P-009", 390, 65))}, "outside", ("P-009",),
    ),
    "on an obstacle": (
        {"more": layer("obstacles", rect("w", 40, 70, 5, 5))}, "on_obstacle", ("P-002",),
    ),
    "on a stage": ({"more": layer("stages", rect("s", 40, 70, 5, 5))}, "on_stage", ("P-002",)),
    "in an aisle": (
        {"more": layer("booths-products", rect("P-009", 90, 75))}, "in_aisle", ("P-009",),
    ),
    "a narrow aisle": (
        {"more": layer("aisles", '<path d="M0 200H400" stroke-width="19"/>')}, "aisle_narrow", (),
    ),
    "too much ground": (
        {"outline": layer("outline", rect("o", 0, 0, 1000, 1000))}, "area_too_large", (),
    ),
    "not reached": (
        {"more": layer("booths-products", rect("P-009", 0, 250))}, "not_reached", ("P-009",),
    ),
    "steps on the way": (
        {"entrances": layer("entrances", '<circle id="steps" cx="0" cy="115" r="1"/>')},
        "not_step_free", ("P-001",),
    ),
    "no entrance": ({"entrances": ""}, "no_entrance", ()),
    "two outlines": ({"more": layer("outline", rect("p", 0, 0, 9, 9))}, "outline_twice", ()),
    "a line for an area": (
        {"more": layer("obstacles", '<line x2="30" y2="9"/>')}, "not_a_polygon", (),
    ),
    "many corners": (
        {"more": layer("obstacles", f'<polygon points="{MANY}"/>')},
        "too_many_corners", (),
    ),
    "an unclear aisle": (
        {"more": layer("aisles", '<polygon points="200,200 220,200 210,230"/>')},
        "aisle_unclear", (),
    ),
    "too many stretches": (
        {"more": layer("aisles", *(
            f'<path stroke-width="30" d="M0 115{"H9 H0" * 6}"/>' for _ in range(17)))},
        "too_many_stretches", (),
    ),
}  # fmt: skip
LIMITS = Limits(frozenset({"products"}), 1200.0)


@pytest.mark.parametrize("what", FAULTS)
def test_a_fault_is_told_with_its_booths_and_its_place(what: str) -> None:
    changed, code, booths = FAULTS[what]
    content = svg(*{**GOOD, "scale": "", **changed}.values())
    assert faults_of(read(svg(*{**GOOD, "scale": ""}.values())), LIMITS) == []
    found = [fault for fault in faults_of(read(content), LIMITS) if fault.code == code]
    assert found, [fault.code for fault in faults_of(read(content), LIMITS)]
    assert found[0].booths == booths
    nowhere = {"no_booths", "no_entrance", "too_many_stretches"}
    assert bool(found[0].at) is (code not in nowhere)
    for language in LANGUAGES:
        assert "{" not in told(found[0], language)


def test_every_fault_has_a_text_in_each_language_and_is_tested() -> None:
    assert all(set(each) == set(LANGUAGES) for each in texts().values())
    tested = {code for _, code, _ in FAULTS.values()} | {"too_many_booths"}
    assert set(texts()) == tested


def test_more_faults_than_anybody_reads_are_cut() -> None:
    booths = tuple(Booth(f"A{n}", "x", 3.0 * n, 0.0, 3.0, 3.0) for n in range(1001))
    found = faults_of(Drawn(booths, read(svg(*GOOD.values())).ground), LIMITS)
    assert len(found) == 500
    assert found[0].code == "too_many_booths"


def test_without_an_outline_nothing_is_outside() -> None:
    drawn = read(svg(*{**GOOD, "scale": "", "outline": ""}.values()))
    assert faults_of(drawn, Limits(area_m2=5000.0)) == []
    assert [fault.code for fault in faults_of(drawn, Limits(area_m2=9.0))] == ["area_too_large"]


def test_what_stands_near_an_obstacle_does_not_stand_on_it() -> None:
    near = layer("obstacles", rect("w", 61, 70, 5, 5))
    assert faults_of(read(svg(*{**GOOD, "scale": "", "near": near}.values())), LIMITS) == []


def test_what_means_nothing_to_a_floor_is_passed_over() -> None:
    more = (
        "<?inkscape page?><style>.a { fill: red }</style><style/>",
        layer("obstacles", '<polygon points=""/>'),
        layer("notes", rect("n", 0, 0)),
    )
    assert read(svg(*more, *GOOD.values())) == read(svg(*GOOD.values()))


def test_what_lies_left_of_the_corner_is_moved_in_with_all_else() -> None:
    more = (layer("stages", rect("s", 300, 200)), layer("obstacles", rect("w", 200, 200)))
    good = read(svg(*GOOD.values(), *more))
    away = svg('<g transform="translate(-50,-70)">', *GOOD.values(), *more, "</g>")
    assert read(away) == good
    assert moved(good) is good


def bomb() -> bytes:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 9))
    return f'<!DOCTYPE svg [<!ENTITY e0 "ha">{entities}]>{SVG}<g id="&e8;"/></svg>'.encode()


BOOTH = layer("booths-products", rect("P-001", 0, 0))
REFUSED: dict[str, tuple[bytes, str]] = {
    "a billion laughs": (bomb(), "document_type_refused"),
    "an external entity": (
        b'<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg>&x;</svg>',
        "document_type_refused",
    ),
    "a document type": (
        b'<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "svg11.dtd"><svg/>',
        "document_type_refused",
    ),
    "a script": (svg("<script>alert(1)</script>"), "element_refused"),
    "an event handler": (svg(rect("P-1", 0, 0, more='onclick="x()"')), "element_refused"),
    "a link": (svg('<a xlink:href="#b"/>'), "element_refused"),
    "a foreign object": (svg("<foreignObject><p/></foreignObject>"), "element_refused"),
    "a script that is hidden": (svg("<defs><script/></defs>"), "element_refused"),
    "an image": (svg('<image xlink:href="http://example.org/x.png"/>'), "element_refused"),
    "a reference": (
        svg('<linearGradient xlink:href="http://example.org/g"/>'), "reference_refused",
    ),
    "a url in a style": (
        svg(rect("P-1", 0, 0, more='style="fill:url(http://example.org/#a)"')),
        "reference_refused",
    ),
    "an import": (svg("<style>@import 'x.css';</style>"), "reference_refused"),
    "an entity that nobody declares": (b"<svg>&who;</svg>", "not_well_formed"),
    "a style sheet": (b'<?xml-stylesheet href="x.css"?><svg/>', "reference_refused"),
    "deep groups": (svg("<g>" * 5000 + "</g>" * 5000), "drawing_too_deep"),
    "deep groups that are hidden": (svg("<defs>" * 5000 + "</defs>" * 5000), "drawing_too_deep"),
    "huge coordinates": (
        svg(layer("booths-products", rect("P-1", 1e9, 0))), "coordinate_too_large",
    ),
    "a long name": (svg(rect("P" * 10_001, 0, 0)), "drawing_too_large"),
    "long TOML": (b"#" * 200_001, "drawing_too_large"),
    "endless coordinates": (
        svg(layer("booths-products", rect("P-1", 0, 0, more='transform="scale(1e999)"'))),
        "coordinate_too_large",
    ),
    "a coordinate that is none": (
        svg(layer("booths-products", '<rect id="P-1" x="NaN" width="9" height="9"/>')),
        "value_wrong",
    ),
    "a length in another unit": (
        svg(layer("booths-products", '<rect id="P-1" width="9cm" height="9"/>')), "value_wrong",
    ),
    "a wrong transform": (svg('<g transform="spin(3)"/>'), "value_wrong"),
    "a transform without end": (svg(f'<g transform="{"scale(1)" * 99}"/>'), "value_wrong"),
    "half a transform": (svg('<g transform="scale(1) and"/>'), "value_wrong"),
    "six numbers too many": (svg('<g transform="scale(1 2 3 4 5 6 7)"/>'), "drawing_too_large"),
    "a million points": (
        svg(layer("outline", f'<path d="M0 0{"L1 1" * 1_000_000}"/>')), "drawing_too_large",
    ),
    "a million points in many": (
        svg(layer("obstacles", f'<polygon points="{"1,1 " * 15_000}"/>' * 66)), "drawing_too_large",
    ),
    "a million elements": (svg("<g/>" * 1_000_000), "drawing_too_large"),
    "too many shapes": (svg(layer("aisles", "<line/>" * 3_001)), "drawing_too_large"),
    "too many circles": (
        svg(layer("entrances", '<circle r="1"/>' * 1_251)), "drawing_too_large",
    ),
    "too many obstacles": (svg(layer("obstacles", rect("o", 1, 1) * 201)), "drawing_too_large"),
    "a curve": (svg(layer("outline", '<path d="M0 0C1 1 2 2 3 3"/>')), "path_curved"),
    "a path without beginning": (svg(layer("outline", '<path d="L1 1"/>')), "value_wrong"),
    "a path that only closes": (svg(layer("outline", '<path d="z"/>')), "value_wrong"),
    "a path that closes twice": (svg(layer("outline", '<path d="M0 0z 5 5"/>')), "value_wrong"),
    "half a point": (svg(layer("outline", '<path d="M0 0L1"/>')), "value_wrong"),
    "a path of words": (svg(layer("outline", '<path d="M0 0;"/>')), "value_wrong"),
    "no scale": ((SVG + BOOTH + "</svg>").encode(), "scale_missing"),
    "a scale without length": (
        (SVG + '<g id="scale"><line id="10_m"/></g>' + BOOTH + "</svg>").encode(), "scale_missing",
    ),
    "a page": (b"<html><body/></html>", "not_a_drawing"),
    "half a drawing": (svg(BOOTH)[:-9], "not_well_formed"),
    "a wrong encoding": (
        b'<?xml version="1.0" encoding="utf-8"?><svg id="\xff\xfe"/>', "not_well_formed",
    ),
    "an unknown encoding": (b'<?xml version="1.0" encoding="klingon"?><svg/>', "not_well_formed"),
    "nothing": (b"", "table_wrong"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + b"\0" * 99, "not_well_formed"),
    "broken TOML": (b"rows = [", "not_well_formed"),
    "deep TOML": (b"a = " + b"[" * 100_000, "not_well_formed"),
    "TOML that is no floor": (b"wheels = 4", "table_wrong"),
    "TOML with nan": (
        b'rows = [{ pole = "p1", number = "A1", start = [nan, 0], modules = 1, width_m = 3,'
        b" depth_m = 3 }]",
        "table_wrong",
    ),
    "TOML far away": (
        b'rows = [{ pole = "p1", number = "A1", start = [9999, 0], modules = 900, width_m = 3,'
        b" depth_m = 3 }]",
        "coordinate_too_large",
    ),
    "an area without corners": (
        b"outline = {}\nrows = [{ pole = 'p1', number = 'A1', start = [0, 0], modules = 1,"
        b" width_m = 3, depth_m = 3 }]",
        "value_wrong",
    ),
}  # fmt: skip
PROBLEMS = Problems(Path(scheduling.__file__).parent)


@pytest.mark.parametrize("what", REFUSED)
def test_a_bad_drawing_is_refused_with_a_clear_word(what: str) -> None:
    content, code = REFUSED[what]
    with pytest.raises(Refused) as refused:
        read(content)
    assert refused.value.code == code
    assert PROBLEMS.status_of(code) == 422
    for language in LANGUAGES:
        sentence = PROBLEMS.text(code, language, refused.value.details)
        assert "…" not in sentence
        assert "{" not in sentence


def test_a_fault_moves_with_its_drawing() -> None:
    drawn = Drawn((Booth("A1", "p", -2.0, 0.0, 3.0, 3.0),), read(svg(BOOTH)).ground, (
        Fault("number_missing", at=((-1.0, 1.0),)),))  # fmt: skip
    assert moved(drawn).faults[0].at == ((1.0, 1.0),)
