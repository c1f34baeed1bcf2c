"""Every text as it would be read, with made-up names: for golden files, figures and the sheet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.notifications.messages.samples import LINK, SAMPLES
from services.notifications.messages.tellings import QUESTIONS, Template
from services.notifications.messages.texts import Rendered, render
from services.notifications.messages.variants import Variant, variants_of


@dataclass(frozen=True, slots=True)
class Shown:
    """One text of a template in a language, as SMS."""

    variant: Variant
    written: Rendered
    linked: Rendered | None
    """With its link; None for what asks nothing."""


def shown(language: str) -> Sequence[Shown]:
    """All texts that a language has, in the order of the templates.

    In Tamazight names stand in Arabic, as they do for most who read it.
    """
    return [
        Shown(variant, _written(variant, language), _linked(template, variant, language))
        for template in Template
        for variant in variants_of(template.value, language)
    ]


def _written(variant: Variant, language: str, link: str | None = None) -> Rendered:
    return render(variant.template, {**SAMPLES, **variant.arguments}, (language,), "sms", link)


def _linked(template: Template, variant: Variant, language: str) -> Rendered | None:
    return _written(variant, language, LINK) if template in QUESTIONS else None
