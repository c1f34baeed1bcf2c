"""Whatever is wrong with a value is said in the caller's language, and never in another."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator
from typing import Any, cast, get_args

import pytest
from pydantic import TypeAdapter
from pydantic_core.core_schema import ErrorType

from chassis.answers.invalid import OTHER, TEXTS, Wrong
from services import SERVICES
from tests.architecture.operations import served
from tests.architecture.tree import calls_of, python_files

LANGUAGES = ("ar", "fr", "en")
ARABIC = re.compile("[\u0600-\u06ff]{2,}")

GIVEN_BY: dict[str, set[str]] = {
    "model": {"model_type", "model_attributes_type"},
    "model-fields": {"missing", "extra_forbidden"},
    "dict": {"dict_type"},
    "str": {
        "string_type",
        "string_sub_type",
        "string_unicode",
        "string_too_short",
        "string_too_long",
        "string_pattern_mismatch",
    },
    "int": {"int_type", "int_parsing", "int_parsing_size", "int_from_float"},
    "float": {"float_type", "float_parsing", "finite_number"},
    "bool": {"bool_type", "bool_parsing"},
    "date": {
        "date_type",
        "date_parsing",
        "date_from_datetime_parsing",
        "date_from_datetime_inexact",
    },
    "datetime": {
        "datetime_type",
        "datetime_parsing",
        "datetime_from_date_parsing",
        "datetime_object_invalid",
        "timezone_aware",
    },
    "time": {"time_type", "time_parsing"},
    "uuid": {"uuid_type", "uuid_parsing"},
    "list": {"list_type", "too_short", "too_long"},
    "tuple": {"tuple_type", "too_short", "too_long"},
    "enum": {"enum"},
    "literal": {"literal_error"},
    # What stands around others, or raises what is ours: see below.
    "nullable": set(),
    "default": set(),
    "definitions": set(),
    "definition-ref": set(),
    "function-before": set(),
    "function-after": set(),
    "model-field": set(),
}
"""The types of error that each kind of pydantic's core schemas can give."""
BOUNDS = {
    "gt": "greater_than",
    "ge": "greater_than_equal",
    "lt": "less_than",
    "le": "less_than_equal",
}
PASSED_OVER = {"metadata", "serialization", "expected", "members", "default", "function"}


def kinds_in(schema: Any) -> Iterator[tuple[str, set[str]]]:
    """Every kind of schema, with the bounds that it sets."""
    match schema:
        case {"type": str(kind)}:
            found = cast(dict[str, Any], schema)
            yield kind, {BOUNDS[name] for name in found.keys() & BOUNDS.keys()}
            for name, part in found.items():
                if name not in PASSED_OVER:
                    yield from kinds_in(part)
        case dict():
            for part in cast(dict[str, Any], schema).values():
                yield from kinds_in(part)
        case list() | tuple():
            for part in cast(list[Any], schema):
                yield from kinds_in(part)
        case _:
            pass


def fields_of(service: str) -> Iterator[Any]:
    for route in served(service)[1]:
        pending = [route.dependant]
        while pending:
            one = pending.pop()
            yield from (*one.path_params, *one.query_params, *one.header_params, *one.body_params)
            pending += one.dependencies


@pytest.mark.parametrize("service", SERVICES)
def test_every_type_of_error_that_a_route_can_give_has_a_sentence(service: str) -> None:
    seen: set[str] = set()
    for field in fields_of(service):
        adapter: TypeAdapter[Any] = field._type_adapter
        for kind, bounds in kinds_in(adapter.core_schema):
            assert kind in GIVEN_BY, f"say what {kind} can give, in GIVEN_BY"
            seen |= GIVEN_BY[kind] | bounds
    assert {"missing", "string_pattern_mismatch", "int_parsing"} <= seen
    assert seen - TEXTS.keys() == set()


@pytest.mark.unhurried
def test_validators_of_ours_raise_what_has_a_sentence() -> None:
    codes: set[str] = set()
    for path in python_files("chassis", "services"):
        for name, call in calls_of(path):
            if name == "wrong":
                assert isinstance(call.args[0], ast.Constant)
                codes.add(str(call.args[0].value))
            in_api = "/api" in str(path)
            assert not (in_api and name == "ValueError"), f"{path}: raise wrong(…) instead"
    assert codes
    assert codes - TEXTS.keys() == set()


def test_every_sentence_is_there_in_three_languages_and_says_the_same() -> None:
    for kind, texts in TEXTS.items():
        assert texts.keys() == set(LANGUAGES), kind
        assert ARABIC.search(texts["ar"]), kind
        names = {
            frozenset(name for _, name, _, _ in string.Formatter().parse(text) if name)
            for text in texts.values()
        }
        assert len(names) == 1, kind


def test_nothing_of_pydantic_is_told_in_english_to_an_arab_or_a_frenchman() -> None:
    kinds = get_args(ErrorType)
    assert {"missing", "int_parsing"} <= set(kinds)
    for kind in kinds:
        names = {
            name for _, name, _, _ in string.Formatter().parse(TEXTS.get(kind, {}).get("en", ""))
        }
        given = {name: 7 for name in names if name}
        english = Wrong("", kind, given).told("en")["what"]
        for language in ("ar", "fr"):
            what = Wrong("", kind, given).told(language)["what"]
            assert what != english, kind
            assert "{" not in what, kind
            assert language != "ar" or ARABIC.search(what), kind


def test_what_has_no_sentence_is_still_refused_in_the_callers_language() -> None:
    assert Wrong("x", "invented").told("fr")["what"] == TEXTS[OTHER]["fr"]
    assert Wrong("x", "greater_than").told("ar")["what"] == TEXTS[OTHER]["ar"]
    told = Wrong("x", "enum", {"expected": "'a', 'b' or 'c'"}).told("ar")
    assert told["what"] == "اختر واحدا من: 'a', 'b', 'c'."
