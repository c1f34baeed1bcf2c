"""A command that cannot be done, and why."""

from __future__ import annotations

from collections.abc import Mapping


class Refused(Exception):
    """The command contradicts what is fact: `code` is stable, `details` name what is in the way."""

    def __init__(self, code: str, **details: object) -> None:
        super().__init__(code)
        self.code = code
        self.details: Mapping[str, object] = details
