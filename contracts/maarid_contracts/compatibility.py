"""The gate: refuses a change of a contract that old consumers or new code could not read.

The schemas as last released stand in `released/`.  Two proofs are asked of every type: what the
code of today writes can be read by a consumer of the release, and what was written under the
release can be read by the code of today.  The writer's schema is closed first (no other fields
than its own), the reader's ignores what it does not know.  Only a proof lets a change pass.

Besides, what was sent keeps its bytes: an added field says that it came later (`added_in`), and so
is left out while it has its default.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import jsonschema_rs

from maarid_contracts.envelope import SINCE, Entry
from maarid_contracts.schemas import Schema, load, schema_of


@dataclass(frozen=True)
class Release:
    """One type as last released."""

    type: str
    topic: str
    key: str
    schema: Schema


@dataclass(frozen=True)
class Field:
    """One field of a schema, references resolved."""

    schema: Schema
    required: bool
    parent: str


def releases(directory: Path) -> Mapping[str, Release]:
    """Every type ever released, by name."""
    found = (load(path) for path in sorted(directory.glob("*.json")))
    return {each["type"]: Release(**each) for each in found}


def release_of(entry: Entry) -> Release:
    """An entry of the catalogue as it would be released now."""
    return Release(entry.type, entry.topic, entry.key, schema_of(entry))


def numbers(version: str) -> tuple[int, ...]:
    """A version as numbers that compare: 1.10.0 is later than 1.9.0."""
    return tuple(int(part) for part in version.split("."))


def added_fields(release: Release) -> Iterator[tuple[str, str]]:
    """Each field that came later than its contract or part, and the version that it says."""
    for path, field in _fields("", _inlined(release.schema)):
        if (since := _since(field)) is not None:
            yield path, since


def objections(
    released: Mapping[str, Release], today: Mapping[str, Release], last: str
) -> list[str]:
    """Why the contracts of today may not follow the release `last`; empty when they may."""
    return [
        objection
        for name, before in released.items()
        for objection in (
            _objections_to(before, today[name], last)
            if name in today
            else [f"{name}: it is no longer in the catalogue; a type once released stays for ever"]
        )
    ]


def _objections_to(before: Release, after: Release, last: str) -> Iterator[str]:
    advice = f"; leave it as it was, and publish a {_next_version(before.type)} beside it"
    if before.topic != after.topic:
        yield f"{before.type}: its topic changed from {before.topic} to {after.topic}{advice}"
    if before.key != after.key:
        yield f"{before.type}: its key changed from {before.key} to {after.key}{advice}"
    named = list(_objections_to_fields(before.schema, after.schema))
    if not named and not _readable_both_ways(_inlined(before.schema), _inlined(after.schema)):
        named = ["the data: it cannot be proven that old and new code read each other"]
    for objection in named:
        yield f"{before.type}, {objection}{advice}"
    for objection in _objections_to_bytes(before.schema, after.schema, last):
        yield f"{before.type}, {objection}"


def _objections_to_fields(before: Schema, after: Schema) -> Iterator[str]:
    old, new = dict(_fields("", _inlined(before))), dict(_fields("", _inlined(after)))
    for path, field in new.items():
        if path not in old and field.required and (field.parent in old or not field.parent):
            yield f"{path}: a required field was added, which old events do not have"
    for path, field in old.items():
        if path not in new:
            if field.parent in new or not field.parent:
                yield f"{path}: the field was removed or renamed, and old consumers read it"
        else:
            yield from (f"{path}: {reason}" for reason in _changes(field, new[path]))


def _objections_to_bytes(before: Schema, after: Schema, last: str) -> Iterator[str]:
    """Optional fields that would be in the bytes of records that were sent without them."""
    old, new = dict(_fields("", _inlined(before))), dict(_fields("", _inlined(after)))
    for path, field in new.items():
        since = _since(field)
        if path in old:
            if since != _since(old[path]):
                yield (
                    f"{path}: it came with {_since(old[path]) or 'its contract'}, and says"
                    f" {since or 'nothing'} now; records that were sent would get other bytes"
                )
        elif field.required or not (field.parent in old or not field.parent):
            continue
        elif since is None:
            yield (
                f"{path}: an added field has to be left out while it has its default, for records"
                " that were sent keep their bytes; declare it with `added_in`"
            )
        elif numbers(since) <= numbers(last):
            yield (
                f"{path}: it says that it came with {since}, but {last} was released without it;"
                " name the next version"
            )


def _since(field: Field) -> str | None:
    comment = str(field.schema.get("$comment", ""))
    return comment.removeprefix(SINCE) if comment.startswith(SINCE) else None


def _changes(old: Field, new: Field) -> Iterator[str]:
    if old.required != new.required:
        yield (
            "it became required, and old events may not have it"
            if new.required
            else "it became optional, and old consumers rely on it"
        )
    if not old.required and not new.required and _default(old) != _default(new):
        yield "its default changed, and so the meaning of old events that leave it out"
    if _readable_both_ways(_without_fields(old.schema), _without_fields(new.schema)):
        return
    added, dropped = _values(new) - _values(old), _values(old) - _values(new)
    if _types(old) != _types(new):
        yield f"its type changed from {_types(old)} to {_types(new)}"
    elif _values(old) and _values(new) and (added or dropped):
        if added:
            yield f"it may now be {_listed(added)}, which old consumers do not know"
        if dropped:
            yield f"it may no longer be {_listed(dropped)}, which old events may say"
    else:
        yield "it accepts other values than before"


def _readable_both_ways(old: Schema, new: Schema) -> bool:
    return _reads(old, _closed(new)) and _reads(new, _closed(old))


def _reads(reader: Schema, writer: Schema) -> bool:
    proof = _canonical(reader).covers(_canonical(writer))
    return proof is jsonschema_rs.canonical.Containment.YES


def _canonical(schema: Schema) -> jsonschema_rs.CanonicalSchema:
    # Without formats a date could become any string and pass.
    return jsonschema_rs.canonicalize(
        schema, draft=jsonschema_rs.Draft202012, validate_formats=True
    )


def _inlined(schema: Schema) -> Schema:
    """The schema without references.  No contract contains itself."""
    definitions = cast(Schema, schema.get("$defs", {}))

    def inlined(node: Any) -> Any:
        if isinstance(node, list):
            return [inlined(item) for item in cast(list[Any], node)]
        if not isinstance(node, dict):
            return node
        rest = {key: inlined(value) for key, value in cast(Schema, node).items() if key != "$ref"}
        if "$ref" not in node:
            return rest
        name = str(cast(Schema, node)["$ref"]).removeprefix("#/$defs/")
        return {**inlined(definitions[name]), **rest}

    return inlined({key: value for key, value in schema.items() if key not in ("$defs", "$id")})


def _closed(node: Any) -> Any:
    """The schema of a writer: objects have no other fields than those they name."""
    if isinstance(node, list):
        return [_closed(item) for item in cast(list[Any], node)]
    if not isinstance(node, dict):
        return node
    closed = {key: _closed(value) for key, value in cast(Schema, node).items()}
    if closed.get("type") == "object" and "properties" in closed:
        closed.setdefault("additionalProperties", False)
    return closed


def _without_fields(node: Any) -> Any:
    """What a schema asks besides the fields of its objects, which are judged one by one."""
    if isinstance(node, list):
        return [_without_fields(item) for item in cast(list[Any], node)]
    if not isinstance(node, dict):
        return node
    return {
        key: _without_fields(value)
        for key, value in cast(Schema, node).items()
        if key not in ("properties", "required")
    }


def _fields(path: str, schema: Schema) -> Iterator[tuple[str, Field]]:
    """Every field with its path, `booths[].width_m` for the width of each of the booths."""
    for name, inner in cast(Schema, schema.get("properties", {})).items():
        below = f"{path}.{name}" if path else name
        yield (below, Field(inner, name in schema.get("required", ()), path.rstrip("[]")))
        yield from _fields(below, inner)
    if isinstance(schema.get("items"), dict):
        yield from _fields(f"{path}[]", schema["items"])
    for choice in cast(list[Schema], schema.get("anyOf", [])):
        yield from _fields(path, choice)


def _default(field: Field) -> object:
    return field.schema.get("default")


def _types(field: Field) -> str:
    choices = cast(list[Schema], field.schema.get("anyOf", [field.schema]))
    return " or ".join(str(choice.get("type", "anything")) for choice in choices)


def _values(field: Field) -> set[str]:
    choices = cast(list[Schema], field.schema.get("anyOf", [field.schema]))
    return {str(value) for choice in choices for value in choice.get("enum", ())}


def _listed(values: set[str]) -> str:
    return ", ".join(f'"{value}"' for value in sorted(values))


def _next_version(type_name: str) -> str:
    name, _, version = type_name.rpartition(".v")
    return f"{name.rpartition('.')[2]}V{int(version) + 1}"
