"""Who may import whom.  The rules stand in `pyproject.toml`; what they cannot say stands here."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT

pytestmark = pytest.mark.unhurried
"""`make check` runs import-linter by itself."""


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
    for folder in ("contracts", "chassis", "services", "servers", "cli", "scenarios"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=nothing)
    return tmp_path


def test_every_import_points_down(copy: Path) -> None:
    checked = lint_imports(copy)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "0 broken" in checked.stdout


def test_an_import_that_points_elsewhere_is_refused(copy: Path) -> None:
    spoilt = {
        "chassis/log/desk.py": "import services.ticketing.app\nimport chassis.running.service",
        "chassis/kernel/text.py": "import pydantic",
        "services/registration/selection/domain.py": "import services.registration.fairs.read",
        "services/scheduling/fairs/read.py": "import services.scheduling.floor.read",
        "services/ticketing/fairs/read.py": "import services.ticketing.tickets.read",
        "services/notifications/fairs/read.py": "import services.scheduling.fairs.read",
        "services/notifications/networks/phone.py": "import services.notifications.messages.read",
        "services/ticketing/workshops/handlers.py": "import aiokafka\nimport joserfc",
        "scenarios/client.py": "import cli.launch",
        "services/ticketing/bodies/__init__.py": "",
    }
    for path, line in spoilt.items():
        (copy / path).parent.mkdir(exist_ok=True)
        with (copy / path).open("a", encoding="utf-8") as file:
            file.write(f"\n{line}\n")
    checked = lint_imports(copy)
    assert checked.returncode == 1
    assert "0 kept, 11 broken" in checked.stdout
    # A subject without a place is refused as well.
    assert "- services.ticketing.bodies" in checked.stdout
