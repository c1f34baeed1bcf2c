"""Who may call what: a change of a policy is a change of this list."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from fastapi import APIRouter, FastAPI

from chassis.edge.auth import policy_of
from chassis.process.settings import ServiceSettings
from chassis.running.service import ConfigurationError, create, routes_of
from cli.definitions import definition_of
from services import SERVICES
from tests.architecture.tree import ROOT, calls_of, python_files, shown

SETTINGS = ServiceSettings(
    database_url="postgresql://nobody@nowhere/nothing",
    bootstrap_servers="nowhere:1",
    issuer="nobody",
    jwks_url="https://nowhere.invalid/keys",
    environment="development",
    simulated_clock=True,
)

# o organiser, e exhibitor, s steward, v service, a auditor; * everybody.
LETTERS = {"organiser": "o", "exhibitor": "e", "steward": "s", "service": "v", "auditor": "a"}

OF_ALL = """
    GET  /docs                                              *
    GET  /health/live                                       *
    GET  /health/ready                                      *
    GET  /metrics                                           *
    GET  /schemas/{name}                                    *
    GET  /status                                            oesva
    POST /clock                                             ov
"""
POLICIES = {
    "registration": """
    POST /fairs                                             o
    GET  /fairs                                             *
    GET  /fairs/{fair_id}                                   *
    POST /fairs/{fair_id}/change                            o
    POST /fairs/{fair_id}/cancel                            o
    POST /fairs/{fair_id}/call/open                         o
    POST /fairs/{fair_id}/call/close                        o
    GET  /fairs/{fair_id}/figures                           ova
    POST /organisations                                     ov
    GET  /organisations                                     oa
    GET  /organisations/{organisation_id}                   oeva
    POST /organisations/{organisation_id}/contacts          oe
    GET  /organisations/{organisation_id}/contacts          oe
    PUT  /contacts/{contact_id}                             oe
    POST /contacts/{contact_id}/consent                     oe
    DELETE /contacts/{contact_id}                           oe
    POST /fairs/{fair_id}/applications                      oev
    GET  /fairs/{fair_id}/applications                      oeva
    GET  /fairs/{fair_id}/applications/{application_id}     oeva
    POST /fairs/{fair_id}/applications/{application_id}/accept    o
    POST /fairs/{fair_id}/applications/{application_id}/waitlist  o
    POST /fairs/{fair_id}/applications/{application_id}/reject    o
    POST /fairs/{fair_id}/applications/{application_id}/withdraw  oe
    GET  /fairs/{fair_id}/exhibitors                        osva
    """,
    "scheduling": """
    POST /fairs/{fair_id}/floor-plan                        o
    GET  /fairs/{fair_id}/booths                            *
    POST /fairs/{fair_id}/booths/swap                       o
    POST /fairs/{fair_id}/booths/first-fit                  o
    GET  /fairs/{fair_id}/booths/{booth_id}                 *
    POST /fairs/{fair_id}/booths/{booth_id}/assign          o
    POST /fairs/{fair_id}/booths/{booth_id}/release         o
    GET  /fairs/{fair_id}/exhibitors                        oeva
    GET  /fairs/{fair_id}/figures                           ova
    POST /fairs/{fair_id}/halls                             o
    GET  /fairs/{fair_id}/halls                             *
    POST /fairs/{fair_id}/sessions                          o
    GET  /fairs/{fair_id}/sessions                          *
    GET  /fairs/{fair_id}/sessions/{session_id}             *
    POST /fairs/{fair_id}/sessions/{session_id}/reschedule  o
    POST /fairs/{fair_id}/sessions/{session_id}/cancel      o
    """,
    "ticketing": """
    GET  /fairs/{fair_id}/workshops                         *
    GET  /fairs/{fair_id}/figures                           osva
    GET  /workshops/{session_id}                            *
    POST /workshops/{session_id}/rules                      o
    POST /workshops/{session_id}/seats                      oesv
    POST /workshops/{session_id}/seats/{seat_id}/cancel     oesv
    GET  /workshops/{session_id}/seats/{seat_id}            oesv
    GET  /workshops/{session_id}/seats                      osv
    POST /fairs/{fair_id}/tickets                           osv
    GET  /tickets/{ticket_id}                               osva
    POST /tickets/{ticket_id}/check-in                      os
    """,
    "notifications": """
    GET  /messages                                          ova
    GET  /messages/{message_id}                             ova
    GET  /phones                                            o
    GET  /phones/{contact_id}                               o
    GET  /fairs/{fair_id}/figures                           ova
    """,
}


def expected(service: str) -> dict[tuple[str, str], frozenset[str]]:
    rows = [line.split() for line in (POLICIES[service] + OF_ALL).splitlines() if line.strip()]
    return {(method, path): frozenset(letters) for method, path, letters in rows}


def found(app: FastAPI) -> dict[tuple[str, str], frozenset[str]]:
    policies: dict[tuple[str, str], frozenset[str]] = {}
    for route in routes_of(app):
        policy = policy_of(route)
        assert policy is not None, route.path
        letters = frozenset(LETTERS[role] for role in policy.roles) or frozenset("*")
        policies |= {(method, str(route.path)): letters for method in route.methods or ()}
    return policies


@pytest.mark.parametrize("service", SERVICES)
def test_every_route_is_open_to_whom_this_list_says(service: str) -> None:
    assert found(create(definition_of(service), SETTINGS)) == expected(service)


@pytest.mark.parametrize("service", SERVICES)
def test_the_list_has_every_path_that_is_served(service: str) -> None:
    app = create(definition_of(service), SETTINGS)
    described = {
        (method.upper(), path)
        for path, methods in app.openapi()["paths"].items()
        for method in methods
    }
    assert described == expected(service).keys()


@pytest.mark.parametrize("service", SERVICES)
def test_every_change_asks_for_an_idempotency_key(service: str) -> None:
    paths = create(definition_of(service), SETTINGS).openapi()["paths"]
    without = [
        f"{method} {path}"
        for path, methods in paths.items()
        for method, operation in methods.items()
        if method != "get" and path != "/clock"
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
    assert ("POST", "/clock") not in found(app)


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
    document = create(definition_of(service), SETTINGS).openapi()
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
    served: dict[tuple[str, str], list[str]] = {}
    for name in SERVICES:
        for path, methods in create(definition_of(name), SETTINGS).openapi()["paths"].items():
            for each in methods.get("get", {}).get("parameters", []):
                if each["name"] == "sort":
                    served[name, re.sub(r"{\w+}", "…", path)] = each["schema"]["enum"][::2]
    assert written == served
