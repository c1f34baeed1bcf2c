"""How a decision says no to its caller."""

from __future__ import annotations

from collections.abc import Mapping


class Refused(Exception):
    """A command that cannot be carried out; nothing was changed.

    `code` is stable and names the text that tells a person what to do.  `details` fill that text;
    they are JSON values and never personal data.
    """

    def __init__(self, code: str, /, **details: object) -> None:
        super().__init__(code)
        self.code = code
        self.details: Mapping[str, object] = details
