"""What a service says of its operations is what its code does; ids and refusals are a contract."""

from __future__ import annotations

import json
import re
import tomllib

import pytest

from chassis import VERSION
from chassis.api.openapi import id_of
from chassis.api.page import HEADINGS, POLICY, page_of
from chassis.edge.auth import policy_of
from services import SERVICES
from tests.architecture.operations import (
    NEVER_GIVEN,
    WRITE,
    Json,
    declared,
    problems_of,
    reached,
    reached_later,
    refusals_of,
    refusals_served,
    served,
)
from tests.architecture.tree import ROOT


def operations_of(document: Json) -> dict[str, Json]:
    return {
        operation["operationId"]: operation
        for methods in document["paths"].values()
        for operation in methods.values()
    }


@pytest.mark.parametrize("owner", [*SERVICES, "chassis"])
def test_every_operation_declares_the_refusals_that_its_code_reaches(owner: str) -> None:
    assert declared(owner)["refusals"] == refusals_of(owner), WRITE


@pytest.mark.parametrize("service", SERVICES)
def test_every_refusal_of_a_service_is_one_of_an_operation_or_of_what_runs_later(
    service: str,
) -> None:
    codes = problems_of(service)
    given = {code for codes in declared(service)["refusals"].values() for code in codes}
    assert codes.keys() - given == reached_later(service) - given


def test_refusals_listed_as_never_given_are_reached() -> None:
    # Else the entry is stale, and would hide a refusal that comes later.
    for (owner, operation), codes in NEVER_GIVEN.items():
        assert codes <= reached(owner)[operation], operation


@pytest.mark.parametrize("service", SERVICES)
def test_ids_are_those_of_the_committed_list_and_no_two_are_alike(service: str) -> None:
    document, routes = served(service)
    ids = [id_of(route) for route in routes]
    assert len(set(ids)) == len(ids)
    listed = refusals_served(service).keys()
    assert set(ids) == operations_of(document).keys() == listed
    assert all(re.fullmatch(r"[a-z]+([A-Z][a-z]+)*", each) for each in ids)


@pytest.mark.parametrize("service", SERVICES)
def test_a_token_is_asked_for_where_the_policy_says_so_and_nowhere_else(service: str) -> None:
    document, routes = served(service)
    assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    operations = operations_of(document)
    for route in routes:
        operation, policy = operations[id_of(route)], policy_of(route)
        assert policy is not None
        roles = [str(role) for role in policy.roles]
        assert operation.get("x-roles", []) == roles
        assert operation["security"] == ([{"bearer": []}] if roles else [])
        assert ({"401", "403"} <= operation["responses"].keys()) == bool(roles)
        names = {each["name"].lower() for each in operation.get("parameters", [])}
        assert "authorization" not in names


@pytest.mark.parametrize("service", SERVICES)
def test_an_operation_declares_no_status_that_it_never_gives(service: str) -> None:
    problems = problems_of(service) | problems_of("chassis")
    refusals = refusals_served(service)
    document, _ = served(service)
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            given = operation["responses"].keys()
            own = refusals[operation["operationId"]]
            # What the chassis never gives comes from the service.
            for status in (404, 409, 410):
                expected = any(problems[code]["status"] == status for code in own)
                assert (str(status) in given) == expected, (path, method, status)
            has_body = "requestBody" in operation
            keyed = any(p["name"] == "idempotency-key" for p in operation.get("parameters", []))
            assert ("400" in given) == (has_body or keyed), (path, method)
            assert ("413" in given) == ("415" in given) == (method != "get"), (path, method)


def test_erased_contacts_are_declared_where_contacts_are_changed() -> None:
    operations = operations_of(served("registration")[0])
    gone = {name for name, each in operations.items() if "410" in each["responses"]}
    assert gone == {"correctContact", "setConsent", "correctWearer", "replaceWearer"}


@pytest.mark.parametrize("service", SERVICES)
def test_problems_are_one_component_and_nothing_is_left_over(service: str) -> None:
    document, _ = served(service)
    text = json.dumps(document)
    assert text.count('"urn:maarid:problem:') == 1
    # FastAPI puts modules into the names of components that would be alike.
    assert [name for name in document["components"]["schemas"] if "__" in name] == []
    for kind in ("schemas", "responses"):
        for name in document["components"][kind]:
            assert f'"#/components/{kind}/{name}"' in text, f"nothing refers to {name}"


@pytest.mark.parametrize("service", SERVICES)
def test_every_tag_is_described_and_used(service: str) -> None:
    document, _ = served(service)
    described = {tag["name"] for tag in document["tags"] if tag["description"]}
    used = [tuple(each["tags"]) for each in operations_of(document).values()]
    assert {tag for tags in used for tag in tags} == described
    assert all(len(tags) == 1 for tags in used)


def test_the_version_is_the_product_s() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["version"] == VERSION
    for service in SERVICES:
        info = served(service)[0]["info"]
        assert (info["version"], info["license"]["identifier"]) == (VERSION, project["license"])


@pytest.mark.parametrize("language", ["ar", "fr", "en"])
@pytest.mark.parametrize("service", SERVICES)
def test_the_page_has_every_operation_and_loads_nothing(service: str, language: str) -> None:
    document, _ = served(service)
    page = page_of(document, language)
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert f'<section id="{operation["operationId"]}">' in page
            assert f"<b>{method}</b> {path}</h3>" in page
    # Nothing can be loaded but by these; links are of the page itself, or to the document.
    assert not re.search(
        r"<(script|link|img|iframe|object|embed|svg|base)|\ssrc=|@import|url\(", page
    )
    targets = set(re.findall(r'href="([^"]*)"', page))
    assert targets - {"openapi.json"} == {each for each in targets if each.startswith("#")} != set()
    anchors = set(re.findall(r'id="([^"]*)"', page))
    assert {each.removeprefix("#") for each in targets} - {"openapi.json"} <= anchors
    assert page.startswith("<!doctype html>")
    assert f'<html lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}">' in page


def test_the_page_may_load_nothing() -> None:
    assert POLICY.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in POLICY
    assert "http" not in POLICY


def test_the_page_has_every_heading_in_arabic_french_and_english() -> None:
    assert HEADINGS.keys() == {"ar", "fr", "en"}
    assert HEADINGS["ar"].keys() == HEADINGS["fr"].keys() == HEADINGS["en"].keys()
    page = (ROOT / "chassis" / "api" / "page.py").read_text("utf-8")
    assert set(re.findall(r"""say\[["'](\w+)["']\]""", page)) == HEADINGS["en"].keys()
