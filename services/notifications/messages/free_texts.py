"""Texts that the organising team writes by hand: with names in them, and nothing else.  Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from fluent.syntax import ast, parse

from services.notifications.fairs.fair import Named
from services.notifications.messages.texts import name_in

ID = "text"


class TextBroken(Exception):
    """A text cannot be read as Fluent reads it, or does more than being filled with names."""


def names_in(text: str) -> frozenset[str]:
    """The names that a text is filled with.  Raises TextBroken."""
    return frozenset(part for kind, part in _parts(text) if kind == "name")


def filled_in(text: str, names: Mapping[str, Named], language: str) -> str:
    """A text with its names, as this language has them.  Raises TextBroken, and KeyError for a
    name that is not given."""
    return "".join(
        part if kind == "text" else name_in(names[part], language) for kind, part in _parts(text)
    )


def _parts(text: str) -> Iterator[tuple[str, str]]:
    match parse(f"{ID} = {text}").body:
        case [ast.Message(value=ast.Pattern() as pattern, attributes=[])]:
            pass
        case _:
            raise TextBroken
    for element in pattern.elements:
        match element:
            case ast.TextElement(value=value):
                yield "text", value
            case ast.Placeable(expression=ast.VariableReference(id=ast.Identifier(name=name))):
                yield "name", name
            case _:
                raise TextBroken
