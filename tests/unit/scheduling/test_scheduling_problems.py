"""Every refusal of scheduling tells a person what to do, in each language of the fair."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from string import Formatter

import pytest

import services.scheduling

PACKAGE = Path(services.scheduling.__path__[0])
PROBLEMS = tomllib.loads((PACKAGE / "problems.toml").read_text("utf-8"))


def test_every_code_has_its_texts_and_no_text_is_left_over() -> None:
    source = "\n".join(path.read_text("utf-8") for path in PACKAGE.rglob("*.py"))
    pattern = r'(?:Refused\(\s*|Obstacle\(\s*|known\(.*, |Problem\(503, )"(\w+)"'
    raised = set(re.findall(pattern, source))
    rules = (PACKAGE / "placing" / "booths.py").read_text("utf-8").partition("def barred(")[2]
    faults = faults_of((PACKAGE / "placing" / "checker.py").read_text("utf-8"))
    assert set(PROBLEMS) == raised | faults | set(re.findall(r'return "(\w+)"', rules))


def faults_of(checker: str) -> set[str]:
    """The codes that the checker says that it gives."""
    return set(re.findall(r"`(\w+)`", checker.partition("Codes: ")[2].partition('"""')[0]))


@pytest.mark.parametrize("code", PROBLEMS)
def test_a_text_says_the_same_in_each_language(code: str) -> None:
    problem = PROBLEMS[code]
    assert problem["status"] in (404, 409, 422, 503)
    fields = {
        language: {name for _, name, _, _ in Formatter().parse(problem[language]) if name}
        for language in ("ar", "fr", "en")
    }
    assert fields["ar"] == fields["fr"] == fields["en"]
    assert re.search(r"[\u0600-\u06ff]", problem["ar"])
