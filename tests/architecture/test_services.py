"""The services are listed once, in `services`; what cannot read that list is compared with it."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import yaml

from cli.definitions import PORTS, definition_of
from scenarios import client
from services import SERVICES
from tests.architecture.tree import ROOT


def read_yaml(path: Path) -> Any:
    # `!reset` and `!override` are compose's own.
    return yaml.safe_load(re.sub(r"!(reset|override)", "", path.read_text("utf-8")))


def test_every_service_has_a_package_and_no_package_is_forgotten() -> None:
    packages = {path.parent.name for path in (ROOT / "services").glob("*/app.py")}
    assert packages == set(SERVICES) == set(PORTS)


def test_every_event_of_a_service_feeds_its_read_tables() -> None:
    """The chassis gives a projection only the classes that it names."""
    for name in SERVICES:
        definition = definition_of(name)
        sourced = definition.event_sourced
        own = set[type]() if sourced is None else {each.cls for each in sourced.event_types}
        assert own == set(definition.projection.events), name
        heard = {each for part in definition.subscriptions for each in part.contracts}
        assert set(definition.projection.contracts) <= heard, name


def test_scenarios_play_all_services() -> None:
    assert client.SERVICES == SERVICES


def test_compose_runs_every_service_from_its_own_image_with_its_own_secrets() -> None:
    composed = read_yaml(ROOT / "deploy" / "compose.yaml")
    built = {
        name: part["build"]["args"]["SERVICE"]
        for name, part in composed["services"].items()
        if "SERVICE" in part.get("build", {}).get("args", {})
    }
    assert built == {service: service for service in SERVICES}
    assert {f"secrets-{service}" for service in SERVICES} <= set(composed["volumes"])
    overlaid = read_yaml(ROOT / "deploy" / "compose.development.yaml")["services"]
    assert set(SERVICES) <= set(overlaid)
    urls = {f"--url={service}=http://{service}:8000" for service in SERVICES}
    assert urls <= set(overlaid["demo"]["command"])


def test_prometheus_asks_every_service() -> None:
    jobs = read_yaml(ROOT / "deploy" / "observability" / "prometheus.yaml")["scrape_configs"]
    asked = {
        target.removeprefix("http://").partition(":")[0]
        for job in jobs
        for group in job["static_configs"]
        for target in group["targets"]
    }
    assert set(SERVICES) <= asked


def test_the_makefile_and_the_groups_of_dependencies_know_every_service() -> None:
    made = re.search(r"^SERVICES := (.*)$", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert made is not None
    assert tuple(made[1].split()) == SERVICES
    project: Any = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    groups = project["dependency-groups"]
    included = {str(part["include-group"]) for part in groups["tools"] if "include-group" in part}
    # Without what only a service's jobs need.
    assert {name.removeprefix("deciding-") for name in included} == set(SERVICES)
    assert all((ROOT / "requirements" / f"{service}.txt").is_file() for service in SERVICES)
