"""Lists of applications as provincial delegations send them: made of the cast, and dirty.

The first comes in UTF-16 with Arabic headings below a title, the second in Windows-1252 with French
ones.  Both have what lists have: blank lines, digits of another script, rows that come twice, a row
that nobody can use, a sum below.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from maarid_contracts.registration import OrganisationKind

from scenarios.cast import Application, Organisation
from scenarios.words import provinces

Entry = tuple[Organisation, Application]

ARABIC_DIGITS = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
KINDS = {
    OrganisationKind.COOPERATIVE: {"ar": "تعاونية", "fr": "Coop."},
    OrganisationKind.GIE: {"ar": "مجموعة ذات النفع الاقتصادي", "fr": "G.I.E."},
    OrganisationKind.ASSOCIATION: {"ar": "جمعية", "fr": "Assoc."},
    OrganisationKind.MUTUAL: {"ar": "تعاضدية", "fr": "Mutuelle"},
    OrganisationKind.SOCIAL_ENTERPRISE: {"ar": "مقاولة اجتماعية", "fr": "Entreprise sociale"},
    OrganisationKind.ARTISAN: {"ar": "صانع", "fr": "Artisan"},
    OrganisationKind.INSTITUTION: {"ar": "مؤسسة عمومية", "fr": "Établissement public"},
}


@dataclass(frozen=True)
class Names:
    """What poles and families are called, by their ids: `{"ar": …, "fr": …}`."""

    poles: Mapping[str, Any]
    families: Mapping[str, Any]


def arabic(entries: Sequence[Entry], numbers: Sequence[str], names: Names) -> bytes:
    """A list in Arabic, as text in UTF-16 with tabs."""
    headings = [
        "ر.ت",
        "اسم الهيئة",
        "النوع",
        "الإقليم",
        "المنتوجات",
        "القطب",
        "عدد الأروقة",
        "عدد المشاركين",
        "الكهرباء",
        "الماء",
        "الولوجيات",
        "ركن",
        "البرامج",
        "رقم السجل المحلي",
        "ملاحظات",
    ]
    rows = [
        _row(entry, number, names, "ar", "،", ("نعم", ""))
        for entry, number in zip(entries, numbers, strict=True)
    ]
    for at, row in enumerate(rows):
        row.insert(0, str(at + 1).translate(ARABIC_DIGITS))
        row[6] = row[6].translate(ARABIC_DIGITS)
    lines = [["لائحة التعاونيات المقترحة للمعرض الجهوي"], [], headings, *rows[:3], [], *rows[3:]]
    lines += [rows[0], _wrong(rows[1], "إقليم مجهول", "0/x"), ["المجموع", str(len(rows))]]
    return _text(lines, "\t").encode("utf-16")


def french(entries: Sequence[Entry], numbers: Sequence[str], names: Names) -> bytes:
    """A list in French, as text in Windows-1252 with semicolons."""
    headings = [
        "N° d'ordre",
        "DÉNOMINATION",
        "Forme juridique",
        "Province ou préfecture",
        "Produits exposés",
        "Pôle",
        "Nbre de stands",
        "Nombre de participants",
        "Électricité",
        "Eau",
        "Accès PMR",
        "Angle",
        "Programme",
        "N° registre local des coopératives",
        "Observations",
    ]
    rows = [
        [str(at), *_row(entry, number, names, "fr", " / ", ("X", "non"))]
        for at, (entry, number) in enumerate(zip(entries, numbers, strict=True), 1)
    ]
    lines = [["Délégation provinciale"], headings, *rows[:2], [], *rows[2:]]
    lines += [rows[-1], _wrong(rows[0], "Province inconnue", "0/y"), ["Total", str(len(rows))]]
    return _text(lines, ";").encode("cp1252", "replace")


def _row(
    entry: Entry,
    number: str,
    names: Names,
    language: str,
    between: str,
    flags: tuple[str, str],
) -> list[str]:
    organisation, application = entry
    needs = application.needs
    asked = (needs.electricity, needs.water, needs.step_free, needs.corner)
    return [
        getattr(organisation.name, language),
        KINDS[organisation.kind][language],
        getattr(provinces()[organisation.province].name, language),
        between.join(names.families[each.family][language] for each in application.products),
        names.poles[application.pole_id][language],
        f"{application.booths}.0",
        str(application.people),
        *(flags[0] if each else flags[1] for each in asked),
        between.join(application.programmes),
        number,
        "",
    ]


def _wrong(row: Sequence[str], province: str, number: str) -> list[str]:
    """The same row, of another organisation whose province nobody knows."""
    return [*row[:1], f"{row[1]} 2", row[2], province, *row[4:-2], number, ""]


def _text(lines: Sequence[Sequence[str]], separator: str) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=separator).writerows(lines)
    return out.getvalue()
