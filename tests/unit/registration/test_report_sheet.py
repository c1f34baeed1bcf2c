"""A report as a table for spreadsheets."""

from __future__ import annotations

from services.registration.reports.sheet import as_csv, lines_of

THIS = {"people": 7, "by_kind": {"gie": 1, "artisan": 2}, "newcomers": 1}
LAST = {"people": 5, "by_kind": {"gie": 4, "mutual": 1}, "newcomers": 0}


def test_a_line_is_a_figure_and_a_column_is_a_fair() -> None:
    assert lines_of([("zagora-2026", THIS), ("zagora-2025", LAST)]) == [
        ["figure", "key", "zagora-2026", "zagora-2025"],
        ["people", "", 7, 5],
        ["by_kind", "artisan", 2, 0],
        ["by_kind", "gie", 1, 4],
        ["by_kind", "mutual", 0, 1],
        ["newcomers", "", 1, 0],
    ]


def test_what_is_no_number_is_left_out() -> None:
    assert lines_of([("zagora-2026", {"families": ["honey"]})]) == [
        ["figure", "key", "zagora-2026"]
    ]


def test_a_text_that_looks_like_a_formula_is_written_as_text() -> None:
    cells = ['=HYPERLINK("http://evil")', "+1", "-1", "@x", "\tx", "honey", -3]
    assert as_csv([cells]).decode("utf-8-sig") == (
        '"\'=HYPERLINK(""http://evil"")",\'+1,\'-1,\'@x,\'\tx,honey,-3\r\n'
    )
