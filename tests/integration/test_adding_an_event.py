"""docs/architecture.md, "How to add an event": four files by hand, in a copy of the tree."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT, tracked

pytestmark = pytest.mark.timeout(600)

FLOOR = "services/scheduling/floor"
BY_HAND = {
    f"{FLOOR}/domain.py": (
        (
            "\n\nEvent = FloorPlanPublished | BoothAssigned | BoothReleased\n",
            """

@dataclass(frozen=True, slots=True)
class BoothCleaned:
    fair_id: str
    booth_id: str


Event = FloorPlanPublished | BoothAssigned | BoothReleased | BoothCleaned
""",
        ),
        (
            "            floor.held[exhibitor_id].discard(booth_id)\n    return floor\n",
            "            floor.held[exhibitor_id].discard(booth_id)\n"
            "        case BoothCleaned():\n"
            "            pass  # Nothing that is decided depends on it.\n"
            "    return floor\n",
        ),
    ),
    "contracts/maarid_contracts/scheduling.py": (
        (
            "\n\nclass HallOpenedV1(SchedulingContract):\n",
            '''

class BoothCleanedV1(SchedulingContract):
    """A booth was cleaned."""

    since: ClassVar[str] = "1.1.0"

    fair_id: Slug
    booth_id: BoothId


class HallOpenedV1(SchedulingContract):
''',
        ),
        ("    BoothReleasedV1,\n", "    BoothReleasedV1,\n    BoothCleanedV1,\n"),
    ),
    f"{FLOOR}/contracts.py": (
        ("    BoothAssigned,\n", "    BoothAssigned,\n    BoothCleaned,\n"),
        (
            "contracts.BoothReleasedV1),\n",
            "contracts.BoothReleasedV1),\n"
            '    EventType("booth_cleaned.v1", BoothCleaned, contracts.BoothCleanedV1),\n',
        ),
    ),
    f"{FLOOR}/read.py": (
        ("    BoothAssigned,\n", "    BoothAssigned,\n    BoothCleaned,\n"),
        (
            "                    released.append((fair_id, booth_id))\n",
            "                    released.append((fair_id, booth_id))\n"
            "                case BoothCleaned():\n"
            "                    pass  # No table shows it.\n",
        ),
    ),
}
"""What is written by hand: in each file, what stood there and what stands there instead."""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The tree, to be changed; its libraries are ours."""
    for path in tracked():
        target = tmp_path / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    (tmp_path / ".venv").symlink_to(ROOT / ".venv")
    return tmp_path


def write(copy: Path, file: str) -> None:
    text = (copy / file).read_text("utf-8")
    for before, after in BY_HAND[file]:
        assert text.count(before) == 1, (file, before)
        text = text.replace(before, after)
    (copy / file).write_text(text, "utf-8")


def run(copy: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run Python without `site`, which would bring in the tree that is installed in place."""
    places = (copy, copy / "contracts", sysconfig.get_path("purelib"))
    return subprocess.run(
        [sys.executable, "-S", *command],
        cwd=copy,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, places))},
        capture_output=True,
        text=True,
        check=False,
    )


def types_of(copy: Path) -> subprocess.CompletedProcess[str]:
    """Check the types of the service and of the contracts."""
    program = Path(sysconfig.get_path("scripts")) / "pyright"
    return subprocess.run(
        [program, "services/scheduling", "contracts/maarid_contracts"],
        cwd=copy,
        capture_output=True,
        text=True,
        check=False,
    )


def test_an_event_without_a_route_or_a_message_touches_four_files(copy: Path) -> None:
    assert len(BY_HAND) == 4
    *first, last = BY_HAND
    for file in first:
        write(copy, file)
    forgotten = types_of(copy)
    assert forgotten.returncode == 1, "a projection that forgets an event passes the type check"
    assert last in forgotten.stdout
    assert "reportMatchNotExhaustive" in forgotten.stdout
    write(copy, last)
    found = types_of(copy)
    assert found.returncode == 0, found.stdout
    written = run(copy, "-c", "from cli.main import app; app()", "contracts", "write")
    assert written.returncode == 0, written.stdout + written.stderr
    layers = run(copy, "-c", "from importlinter.cli import lint_imports_command as main; main()")
    assert "0 broken" in layers.stdout, layers.stdout
    contracts = run(copy, "-m", "pytest", "-q", "tests/contracts", "-p", "no:cacheprovider")
    assert contracts.returncode == 0, contracts.stdout
