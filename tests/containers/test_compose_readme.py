"""The second way in of the README, as it stands there, and what `make` can do with containers."""

from __future__ import annotations

import os
import subprocess

import pytest

from cli.launch import free_port
from tests.architecture.tree import ROOT, SERVICES
from tests.containers.docker import docker, require_images
from tests.system.readme import blocks

pytestmark = pytest.mark.timeout(900)

PROJECT = "maarid-readme"


def left(project: str) -> str:
    """Containers and volumes of a project that are still there."""
    own = f"label=com.docker.compose.project={project}"
    containers = docker("ps", "--all", "--quiet", "--filter", own).stdout
    return containers + docker("volume", "ls", "--quiet", "--filter", own).stdout


def test_the_commands_of_the_readme_play_a_fair_and_leave_nothing() -> None:
    require_images()
    (commands,) = blocks("Try it in containers")
    ports = {f"MAARID_{service.upper()}_PORT": str(free_port()) for service in SERVICES}
    environment = {**os.environ, **ports, "COMPOSE_PROJECT_NAME": PROJECT}
    try:
        ran = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", commands],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
        assert left(PROJECT) == ""
    finally:
        down = ("compose", "--project-name", PROJECT, "down", "--volumes", "--timeout", "20")
        docker(*down, environment=ports, fails=True)
    assert "The fair agadir-2025" in ran.stdout
    assert ran.stdout.count("✓") > 10
    assert "✗" not in ran.stdout


def test_make_plays_a_fair_on_containers_of_its_own_and_leaves_nothing() -> None:
    require_images()
    played = subprocess.run(
        ["make", "compose-demo", "FAIR=khenifra-2021"],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert played.returncode == 0, played.stdout + played.stderr
    assert "The fair khenifra-2021" in played.stdout
    assert "✗" not in played.stdout
    assert left("maarid-demo") == ""


@pytest.mark.parametrize("target", ["images", "sboms", "audit-dependencies", "containers"])
def test_make_knows_every_target_that_is_about_containers(target: str) -> None:
    assert f"make {target}" in (ROOT / "README.md").read_text("utf-8")
    asked = ["make", "--dry-run", "--old-file=.venv/.installed", target]
    assert subprocess.run(asked, cwd=ROOT, capture_output=True, check=False).returncode == 0
