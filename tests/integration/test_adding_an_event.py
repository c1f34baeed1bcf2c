"""docs/architecture.md, "How to add": two events written by hand, in a copy of the tree."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT, tracked

pytestmark = pytest.mark.timeout(600)

Steps = Mapping[str, Sequence[tuple[str, str]]]
"""What is written by hand: in each file, what stood there and what stands there instead; of a new
file nothing stood there."""

CONTRACTS = "contracts/maarid_contracts/scheduling.py"
MESSAGES = "services/notifications/messages"
FLOOR = "services/scheduling/floor"
MIGRATIONS = "services/scheduling/migrations"
NEXT = max(int(path.name[:4]) for path in (ROOT / MIGRATIONS).glob("*.sql")) + 1

EVENT: Steps = {
    f"{FLOOR}/domain.py": (
        (
            "\n\nEvent = (\n    FloorPlanPublished\n",
            """

@dataclass(frozen=True, slots=True)
class BoothCleaned:
    fair_id: str
    booth_id: str


Event = (
    FloorPlanPublished
    | BoothCleaned
""",
        ),
        (
            "            floor.set_up.discard(booth_id)\n    return floor\n",
            "            floor.set_up.discard(booth_id)\n"
            "        case BoothCleaned():\n"
            "            pass  # Nothing that is decided depends on it.\n"
            "    return floor\n",
        ),
    ),
    CONTRACTS: (
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
"""A public event without a route or a message."""

WITH_ROUTE_COLUMN_AND_MESSAGE: Steps = {
    f"{FLOOR}/domain.py": (
        (
            "Command = (\n    PublishPlan\n",
            '''@dataclass(frozen=True, slots=True)
class PrepareBooth:
    """Say that a booth stands ready."""

    booth_id: str


Command = (
    PublishPlan
    | PrepareBooth
''',
        ),
        (
            "Event = (\n    FloorPlanPublished\n",
            '''@dataclass(frozen=True, slots=True)
class BoothPrepared:
    """A booth stands ready; its holder, if there is one, is to be told."""

    fair_id: str
    booth_id: str
    pole_id: str
    contact_id: str | None


Event = (
    FloorPlanPublished
    | BoothPrepared
''',
        ),
        (
            "    held: dict[str, set[str]] = field(default_factory=dict[str, set[str]])\n",
            "    held: dict[str, set[str]] = field(default_factory=dict[str, set[str]])\n"
            "    prepared: set[str] = field(default_factory=set[str])\n",
        ),
        (
            "            return _swap(command, floor)\n",
            """            return _swap(command, floor)
        case PrepareBooth(booth_id):
            booth, holder = _booth(floor, booth_id), floor.holders.get(booth_id)
            if booth_id in floor.prepared:
                return []  # Already fact: a retried command writes nothing.
            contact_id = holder.contact_id if holder else None
            return [BoothPrepared(floor.fair_id, booth_id, booth.pole_id, contact_id)]
""",
        ),
        (
            "            floor.plan = draw(revision, booths, ground_of(event))\n",
            "            floor.plan = draw(revision, booths, ground_of(event))\n"
            "            floor.prepared.intersection_update(floor.plan.booths)\n",
        ),
        (
            "        case BoothSetUp(booth_id=booth_id):\n",
            "        case BoothPrepared(booth_id=booth_id):\n"
            "            floor.prepared.add(booth_id)\n"
            "        case BoothSetUp(booth_id=booth_id):\n",
        ),
    ),
    CONTRACTS: (
        (
            "\n\nclass HallOpenedV1(SchedulingContract):\n",
            '''

class BoothPreparedV1(SchedulingContract):
    """A booth stands ready for its holder."""

    since: ClassVar[str] = "1.1.0"

    fair_id: Slug
    booth_id: BoothId
    pole_id: Slug
    contact_id: Id | None = Field(default=None, description="Whom to tell.")


class HallOpenedV1(SchedulingContract):
''',
        ),
        ("    BoothReleasedV1,\n", "    BoothReleasedV1,\n    BoothPreparedV1,\n"),
    ),
    f"{MIGRATIONS}/{NEXT:04}_booths_prepared.sql": (
        (
            "",
            "-- Since when a booth stands ready for its holder.\n"
            "alter table read.booths add column prepared_at timestamptz;\n",
        ),
    ),
    f"{FLOOR}/read.py": (
        ("    BoothReleased,\n", "    BoothPrepared,\n    BoothReleased,\n"),
        (
            'REGISTER = """\n',
            '''PREPARE = """
update booths as b set prepared_at = p.prepared_at
  from unnest($1::text[], $2::text[], $3::timestamptz[]) as p(fair_id, booth_id, prepared_at)
 where b.fair_id = p.fair_id and b.booth_id = p.booth_id
"""
REGISTER = """
''',
        ),
        (
            "        released: list[tuple[str, str]] = []\n",
            "        released: list[tuple[str, str]] = []\n"
            "        prepared: list[tuple[str, str, datetime]] = []\n",
        ),
        (
            "                    released.append((fair_id, booth_id))\n",
            "                    released.append((fair_id, booth_id))\n"
            "                case BoothPrepared(fair_id=fair_id, booth_id=booth_id):\n"
            "                    prepared.append((fair_id, booth_id, fact.occurred_at))\n",
        ),
        (
            "            await db.execute(RELEASE, *columns(released))\n",
            "            await db.execute(RELEASE, *columns(released))\n"
            "        if prepared:\n"
            "            await db.execute(PREPARE, *columns(prepared))\n",
        ),
        (
            "    holder: HolderOut | None\n",
            "    holder: HolderOut | None\n    prepared_at: datetime | None\n",
        ),
    ),
    f"{FLOOR}/http.py": (
        ("    Floor,\n", "    Floor,\n    PrepareBooth,\n"),
        (
            '\n\n@router.get("/exhibitors")\n',
            '''

@router.post("/booths/{booth_id}/prepare", dependencies=[allow(Role.ORGANISER)])
async def prepare_booth(
    fair_id: Slug, booth_id: BoothId, runtime: RuntimeDep, context: ContextDep
) -> BoothOut:
    """Say that a booth stands ready for its holder."""
    await standing_fair(runtime, fair_id)
    await runtime.desk.execute(floor_stream(fair_id), PrepareBooth(booth_id), context)
    return await _booth(runtime, fair_id, booth_id)


@router.get("/exhibitors")
''',
        ),
    ),
    f"{MESSAGES}/tellings.py": (
        (
            "import BoothAssignedV1, BoothReleasedV1\n",
            "import BoothAssignedV1, BoothPreparedV1, BoothReleasedV1\n",
        ),
        (
            '    BOOTH_RELEASED = "booth_released"\n',
            '    BOOTH_RELEASED = "booth_released"\n    BOOTH_PREPARED = "booth_prepared"\n',
        ),
        (
            "        when=lambda event: event.reason not in TOLD_OTHERWISE,\n    ),\n",
            """        when=lambda event: event.reason not in TOLD_OTHERWISE,
    ),
    Telling(
        BoothPreparedV1,
        Template.BOOTH_PREPARED,
        lambda event: {"booth": event.booth_id, "pole_id": event.pole_id},
    ),
""",
        ),
    ),
    f"{MESSAGES}/worth.py": (
        (
            "    Template.SEAT_RESERVED: ",
            "    Template.BOOTH_PREPARED: Worth(3 * DAY),\n    Template.SEAT_RESERVED: ",
        ),
    ),
    f"{MESSAGES}/texts/ar.ftl": (
        (
            "\nseat_reserved =",
            "\nbooth_prepared = { $fair }: رواقكم { $booth } ({ $pole }) جاهز لاستقبالكم."
            " مرحبا بكم.\nseat_reserved =",
        ),
    ),
    f"{MESSAGES}/texts/fr.ftl": (
        (
            "\nseat_reserved =",
            "\nbooth_prepared = { $fair } : votre stand { $booth } ({ $pole }) vous attend."
            " Vous pouvez vous installer.\nseat_reserved =",
        ),
    ),
    f"{MESSAGES}/texts/zgh.ftl": (
        (
            "\nseat_reserved =",
            "\nbooth_prepared = ⴰⵣⵓⵍ. ⵉⵡⵊⴷ ⵓⴷⵖⴰⵔ ⵏⵏⵓⵏ: { $booth }. { $fair } ({ $pole })."
            "\nseat_reserved =",
        ),
    ),
    f"{MESSAGES}/texts/en.ftl": (
        (
            "\nseat_reserved =",
            "\nbooth_prepared = { $fair }: your booth { $booth } ({ $pole }) is ready for you."
            "\nseat_reserved =",
        ),
    ),
}
"""A public event with a route, a column of a read table, and a message in four languages."""

HELD = ("listening", "operations", "problems", "routes", "slices", "tree")
"""Tests that hold what is declared against the code; layers are looked at by themselves."""
TOLD = ("tellings", "worth", "texts")

AT_WORK = '''"""A booth that was prepared, asked over HTTP of a service at work."""

from tests.integration.scheduling.forms import booth
from tests.integration.scheduling.running_scheduling import Scheduling


async def test_a_booth_is_shown_as_prepared_and_is_so_once(scheduling: Scheduling) -> None:
    fair = await scheduling.fair()
    await scheduling.plan(fair, booth(1))
    free = await scheduling.get(f"/fairs/{fair}/booths/P-001")
    assert free["prepared_at"] is None
    prepared = await scheduling.done(f"/fairs/{fair}/booths/P-001/prepare")
    assert prepared["prepared_at"] is not None
    assert await scheduling.done(f"/fairs/{fair}/booths/P-001/prepare") == prepared
    said = await scheduling.all_types(f"floor-{fair}")
    assert said == ["FloorPlanPublished.v1", "BoothPrepared.v1"]
'''


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tree with both events; its libraries are ours."""
    copy = tmp_path_factory.mktemp("tree")
    for path in tracked():
        target = copy / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    (copy / ".venv").symlink_to(ROOT / ".venv")
    for steps in (EVENT, WITH_ROUTE_COLUMN_AND_MESSAGE):
        for file, changes in steps.items():
            write(copy / file, changes)
    passes(run(copy, "-c", "from cli.main import app; app()", "contracts", "write"))
    passes(run(copy, "-m", "tests.architecture"))
    return copy


def write(path: Path, changes: Sequence[tuple[str, str]]) -> None:
    text = path.read_text("utf-8") if path.exists() else ""
    for before, after in changes:
        # Of what is not there yet nothing is replaced.
        assert text.count(before) == 1, (path, before)
        text = text.replace(before, after)
    path.write_text(text, "utf-8")


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


def run_program(copy: Path, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    program = Path(sysconfig.get_path("scripts")) / name
    return subprocess.run(
        [program, *arguments], cwd=copy, capture_output=True, text=True, check=False
    )


def pytest_in(copy: Path, *places: str) -> subprocess.CompletedProcess[str]:
    return run(copy, "-m", "pytest", "-q", "-p", "no:cacheprovider", *places)


def types_of(copy: Path, *folders: str) -> subprocess.CompletedProcess[str]:
    return run_program(copy, "pyright", *folders)


def passes(done: subprocess.CompletedProcess[str]) -> None:
    assert done.returncode == 0, done.stdout + done.stderr


def test_an_event_without_a_route_or_a_message_touches_at_most_four_files() -> None:
    assert len(EVENT) <= 4


def test_an_event_with_a_route_a_column_and_a_message_touches_at_most_ten() -> None:
    assert len(WITH_ROUTE_COLUMN_AND_MESSAGE) <= 11


def test_the_tree_with_both_has_its_form_and_its_types(copy: Path) -> None:
    passes(run_program(copy, "ruff", "format", "--check", "."))
    passes(run_program(copy, "ruff", "check", "."))
    passes(types_of(copy, "services", "contracts/maarid_contracts"))


def test_it_keeps_layers_contracts_and_all_that_holds_routes_and_texts_against_code(
    copy: Path,
) -> None:
    layers = run(copy, "-c", "from importlinter.cli import lint_imports_command as main; main()")
    assert "0 broken" in layers.stdout, layers.stdout
    held = [f"tests/architecture/test_{name}.py" for name in HELD]
    texts = [f"tests/unit/notifications/test_notifications_{name}.py" for name in TOLD]
    passes(pytest_in(copy, "tests/contracts", *held, *texts))


def test_the_column_is_there_and_the_route_fills_it(copy: Path) -> None:
    test = "tests/integration/scheduling/test_booth_prepared.py"
    (copy / test).write_text(AT_WORK, "utf-8")
    passes(pytest_in(copy, test))


def test_a_projection_that_forgets_an_event_fails_the_type_check(copy: Path) -> None:
    projection = copy / FLOOR / "read.py"
    written = projection.read_text("utf-8")
    shutil.copy(ROOT / FLOOR / "read.py", projection)
    forgotten = types_of(copy, FLOOR)
    projection.write_text(written, "utf-8")
    assert forgotten.returncode == 1
    assert f"{FLOOR}/read.py" in forgotten.stdout
    assert "reportMatchNotExhaustive" in forgotten.stdout
