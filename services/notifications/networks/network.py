"""A network, as the dispatcher of messages knows it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, Protocol


@dataclass(frozen=True, slots=True)
class Addressee:
    """The contact that a text goes to.  Its `repr`, and so a log, leaves the number out."""

    contact_id: str
    phone: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Receipt:
    """The answer of a network: it has taken the text, has delivered it, or never will."""

    outcome: Literal["accepted", "delivered", "failed"]
    reason: str = ""


class Network(Protocol):
    """Carries texts to phones."""

    async def send(
        self, message_id: str, to: Addressee, text: str, channel: str, language: str
    ) -> Receipt:
        """Send a text.  Asked again for the same message, it answers and does not send twice."""
        ...
