"""What is generated from the contracts is current, complete and valid."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import jsonschema_rs
import pytest
import yaml
from maarid_contracts import CATALOGUE, COMPACTED_TOPICS, EVENT_TOPICS
from maarid_contracts.asyncapi import document
from maarid_contracts.envelope import Entry
from maarid_contracts.generate import ROOT, differences, list_types, version, write_all
from maarid_contracts.schemas import PACKAGE, Schema, load, schema_id

every_type = pytest.mark.parametrize("entry", list_types(), ids=lambda entry: entry.type)


@pytest.fixture(scope="module")
def asyncapi() -> Schema:
    return yaml.safe_load((PACKAGE / "asyncapi.yaml").read_text(encoding="utf-8"))


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A distribution of its own, whose files a test may spoil."""
    root = tmp_path / "contracts"
    shutil.copytree(ROOT, root, ignore=shutil.ignore_patterns("node_modules", "__pycache__"))
    return root


def resolve(tree: Schema, reference: str) -> Any:
    """What a local reference, or one to a schema file beside the document, points to."""
    if reference.startswith("./"):
        return load(PACKAGE / reference)
    found: Any = tree
    for part in reference.removeprefix("#/").split("/"):
        found = found[part.replace("~1", "/").replace("~0", "~")]
    return found


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in cast(Schema, node).items():
            if key == "$ref":
                yield value
            else:
                yield from references(value)
    elif isinstance(node, list):
        for value in cast(list[Any], node):
            yield from references(value)


def test_everything_generated_is_current() -> None:
    assert differences() == []


@pytest.mark.unhurried
@pytest.mark.parametrize("seed", ["1", "2"])
def test_another_process_would_generate_the_same_bytes(seed: str) -> None:
    script = "from maarid_contracts.generate import differences; print(differences())"
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONHASHSEED": seed},
    )
    assert done.stdout == "[]\n"


@pytest.mark.unhurried
@pytest.mark.parametrize(
    ("path", "what"),
    [
        ("maarid_contracts/schemas/maarid.scheduling.BoothAssigned.v1.json", "out of date"),
        ("maarid_contracts/asyncapi.yaml", "out of date"),
        ("typescript/maarid-contracts.d.ts", "out of date"),
        ("maarid_contracts/schemas/maarid.scheduling.BoothPainted.v1.json", "belongs to no type"),
    ],
)
def test_a_file_that_is_stale_or_left_over_is_named(copy: Path, path: str, what: str) -> None:
    (copy / path).write_text("{}", encoding="utf-8")
    (said,) = differences(copy)
    assert said.startswith(f"{path} ")
    assert what in said


def test_a_missing_file_is_named(copy: Path) -> None:
    path = "maarid_contracts/schemas/maarid.scheduling.BoothAssigned.v1.json"
    (copy / path).unlink()
    assert differences(copy) == [f"{path} is out of date: run `maarid contracts write`"]


@pytest.mark.unhurried
def test_writing_puts_right_what_was_stale_or_left_over(copy: Path) -> None:
    schemas = copy / "maarid_contracts" / "schemas"
    stale, leftover = schemas / "maarid.scheduling.BoothAssigned.v1.json", schemas / "old.json"
    stale.unlink()
    leftover.write_text("{}", encoding="utf-8")
    assert len(write_all(copy)) == 2
    assert differences(copy) == []
    assert write_all(copy) == []


@every_type
def test_a_schema_is_valid_and_says_what_it_is(entry: Entry) -> None:
    schema = load(PACKAGE / "schemas" / f"{entry.type}.json")
    jsonschema_rs.meta.validate(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] == schema_id(entry.type)
    assert schema["title"] == entry.model.__name__
    assert schema["description"]
    assert "additionalProperties" not in schema, "fields of tomorrow are to be ignored"


def test_the_document_has_every_topic_and_on_it_every_message(asyncapi: Schema) -> None:
    assert asyncapi["asyncapi"] == "3.0.0"
    assert asyncapi["info"]["version"] == version()
    assert set(asyncapi["channels"]) == {*EVENT_TOPICS, *COMPACTED_TOPICS}
    for topic, channel in asyncapi["channels"].items():
        assert channel["address"] == topic
        assert set(channel["messages"]) == {
            entry.type for entry in list_types() if entry.topic == topic
        }
    assert set(asyncapi["components"]["messages"]) == set(CATALOGUE)


def test_every_reference_of_the_document_leads_somewhere(asyncapi: Schema) -> None:
    found = list(references(asyncapi))
    assert len(found) > 2 * len(CATALOGUE)
    for reference in found:
        assert resolve(asyncapi, reference), reference


@every_type
def test_the_documents_example_fits_the_headers_and_the_payload(
    asyncapi: Schema, entry: Entry
) -> None:
    message = asyncapi["components"]["messages"][entry.type]
    (example,) = message["examples"]
    headers = jsonschema_rs.validator_for(
        {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "components": asyncapi["components"],
            **message["headers"],
        },
        validate_formats=True,
    )
    headers.validate(example["headers"])
    for name in ("ce_id", "ce_type", "ce_sequence"):
        assert not headers.is_valid({**example["headers"], name: "other"} | {name: ""})
    payload = resolve(asyncapi, message["payload"]["$ref"])
    jsonschema_rs.validator_for(payload, validate_formats=True).validate(example["payload"])
    assert message["x-since"] == entry.since


def test_a_topic_that_is_neither_kept_nor_compacted_is_refused() -> None:
    first = list_types()[0]
    stray = Entry(first.type, "stray.events.v1", first.key, first.model, first.since)
    with pytest.raises(ValueError, match=r"stray\.events\.v1"):
        document([stray], "1.0.0")
