"""Prints sheets, in a child process of the service: texts come in, a PDF or a picture goes out.

typst shapes Arabic and Tifinagh, and knows no fonts but ours and its own.  It and what draws the
codes are imported here alone, so that no service has them in its memory.
"""

from __future__ import annotations

import base64
import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from services.ticketing.prints.sheets import Form, Sheets

FONTS = Path(__file__).parents[3] / "chassis" / "fonts"
LAYOUT = Path(__file__).with_name("sheets.typ")
DOTS_A_MM = 8
"""A picture has so many dots a millimetre, as a label printer has; a module of a code is a whole
millimetre, so that its edges fall between dots."""
MM_AN_INCH = 25.4
QUIET = 4
"""Modules of white around a code, which readers need."""


if TYPE_CHECKING:
    import typst


class Tell(Protocol):
    """How far a job is (chassis/jobs/progress.py)."""

    def __call__(self, share: float, code: str = "", /) -> None: ...


def run(given: Any, tell: Tell) -> str | None:
    """What a child does: the file in base64, or None where it cannot be made.

    Nothing of what went wrong is told: it could repeat a name.
    """
    sheets: Sheets = given["sheets"]
    try:
        made = printed(sheets, Form(given["form"]), given["page"])
    except Exception:  # noqa: BLE001 - whatever it is, the caller is to come again.
        return None
    return base64.b64encode(made).decode()


def printed(sheets: Sheets, form: Form, page: int) -> bytes:
    """All pages as a PDF, or the page of that number as a picture."""
    items = [
        {**item, "code": drawn(str(item["code"]))} if "code" in item else item
        for item in sheets["items"]
    ]
    if form is Form.PNG:
        a_page = 4 if sheets["kind"] == "badges" else 1
        items = items[(page - 1) * a_page : page * a_page]
    made = _compiler().compile(
        format=form.value,
        ppi=DOTS_A_MM * MM_AN_INCH,
        sys_inputs={"given": json.dumps({**sheets, "items": items})},
    )
    assert isinstance(made, bytes)  # A picture of several pages would be a list.
    return made


@cache
def _compiler() -> typst.Compiler:
    """One for all prints: it reads the fonts once."""
    import typst

    fonts = typst.Fonts(include_system_fonts=False, font_paths=[str(FONTS)])
    return typst.Compiler(str(LAYOUT), font_paths=fonts)


def drawn(code: str) -> str:
    """A QR code as SVG, one unit a module, of level M whatever room is left for more."""
    import segno

    rows = segno.make_qr(code, error="m", boost_error=False).matrix
    size = len(rows) + 2 * QUIET
    modules = "".join(
        f"M{x + QUIET} {y + QUIET}h1v1h-1z"
        for y, row in enumerate(rows)
        for x, dark in enumerate(row)
        if dark
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}"'
        f' width="{size}" height="{size}"><rect width="{size}" height="{size}" fill="#fff"/>'
        f'<path d="{modules}"/></svg>'
    )
