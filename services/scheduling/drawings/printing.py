"""Prints pictures, in a process of its own where a service asks for them.

Pages as a JSON list of SVG texts come in; a PDF, or the first page as PNG, goes out.  typst shapes
Arabic and Tifinagh, and knows no fonts but ours.  It is imported here alone, so that no service has
it in its memory.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Literal, cast

from services.scheduling.drawings.measuring import FONTS
from services.scheduling.drawings.pages import Page

Form = Literal["pdf", "png"]
DOTS_PER_INCH = 150.0

PAGES = """
#set document(date: none)
#let pages = json(bytes(sys.inputs.pages))
#for each in pages {
  page(width: each.width * 1mm, height: each.height * 1mm, margin: 0mm,
    image(bytes(each.svg), format: "svg", width: 100%))
}
"""


def printed(pages: Sequence[Page], form: Form) -> bytes:
    """The pages as one PDF, or the first of them as PNG."""
    import typst

    shown = pages if form == "pdf" else pages[:1]
    compiler = typst.Compiler(
        PAGES.encode(),
        font_paths=typst.Fonts(include_system_fonts=False, font_paths=[FONTS]),
        sys_inputs={"pages": json.dumps([page._asdict() for page in shown])},
    )
    made = compiler.compile(format=form, ppi=DOTS_PER_INCH)
    return cast(bytes, made)


def main() -> None:
    """Print what comes in."""
    pages = [Page(**each) for each in json.load(sys.stdin)]
    sys.stdout.buffer.write(printed(pages, "png" if sys.argv[1:] == ["png"] else "pdf"))
