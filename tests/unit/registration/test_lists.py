"""What is made of a list whose headings and cells are understood, and how it is shown."""

from __future__ import annotations

import base64
import io
import json
from datetime import date, datetime, time
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from services.registration.intakes import reasons
from services.registration.intakes.annotating import annotate
from services.registration.intakes.reading import packed, unpacked
from services.registration.intakes.reasons import LANGUAGES, texts
from services.registration.intakes.sheets import text_of
from services.registration.reports.xlsx import write
from tests.lists import ENTRIES, HEADINGS, csv_of, parts_of, xlsx, xlsx_of
from tests.unit.registration.a_list import FAIR, ONE, entry, read_file, rows_of, under


def only(file: bytes, **more: Any) -> Any:
    [row] = rows_of(file, **more)
    return row["given"]


def test_all_fields_of_a_row_are_understood() -> None:
    headings = [
        "الاسم بالعربية",
        "Nom en français",
        "Province",
        "Commune",
        "Téléphone",
        "Présidente",
        "Fonction",
        "Langue",
        "Consentement",
        "Féminine",
        "Jeunes",
        "Pôle",
        "Stands",
        "Participants",
        "Produits",
        "N° registre",
        "Date de création",
        "Programme",
        "Eau",
    ]
    cells = [
        "تعاونية الأمل المختلقة",
        "Coopérative Al Amal inventée",
        "Azilal",
        "Bzou",
        "0612345678",
        "Nom inventé",
        "Présidente",
        "Amazighe",
        "oui",
        "oui",
        "non",
        "Artisanat",
        "2",
        "5",
        "Miel de thym, زيت الأركان",
        "١٢/٢٠١٩",
        "05/03/2012",
        "Mouazara",
        "oui",
    ]
    fair = {**FAIR, "poles": [{"pole_id": "crafts", "ar": "أ", "fr": "Artisanat"}]}
    given = only(xlsx_of([cells], headings), pole_id=None, fair=fair)
    assert given["organisation"] == {
        "name": {"ar": "تعاونية الأمل المختلقة", "fr": "Coopérative Al Amal inventée"},
        "province": "azilal",
        "region": "beni-mellal-khenifra",
        "kind": "cooperative",
        "women_led": True,
        "youth_led": False,
        "register_number": "12/2019",
        "founded": 2012,
        "commune": "bzou",
    }
    assert given["contact"] == {
        "name": "Nom inventé",
        "phone": "+212612345678",
        "language": "zgh",
        "role": "chair",
        "consent": True,
    }
    assert given["application"] == {
        "booths": 2,
        "people": 5,
        "needs": {"water": True},
        "products": [
            {"family": "honey", "name": {"ar": "العسل ومشتقاته", "fr": "Miel de thym"}},
            {"family": "argan", "name": {"ar": "زيت الأركان", "fr": "Argan"}},
        ],
        "programmes": ["mouazara"],
        "pole_id": "crafts",
    }


def test_whoever_has_a_number_and_no_name_is_called_as_the_organisation() -> None:
    given = only(xlsx_of([entry(c3=None)]))
    assert given["contact"]["name"] == ONE[0]
    assert given["application"]["people"] == 2


def test_a_fair_with_one_pole_needs_no_pole_in_a_list() -> None:
    one = {**FAIR, "poles": FAIR["poles"][:1]}
    assert only(xlsx_of([ONE]), pole_id=None, fair=one)["application"]["pole_id"] == "products"
    [row] = rows_of(xlsx_of([ONE]), pole_id=None)
    assert [each["code"] for each in row["reasons"]] == ["pole_missing"]


def test_a_sheet_says_what_was_understood_of_it() -> None:
    found = read_file(xlsx({"L": [[], [*HEADINGS, "Couleur"], [*ONE, "bleu"]], "N": [["à faire"]]}))
    first, second = found["sheets"]
    assert (first["line"], second["line"]) == (2, None)
    assert first["columns"][1] == {"cell": "B2", "heading": "Province", "field": "province"}
    assert first["unread"] == [{"cell": "G2", "heading": "Couleur"}]


def test_rows_come_in_portions() -> None:
    many = [[f"Coopérative n{at} inventée", "Zagora"] for at in range(1100)]
    found = read_file(csv_of(many, HEADINGS[:2]))
    assert len(found["rows"]) == 6
    assert len(rows_of(csv_of(many, HEADINGS[:2]))) == 1100


def test_a_word_of_two_families_is_of_neither_but_a_known_product_is() -> None:
    families = [
        *FAIR["families"],
        {"code": "rose", "ar": "ماء الورد", "fr": "Eau de rose et miel"},
    ]
    [row] = rows_of(xlsx_of([entry(c4="Miel")]), fair={**FAIR, "families": families})
    assert row["given"]["application"]["products"][0]["family"] == "honey"
    [row] = rows_of(xlsx_of([entry(c4="Dérivés ; eau")]), fair={**FAIR, "families": families})
    found = [each["family"] for each in row["given"]["application"]["products"]]
    assert found == ["honey", "rose"]


def test_a_programme_that_stands_twice_counts_once() -> None:
    given = only(under("Programme", a="Mouazara, مؤازرة"))
    assert given["application"]["programmes"] == ["mouazara"]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (True, "oui"),
        (False, "non"),
        (612345678.0, "612345678"),
        (0.5, "0.5"),
        (datetime(2019, 3, 5, 8), "2019-03-05"),
        (date(2019, 3, 5), "2019-03-05"),
        (" x ", "x"),
        ("#DIV/0!", ""),
        ("#1", "#1"),
        (time(8), "08:00:00"),
    ],
    ids=str,
)
def test_a_cell_is_a_text(cell: object, text: str) -> None:
    assert text_of(cell) == text


def test_the_annotated_list_has_the_reasons_in_three_languages() -> None:
    found = read_file(
        xlsx({"قائمة": [HEADINGS, entry(c1="Atlantide"), ENTRIES[2]], "N": [["à faire"]]})
    )
    rows = [row for portion in found["rows"] for row in json.loads(unpacked(portion))]
    for row, state in zip(rows, ("wrong", "new"), strict=True):
        row |= {"status": state, "outcome": None, "refused": None}
    rows[1] |= {"outcome": "refused", "refused": "call_closed{}"}
    refusals = {"call_closed{}": {"ar": "أغلق", "fr": "Clos", "en": "Closed"}}
    packed_rows = [packed(json.dumps(rows).encode())]
    file = annotate(
        {"sheets": found["sheets"], "rows": packed_rows, "refusals": refusals},
        lambda share, code: None,
    )
    book = CalamineWorkbook.from_filelike(io.BytesIO(base64.b64decode(file)))
    titles, first, second = book.get_sheet_by_index(0).to_python()
    assert len(book.sheet_names) == 1
    assert titles[6:] == ["الحالة / État", "السبب", "Motif", "Reason"]
    assert first[6] == "خطأ / erreur"
    assert str(first[9]).startswith("B2: This province is not known.")
    assert second[6:] == ["مرفوضة / refusée", "أغلق", "Clos", "Closed"]


def test_a_table_becomes_a_sheet_whose_texts_stay_texts() -> None:
    lines = [["=1+1", n] for n in range(200)]
    sheets: list[dict[str, object]] = [
        {"name": "a/b:c", "headings": ["=figure", "key"], "lines": lines},
        {"name": "droite", "headings": [], "lines": [], "right_to_left": True},
    ]
    file = base64.b64decode(write({"sheets": sheets}, lambda share, code: None))
    assert b"<f>" not in parts_of(file)["xl/worksheets/sheet1.xml"]
    book = CalamineWorkbook.from_filelike(io.BytesIO(file))
    assert book.sheet_names == ["1 a b c", "2 droite"]
    assert book.get_sheet_by_index(0).to_python()[1] == ["=1+1", 0.0]


def test_every_reason_is_told_in_three_languages() -> None:
    for code, told in texts().items():
        for language in LANGUAGES:
            assert reasons.told({"code": code, "line": 3}, language), (code, language)
        assert told.keys() <= {*LANGUAGES, "note"}


def test_what_is_left_out_does_not_keep_a_row_out() -> None:
    assert not reasons.is_wrong([])
    assert not reasons.is_wrong([{"code": "product_unknown"}])
    assert reasons.is_wrong([{"code": "product_unknown"}, {"code": "phone_invalid"}])
