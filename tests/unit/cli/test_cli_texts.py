"""`maarid texts`: figures, the texts for WhatsApp, and the sheet."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cli.main import app
from cli.sheet import FONTS, LANGUAGES, sheet
from cli.showing import console
from services.notifications.messages.showing import shown

hb: Any = import_module("uharfbuzz")
"""It has no types."""


def test_it_says_what_each_text_takes_and_what_tamazight_lacks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(console, "width", 200)
    found = CliRunner().invoke(app, ["texts", "--mad", "0.4"])
    assert found.exit_code == 0
    (row,) = [line for line in found.output.splitlines() if " booth_assigned_swap " in line]
    cells = [cell.strip() for cell in row.split("│")[1:-1]]
    assert cells[2] == "1 (99)  0.40 MAD"
    assert cells[1].startswith("2 (")
    assert cells[1].endswith("0.80 MAD")
    lacking = [line for line in found.output.splitlines() if " lacks, " in line]
    assert len(lacking) == 1
    assert lacking[0].startswith("zgh lacks, and the second language is taken: ")
    assert "fair_cancelled" in lacking[0]
    assert "booth_assigned" not in lacking[0]


def test_it_prints_what_whatsapp_is_to_approve(tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text('[fr]\nbooth_assigned = "approved"\n')
    found = CliRunner().invoke(app, ["texts", "--bodies", "--approvals", str(mine)])
    assert found.exit_code == 0
    lines = found.output.splitlines()
    assert (
        "fr booth_assigned approved: Bonjour. {{1}} : votre stand est le {{2}} ({{3}}). Bienvenue !"
    ) in lines
    assert any(line.startswith("ar booth_assigned pending: ") for line in lines)


@pytest.mark.parametrize("wrong", [["--bodies", "--approvals", "none.toml"], ["--sheet", "/no/x"]])
def test_a_file_that_is_not_there_is_told_in_one_line(wrong: list[str]) -> None:
    found = CliRunner().invoke(app, ["texts", *wrong])
    assert found.exit_code == 2
    assert len(found.output.splitlines()) == 1


@pytest.mark.unhurried
def test_the_sheet_is_a_pdf_and_a_picture(tmp_path: Path) -> None:
    to = tmp_path / "sheet.pdf"
    assert CliRunner().invoke(app, ["texts", "--sheet", str(to)]).exit_code == 0
    assert to.read_bytes().startswith(b"%PDF-")
    assert sheet("png").startswith(b"\x89PNG")


def test_our_fonts_have_every_letter_of_the_texts() -> None:
    fonts = [
        hb.Font(hb.Face(hb.Blob.from_file_path(str(path)))) for path in FONTS.glob("*Regular.ttf")
    ]
    unseen = {"\N{LEFT-TO-RIGHT MARK}", "\N{RIGHT-TO-LEFT MARK}"}
    letters = {
        letter for language in LANGUAGES for each in shown(language) for letter in each.written.text
    } - unseen
    lacking = {one for one in letters if not any(f.get_nominal_glyph(ord(one)) for f in fonts)}
    assert lacking == set()
