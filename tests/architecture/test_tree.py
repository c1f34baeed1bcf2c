"""What must not stand in any file, and how long a file may get."""

from __future__ import annotations

import re
from pathlib import Path

from tests.architecture.tree import PRODUCT, ROOT, python_files, shown, tracked

LONGEST = 450
"""Lines of a file of the product: what a person reads in one sitting."""
LONGEST_TEST = 750
"""Lines of a file of tests, of which a person reads one at a time."""

# Put together from parts, so that this file does not find itself.
NEVER = {
    "a package registry's host": "|".join(
        (
            r"py" r"pi\.org",
            r"python" r"hosted\.org",
            r"npm" r"js\.(org|com)",
            r"repo1?\.maven" r"\.(org|apache)",
            r"maven\.(org|google)",
            r"(deb|security|ftp)\.debian" r"\.org",
            r"archive\.ubuntu" r"\.com",
            r"(docker|ghcr|quay)" r"\.io/",
        )
    ),
    "a path of one machine": r"(^|[\s\"'`(=:])/(work|root|Users|home/[a-z]+)" r"/[\w.]",
    "a private key": r"-----BEGIN " r"[A-Z ]*PRIVATE KEY",
    "a token": r"\beyJ" r"[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}",
    "a cloud key": r"\b(AKIA|ghp_|xox[bp]-)" r"[A-Za-z0-9]{10,}",
    "a password in an address": r"://[A-Za-z0-9_]+:(?!\{)[A-Za-z0-9_!#%-]{3,}@"
    r"(?!\{|127\.0\.0\.1)",
}


def found_in(text: str) -> list[str]:
    """What stands in a text that must not."""
    return [what for what, pattern in NEVER.items() if re.search(pattern, text, re.MULTILINE)]


def test_no_file_names_a_registry_or_a_machine_or_holds_a_secret() -> None:
    files = tracked()
    assert ROOT / "README.md" in files
    found: list[str] = []
    for path in files:
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{shown(path)}: {what}" for what in found_in(text)]
    assert found == []


def test_the_search_would_find_each_of_them() -> None:
    samples = (
        "index-url = https://" + "py" + "pi.org/simple",
        'open("/' + 'work/main/README.md")',
        "-----BEGIN " + "EC PRIVATE KEY-----",
        "ey" + "JhbGciOiJFUzI1NiJ9." + "eyJzdWIiOiJub2JvZHkifQ." + "MEUCIQDn0b0dy",
        "AKIA" + "0123456789ABCDEF",
        "postgresql://somebody:" + "hunter2@db/x",
    )
    found = [found_in(sample) for sample in samples]
    assert [what for each in found for what in each] == list(NEVER)


def too_long(files: list[Path], limit: int) -> list[str]:
    lengths = {path: len(path.read_text("utf-8").splitlines()) for path in files}
    return [f"{shown(path)}: {lines}" for path, lines in lengths.items() if lines > limit]


def test_every_file_can_be_read_in_one_sitting() -> None:
    assert too_long(python_files(*PRODUCT, "benchmarks", "deploy", "examples"), LONGEST) == []
    assert too_long(python_files("tests"), LONGEST_TEST) == []


def test_no_cancellation_is_lost() -> None:
    """Before Python 3.12 `asyncio.wait_for` loses one that meets the result that it waits for, and
    what lost it runs for ever (cpython issue 86296); `asyncio.timeout` does not."""
    waiting = [
        str(path.relative_to(ROOT))
        for path in python_files(*PRODUCT)
        if "asyncio.wait_for(" in path.read_text("utf-8")
    ]
    assert waiting == []
