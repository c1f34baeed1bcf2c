"""What comes out of the printer: files in our fonts, and codes that a reader reads."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import subprocess
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import typst

from services.ticketing.prints import printing
from services.ticketing.prints.printing import FONTS, LAYOUT, drawn, printed, run
from services.ticketing.prints.sheets import (
    BadgeFacts,
    Form,
    Paper,
    Sheets,
    TicketFacts,
    WorkshopFacts,
    badges,
    certificates,
    ticket,
)
from services.ticketing.prints.words import PrintLanguage

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
CODE = "".join(ALPHABET[(n * 7 + 3) % 45] for n in range(139)) + " "
"""As long as the code of a ticket, with every letter that one may have; its last one is a space."""
DAYS = (date(2025, 9, 17), date(2025, 9, 22))
FAIR = (
    "Dix-septième salon national de l’économie sociale et solidaire, de l’artisanat et du terroir"
)
ARABIC_FAIR = "المعرض الوطني السابع عشر للاقتصاد الاجتماعي والتضامني وللصناعة التقليدية بورزازات"
NAME = "فاطمة الزهراء بنت عبد الرحمان أيت الحاج محمد الإدريسي السوسي"
MODULES = 41
"""Of a code of version 6 in a row."""

READER = shutil.which("zbarimg")
if READER is None and "CI" in os.environ:
    raise RuntimeError("CI reads the codes that are drawn: install zbar-tools")
needs_a_reader = pytest.mark.skipif(READER is None, reason="zbarimg (zbar-tools) reads codes")


def a_ticket(language: PrintLanguage = PrintLanguage.ARABIC) -> Sheets:
    fair = FAIR if language is PrintLanguage.FRENCH else ARABIC_FAIR
    return ticket(TicketFacts(fair, "pupils", *DAYS, 28, CODE, "ABCDEFGH"), language)


def some_badges(paper: Paper, language: PrintLanguage = PrintLanguage.ARABIC) -> Sheets:
    people = [
        BadgeFacts(NAME, "seller", "تعاونية الأمل للزعفران والنباتات العطرية والطبية"),
        BadgeFacts("Jean-Christophe de La Rochefoucauld-Montmorency", "interpreter", "Coopérative"),
        BadgeFacts("W" * 200, "x" * 64, ""),
        BadgeFacts("ⴼⴰⵟⵎⴰ", "", "ⵜⴰⴳⵎⴰⵜ"),
        BadgeFacts("م" * 200, "seller", "Coopérative Al Amal " * 10),
    ]
    return badges(ARABIC_FAIR, DAYS, people, paper, language)


def some_certificates(language: PrintLanguage = PrintLanguage.ARABIC) -> Sheets:
    facts = WorkshopFacts(FAIR, "التسويق الرقمي للمنتجات المجالية " * 5, DAYS[0])
    return certificates(facts, [NAME, "W" * 200], language)


def read_in(picture: Path) -> str:
    """What a reader finds in a picture."""
    assert READER is not None
    found = subprocess.run(
        [READER, "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", str(picture)],
        capture_output=True,
        check=True,
        text=True,
    )
    return found.stdout.removesuffix("\n")


def picture_of(svg: str, mm: float, dots_per_inch: float, folder: Path) -> Path:
    """A code alone, of that width with the white around it, as a printer or a camera has it."""
    page = (
        f"#set page(width: {mm + 10}mm, height: {mm + 10}mm, margin: 5mm, fill: white)\n"
        f'#image(bytes(sys.inputs.svg), format: "svg", width: {mm}mm)'
    )
    made = typst.compile(page.encode(), format="png", ppi=dots_per_inch, sys_inputs={"svg": svg})
    assert isinstance(made, bytes)
    path = folder / "code.png"
    path.write_bytes(made)
    return path


@needs_a_reader
@pytest.mark.parametrize("language", list(PrintLanguage))
def test_the_code_on_a_ticket_is_read_from_its_picture(
    language: PrintLanguage, tmp_path: Path
) -> None:
    path = tmp_path / "ticket.png"
    path.write_bytes(printed(a_ticket(language), Form.PNG, 1))
    assert read_in(path) == CODE


@needs_a_reader
@pytest.mark.parametrize("dots_per_inch", [203, 300, 600])
def test_a_code_of_15_mm_is_read(dots_per_inch: int, tmp_path: Path) -> None:
    assert read_in(picture_of(drawn(CODE), 15, dots_per_inch, tmp_path)) == CODE


@needs_a_reader
@pytest.mark.parametrize(("dark", "light"), [("#555", "#fff"), ("#000", "#aaa"), ("#444", "#ccc")])
def test_a_code_in_grey_is_read(dark: str, light: str, tmp_path: Path) -> None:
    grey = drawn(CODE).replace('fill="#fff"', f'fill="{light}"')
    grey = grey.replace("<path ", f'<path fill="{dark}" ')
    assert read_in(picture_of(grey, 15, 300, tmp_path)) == CODE


def modules_of(svg: str) -> set[tuple[int, int]]:
    """The dark modules of a code, without the white around it."""
    return {(int(x) - 4, int(y) - 4) for x, y in re.findall(r"M(\d+) (\d+)h1v1h-1z", svg)}


def test_a_code_is_of_version_6_and_of_level_m() -> None:
    """By the format that stands in the symbol itself (ISO 18004): two bits of level, masked."""
    svg = drawn(CODE)
    assert f'viewBox="0 0 {MODULES + 8} {MODULES + 8}"' in svg
    dark = modules_of(svg)
    assert max(x for x, _ in dark) == max(y for _, y in dark) == MODULES - 1
    level = ((0, 8) in dark) ^ 1, ((1, 8) in dark) ^ 0
    assert level == (0, 0)
    # Twice as much is written for a short text: there would be room for more than M.
    short = modules_of(drawn("A"))
    assert (((0, 8) in short) ^ 1, ((1, 8) in short) ^ 0) == (0, 0)


def test_on_paper_a_code_is_larger_than_25_mm_and_its_edges_fall_between_dots() -> None:
    assert f'image(bytes(it.code), format: "svg", width: {MODULES + 8}mm)' in LAYOUT.read_text()
    assert MODULES >= 25
    width, height = size_of(printed(a_ticket(), Form.PNG, 1))
    assert (width, height) == (105 * printing.DOTS_A_MM, 148 * printing.DOTS_A_MM)


def size_of(png: bytes) -> tuple[int, int]:
    assert png.startswith(b"\x89PNG")
    return int.from_bytes(png[16:20]), int.from_bytes(png[20:24])


def test_a_file_has_all_pages_and_the_same_bytes_again() -> None:
    for made, pages in (
        (a_ticket(), 1),
        (some_badges(Paper.SHEET), 2),
        (some_badges(Paper.LABEL), 5),
        (some_certificates(), 2),
    ):
        file = printed(made, Form.PDF, 1)
        assert file.startswith(b"%PDF")
        assert f"/Count {pages}".encode() in file
        assert file == printed(made, Form.PDF, 1)


def test_a_picture_shows_the_page_that_is_asked_for() -> None:
    sheet = some_badges(Paper.SHEET)
    first, second = (printed(sheet, Form.PNG, page) for page in (1, 2))
    assert size_of(first) == size_of(second) == (210 * 8, 297 * 8)
    assert first != second
    label = some_badges(Paper.LABEL)
    pictures = {printed(label, Form.PNG, page) for page in range(1, 6)}
    assert len(pictures) == 5
    assert {size_of(each) for each in pictures} == {(62 * 8, 86 * 8)}


@pytest.mark.parametrize("language", list(PrintLanguage))
def test_nothing_is_cut_off_at_its_box(language: PrintLanguage) -> None:
    """Also of long names and titles; what is cut says so in the document."""
    for made in (
        a_ticket(language),
        some_badges(Paper.SHEET, language),
        some_badges(Paper.LABEL, language),
        some_certificates(language),
    ):
        assert cut_in(made) == []


def test_what_does_not_fit_even_in_small_letters_is_known_to_be_cut() -> None:
    endless = "x " * 5000
    assert cut_in(
        badges(endless, DAYS, [BadgeFacts("A", "", "")], Paper.LABEL, PrintLanguage.FRENCH)
    )


def cut_in(sheets: Sheets) -> list[Any]:
    items = [
        {**item, "code": drawn(str(item["code"]))} if "code" in item else item
        for item in sheets["items"]
    ]
    found = typst.query(
        str(LAYOUT),
        "<cut>",
        font_paths=[str(FONTS)],
        ignore_system_fonts=True,
        sys_inputs={"given": json.dumps({**sheets, "items": items})},
    )
    return json.loads(found)


def test_letters_are_ours_and_no_boxes() -> None:
    """A name of letters that no font of ours has looks otherwise than one whose letters join."""

    def shown(name: str) -> bytes:
        people = [BadgeFacts(name, "", "")]
        return printed(badges("", DAYS, people, Paper.LABEL, PrintLanguage.ARABIC), Form.PNG, 1)

    boxes = shown("\ue000\ue000\ue000\ue000")
    assert len({boxes, shown("سعيد"), shown("ⵙⵄⵉⴷ"), shown("Saïd")}) == 4


def test_a_child_gives_the_file_and_of_what_went_wrong_nothing() -> None:
    def tell(share: float, code: str = "", /) -> None: ...

    given = {"sheets": a_ticket(), "form": "pdf", "page": 1}
    made = run(given, tell)
    assert made is not None
    assert base64.b64decode(made).startswith(b"%PDF")
    spoilt = {**a_ticket(), "kind": "unknown"}
    assert run({**given, "sheets": spoilt}, tell) is None
