"""What the gates' page decides, in Node.js: what judges there knows nothing of a browser."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
from maarid_contracts.typescript import NodeUnavailable, program

from services.ticketing.page.http import STATIC
from tests.architecture.tree import ROOT

HERE = Path(__file__).parent / "page"
VECTORS = ROOT / "contracts" / "tickets" / "vectors.json"
FILES = sorted(HERE.glob("*.test.mjs"))


@pytest.mark.parametrize("file", FILES, ids=[path.stem for path in FILES])
def test_the_page_reads_and_decides_as_its_own_tests_say(file: Path) -> None:
    try:
        node = program("node")
    except NodeUnavailable as reason:
        pytest.skip(str(reason))
    ran = subprocess.run(
        [*node, "--no-warnings", "--test", "--test-reporter=tap", str(file)],
        env={**os.environ, "GATE_PAGE": str(STATIC), "TICKET_VECTORS": str(VECTORS)},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    # A file without tests would pass as well.
    passed = re.search(r"^# pass (\d+)$", ran.stdout, re.MULTILINE)
    assert passed is not None
    assert int(passed[1]) == file.read_text("utf-8").count("\ntest(")
