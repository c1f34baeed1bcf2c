"""The catalogue as linked data: organisations and products in the words of schema.org (JSON-LD)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import orjson

CONTEXT = "https://schema.org"
MEDIA_TYPE = "application/ld+json"

Text = Mapping[str, str | None]


def beginning() -> bytes:
    """What stands before the first organisation."""
    return b'{"@context":' + orjson.dumps(CONTEXT) + b',"@graph":['


ENDING = b"]}"


def piece_of(
    exhibitors: Iterable[Mapping[str, Any]], families: Mapping[str, Text], *, first: bool
) -> bytes:
    """Some exhibitors with their products.  It may stand within HTML: no `<` begins a tag."""
    nodes = [node for each in exhibitors for node in _nodes_of(each, families)]
    joined = b",".join(orjson.dumps(node) for node in nodes).replace(b"<", b"\\u003c")
    return joined if first or not joined else b"," + joined


def _nodes_of(
    exhibitor: Mapping[str, Any], families: Mapping[str, Text]
) -> Iterable[dict[str, Any]]:
    maker = f"urn:uuid:{exhibitor['organisation_id']}"
    yield {
        "@id": maker,
        "@type": "Organization",
        "name": _said(exhibitor["name"]),
        "address": {
            "@type": "PostalAddress",
            "addressCountry": exhibitor["country"],
            "addressRegion": exhibitor["region"],
            "addressLocality": exhibitor["province"],
        },
    }
    for number, product in enumerate(exhibitor["products"]):
        family, origin = product["family"], product.get("origin")
        node = {
            "@id": f"urn:maarid:product:{exhibitor['exhibitor_id']}:{number}",
            "@type": "Product",
            "name": _said(product["name"]),
            "category": _said(families[family]) if family in families else family,
            "manufacturer": {"@id": maker},
        }
        if origin is not None:
            node["additionalProperty"] = {
                "@type": "PropertyValue",
                "propertyID": "origin",
                "value": _said(origin),
            }
        yield node


def _said(text: Text) -> list[dict[str, str]]:
    """A text in its languages, each with its tag."""
    return [{"@language": tag, "@value": said} for tag, said in text.items() if said]
