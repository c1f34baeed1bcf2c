"""Every text as it would be read, with made-up names: for golden files, figures and the sheet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.notifications.messages.samples import SAMPLES
from services.notifications.messages.tellings import Template
from services.notifications.messages.texts import Rendered, render
from services.notifications.messages.variants import Variant, variants_of


@dataclass(frozen=True, slots=True)
class Shown:
    """One text of a template in a language, as SMS."""

    variant: Variant
    written: Rendered


def shown(language: str) -> Sequence[Shown]:
    """All texts that a language has, in the order of the templates.

    In Tamazight names stand in Arabic, as they do for most who read it.
    """
    return [
        Shown(variant, render(template, {**SAMPLES, **variant.arguments}, (language,), "sms"))
        for template in Template
        for variant in variants_of(template.value, language)
    ]
