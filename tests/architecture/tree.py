"""The files of this repository, as the tests of this folder look at them."""

from __future__ import annotations

import ast
import functools
import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PRODUCT = ("contracts/maarid_contracts", "chassis", "services", "servers", "cli", "scenarios")


def tracked() -> list[Path]:
    """Every file of ours: known to git, or about to be; in a source archive simply all."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True)
    except (OSError, subprocess.CalledProcessError):
        left_behind = {".venv", ".maarid", ".git", "node_modules", "__pycache__"}
        files = (path for path in ROOT.rglob("*") if left_behind.isdisjoint(path.parts))
        return [path for path in files if path.is_file()]
    return [path for name in listed.stdout.splitlines() if (path := ROOT / name).is_file()]


def python_files(*folders: str) -> list[Path]:
    """The Python files of some folders."""
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


@functools.cache
def tree_of(path: Path) -> ast.Module:
    """A file as Python's parser sees it."""
    return ast.parse(path.read_text("utf-8"), str(path))


def imports_of(path: Path) -> Iterator[str]:
    """The modules that a file imports, with their packages."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            yield node.module


@functools.cache
def calls_of(path: Path) -> tuple[tuple[str, ast.Call], ...]:
    """Every call in a file, with the last part of the name that is called."""
    calls = [node for node in ast.walk(tree_of(path)) if isinstance(node, ast.Call)]
    return tuple(
        (call.func.id if isinstance(call.func, ast.Name) else call.func.attr, call)
        for call in calls
        if isinstance(call.func, ast.Name | ast.Attribute)
    )


def shown(path: Path) -> str:
    """A path as a person would name it."""
    return str(path.relative_to(ROOT))
