"""Who may import whom.  The rules stand in `pyproject.toml`; what they cannot say stands here."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT, SERVICES, imports_of, python_files, shown


def lint_imports(directory: Path) -> subprocess.CompletedProcess[str]:
    """Run import-linter on a copy of the tree; the installed one is out of reach."""
    program = "from importlinter.cli import lint_imports_command as main; main()"
    places = (directory, directory / "contracts", sysconfig.get_path("purelib"))
    return subprocess.run(
        # Without `site`, which would bring in the tree that is installed in place.
        [sys.executable, "-S", "-c", program, "--no-logo", "--no-cache"],
        cwd=directory,
        env={"PYTHONPATH": os.pathsep.join(map(str, places))},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The packages that the rules are about, to be spoilt."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    nothing = shutil.ignore_patterns("__pycache__", "node_modules")
    for folder in ("contracts", "chassis", "services", "cli", "scenarios"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=nothing)
    return tmp_path


def test_every_import_points_down(copy: Path) -> None:
    checked = lint_imports(copy)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "0 broken" in checked.stdout


def test_an_import_that_points_elsewhere_is_refused(copy: Path) -> None:
    spoilt = {
        "chassis/desk.py": "import services.ticketing.names",
        "services/ticketing/queries.py": "import services.scheduling.queries",
        "services/ticketing/names.py": "import services.ticketing.api",
        "services/ticketing/domain/ticket.py": "import pydantic",
        "services/ticketing/handlers.py": "import aiokafka",
        "services/ticketing/bodies.py": "import joserfc",
    }
    for path, line in spoilt.items():
        with (copy / path).open("a", encoding="utf-8") as file:
            file.write(f"\n{line}\n")
    checked = lint_imports(copy)
    assert checked.returncode == 1
    assert "0 kept, 6 broken" in checked.stdout
    # A file without a place is refused as well.
    assert "- services.ticketing.bodies" in checked.stdout


@pytest.mark.parametrize("service", SERVICES)
def test_the_domain_imports_only_the_standard_library_and_itself(service: str) -> None:
    own = f"services.{service}.domain"
    files = python_files(f"services/{service}/domain")
    assert files
    foreign = [
        f"{shown(path)} imports {module}"
        for path in files
        for module in imports_of(path)
        if module.partition(".")[0] not in sys.stdlib_module_names
        and module != own
        and not module.startswith(f"{own}.")
    ]
    assert foreign == []
