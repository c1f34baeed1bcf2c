"""Which texts a language lacks.  Pure, but for the files of texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from fluent.syntax import ast, parse
from fluent.syntax.visitor import Visitor

from services.notifications.messages.tellings import Template
from services.notifications.messages.texts import GREETING, source_of

WHOLE = ("ar", "fr", "en")
"""The languages in which every text has to exist."""


class _Variables(Visitor):
    """Collects what a text is filled with."""

    def __init__(self) -> None:
        self.found: set[str] = set()

    def visit_VariableReference(self, node: ast.VariableReference) -> None:
        self.found.add(node.id.name)


def variables_of(message: ast.Message) -> frozenset[str]:
    """What a text is filled with."""
    visitor = _Variables()
    visitor.visit(message)
    return frozenset(visitor.found)


@cache
def messages_in(language: str) -> Mapping[str, ast.Message]:
    """The texts of a language as they are written, by name; what cannot be read is left out."""
    body = parse(source_of(language)).body
    return {each.id.name: each for each in body if isinstance(each, ast.Message)}


def missing(language: str) -> Sequence[str]:
    """The templates of which a language has no text."""
    written = messages_in(language)
    return [template.value for template in Template if template.value not in written]


def lacking() -> str | None:
    """What texts lack for a service to start, in one line; None where they are complete.

    Every template and every reason is written in all languages that have to be whole, and filled
    with the same.
    """
    texts = {language: messages_in(language) for language in WHOLE}
    reasons = {name for each in texts.values() for name in each if name.startswith("reason_")}
    needed = [*(template.value for template in Template), GREETING, *sorted(reasons)]
    first = texts[WHOLE[0]]
    found: list[str] = []
    for language, written in texts.items():
        absent = [name for name in needed if name not in written]
        both = [name for name in needed if name in written and name in first]
        otherwise = [n for n in both if variables_of(written[n]) != variables_of(first[n])]
        found += [f"{language} has no text {name}" for name in absent]
        found += [f"{language} fills {name} otherwise than {WHOLE[0]}" for name in otherwise]
    return "; ".join(found) or None
