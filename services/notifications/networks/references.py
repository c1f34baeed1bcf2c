"""References of attempts and phone numbers, as networks give them back.  Pure."""

from __future__ import annotations

import re
import uuid

NUMBER = re.compile(r"\+?([1-9][0-9]{6,14})")


def reference_in(text: str | None) -> str | None:
    """A reference of ours; None for what is none, as another application's may come back too."""
    if text is None or len(text) > 50:
        return None
    try:
        return str(uuid.UUID(text))
    except ValueError:
        return None


def number_in(text: str | None) -> str | None:
    """A number as E.164; None for what is none."""
    found = NUMBER.fullmatch(text or "")
    return None if found is None else f"+{found[1]}"
