"""Golden samples: one message of every type and version, as it stands on its topic."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from maarid_contracts.envelope import Entry
from maarid_contracts.schemas import PACKAGE, load


@dataclass(frozen=True)
class Sample:
    """One message: its Kafka headers and key as text, its value as a JSON object."""

    headers: Mapping[str, str]
    key: str
    data: Mapping[str, Any]


def sample_of(type_name: str, directory: Path = PACKAGE / "golden") -> Sample:
    """The golden sample of a type.  Raises FileNotFoundError where there is none yet."""
    stored = load(directory / f"{type_name}.json")
    return Sample(headers=stored["headers"], key=stored["key"], data=stored["data"])


def example_of(entry: Entry) -> dict[str, Any]:
    """A sample made from the examples in a contract, as it is stored.

    Raises ValueError (pydantic's) if the examples do not make a valid contract.
    """
    schema: dict[str, Any] = entry.model.model_json_schema()
    value = _example(schema, schema.get("$defs", {}))
    data = json.loads(entry.model.model_validate(value).model_dump_json())
    service = entry.topic.partition(".")[0]
    key = f"example-{next(iter(data.values()), service)}"

    def id_of(what: str) -> str:
        return str(uuid5(NAMESPACE_URL, f"{entry.type}/{what}"))

    headers = {
        "ce_specversion": "1.0",
        "ce_id": id_of("event"),
        "ce_type": entry.type,
        "ce_source": f"maarid/{service}",
        "ce_subject": key,
        "ce_time": "2025-09-12T16:45:01Z",
        "ce_recordedtime": "2025-09-12T16:45:01.041275Z",
        "ce_sequence": "1",
        "ce_position": "1",
        "ce_dataschema": f"maarid:schemas/{entry.type}.json",
        "ce_correlationid": id_of("correlation"),
        "ce_actor": "organiser",
        "content-type": "application/json",
    }
    return {"headers": headers, "key": key, "data": data}


PLAIN: Mapping[str, Any] = {"string": "example", "integer": 1, "number": 1.0, "boolean": False}
FORMATS = {"date-time": "2025-09-12T16:45:00Z", "date": "2025-09-12", "time": "10:00:00"}


def _example(schema: Mapping[str, Any], parts: Mapping[str, Any]) -> Any:
    for name in ("const", "default"):
        if name in schema:
            return schema[name]
    for name in ("examples", "enum"):
        if schema.get(name):
            return schema[name][0]
    if "$ref" in schema:
        return _example(parts[schema["$ref"].rpartition("/")[2]], parts)
    for name in ("anyOf", "allOf"):
        if name in schema:
            return _example(schema[name][0], parts)
    match schema.get("type"):
        case "object":
            fields = schema.get("properties", {})
            return {name: _example(each, parts) for name, each in fields.items()}
        case "array":
            return [_example(schema["items"], parts)] if "items" in schema else []
        case str(kind):
            return FORMATS.get(schema.get("format", ""), PLAIN.get(kind))
        case _:
            return None
