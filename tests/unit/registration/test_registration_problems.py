"""Whoever is refused is told why and what to do, in three languages."""

from __future__ import annotations

import ast
import string
import tomllib
from pathlib import Path

import services.registration

PACKAGE = Path(services.registration.__file__).parent
LANGUAGES = ("en", "fr", "ar")


def raised() -> dict[str, list[set[str]]]:
    """Every code in the source of the service, with the details that each place gives."""
    found: dict[str, list[set[str]]] = {}
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id="Refused" | "known" | "Problem"), args=args):
                    code = args[-1]
                    assert isinstance(code, ast.Constant), f"a code that is no literal: {path}"
                    details = {keyword.arg or "" for keyword in node.keywords}
                    found.setdefault(str(code.value), []).append(details)
                case _:
                    continue
    return found


def test_every_refusal_has_a_text_that_its_details_fill() -> None:
    problems = tomllib.loads((PACKAGE / "problems.toml").read_text("utf-8"))
    codes = raised()
    assert set(problems) == set(codes)
    for code, places in codes.items():
        for language in LANGUAGES:
            wanted = {name for _, name, _, _ in string.Formatter().parse(problems[code][language])}
            for details in places:
                assert wanted - {None} <= details, (code, language)
