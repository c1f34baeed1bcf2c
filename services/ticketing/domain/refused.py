"""A command that cannot be followed, and why."""

from __future__ import annotations

from collections.abc import Mapping


class Refused(Exception):
    """A caller's mistake or bad luck: nothing was changed.

    `code` is stable and names the text that tells a person what to do; `details` fill that text,
    are JSON values, and are never personal.
    """

    def __init__(self, code: str, **details: object) -> None:
        super().__init__(code)
        self.code: str = code
        self.details: Mapping[str, object] = details
