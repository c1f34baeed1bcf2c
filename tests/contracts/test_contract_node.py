"""Consumers in Node.js and TypeScript, with the npm packages that they would use."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema_rs
import pytest
import yaml
from maarid_contracts import CATALOGUE
from maarid_contracts.generate import ROOT, TYPES, list_types
from maarid_contracts.schemas import PACKAGE, load
from maarid_contracts.typescript import (
    NodeFailed,
    NodeUnavailable,
    generate,
    install,
    run_node,
)

pytestmark = pytest.mark.unhurried

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def packages() -> Path:
    """The directory with the pinned npm packages, installed once."""
    directory = ROOT / "typescript"
    try:
        install(directory)
    except NodeUnavailable as reason:
        pytest.skip(f"the npm packages cannot be had here: {reason}")
    return directory


def compile_strictly(packages: Path, source: Path) -> None:
    """Type-check one file.  Raises NodeFailed with what the compiler says."""
    compiler = packages / "node_modules" / "typescript" / "bin" / "tsc"
    options = ("--noEmit", "--strict", "--lib", "es2022")
    run_node(packages, str(compiler), *options, "--module", "node16", str(source))


def test_the_committed_types_are_what_the_tool_makes_today(packages: Path) -> None:
    assert (ROOT / TYPES).read_text(encoding="utf-8") == generate(list_types(), packages)


def test_a_typescript_consumer_switches_on_the_type_and_gets_its_data(packages: Path) -> None:
    compile_strictly(packages, HERE / "consumer.ts")


def test_the_compiler_would_notice_types_that_say_nothing(packages: Path, tmp_path: Path) -> None:
    text = (HERE / "consumer.ts").read_text(encoding="utf-8")
    spoilt = tmp_path / "consumer.ts"
    spoilt.write_text(text.replace("../../contracts/typescript/", "./"), encoding="utf-8")
    types = (ROOT / TYPES).read_text(encoding="utf-8")
    (tmp_path / "maarid-contracts.d.ts").write_text(
        types.replace("data: DataByType[T]", "data: any"), encoding="utf-8"
    )
    with pytest.raises(NodeFailed, match="Unused '@ts-expect-error'"):
        compile_strictly(packages, spoilt)


def test_a_node_consumer_reads_every_golden_sample_with_ajv(packages: Path) -> None:
    printed = run_node(packages, str(HERE / "read_golden.mjs"), str(packages), str(PACKAGE))
    readable: dict[str, object] = {
        "errors": [],
        "acceptsTomorrow": True,
        "acceptsNothing": False,
    }
    assert json.loads(printed) == dict.fromkeys(CATALOGUE, readable)


def test_the_asyncapi_document_fits_the_schema_of_asyncapi_3(packages: Path) -> None:
    schema = load(packages / "node_modules" / "@asyncapi" / "specs" / "schemas" / "3.0.0.json")
    validator = jsonschema_rs.Draft7Validator(schema)
    document = yaml.safe_load((PACKAGE / "asyncapi.yaml").read_text(encoding="utf-8"))
    validator.validate(document)
    assert not validator.is_valid({**document, "channels": {"one": {"address": 1}}})
