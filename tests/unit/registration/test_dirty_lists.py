"""Forty and more dirty files: what is understood of each row, and what a person has to mend."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from typing import Any, NamedTuple

import pytest
from python_calamine import CalamineWorkbook

from services.registration.intakes import reasons
from services.registration.intakes.annotating import annotate
from services.registration.intakes.reading import packed, unpacked
from services.registration.intakes.reasons import LANGUAGES, texts
from services.registration.intakes.sheets import text_of
from services.registration.reports.xlsx import write
from tests.lists import ENTRIES, HEADINGS, csv_of, ods_of, parts_of, xlsx, xlsx_of
from tests.unit.registration.a_list import FAIR, read_file, rows_of

ONE = ENTRIES[0]
CLEAN = [
    ("Coopérative Tigmi inventée", "zagora", "+212612345601"),
    ("تعاونية الواحة المختلقة", "zagora", "+212612345602"),
    ("Association Izil inventée", "tinghir", "+212612345603"),
]
FIRST = CLEAN[:1]


def told(row: Any) -> tuple[Any, ...]:
    organisation = row["given"]["organisation"]
    name = organisation["name"]
    spelling = None if name is None else name["fr"]
    return (
        spelling,
        organisation.get("province"),
        row["phone"],
        *(f"{each['cell']} {each['code']}" for each in row["reasons"]),
    )


def entry(**changed: object) -> list[object]:
    """The first entry with other cells, by heading."""
    return [changed.get(f"c{at}", cell) for at, cell in enumerate(ONE)]


def under(*headings: str, **cells: object) -> bytes:
    """A list with columns beside the usual ones, one row."""
    return xlsx_of([[*ONE, *cells.values()]], [*HEADINGS, *headings])


class Dirty(NamedTuple):
    dirt: str
    file: Callable[[], bytes]
    rows: Sequence[tuple[Any, ...]]


def titled() -> bytes:
    lines = [["لائحة التعاونيات المقترحة", None], [], ["جهة درعة تافيلالت"], HEADINGS, *ENTRIES]
    return xlsx({"Liste": lines}, merged={"A1:F1": "لائحة التعاونيات المقترحة"})


def a_province_for_several() -> bytes:
    blank = [[cell if at != 1 else None for at, cell in enumerate(each)] for each in ENTRIES]
    return xlsx({"Liste": [HEADINGS, *blank]}, merged={"B2:B4": "Zagora"})


DIRTY = [
    Dirty("nothing, XLSX", lambda: xlsx_of(ENTRIES), CLEAN),
    Dirty("nothing, ODS", lambda: ods_of([HEADINGS, *ENTRIES]), CLEAN),
    Dirty("semicolons in UTF-8", lambda: csv_of(ENTRIES), CLEAN),
    Dirty(
        "commas, with a mark of UTF-8",
        lambda: csv_of(ENTRIES, separator=",", encoding="utf-8-sig"),
        CLEAN,
    ),
    Dirty("tabs in UTF-16", lambda: csv_of(ENTRIES, separator="\t", encoding="utf-16"), CLEAN),
    Dirty(
        "UTF-16 of the other order",
        lambda: b"\xfe\xff" + csv_of(ENTRIES, encoding="utf-16-be"),
        CLEAN,
    ),
    Dirty("UTF-16 without a mark", lambda: csv_of(ENTRIES, encoding="utf-16-le"), CLEAN),
    Dirty(
        "UTF-16 of the other order without a mark",
        lambda: csv_of(ENTRIES, encoding="utf-16-be"),
        CLEAN,
    ),
    Dirty(
        "Windows-1256, Arabic and French",
        lambda: csv_of(ENTRIES, encoding="cp1256"),
        CLEAN,
    ),
    Dirty(
        "Windows-1252 with capital accents",
        lambda: csv_of(
            [["COOPÉRATIVE ÉTÉ", *ONE[1:]]], ["DÉNOMINATION", *HEADINGS[1:]], encoding="cp1252"
        ),
        [("COOPÉRATIVE ÉTÉ", "zagora", "+212612345601")],
    ),
    Dirty("bars as separators", lambda: csv_of(ENTRIES, separator="|"), CLEAN),
    Dirty(
        "a line that tells the separator",
        lambda: b"sep=,\r\n" + csv_of(ENTRIES, separator=","),
        CLEAN,
    ),
    Dirty(
        "commas within cells, between semicolons",
        lambda: csv_of([entry(c4="Couscous, miel, argan")]),
        FIRST,
    ),
    Dirty("a line break within a cell", lambda: csv_of([entry(c4="Couscous\nMiel")]), FIRST),
    Dirty("lines shorter than the headings", lambda: csv_of([ONE[:3]]), FIRST),
    Dirty("merged titles and blank lines above the headings", titled, CLEAN),
    Dirty(
        "blank lines, headings once more, a sum below",
        lambda: xlsx(
            {
                "L": [
                    HEADINGS,
                    ENTRIES[0],
                    [],
                    HEADINGS,
                    ENTRIES[1],
                    [" "],
                    ENTRIES[2],
                    ["Total : 3"],
                ]
            }
        ),
        CLEAN,
    ),
    Dirty(
        "headings in Arabic",
        lambda: xlsx_of(
            ENTRIES,
            ["اسم التعاونية", "الإقليم", "رقم الهاتف", "اسم الرئيسة", "المنتوجات", "رقم السجل"],
        ),
        CLEAN,
    ),
    Dirty(
        "headings in capitals, with points and spaces",
        lambda: xlsx_of(
            ENTRIES,
            ["NOM  :", " PROVINCE ", "N° TÉL.", "PRÉSIDENT(E)", "PRODUITS", "N° D'IMMATRICULATION"],
        ),
        CLEAN,
    ),
    Dirty(
        "headings with more words",
        lambda: xlsx_of(
            ENTRIES,
            [
                "Dénomination de la structure",
                "Province ou préfecture d'origine",
                "Téléphone (WhatsApp)",
                "Nom et prénom de la présidente",
                "Nature des produits exposés",
                "N° registre",
            ],
        ),
        CLEAN,
    ),
    Dirty(
        "a number and remarks, which are passed over",
        lambda: xlsx_of([[1, *ONE, "RAS"]], ["N°", *HEADINGS, "Observations"]),
        FIRST,
    ),
    Dirty(
        "a list that begins in column C",
        lambda: xlsx({"L": [[None, None, *HEADINGS], [None, None, *ONE]]}),
        FIRST,
    ),
    Dirty("phones as quantities", lambda: xlsx_of([entry(c2=612345601)]), FIRST),
    Dirty("phones as 612345601.0", lambda: csv_of([entry(c2="612345601.0")]), FIRST),
    Dirty(
        "phones with spaces, points and the country",
        lambda: xlsx_of([entry(c2="+212 (0) 6.12.34-56 01")]),
        FIRST,
    ),
    Dirty("Arabic digits", lambda: xlsx_of([entry(c2="٠٦١٢٣٤٥٦٠١")]), FIRST),
    Dirty("two phones in one cell", lambda: xlsx_of([entry(c2="0612345601 / 0661000000")]), FIRST),
    Dirty(
        "a phone that is cut off",
        lambda: xlsx_of([entry(c2="06123456")]),
        [(ONE[0], "zagora", None, "C2 phone_invalid")],
    ),
    Dirty(
        "a phone in scientific writing",
        lambda: xlsx_of([entry(c2="2,12612E+11")]),
        [(ONE[0], "zagora", None, "C2 phone_invalid")],
    ),
    Dirty(
        "a person without a phone",
        lambda: xlsx_of([entry(c2=None)]),
        [(ONE[0], "zagora", None, "D2 contact_without_phone")],
    ),
    Dirty(
        "neither phone nor person",
        lambda: xlsx_of([entry(c2=None, c3=None)]),
        [(ONE[0], "zagora", None)],
    ),
    Dirty("a province with its title", lambda: xlsx_of([entry(c1="إقليم زاڭورة")]), FIRST),
    Dirty(
        "a province in capitals without accents",
        lambda: xlsx_of([entry(c1="PROVINCE DE ZAGORA")]),
        FIRST,
    ),
    Dirty(
        "a province that is none",
        lambda: xlsx_of([entry(c1="Atlantide")]),
        [(ONE[0], None, "+212612345601", "B2 province_unknown")],
    ),
    Dirty(
        "no province",
        lambda: xlsx_of([entry(c1=None)]),
        [(ONE[0], None, "+212612345601", "B2 province_missing")],
    ),
    Dirty(
        "one merged province for several rows",
        a_province_for_several,
        [(name, "zagora", phone) for name, _, phone in CLEAN],
    ),
    Dirty(
        "no name",
        lambda: xlsx_of([entry(c0="  ")]),
        [(None, "zagora", "+212612345601", "A2 name_missing", "A2 kind_unknown")],
    ),
    Dirty(
        "a name that is far too long",
        lambda: xlsx_of([entry(c0="a" * 401)]),
        [(None, "zagora", "+212612345601", "A2 text_too_long", "A2 kind_unknown")],
    ),
    Dirty(
        "marks of direction and hard spaces in names",
        lambda: xlsx_of([entry(c0="\u200fCoopérative\u00a0 Tigmi\u202c inventée\t")]),
        FIRST,
    ),
    Dirty(
        "an organisation of no kind",
        lambda: xlsx_of([entry(c0="Tigmi inventée")]),
        [("Tigmi inventée", "zagora", "+212612345601", "A2 kind_unknown")],
    ),
    Dirty(
        "a kind that is none",
        lambda: under("Forme juridique", a="Club"),
        [(ONE[0], "zagora", "+212612345601", "G2 kind_unknown")],
    ),
    Dirty(
        "twice in the file",
        lambda: xlsx_of([ONE, ENTRIES[1], entry(c0="COOP. TIGMI INVENTEE", c5=None)]),
        [*CLEAN[:2], ("COOP. TIGMI INVENTEE", "zagora", "+212612345601", "A4 twice_in_file")],
    ),
    Dirty(
        "a number of the register twice",
        lambda: xlsx_of([ONE, [*ENTRIES[2][:5], "11 / 2019"]]),
        [CLEAN[0], (*CLEAN[2], "A3 twice_in_file")],
    ),
    Dirty(
        "one name for two that have numbers",
        lambda: csv_of([entry(c2="0612345601"), entry(c2="0612345602", c5="12/2019")]),
        [CLEAN[0], (ONE[0], "zagora", "+212612345602")],
    ),
    Dirty(
        "one phone for two",
        lambda: xlsx_of([ONE, [*ENTRIES[2][:2], ONE[2], *ENTRIES[2][3:]]]),
        [CLEAN[0], (CLEAN[2][0], "tinghir", "+212612345601", "A3 phone_shared")],
    ),
    Dirty(
        "a product that nobody knows",
        lambda: xlsx_of([entry(c4="Couscous ; fusées")]),
        [(*CLEAN[0], "E2 product_unknown")],
    ),
    Dirty(
        "yes and no in other words",
        lambda: under("Féminine", "Jeunes", "Électricité", a="X", b="لا", c="oui"),
        FIRST,
    ),
    Dirty(
        "neither yes nor no",
        lambda: under("Féminine", a="peut-être"),
        [(*CLEAN[0], "G2 flag_unclear")],
    ),
    Dirty(
        "booths as text",
        lambda: under("Nombre de stands", "Participants", a="٢ أروقة", b="4.0"),
        FIRST,
    ),
    Dirty(
        "booths without end",
        lambda: under("Nombre de stands", a="1000"),
        [(*CLEAN[0], "G2 number_unclear")],
    ),
    Dirty(
        "a date of foundation as a date",
        lambda: under("Date de création", a=datetime(2019, 3, 5)),
        FIRST,
    ),
    Dirty(
        "a foundation without a year",
        lambda: under("Année de création", a="récemment"),
        [(*CLEAN[0], "G2 year_unclear")],
    ),
    Dirty(
        "a commune in Arabic", lambda: under("الجماعة", a="بزو"), [(*CLEAN[0], "G2 commune_unread")]
    ),
    Dirty("a pole by its name", lambda: under("Pôle", a="قطب الصناعة التقليدية"), FIRST),
    Dirty(
        "a pole that is none", lambda: under("Pôle", a="Pôle sud"), [(*CLEAN[0], "G2 pole_unknown")]
    ),
    Dirty(
        "programmes, one unknown",
        lambda: under("Programme", a="مؤازرة / Autre"),
        [(*CLEAN[0], "G2 programme_unknown")],
    ),
    Dirty(
        "a language that is none",
        lambda: under("Langue", a="klingon"),
        [(*CLEAN[0], "G2 language_unknown")],
    ),
    Dirty("an error of a formula", lambda: csv_of([entry(c5="#REF!")]), FIRST),
    Dirty(
        "texts like formulas",
        lambda: csv_of([entry(c0="=Coopérative Tigmi inventée")]),
        [("=Coopérative Tigmi inventée", "zagora", "+212612345601")],
    ),
    Dirty(
        "several sheets, one without headings",
        lambda: xlsx(
            {
                "Zagora": [HEADINGS, ONE],
                "Notes": [["à faire", "x"]],
                "Tinghir": [HEADINGS, ENTRIES[2]],
            }
        ),
        [CLEAN[0], CLEAN[2]],
    ),
    Dirty(
        "hyperlinks of a click",
        lambda: xlsx_of([[*ONE, "https://exemple.ma"]], [*HEADINGS, "Site"]),
        FIRST,
    ),
    Dirty(
        "a formatted desert below",
        lambda: ods_of(
            [HEADINGS, ONE],
            '<table:table-row table:number-rows-repeated="1048000">'
            '<table:table-cell table:number-columns-repeated="1024"/></table:table-row>',
        ),
        FIRST,
    ),
]


@pytest.mark.parametrize("dirty", DIRTY, ids=lambda dirty: dirty.dirt)
def test_a_dirty_list_is_read(dirty: Dirty) -> None:
    assert [told(row) for row in rows_of(dirty.file())] == [*dirty.rows]


# What is understood


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
    for code, entry in texts().items():
        for language in LANGUAGES:
            assert reasons.told({"code": code, "line": 3}, language), (code, language)
        assert entry.keys() <= {*LANGUAGES, "note"}


def test_what_is_left_out_does_not_keep_a_row_out() -> None:
    assert not reasons.is_wrong([])
    assert not reasons.is_wrong([{"code": "product_unknown"}])
    assert reasons.is_wrong([{"code": "product_unknown"}, {"code": "phone_invalid"}])
