"""JSON Schemas (2020-12) of the contracts, as their data stands on the topic."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from maarid_contracts.envelope import Entry

Schema = dict[str, Any]

PACKAGE = Path(__file__).parent
"""The package's own directory; what is generated is committed inside it."""

LOCAL_TIME = r"^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6})?)?$"


class PublishedSchema(GenerateJsonSchema):
    """Pydantic's schemas, with what consumers in other languages would stumble over put right."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        """Leave out titles like "Fair Id": generators make a type of their own out of each."""
        return False

    def time_schema(self, schema: core_schema.TimeSchema) -> JsonSchemaValue:
        """Local times have no zone; the format `time` (RFC 3339) would demand one."""
        return {"type": "string", "pattern": LOCAL_TIME}


def schema_id(type_name: str) -> str:
    """The `$id` of a type's schema, which is also the `ce_dataschema` of its messages."""
    return f"maarid:schemas/{type_name}.json"


def schema_of(entry: Entry) -> Schema:
    """The schema of an entry's data, as a producer writes it and a consumer may rely on it.

    Fields with a default are not required, so the same schema says what producers write and what
    readers accept.
    """
    schema = entry.model.model_json_schema(schema_generator=PublishedSchema, mode="serialization")
    head: Schema = {
        "$schema": PublishedSchema.schema_dialect,
        "$id": schema_id(entry.type),
        "title": schema.pop("title"),
        "description": schema.pop("description", ""),
    }
    return head | schema


def as_text(document: object) -> str:
    """Readable JSON that is the same for the same document, ending in a newline."""
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def load(path: Path) -> Schema:
    """The JSON object in a file."""
    return json.loads(path.read_text(encoding="utf-8"))
