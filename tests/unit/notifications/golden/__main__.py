"""`python -m tests.unit.notifications.golden`: write the files anew."""

from __future__ import annotations

from cli.sheet import LANGUAGES
from tests.unit.notifications.golden import golden, path_of

if __name__ == "__main__":
    for language in LANGUAGES:
        path_of(language).write_text(golden(language), "utf-8")
