"""Forty and more dirty files: what is understood of each row, and what a person has to mend."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import pytest

from tests.lists import ENTRIES, HEADINGS, csv_of, ods_of, xlsx, xlsx_of
from tests.unit.registration.a_list import ONE, entry, rows_of, under

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
