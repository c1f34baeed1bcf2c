"""Who may call what: a change of a policy is a change of `policies.txt`."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from fastapi import APIRouter

from chassis.running.service import ConfigurationError, create
from cli.definitions import definition_of
from services import SERVICES
from tests.architecture.operations import (
    SETTINGS,
    WRITE,
    application,
    listed_policies,
    policies_in,
    served,
)
from tests.architecture.tree import ROOT, calls_of, python_files, shown


@pytest.mark.parametrize("service", SERVICES)
def test_every_route_is_open_to_whom_the_list_says(service: str) -> None:
    assert policies_in(application(service)) == listed_policies()[service], WRITE


def test_nothing_is_changed_by_everybody() -> None:
    # Whoever changes something is known, whatever the list says: a phone by its code.
    changed = [
        (service, *route)
        for service, policies in listed_policies().items()
        for route, letters in policies.items()
        if route[0] != "GET" and "*" in letters
    ]
    # A network by its signature, a contact by its link.
    assert changed == [
        ("ticketing", "POST", "/devices/pair"),
        ("notifications", "POST", "/hooks/{channel}"),
        ("notifications", "POST", "/answers/{token}"),
    ]


@pytest.mark.parametrize("service", SERVICES)
def test_the_list_has_every_path_that_is_served(service: str) -> None:
    document, _ = served(service)
    described = {
        (method.upper(), path) for path, methods in document["paths"].items() for method in methods
    }
    assert described == listed_policies()[service].keys()


ONCE = {
    "/clock",
    "/devices/pair",
    "/devices/{device_id}/scans",
    "/hooks/{channel}",
    "/answers/{token}",
}
"""Done once without a key: a clock is set, a code works once, a scan has a number of its own, and
what a network tells has the network's id, as a link has its message's."""


@pytest.mark.parametrize("service", SERVICES)
def test_every_change_asks_for_an_idempotency_key(service: str) -> None:
    paths = served(service)[0]["paths"]
    without = [
        f"{method} {path}"
        for path, methods in paths.items()
        for method, operation in methods.items()
        if method != "get" and path not in ONCE
        if "idempotency-key" not in {each["name"] for each in operation.get("parameters", [])}
    ]
    assert without == []


def test_a_route_without_a_policy_keeps_a_service_from_starting() -> None:
    definition = definition_of("scheduling")
    forgotten = APIRouter()

    @forgotten.get("/forgotten")
    async def show() -> str:
        return "to everybody"

    outer = APIRouter(prefix="/outer")
    outer.include_router(forgotten)
    spoilt = replace(definition, routers=(outer,))
    assert callable(show)
    with pytest.raises(ConfigurationError, match="/outer/forgotten names no policy"):
        create(spoilt, SETTINGS)


def test_the_clock_cannot_be_moved_outside_a_play() -> None:
    settings = SETTINGS.model_copy(update={"simulated_clock": False})
    app = create(definition_of("ticketing"), settings)
    assert ("POST", "/clock") not in policies_in(app)


def test_nothing_is_added_beside_the_routers() -> None:
    # What is added to an application directly would escape a look at its routers.
    adding = {"add_api_route", "add_route", "mount", "add_websocket_route", "websocket"}
    used = {
        f"{shown(path)}: {name}"
        for path in python_files("chassis", "services")
        for name, _ in calls_of(path)
        if name in adding
    }
    assert used == set()


@pytest.mark.parametrize("service", SERVICES)
def test_every_list_can_be_sorted_counted_and_read_in_pages(service: str) -> None:
    document, _ = served(service)
    lists = 0
    for path, methods in document["paths"].items():
        reference = str(methods.get("get", {}).get("responses", {}).get("200", {}))
        if "/Paged_" not in reference:
            continue
        lists += 1
        given = {each["name"]: each["schema"] for each in methods["get"]["parameters"]}
        assert {"limit", "after", "sort", "total"} <= given.keys(), path
        sorts = given["sort"]["enum"]
        assert given["sort"]["default"] == sorts[0], path
        assert {f"-{name}" for name in sorts[::2]} == set(sorts[1::2]), path
    assert lists >= 2


def test_the_orders_of_all_lists_are_documented() -> None:
    written: dict[tuple[str, str], list[str]] = {}
    service = ""
    for line in (ROOT / "docs" / "http.md").read_text("utf-8").splitlines():
        row = re.fullmatch(r"\| (\w+ )?`(/[^`]*)` \| (.+) \|", line)
        if row is not None:
            service = (row[1] or service).strip()
            written[service, row[2]] = re.findall(r"`(\w+)`", row[3])
    offered: dict[tuple[str, str], list[str]] = {}
    for name in SERVICES:
        for path, methods in served(name)[0]["paths"].items():
            for each in methods.get("get", {}).get("parameters", []):
                if each["name"] == "sort":
                    offered[name, re.sub(r"{\w+}", "…", path)] = each["schema"]["enum"][::2]
    assert written == offered
