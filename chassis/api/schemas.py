"""The JSON Schemas of the public events, at the address that `ce_dataschema` leads to.

`maarid:schemas/<type>.json` names a schema wherever its event goes, also on the topics of a copy of
the system; put the address of any service in place of `maarid:` to read it.
"""

from __future__ import annotations

from functools import cache

from fastapi import APIRouter, Response
from maarid_contracts import CATALOGUE
from maarid_contracts.schemas import PACKAGE

from chassis.api.requests import NotFound, public

router = APIRouter(tags=["contracts"])
"""The route that every service has for the schemas of all of them."""
MEDIA_TYPE = "application/schema+json"
CACHED = "public, max-age=3600"
"""A schema only grows, with a new version of the services."""


@cache
def _text_of(type_: str) -> bytes:
    return (PACKAGE / "schemas" / f"{type_}.json").read_bytes()


@router.get(
    "/schemas/{name}",
    dependencies=[public()],
    response_class=Response,
    responses={
        200: {
            "description": "The schema (JSON Schema 2020-12).",
            "content": {MEDIA_TYPE: {"schema": {"type": "object"}}},
        }
    },
)
async def show_schema(name: str) -> Response:
    """The schema of an event's data: its `ce_dataschema`, with this address for `maarid:`."""
    type_ = name.removesuffix(".json")
    if type_ == name or type_ not in CATALOGUE:
        raise NotFound("schema_unknown", schema=name)
    return Response(_text_of(type_), headers={"cache-control": CACHED}, media_type=MEDIA_TYPE)
