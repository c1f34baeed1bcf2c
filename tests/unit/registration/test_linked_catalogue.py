"""The catalogue in the words of schema.org."""

from __future__ import annotations

import json
from typing import Any

from services.registration.catalogue.linked import ENDING, beginning, piece_of

FAMILIES = {"weaving": {"ar": "النسيج", "fr": "Tissage", "zgh": None, "en": None}}


def exhibitor(number: int, *products: dict[str, Any]) -> dict[str, Any]:
    return {
        "exhibitor_id": f"exhibitor-{number}",
        "organisation_id": f"organisation-{number}",
        "name": {"ar": "الأمل", "fr": "Al Amal <script>", "zgh": None, "en": None},
        "country": "MA",
        "region": "beni-mellal-khenifra",
        "province": "azilal",
        "products": products,
    }


def product(family: str, **more: Any) -> dict[str, Any]:
    return {"family": family, "name": {"ar": "جلباب", "fr": "Djellaba", "zgh": None}, **more}


def read(*pieces: bytes) -> Any:
    return json.loads(beginning() + b"".join(pieces) + ENDING)


def test_organisations_come_with_what_they_make() -> None:
    bzou = {"ar": "بزو", "fr": "Bzou"}
    shown = exhibitor(1, product("weaving", origin=bzou), product("unheard_of", origin=None))
    document = read(piece_of([shown], FAMILIES, first=True))
    assert document["@context"] == "https://schema.org"
    maker, named, unnamed = document["@graph"]
    assert (maker["@type"], maker["@id"]) == ("Organization", "urn:uuid:organisation-1")
    assert maker["name"][1] == {"@language": "fr", "@value": "Al Amal <script>"}
    assert maker["address"]["addressLocality"] == "azilal"
    assert named == {
        "@id": "urn:maarid:product:exhibitor-1:0",
        "@type": "Product",
        "name": [
            {"@language": "ar", "@value": "جلباب"},
            {"@language": "fr", "@value": "Djellaba"},
        ],
        "category": [
            {"@language": "ar", "@value": "النسيج"},
            {"@language": "fr", "@value": "Tissage"},
        ],
        "manufacturer": {"@id": "urn:uuid:organisation-1"},
        "additionalProperty": {
            "@type": "PropertyValue",
            "propertyID": "origin",
            "value": [{"@language": "ar", "@value": "بزو"}, {"@language": "fr", "@value": "Bzou"}],
        },
    }
    assert (unnamed["category"], "additionalProperty" in unnamed) == ("unheard_of", False)


def test_pieces_are_one_document_also_where_one_is_empty() -> None:
    assert read(piece_of([], FAMILIES, first=True))["@graph"] == []
    pieces = [
        piece_of([exhibitor(1), exhibitor(2)], FAMILIES, first=True),
        piece_of([exhibitor(3)], FAMILIES, first=False),
        piece_of([], FAMILIES, first=False),
    ]
    ids = [node["@id"] for node in read(*pieces)["@graph"]]
    assert ids == [f"urn:uuid:organisation-{number}" for number in (1, 2, 3)]


def test_no_text_ends_a_script_in_which_the_document_stands() -> None:
    assert b"<" not in piece_of([exhibitor(1)], FAMILIES, first=True)
