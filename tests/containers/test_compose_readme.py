"""The second way in of the README, as it stands there, and what `make` can do with containers."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping

import pytest

from cli.launch import free_port
from services import SERVICES
from tests.architecture.tree import ROOT
from tests.containers.docker import docker, require_images
from tests.system.readme import blocks

pytestmark = pytest.mark.timeout(900)

PROJECT = "maarid-readme"


def left(project: str) -> str:
    """Containers and volumes of a project that are still there."""
    own = f"label=com.docker.compose.project={project}"
    containers = docker("ps", "--all", "--quiet", "--filter", own).stdout
    return containers + docker("volume", "ls", "--quiet", "--filter", own).stdout


def output_of(*command: str, environment: Mapping[str, str] | None = None) -> str:
    """What a command prints that succeeds."""
    ran = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, **(environment or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def test_the_commands_of_the_readme_play_a_fair_and_leave_nothing() -> None:
    require_images()
    (commands,) = blocks("Try it in containers")
    ports = {f"MAARID_{service.upper()}_PORT": str(free_port()) for service in SERVICES}
    environment = {**ports, "COMPOSE_PROJECT_NAME": PROJECT}
    try:
        said = output_of("bash", "-euo", "pipefail", "-c", commands, environment=environment)
        assert left(PROJECT) == ""
    finally:
        down = ("compose", "--project-name", PROJECT, "down", "--volumes", "--timeout", "20")
        docker(*down, environment=ports, fails=True)
    assert "The fair agadir-2025" in said
    assert said.count("✓") > 10
    assert "✗" not in said


def test_make_plays_a_fair_on_containers_of_its_own_and_leaves_nothing() -> None:
    require_images()
    said = output_of("make", "compose-demo", "FAIR=khenifra-2021")
    assert "The fair khenifra-2021" in said
    assert "✗" not in said
    assert left("maarid-demo") == ""


@pytest.mark.parametrize("target", ["images", "sboms", "audit-dependencies", "containers"])
def test_make_knows_every_target_that_is_about_containers(target: str) -> None:
    assert f"make {target}" in (ROOT / "README.md").read_text("utf-8")
    output_of("make", "--dry-run", "--old-file=.venv/.installed", target)
