"""What `deploy/compose.yaml` promises on paper; that it runs is shown in `tests/containers`."""

from __future__ import annotations

import re
import tomllib
from typing import Any

import yaml

from cli.secrets import TICKET_KEYS
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


def test_ticketing_alone_reads_the_keys_of_tickets_and_cannot_change_them() -> None:
    mounted = {
        name: volume
        for name, service in PARSED.items()
        for volume in service.get("volumes", ())
        if volume.startswith("ticket-keys:")
    }
    assert mounted == {
        "ticketing": "ticket-keys:/run/ticket-keys:ro",
        "secrets": "ticket-keys:/run/secrets/ticket-keys",
    }
    told = {
        name: service["environment"]["MAARID_TICKET_KEYS_FILE"]
        for name, service in PARSED.items()
        if "MAARID_TICKET_KEYS_FILE" in service.get("environment", ())
    }
    assert told == {
        "ticketing": "/run/ticket-keys/keys.json",
        "secrets": f"/run/secrets/{TICKET_KEYS}",
    }


def test_production_is_the_default_and_its_issuer_must_be_named() -> None:
    for service in SERVICES:
        environment = PARSED[service]["environment"]
        assert "MAARID_ENVIRONMENT" not in environment
        assert environment["MAARID_ISSUER"].startswith("${MAARID_ISSUER:?")
        assert environment["MAARID_JWKS_URL"].startswith("${MAARID_JWKS_URL:?")
