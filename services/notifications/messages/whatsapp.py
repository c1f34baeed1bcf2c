"""What may go by WhatsApp: outside of a conversation only texts that it has approved.

WhatsApp knows each text by a name and a language, and fills numbered places in it.  It has no
Tamazight.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from services.notifications.messages.tellings import Template
from services.notifications.messages.texts import FOLDER, Argument, greeting, values_of
from services.notifications.messages.variants import Variant, parts_of, variant_for, variants_of

LANGUAGES = ("ar", "fr", "en")
NOT_APPROVED = frozenset({Template.CODE, Template.CAMPAIGN})
"""Codes go by SMS: WhatsApp takes none in words of ours.  So do campaigns: it approves no text that
is written freely."""
TEMPLATES = tuple(each for each in Template if each not in NOT_APPROVED)
"""What may go by WhatsApp."""
PENDING = FOLDER / "whatsapp.toml"
"""The states of a number of which WhatsApp has not been asked yet."""


class State(StrEnum):
    """How far WhatsApp is with a text."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    PAUSED = "paused"


class ApprovalsError(Exception):
    """The file of approvals cannot be read; the message is one line for who wrote it."""


@dataclass(frozen=True, slots=True)
class Filled:
    """An approved text with what its places are filled with, in their order."""

    name: str
    language: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Approvals:
    """The state of each text, by language and name."""

    states: Mapping[str, Mapping[str, State]]

    def state_of(self, name: str, language: str) -> State:
        """A text that nobody has noted is pending."""
        return self.states.get(language, {}).get(name, State.PENDING)

    def may_go(self, template: str, language: str) -> bool:
        """Whether a template may go by WhatsApp in a language: whether all its texts may."""
        texts = variants_of(template, language) if language in LANGUAGES else ()
        return bool(texts) and all(
            self.state_of(each.name, language) is State.APPROVED for each in texts
        )

    def filled(
        self, template: str, arguments: Mapping[str, Argument], language: str
    ) -> Filled | None:
        """The approved text that says this; None where it must go another way, as SMS."""
        known = language in LANGUAGES and template not in NOT_APPROVED
        variant = variant_for(template, language, arguments) if known else None
        if variant is None or self.state_of(variant.name, language) is not State.APPROVED:
            return None
        values = values_of(arguments, language)
        names = [name for kind, name in parts_of(variant, language) if kind == "argument"]
        if not values.keys() >= set(names):
            return None
        return Filled(variant.name, language, tuple(str(values[name]) for name in names))


NOTHING = Approvals({})
"""Nothing was approved."""


def read_approvals(path: Path = PENDING) -> Approvals:
    """The states as a file has them: a table a language, in it each text's state by its name.

    Raises ApprovalsError.
    """
    try:
        found = tomllib.loads(path.read_text("utf-8"))
        return Approvals(
            {
                language: {name: State(state) for name, state in states.items()}
                for language, states in found.items()
            }
        )
    except OSError as error:
        raise ApprovalsError(f"{path} cannot be read: {error.strerror}") from None
    except (ValueError, AttributeError) as error:
        raise ApprovalsError(f"{path} holds no states of texts: {error}") from None


def body_of(variant: Variant, language: str) -> str:
    """A text as WhatsApp is asked to approve it, with numbered places.  It takes none that begins
    with a place, so we greet first."""
    number, written = 0, f"{greeting(language)} "
    for kind, part in parts_of(variant, language):
        if kind == "argument":
            number += 1
            part = f"{{{{{number}}}}}"
        written += part
    return written
