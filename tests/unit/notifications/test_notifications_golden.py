"""Every text as it is read, in files that somebody looks at.

`python -m tests.unit.notifications.golden` writes them anew.
"""

from __future__ import annotations

import pytest

from cli.sheet import LANGUAGES
from tests.unit.notifications.golden import golden, path_of


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_read_as_they_were_looked_at(language: str) -> None:
    assert golden(language) == path_of(language).read_text("utf-8")
