"""The roles within a subject.  The order of a service's subjects stands in `pyproject.toml`."""

from __future__ import annotations

from pathlib import Path

import pytest

from services import SERVICES
from tests.architecture.slices import faults_of, impure, modules_of
from tests.architecture.tree import ROOT


@pytest.mark.parametrize("service", SERVICES)
def test_imports_within_a_subject_point_down(service: str) -> None:
    modules = modules_of(service, ROOT)
    assert modules
    assert faults_of(modules) == []


@pytest.mark.parametrize("service", SERVICES)
def test_a_domain_reaches_the_standard_library_and_the_kernel_alone(service: str) -> None:
    modules = modules_of(service, ROOT)
    assert any(name.endswith(".domain") or ".domain." in name for name in modules)
    assert impure(modules) == []


def test_what_points_up_or_out_is_found(tmp_path: Path) -> None:
    """The rules, on a service that breaks each of them."""
    files = {
        "domain": "import pydantic\nfrom services.fair.booth import read",
        "plan": "import numpy\nfrom chassis.log import x\nfrom services.fair.booth import domain",
        "contracts": "from services.fair.booth import read",
        "read": "from services.fair.booth import handlers",
        "handlers": "from services.fair.booth import domain, read, contracts",
        "http": "from services.fair.booth import policies, handlers",
        "policies": "from services.fair.booth.handlers import something",
    }
    modules: dict[str, Path] = {}
    for name, text in files.items():
        path = tmp_path / f"{name}.py"
        path.write_text(text)
        modules[f"services.fair.booth.{name}"] = path
    booth = "services.fair.booth"
    assert sorted(faults_of(modules)) == [
        f"{booth}.contracts imports {booth}.read",
        f"{booth}.domain imports pydantic",
        f"{booth}.domain imports {booth}.read",
        f"{booth}.http imports {booth}.policies",
        f"{booth}.plan imports chassis.log",
        f"{booth}.read imports {booth}.handlers",
    ]
    assert f"{booth}.domain reaches pydantic by {booth}.domain" in impure(modules)
