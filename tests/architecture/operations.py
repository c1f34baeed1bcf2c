"""What a service says of its operations, and what its code says: ids, refusals and policies.

`python -m tests.architecture` writes the refusals in every `operations.toml`, and `policies.txt`.
"""

from __future__ import annotations

import functools
import importlib
import json
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.routing import RouteContext

from chassis.api.openapi import id_of
from chassis.edge.auth import policy_of
from chassis.process.settings import ServiceSettings
from chassis.running.routes import routes_of
from chassis.running.service import create
from cli.definitions import definition_of
from services import SERVICES
from tests.architecture.refusals import Reach
from tests.architecture.tree import ROOT

Json = dict[str, Any]
Policies = dict[tuple[str, str], frozenset[str]]

WRITE = "run `python -m tests.architecture`, and look at what it changed"

SETTINGS = ServiceSettings(
    database_url="postgresql://nobody@nowhere/nothing",
    bootstrap_servers="nowhere:1",
    issuer="nobody",
    jwks_url="https://nowhere.invalid/keys",
    environment="development",
    simulated_clock=True,
)

NEVER_GIVEN: Mapping[tuple[str, str], set[str]] = {
    # First fit passes over what does not suit, by the rules that refuse an assignment by hand.
    ("scheduling", "placeByFirstFit"): {
        "booth_kept_for_partners",
        "partner_booth_required",
        "pole_differs",
    },
    # It says whether the fair was called off.
    ("ticketing", "showBundle"): {"fair_cancelled"},
    # It shows the session that it has just scheduled.
    ("scheduling", "scheduleSession"): {"session_unknown"},
}
"""Codes that an operation reaches and never gives, with the reason."""

LETTERS = {
    "organiser": "o",
    "exhibitor": "e",
    "steward": "s",
    "service": "v",
    "auditor": "a",
    "device": "d",
}
POLICIES = Path(__file__).with_name("policies.txt")
POLICIES_HEAD = """\
# Who may call what: o organiser, e exhibitor, s steward, v service, a auditor, d device;
# * everybody.
# Written by `python -m tests.architecture`: whoever reviews a change of this file asks whether it
# is meant.
"""


@functools.cache
def application(service: str) -> FastAPI:
    """A service's application, built once a run."""
    return create(definition_of(service), SETTINGS)


@functools.cache
def served(service: str) -> tuple[Json, list[RouteContext]]:
    """The document of a service, and its routes."""
    app = application(service)
    return app.openapi(), routes_of(app)


def folder_of(owner: str, room: str) -> Path:
    """Where a service, or a room of the chassis for all of them, keeps what it says of itself."""
    return ROOT / owner / room if owner == "chassis" else ROOT / "services" / owner


def declared(owner: str) -> Json:
    return tomllib.loads((folder_of(owner, "api") / "operations.toml").read_text("utf-8"))


def refusals_served(service: str) -> dict[str, list[str]]:
    """What every operation of a service refuses with, those of the chassis among them."""
    everywhere = declared("chassis")
    found = {**declared(service)["refusals"], **everywhere["refusals"]}
    return found | everywhere["jobs"]["refusals"] if definition_of(service).jobs else found


def problems_of(owner: str) -> Json:
    return tomllib.loads((folder_of(owner, "answers") / "problems.toml").read_text("utf-8"))


@functools.cache
def reached(owner: str) -> Mapping[str, frozenset[str]]:
    """The codes that the operations of an owner can refuse with, read from its code."""
    service = "ticketing" if owner == "chassis" else owner
    found: dict[str, frozenset[str]] = {}
    definition, problems = definition_of(service), problems_of(owner)
    for route in served(service)[1]:
        endpoint: Any = route.endpoint
        if owner in endpoint.__module__.split("."):
            reach = Reach(definition, problems)
            found[id_of(route)] = frozenset(reach.follow(endpoint))
    return found


def reached_later(service: str) -> set[str]:
    """What jobs and workers may refuse, for whoever looks what came of something."""
    definition = definition_of(service)
    found: set[str] = set()
    for kind in definition.jobs:
        module, _, name = kind.function.partition(":")
        function = getattr(importlib.import_module(module), name)
        found |= Reach(definition, problems_of(service)).follow(function)
    for worker in definition.workers:
        found |= Reach(definition, problems_of(service)).follow(worker)
    return found


def refusals_of(owner: str) -> dict[str, list[str]]:
    """The codes that the operations of an owner give."""
    return {
        operation: sorted(codes - NEVER_GIVEN.get((owner, operation), set()))
        for operation, codes in reached(owner).items()
    }


def with_refusals(said: str, refusals: Mapping[str, list[str]]) -> str:
    """An `operations.toml` with its last table written anew."""
    before, table, _ = said.partition("[refusals]\n")
    assert table
    return before + table + "".join(_line(*each) for each in refusals.items())


def _line(operation: str, codes: list[str]) -> str:
    line = f"{operation} = {json.dumps(codes)}\n"
    if len(line) <= 100:
        return line
    return "\n".join([f"{operation} = [", *(f'    "{code}",' for code in codes), "]\n"])


def policies_in(app: FastAPI) -> Policies:
    """Who may call each route, as letters."""
    policies: Policies = {}
    for route in routes_of(app):
        policy = policy_of(route)
        assert policy is not None, route.path
        letters = frozenset(LETTERS[role] for role in policy.roles) or frozenset("*")
        policies |= {(method, str(route.path)): letters for method in route.methods or ()}
    return policies


def listed_policies() -> dict[str, Policies]:
    """What the list says of each service."""
    listed: dict[str, Policies] = {}
    for line in POLICIES.read_text("utf-8").splitlines():
        match line.split():
            case [name, method, path, letters] if name != "#":
                listed.setdefault(name, {})[method, path] = frozenset(letters)
            case _:
                assert line.startswith("#"), line
    return listed


def list_of_policies() -> str:
    return POLICIES_HEAD + "".join(line for service in SERVICES for line in _policies(service))


def _policies(service: str) -> Iterator[str]:
    for (method, path), letters in policies_in(application(service)).items():
        ordered = "".join(each for each in "oesvad*" if each in letters)
        yield f"{service:<14}{method:<7}{path:<57} {ordered}\n"


def write() -> None:
    """Write what follows from the routes."""
    for service in SERVICES:
        file = folder_of(service, "api") / "operations.toml"
        file.write_text(with_refusals(file.read_text("utf-8"), refusals_of(service)), "utf-8")
    POLICIES.write_text(list_of_policies(), "utf-8")
