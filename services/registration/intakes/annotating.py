"""What the child process makes of a file that was read: the same rows, with the reasons beside
them, as an XLSX file."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from services.registration.intakes import reasons
from services.registration.intakes.cells import is_arabic
from services.registration.intakes.reading import unpacked
from services.registration.reports import xlsx

Tell = Callable[[float, str], None]

TITLES = ("الحالة / État", "السبب", "Motif", "Reason")
STATES = {
    "new": "جديدة / nouvelle",
    "known": "معروفة / connue",
    "changed": "تغيرت / modifiée",
    "wrong": "خطأ / erreur",
    "imported": "مستوردة / importée",
    "already_there": "موجودة / déjà là",
    "refused": "مرفوضة / refusée",
}


def annotate(given: Mapping[str, Any], progress: Tell) -> str:
    """The job: an XLSX file, in base64."""
    sheets = {sheet["name"]: _begun(sheet) for sheet in given["sheets"] if sheet["titles"]}
    for portion in given["rows"]:
        for row in json.loads(unpacked(portion)):
            sheet = sheets[row["sheet"]]
            cells = [*row["cells"], *[""] * sheet["width"]][: sheet["width"]]
            sheet["lines"].append([*cells, *_beside(row, given["refusals"])])
    return xlsx.write({"sheets": [*sheets.values()]}, progress)


def _begun(sheet: Mapping[str, Any]) -> dict[str, Any]:
    titles = sheet["titles"]
    return {
        "name": sheet["name"],
        "right_to_left": is_arabic(" ".join(titles)),
        "headings": [*titles, *TITLES],
        "width": len(titles),
        "lines": [],
    }


def _beside(row: Mapping[str, Any], refusals: Mapping[str, Mapping[str, str]]) -> list[str]:
    refused = refusals.get(row["refused"] or "", {})
    told = [
        " ".join(
            [
                *(f"{each['cell']}: {reasons.told(each, language)}" for each in row["reasons"]),
                *([refused[language]] if refused else []),
            ]
        )
        for language in reasons.LANGUAGES
    ]
    return [STATES[row["outcome"] or row["status"]], *told]
