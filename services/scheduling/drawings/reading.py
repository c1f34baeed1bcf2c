"""Reads a drawing, whichever way it is written."""

from __future__ import annotations

from services.scheduling.drawings.drawn import Drawn
from services.scheduling.drawings.svg import read_svg
from services.scheduling.drawings.tables import read_toml


def read(content: bytes, metres_per_unit: float | None = None) -> Drawn:
    """The floor in a file: SVG where it begins with `<`, else TOML.  Raises Refused."""
    begin = content[:64].lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n")
    if begin.startswith(b"<"):
        return read_svg(content, metres_per_unit)
    return read_toml(content)
