"""Every text in each language as SMS, with its segments, and as WhatsApp is asked to approve it."""

from __future__ import annotations

from pathlib import Path

from services.notifications.messages.showing import shown
from services.notifications.messages.whatsapp import (
    LANGUAGES as ON_WHATSAPP,
    TEMPLATES,
    body_of,
)


def path_of(language: str) -> Path:
    """The file of a language."""
    return Path(__file__).with_name(f"{language}.txt")


def golden(language: str) -> str:
    """The file as it should be."""
    blocks: list[str] = []
    for each in shown(language):
        written = each.written
        lines = [
            f"{each.variant.name}, {written.segments} SMS, {len(written.text)} characters",
            # A mark of direction would not be seen.
            written.text.replace("\N{LEFT-TO-RIGHT MARK}", "<LRM>").replace(
                "\N{RIGHT-TO-LEFT MARK}", "<RLM>"
            ),
        ]
        if each.linked is not None:
            lines.append(f"With its link: {each.linked.segments} SMS")
        if language in ON_WHATSAPP and each.variant.template in TEMPLATES:
            lines.append(f"WhatsApp: {body_of(each.variant, language)}")
        blocks.append("\n".join(lines) + "\n")
    return "\n".join(blocks)
