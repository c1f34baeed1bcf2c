"""Stream `contact-{contact_id}`: what a contact has said of messages as a whole.

Whether it agrees to them is registration's to say.  That it wants no more of them is said here, by
the phone that they go to, and holds at once.
"""

from __future__ import annotations

from dataclasses import dataclass

from chassis.kernel.decider import Decider, Stream


@dataclass(frozen=True, slots=True)
class OptOut:
    """Send this contact no more messages; `way` is how it was said: `whatsapp`, `link` …"""

    contact_id: str
    way: str


@dataclass(frozen=True, slots=True)
class ContactOptedOut:
    """The contact wants no more messages."""

    contact_id: str
    way: str


@dataclass(frozen=True, slots=True)
class Contact:
    """Nothing of it bears on a decision: consent that was given in between is not known here."""


def decide(command: OptOut, contact: Contact) -> list[ContactOptedOut]:
    """Whoever says it again, after having agreed anew, is believed again."""
    return [ContactOptedOut(command.contact_id, command.way)]


def evolve(contact: Contact, event: ContactOptedOut) -> Contact:
    return contact


DECIDER = Decider("contact", Contact, decide, evolve)


def contact_stream(contact_id: str) -> Stream[OptOut, Contact, ContactOptedOut]:
    """The stream of one contact."""
    return DECIDER.stream(contact_id)
