"""`maarid texts`: what texts cost, what a language lacks, and how they look on a phone."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from cli.running import fail, told
from cli.sheet import LANGUAGES, sheet
from cli.showing import console
from services.notifications.messages.completeness import missing
from services.notifications.messages.showing import shown
from services.notifications.messages.variants import variants_of
from services.notifications.messages.whatsapp import (
    LANGUAGES as ON_WHATSAPP,
    TEMPLATES,
    ApprovalsError,
    body_of,
    read_approvals,
)

MAD_A_SEGMENT = 0.5
"""Assumed; what a segment costs stands in the contract with a network."""


def texts_command(
    mad: Annotated[
        float, typer.Option(min=0, help="What a network takes for a segment, in dirhams.")
    ] = MAD_A_SEGMENT,
    to: Annotated[
        Path | None,
        typer.Option("--sheet", help="Draw all texts as phones show them, into this PDF."),
    ] = None,
    bodies: Annotated[
        bool, typer.Option("--bodies", help="Print the texts that WhatsApp is to approve.")
    ] = False,
    approvals: Annotated[
        Path | None, typer.Option(help="A file with what WhatsApp has approved.")
    ] = None,
) -> None:
    """Segments and cost of each text by language, with made-up names; and what a language lacks."""
    if to is not None:
        _draw(to)
    elif bodies:
        _print_bodies(approvals)
    else:
        _print_segments(mad)


def _draw(to: Path) -> None:
    try:
        to.write_bytes(sheet())
    except ImportError:
        raise fail("There is no typst here, which draws the sheet: pip install typst.") from None
    except OSError as error:
        raise fail(told(error)) from None
    console.print(to, soft_wrap=True)


def _print_bodies(approvals: Path | None) -> None:
    try:
        known = read_approvals() if approvals is None else read_approvals(approvals)
    except ApprovalsError as error:
        raise fail(str(error)) from None
    for language in ON_WHATSAPP:
        for template in TEMPLATES:
            for variant in variants_of(template.value, language):
                state = known.state_of(variant.name, language)
                line = f"{language} {variant.name} {state}: {body_of(variant, language)}"
                console.print(line, soft_wrap=True, markup=False)


def _print_segments(mad: float) -> None:
    table = Table("text", *LANGUAGES)
    found = {
        language: {each.variant.name: each.written for each in shown(language)}
        for language in LANGUAGES
    }
    for name in dict.fromkeys(name for texts in found.values() for name in texts):
        cells: list[str] = []
        for texts in found.values():
            text = texts.get(name)
            if text is None:
                cells.append("")
                continue
            cost = f"{text.segments * mad:.2f} MAD"
            cells.append(f"{text.segments} ({len(text.text)})  {cost}")
        table.add_row(name, *cells)
    console.print(table)
    console.print("Segments (characters) and cost, as SMS, with names as long as a real fair's.")
    for language in LANGUAGES:
        if lacks := missing(language):
            line = f"{language} lacks, and the second language is taken: {', '.join(lacks)}"
            console.print(line, soft_wrap=True)
