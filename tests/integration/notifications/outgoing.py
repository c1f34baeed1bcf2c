"""Texts for tests that hand them over to networks."""

from __future__ import annotations

from uuid import uuid4

from services.notifications.networks.network import Addressee, Outgoing

NUMBER = "+212600000042"
"""A made-up number."""
TEXT = "Votre place est réservée, canari-7f3a."


def outgoing(
    text: str = TEXT,
    *,
    language: str = "fr",
    template: str = "seat_reserved",
    values: tuple[str, ...] = ("Marketing", "10h00"),
    phone: str = NUMBER,
) -> Outgoing:
    """One attempt, with a reference of its own."""
    return Outgoing(
        reference=str(uuid4()),
        message_id=str(uuid4()),
        to=Addressee(str(uuid4()), phone),
        text=text,
        language=language,
        template=template,
        values=values,
    )
