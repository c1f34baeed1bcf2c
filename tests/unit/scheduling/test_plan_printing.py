"""Pictures on paper: as many pages as there are, in our fonts alone."""

from __future__ import annotations

import io
import json
import sys

import pytest

from services.scheduling.drawings.canvas import Canvas
from services.scheduling.drawings.pages import Page
from services.scheduling.drawings.printing import main, printed


def page(text: str) -> Page:
    canvas = Canvas(100.0, 50.0, "ar")
    canvas.text(text, (50.0, 20.0), 8.0)
    return Page(canvas.page(""), 100.0, 50.0)


PAGES = [page("تعاونية الأمل"), page("Coopérative")]


def test_a_pdf_has_all_pages_in_our_fonts_and_the_same_bytes_again() -> None:
    made = printed(PAGES, "pdf")
    assert made.startswith(b"%PDF")
    assert b"/Count 2" in made
    assert made == printed(PAGES, "pdf")


def test_letters_that_join_are_no_boxes() -> None:
    """A word whose letters join, with a space: what a program without them shows as boxes."""
    arabic = printed([page("تعاونية الأمل")], "png")
    assert arabic.startswith(b"\x89PNG")
    boxes = printed([page("\ue000\ue000\ue000\ue000\ue000\ue000\ue000 \ue000\ue000\ue000")], "png")
    assert arabic != boxes


@pytest.mark.parametrize(("form", "begins"), [("pdf", b"%PDF"), ("png", b"\x89PNG")])
def test_the_process_prints_what_comes_in(
    monkeypatch: pytest.MonkeyPatch, form: str, begins: bytes
) -> None:
    given = json.dumps([page._asdict() for page in PAGES])
    out = io.BytesIO()
    monkeypatch.setattr(sys, "argv", ["printing", form])
    monkeypatch.setattr(sys, "stdin", io.StringIO(given))
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(out, write_through=True))
    main()
    assert out.getvalue().startswith(begins)
