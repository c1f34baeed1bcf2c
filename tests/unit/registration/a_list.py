"""A fair, and lists that are read for it as the child process does."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from services.registration.intakes.reading import read, unpacked
from tests.lists import ENTRIES, HEADINGS, xlsx_of

ONE = ENTRIES[0]
FAIR: Mapping[str, Any] = {
    "poles": [
        {"pole_id": "products", "ar": "قطب المنتوجات", "fr": "Pôle produits"},
        {"pole_id": "crafts", "ar": "قطب الصناعة التقليدية", "fr": "Pôle artisanat"},
    ],
    "programmes": [{"id": "mouazara", "ar": "مؤازرة", "fr": "Mouazara"}],
    "families": [
        {"code": "honey", "ar": "العسل ومشتقاته", "fr": "Miel et dérivés"},
        {"code": "couscous", "ar": "الكسكس", "fr": "Couscous"},
        {"code": "olive_oil", "ar": "زيت الزيتون", "fr": "Huile d'olive"},
        {"code": "argan", "ar": "الأركان", "fr": "Argan"},
        {"code": "ceramics", "ar": "الخزف والفخار", "fr": "Céramique et poterie"},
    ],
}


def read_file(file: bytes, pole_id: str | None = "products", fair: Any = FAIR) -> Any:
    given = {"file": base64.b64encode(file).decode(), "fair": fair, "pole_id": pole_id}
    return read(given, lambda share, code: None)


def rows_of(file: bytes, **more: Any) -> list[Any]:
    read = read_file(file, **more)
    return [row for portion in read["rows"] for row in json.loads(unpacked(portion))]


def entry(**changed: object) -> list[object]:
    """The first entry with other cells, by heading."""
    return [changed.get(f"c{at}", cell) for at, cell in enumerate(ONE)]


def under(*headings: str, **cells: object) -> bytes:
    """A list with columns beside the usual ones, one row."""
    return xlsx_of([[*ONE, *cells.values()]], [*HEADINGS, *headings])
