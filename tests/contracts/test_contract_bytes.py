"""What contracts 1.0.0 sent is sent today with the same bytes.

Logs are translated anew when a relay repeats itself, when topics are lost, and by the audit, which
compares them with what stands on the topics.  So a field that is added must be left out while it
has its default (`added_in`).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, ClassVar

import jsonschema_rs
import pytest
from maarid_contracts import CATALOGUE, Contract
from maarid_contracts.compatibility import objections, release_of, releases
from maarid_contracts.envelope import Entry, Part, added_in, catalogue_of
from maarid_contracts.schemas import PACKAGE, schema_of
from maarid_contracts.typescript import NodeUnavailable, generate

SENT = [
    line.partition(" ")[::2]
    for line in (Path(__file__).parent / "sent_by_1_0_0.txt").read_text("utf-8").splitlines()
]
"""Each type with all its fields, and with those alone that it had to have; written by 1.0.0."""


@pytest.mark.parametrize(("type_name", "value"), SENT, ids=[name for name, _ in SENT])
def test_what_was_sent_is_sent_with_the_same_bytes(type_name: str, value: str) -> None:
    model = CATALOGUE[type_name].model
    assert bytes_of(model.model_validate_json(value)) == value


def test_every_type_that_went_out_is_among_them() -> None:
    first = {name for name in releases(PACKAGE / "released") if CATALOGUE[name].since == "1.0.0"}
    assert {name for name, _ in SENT} == first


def bytes_of(contract: Contract) -> str:
    return contract.__pydantic_serializer__.to_json(contract).decode()


def of_tomorrow() -> type[Contract]:
    """The contract below, as a later version has it."""

    class Plank(Part):
        length: int
        colour: str | None = added_in("1.1.0", default=None, description="As painted.")
        holes: tuple[int, ...] = added_in("1.1.0", default=())

    class TableBuiltV1(Contract):
        """A table stands."""

        topic: ClassVar[str] = "ticketing.events.v1"
        planks: tuple[Plank, ...]
        top: Plank | None = None
        legs: int = 4
        wheels: bool = added_in("1.1.0", default=False)
        drawer: Plank | None = added_in("1.1.0", default=None)

    return TableBuiltV1


def of_today() -> type[Contract]:
    class Plank(Part):
        length: int

    class TableBuiltV1(Contract):
        """A table stands."""

        topic: ClassVar[str] = "ticketing.events.v1"
        planks: tuple[Plank, ...]
        top: Plank | None = None
        legs: int = 4

    return TableBuiltV1


TODAY, TOMORROW = of_today(), of_tomorrow()
BEFORE: dict[str, Any] = {"planks": [{"length": 2}, {"length": 3}], "top": {"length": 4}}
GROWN: dict[str, Any] = {
    "planks": [{"length": 2, "colour": "red"}, {"length": 3, "holes": [1]}],
    "top": {"length": 4, "colour": "blue"},
    "legs": 3,
    "wheels": True,
    "drawer": {"length": 1},
}


def entry_of(model: type[Contract]) -> Entry:
    (entry,) = catalogue_of((model,)).values()
    return entry


@pytest.mark.parametrize("given", [BEFORE, {"planks": []}, {"planks": [], "legs": 0}])
def test_a_later_field_is_left_out_while_it_has_its_default(given: dict[str, Any]) -> None:
    before = bytes_of(TODAY.model_validate(given))
    assert bytes_of(TOMORROW.model_validate(given)) == before
    # Also where it is given, and where what was sent is read and said again.
    explicit = TOMORROW.model_validate({**given, "wheels": False, "drawer": None})
    assert bytes_of(explicit) == before
    assert bytes_of(TOMORROW.model_validate_json(before)) == before


def test_a_later_field_is_there_when_it_is_set_also_in_parts() -> None:
    assert json.loads(bytes_of(TOMORROW.model_validate(GROWN))) == GROWN


@pytest.mark.parametrize("given", [BEFORE, GROWN])
def test_an_old_consumer_reads_both(given: dict[str, Any]) -> None:
    sent = bytes_of(TOMORROW.model_validate(given))
    read = TODAY.model_validate_json(sent)
    assert [plank["length"] for plank in read.model_dump()["planks"]] == [2, 3]
    validator = jsonschema_rs.Draft202012Validator(schema_of(entry_of(TODAY)))
    validator.validate(json.loads(sent))
    assert TOMORROW.model_validate_json(sent) == TOMORROW.model_validate(given)


def test_the_gate_lets_it_pass_and_its_schema_says_since_when() -> None:
    today, tomorrow = release_of(entry_of(TODAY)), release_of(entry_of(TOMORROW))
    assert objections({today.type: today}, {today.type: tomorrow}, "1.0.0") == []
    schema = tomorrow.schema
    assert schema["properties"]["wheels"]["$comment"] == "since 1.1.0"
    assert schema["$defs"]["Plank"]["properties"]["colour"]["$comment"] == "since 1.1.0"
    assert schema["required"] == ["planks"]


@pytest.mark.unhurried
def test_its_typescript_type_is_an_optional_property() -> None:
    try:
        types = generate([entry_of(TOMORROW)], PACKAGE.parent / "typescript")
    except NodeUnavailable as reason:
        pytest.skip(f"the npm packages cannot be had here: {reason}")
    assert "wheels?: boolean;" in types
    assert "since" not in types
