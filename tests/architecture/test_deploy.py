"""What `deploy/compose.yaml` promises on paper; that it runs is shown in `tests/containers`."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from cli.secrets import CODE_KEYS, TICKET_KEYS
from services import SERVICES
from tests.architecture.tree import ROOT

COMPOSE = (ROOT / "deploy" / "compose.yaml").read_text("utf-8")
PARSED: dict[str, Any] = yaml.safe_load(COMPOSE)["services"]
OURS = (*SERVICES, "secrets", "migrate", "tools")


def test_images_carry_the_version_of_the_project() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    defaults = set(re.findall(r"MAARID_VERSION:-([^}]+)}", COMPOSE))
    assert defaults == {version}


def test_every_image_of_others_is_pinned_to_a_version() -> None:
    images = {each["image"] for name, each in PARSED.items() if name not in OURS}
    assert {"postgres:18", "apache/kafka:4.3.1"} <= images
    assert [name for name in images if not re.search(r":v?[0-9]", name)] == []


def test_our_containers_run_without_rights_on_a_filesystem_that_they_cannot_write() -> None:
    for name in OURS:
        service = PARSED[name]
        assert service["user"] == "10001:10001", name
        assert service["read_only"], name
        assert service["cap_drop"] == ["ALL"], name


def test_every_container_has_limits() -> None:
    for name, service in PARSED.items():
        assert {"mem_limit", "pids_limit", "security_opt"} <= service.keys(), name
        assert "no-new-privileges:true" in service["security_opt"], name


def test_ports_are_published_on_loopback() -> None:
    ports = [port for service in PARSED.values() for port in service.get("ports", ())]
    assert len(ports) >= len(SERVICES)
    assert [port for port in ports if not port.startswith("127.0.0.1:")] == []


@pytest.mark.parametrize(
    ("service", "volume", "setting", "file"),
    [
        ("ticketing", "ticket-keys", "MAARID_TICKET_KEYS_FILE", TICKET_KEYS),
        ("notifications", "code-keys", "MAARID_CODE_KEYS_FILE", CODE_KEYS),
    ],
)
def test_one_service_alone_reads_its_keys_and_cannot_change_them(
    service: str, volume: str, setting: str, file: Path
) -> None:
    mounted = {
        name: each
        for name, container in PARSED.items()
        for each in container.get("volumes", ())
        if each.startswith(f"{volume}:")
    }
    assert mounted == {
        service: f"{volume}:/run/{volume}:ro",
        "secrets": f"{volume}:/run/secrets/{volume}",
    }
    told = {
        name: container["environment"][setting]
        for name, container in PARSED.items()
        if setting in container.get("environment", ())
    }
    assert told.pop(service) == f"/run/{file}"
    # What changes the keys of tickets is told where they are; of codes there is no such command.
    assert told in ({}, {"secrets": f"/run/secrets/{file}"})
    assert PARSED["secrets"]["command"] == ["secrets", "/run/secrets"]


def test_production_is_the_default_and_its_issuer_must_be_named() -> None:
    for service in SERVICES:
        environment = PARSED[service]["environment"]
        assert "MAARID_ENVIRONMENT" not in environment
        assert environment["MAARID_ISSUER"].startswith("${MAARID_ISSUER:?")
        assert environment["MAARID_JWKS_URL"].startswith("${MAARID_JWKS_URL:?")
