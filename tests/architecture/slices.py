"""A service is sliced by subject, then by role: `services/<service>/<subject>/<role>.py`."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.architecture.tree import python_files, tree_of

ROLES = {
    "http": 3,
    "policies": 3,
    "workers": 3,
    "handlers": 2,
    "read": 1,
    "rows": 1,
    "contracts": 1,
    "domain": 0,
}
"""The roles, a module or a package each, and their height within a subject.  A module with another
name is named by what it holds and stands beside the domain."""
KERNEL = "chassis.kernel"
BESIDE = ("maarid_contracts", KERNEL)
"""What a module beside the domain may import of ours."""


class Place(NamedTuple):
    """Where a module of a service stands."""

    service: str
    subject: str
    module: str
    """Its name within the subject: `http.fields`, `domain`, `plan`; empty for the package."""

    @property
    def role(self) -> str:
        return self.module.partition(".")[0]

    @property
    def height(self) -> int:
        return ROLES.get(self.role, 0)


def place_of(module: str) -> Place | None:
    """The place of `services.<service>.<subject>.<module>`; None for what is in no subject."""
    parts = module.split(".")
    if len(parts) < 4 or parts[0] != "services":
        return None
    return Place(parts[1], parts[2], ".".join(parts[3:]))


def module_of(path: Path, root: Path) -> str:
    """The module in a file."""
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def modules_of(service: str, root: Path) -> dict[str, Path]:
    """All modules of a service that stand in a subject."""
    found = {module_of(path, root): path for path in python_files(f"services/{service}")}
    return {name: path for name, path in found.items() if place_of(name) is not None}


def imports_in(path: Path, known: set[str]) -> Iterator[str]:
    """The modules that a file imports; a name that is a module itself is one."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            inner = {f"{node.module}.{alias.name}" for alias in node.names} & known
            yield from inner or {node.module}


def faults_of(modules: dict[str, Path]) -> list[str]:
    """Imports between the modules of one service that point up or sideways."""
    faults: list[str] = []
    for name, path in modules.items():
        own = place_of(name)
        assert own is not None
        for imported in imports_in(path, set(modules)):
            other = place_of(imported)
            if other is None or (other.service, other.subject) != (own.service, own.subject):
                if own.height == 0 and not may_stand_beside(own, imported, modules):
                    faults.append(f"{name} imports {imported}")
            elif own.role != other.role and other.height >= own.height > -other.height:
                faults.append(f"{name} imports {imported}")
    return faults


def may_stand_beside(own: Place, imported: str, modules: dict[str, Path]) -> bool:
    """Whether the domain, or a module beside it, may import something of another subject."""
    top = imported.partition(".")[0]
    if top == "services":
        other = place_of(imported)
        return other is not None and other.height == 0
    if top in ("chassis", "cli", "scenarios", "servers", "maarid_contracts"):
        return imported.startswith(KERNEL if own.role == "domain" else BESIDE)
    return own.role != "domain" or top in sys.stdlib_module_names


def impure(modules: dict[str, Path]) -> list[str]:
    """What a domain reaches that is neither the standard library nor the kernel, by way of the
    modules that stand beside it."""
    faults: list[str] = []
    for name in modules:
        place = place_of(name)
        if place is None or place.role != "domain":
            continue
        todo, seen = [name], {name}
        while todo:
            reached = todo.pop()
            for imported in imports_in(modules[reached], set(modules)):
                if imported in modules and imported not in seen:
                    seen.add(imported)
                    todo.append(imported)
                elif imported not in modules and not _is_pure(imported):
                    faults.append(f"{name} reaches {imported} by {reached}")
    return faults


def _is_pure(module: str) -> bool:
    return module.startswith(KERNEL) or module.partition(".")[0] in sys.stdlib_module_names
