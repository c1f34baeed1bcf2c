"""Pictures of plans: nothing leaves its booth, no letter lacks a font, nothing is mirrored."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from hypothesis import given, strategies as st

from services.scheduling.drawings import pages, picture
from services.scheduling.drawings.canvas import Canvas, is_rtl
from services.scheduling.drawings.measuring import missing, runs, width, wrapped
from services.scheduling.drawings.picture import LANGUAGES, Holder, Shown, word
from services.scheduling.floor.ground import Aisle, Entrance, Ground, Stage
from services.scheduling.floor.plan import draw
from services.scheduling.placing.booths import Booth

ARABIC = "تعاونية السنابل للكسكس والمنتجات المجالية"
SVG = "{http://www.w3.org/2000/svg}"
GROUND = Ground(
    outline=((0.0, 0.0), (40.0, 0.0), (40.0, 20.0), (0.0, 20.0)),
    entrances=(Entrance(0.0, 2.0), Entrance(20.0, 0.0, step_free=False)),
    aisles=(Aisle(((0.0, 2.0), (40.0, 2.0)), 4.0),),
    obstacles=(((30.0, 15.0), (31.0, 15.0), (30.0, 16.0)),),
    stages=(Stage(((30.0, 8.0), (36.0, 8.0), (36.0, 11.0), (30.0, 11.0)), 5.0),),
)
BOOTHS = (
    *(
        Booth(f"P-{n:03d}", "products", 1.0 + 3.0 * n, 4.0, 3.0, 3.0, open_sides=("top",))
        for n in range(6)
    ),
    Booth("C-001", "crafts", 22.0, 10.0, 4.0, 2.0, turn_deg=30.0, open_sides=("left",)),
    Booth("C-002", "crafts", 2.0, 14.0, 1.0, 1.0, open_sides=("right", "bottom")),
    Booth("C-003", "crafts", 6.0, 14.0, 6.0, 4.0, open_sides=("bottom",)),
    Booth("C-004", "crafts", 13.0, 14.0, 2.0, 4.0, open_sides=("left", "right")),
)


def shown(
    language: str = "ar", names: tuple[str, ...] = (ARABIC,), ground: Ground = GROUND
) -> Shown:
    held = [booth.booth_id for booth in BOOTHS][:-1]
    return Shown(
        draw(3, BOOTHS, ground),
        language,
        "المعرض الجهوي",
        {"products": "قطب المنتجات"},
        {name: Holder(names[n % len(names)], "olive oil") for n, name in enumerate(held)},
        frozenset(held),
    )


def labels(svg: str) -> Iterator[tuple[ElementTree.Element, list[ElementTree.Element]]]:
    """Each booth's group, and the texts in it."""
    for group in ElementTree.fromstring(svg).iter(f"{SVG}g"):
        if group.get("id") in {booth.booth_id for booth in BOOTHS}:
            yield group, list(group.iter(f"{SVG}text"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_number_always_stands_in_its_booth(language: str) -> None:
    found = list(labels(pages.whole(shown(language))))
    assert len(found) == len(BOOTHS)
    for group, texts in found:
        assert group.get("id") in [text.text for text in texts]


@given(st.lists(st.text("اسمتعونةلأي زيت abcéÇ ⴰⵔⴳⴰⵏ0-9()", min_size=1, max_size=60), min_size=1))
def test_no_label_leaves_its_booth(names: list[str]) -> None:
    for group, texts in labels(pages.whole(shown("ar", tuple(names)))):
        cell = next(group.iter(f"{SVG}rect"))
        half_wide, half_high = float(cell.get("width", 0)) / 2, float(cell.get("height", 0)) / 2
        for text in texts:
            wide, size = float(text.get("textLength", 0)), float(text.get("font-size", 0))
            x, y = float(text.get("x", 0)), float(text.get("y", 0))
            assert abs(x) + wide / 2 <= half_wide + 0.02
            assert -half_high - 0.02 <= y - size * 0.8
            assert y + size * 0.3 <= half_high + 0.02


def test_who_is_not_named_in_the_booth_is_in_the_index() -> None:
    long = "Coopérative " * 60
    drawn = pages.pages_of(shown("fr", (long, "Nour")))
    assert len(drawn) == 2
    named = {g.get("id") for g, texts in labels(drawn[0].svg) if len(texts) > 1}
    index = [text.text for text in ElementTree.fromstring(drawn[1].svg).iter(f"{SVG}text")]
    held = {booth.booth_id for booth in BOOTHS[:-1]}
    assert named
    assert {text for text in index if text in held} == held - named
    assert pages.pages_of(shown("fr", ("Nour",), Ground()))[0].width == 420.0


def test_the_index_takes_as_many_pages_as_it_needs() -> None:
    many = tuple(Booth(f"A{n}", "p", 0.2 * n, 0.0, 0.1, 0.1) for n in range(700))
    holders = {booth.booth_id: Holder("Nour") for booth in many}
    drawn = pages.pages_of(Shown(draw(1, many), "ar", "", {}, holders, frozenset(holders)))
    assert len(drawn) == 4


def test_poles_are_told_apart_by_pattern_and_colour() -> None:
    made = picture.definitions([f"pole{n}" for n in range(16)])
    patterns = re.findall(r'<pattern id="p\d+".*?</pattern>', made)
    assert len({re.sub(r'id="p\d+"', "", each) for each in patterns}) == 16
    shapes = [re.sub(r"#[0-9a-f]{6}|id=\"p\d+\"", "", each) for each in patterns[:4]]
    assert len(set(shapes)) == 4


def test_the_plan_is_never_mirrored() -> None:
    def places(language: str) -> list[str | None]:
        return [group.get("transform") for group, _ in labels(pages.whole(shown(language)))]

    assert places("ar") == places("fr")


@pytest.mark.parametrize("language", LANGUAGES)
def test_one_booth_has_a_star_and_the_way_to_it(language: str) -> None:
    found = shown(language)
    svg = pages.here(found, found.plan.booths["P-003"])
    assert svg.count('fill="#f2b030"') == 2
    assert svg.count('stroke-dasharray="0 2"') == 2
    assert word("way", language, metres=12) in "".join(ElementTree.fromstring(svg).itertext())


def test_a_booth_without_a_way_and_without_a_holder_is_drawn_too() -> None:
    found = shown("ar", (ARABIC,), replace(GROUND, entrances=()))
    svg = pages.here(found, found.plan.booths["C-004"])
    assert 'stroke-dasharray="0 2"' not in svg
    assert "C-004" in svg


def test_a_plan_without_a_drawn_ground_is_a_picture_too() -> None:
    svg = pages.whole(shown("en", ("Nour",), Ground(entrances=(Entrance(0.0, 5.0),))))
    assert ElementTree.fromstring(svg).get("width") == "420mm"
    high = replace(
        shown(), plan=draw(1, [replace(BOOTHS[n], x_m=0.0, y_m=30.0 * n) for n in (0, 1)])
    )
    assert ElementTree.fromstring(pages.whole(high)).get("width") == "297mm"


def test_texts_cannot_become_markup() -> None:
    svg = pages.whole(shown("fr", ("<script>&",)))
    assert "<script" not in svg
    assert "&lt;script&gt;&amp;" in svg


def test_every_word_is_there_in_the_languages_and_has_letters_in_our_fonts() -> None:
    for name in (
        "plan",
        "entrance",
        "steps",
        "stage",
        "aisle",
        "free",
        "obstacle",
        "index",
        "here",
    ):
        for language in LANGUAGES:
            assert missing(word(name, language)) == ""
    assert missing("ⴰⵔⴳⴰⵏ Œuvre 12 €") == ""
    assert missing("漢") == "漢"


def test_arabic_letters_are_measured_as_they_join() -> None:
    assert width("سس") < 2 * width("س") * 0.95
    assert width("Nour", bold=True) > width("Nour")


def test_a_text_is_split_where_its_font_changes_and_spaces_stay_with_the_letters_before() -> None:
    assert [part for _, part in runs("تعاونية ARGAN الجنوب")] == ["تعاونية ", "ARGAN ", "الجنوب"]
    assert [number for number, _ in runs("12 تعاونية")] == [1]
    assert runs("漢") == [(0, "漢")]
    assert (is_rtl("12 أ"), is_rtl("a أ"), is_rtl("12")) == (True, False, False)


def test_lines_break_between_words() -> None:
    assert wrapped("a b", 99.0) == ["a b"]
    assert wrapped("Coopérative Nour", width("Coopérative")) == ["Coopérative", "Nour"]
    assert wrapped("", 9.0) == []


def test_runs_of_a_text_from_right_to_left_are_placed_from_the_right() -> None:
    canvas = Canvas(100.0, 100.0, "ar")
    wide = canvas.text("تعاونية ARGAN", (100.0, 10.0), 5.0, anchor="right")
    first, second = (float(x) for x in re.findall(r' x="([0-9.]+)"', canvas.body()))
    assert first < second < 100.0
    assert first > 100.0 - wide
    assert canvas.text("", (0.0, 0.0), 5.0) == 0.0


def test_spaces_leave_their_place_and_nothing_else() -> None:
    canvas = Canvas(100.0, 100.0, "fr")
    assert canvas.text("  ", (0.0, 0.0), 5.0) > 1.0
    assert canvas.body() == ""


def test_what_is_far_from_a_booth_is_not_among_its_neighbours() -> None:
    far = Booth("F-001", "products", 300.0, 4.0, 3.0, 3.0)
    found = replace(shown(), plan=draw(1, [*BOOTHS, far], GROUND))
    assert "F-001" not in pages.here(found, BOOTHS[0])
    assert "F-001" in pages.here(found, far)


def test_a_sign_between_words_stands_between_them_from_right_to_left_too() -> None:
    canvas = Canvas(100.0, 100.0, "ar")
    canvas.text("تعاونية - ARGAN", (100.0, 10.0), 5.0, anchor="right")
    texts = re.findall(r' x="([0-9.]+)".*?>([^<]+)</text>', canvas.body())
    placed = [text for _, text in sorted(texts, key=lambda each: float(each[0]))]
    assert placed == ["ARGAN", "-", "تعاونية"]


def test_all_letters_of_an_index_have_one_size_and_long_names_take_more_lines() -> None:
    long = "Coopérative " * 60
    drawn = pages.pages_of(shown("fr", (long, "Nour")))
    texts = list(ElementTree.fromstring(drawn[1].svg).iter(f"{SVG}text"))
    held = {booth.booth_id for booth in BOOTHS}
    names = [each for each in texts if "Coopérative" in (each.text or "")]
    assert len(names) > len([each for each in texts if each.text in held])
    assert {each.get("font-size") for each in names} == {"2.6"}
    assert all(float(each.get("textLength", 0)) <= 400 / 5 for each in names)


def test_a_long_name_beside_the_number_stands_in_two_lines_and_the_booth_is_bare() -> None:
    found = shown("fr", ("Délégation régionale du développement de la coopération",))
    svg = pages.here(found, found.plan.booths["P-003"])
    near = svg.partition('clip-path="url(#near)"')[2].partition('clip-path="url(#far)"')[0]
    assert 'id="P-003"' in near
    assert ">P-003<" not in near.partition('fill="#f2b030"')[0]
    lines = re.findall(r'font-size="3.6"[^>]*>([^<]+)<', svg)
    assert " ".join(lines) == "Délégation régionale du développement de la coopération"
    assert len(lines) == 2


def test_the_whole_plan_beside_a_booth_tells_poles_apart() -> None:
    found = shown("fr")
    svg = pages.here(found, found.plan.booths["P-003"])
    far = svg.partition('clip-path="url(#far)"')[2]
    assert far.count('fill="url(#p0)"') >= 6
    assert far.count('fill="url(#p1)"') >= 4


def test_beside_a_booth_no_more_is_shown_than_there_is_where_there_is_enough() -> None:
    corner = Booth("P-009", "products", 36.0, 4.0, 3.0, 3.0, open_sides=("top",))
    svg = pages.here(replace(shown(), plan=draw(1, [*BOOTHS, corner], GROUND)), corner)
    star = re.findall(r'fill="#f2b030".*? d="M([0-9.]+)', svg)[-1]
    assert float(star) > 148 / 2 + 30, "the window goes on beyond the floor"
    small = replace(shown(), plan=draw(1, BOOTHS[:1]))
    assert "P-000" in pages.here(small, BOOTHS[0])


def test_what_is_longer_than_its_room_is_written_smaller() -> None:
    canvas = Canvas(100.0, 100.0, "fr")
    assert canvas.text("Coopérative", (0.0, 10.0), 5.0, most=9.0) == 9.0
    assert float(re.findall(r'font-size="([0-9.]+)"', canvas.body())[0]) < 5.0
