"""A network, as the dispatcher of messages knows it, and what networks say afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

Channel = Literal["sms", "whatsapp"]
Outcome = Literal["accepted", "delivered", "read", "failed", "not_taken"]


@dataclass(frozen=True, slots=True)
class Addressee:
    """The contact that a text goes to.  Its `repr`, and so a log, leaves the number out."""

    contact_id: str
    phone: str = field(repr=False)
    """E.164."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One attempt to hand a message over.  Its `repr`, and so a log, leaves the text out."""

    reference: str
    """The id of the attempt, a UUID: what the network repeats to us in its receipts."""
    message_id: str
    to: Addressee
    text: str = field(repr=False)
    language: str
    template: str
    """Its name; that of the approved text where the network takes no other."""
    values: Sequence[str] = field(default=(), repr=False)
    """What an approved template of WhatsApp is filled with, in its order."""
    channel: Channel = "sms"
    """By which it is to go, for a network that carries everything."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a network answers, or says later: it has taken the text, has delivered it, the text was
    read, or it never will be delivered.  A network that is asked may also say that it has never
    been given the text: `not_taken`."""

    outcome: Outcome
    reason: str = ""
    """Why it failed: a code of ours (`no_whatsapp`, `unreachable_number`, `expired` …)."""
    network_id: str | None = None
    """The id under which the network knows the text."""


@dataclass(frozen=True, slots=True)
class Reported:
    """A receipt that came by itself: of the attempt that our reference, or else the network's id
    names."""

    receipt: Receipt
    reference: str | None = None
    short: int | None = None
    """Of our reference the last two bytes, where a network repeats no more."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a person wrote back.  Its `repr`, and so a log, leaves number and words out."""

    network_id: str
    """The network's id of what was written; the same again is the same."""
    phone: str = field(repr=False)
    """E.164."""
    text: str = field(repr=False)
    answers: str | None = None
    """The network's id of the text that is answered, where the phone says which."""


class NotTaken(Exception):
    """The network has certainly not taken the text; trying again later does no harm."""


class Throttled(NotTaken):
    """The network asks to wait."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"throttled for {seconds:g} s")
        self.seconds = seconds


class Denied(NotTaken):
    """The network refuses our credentials: nothing can be sent until somebody has mended them."""


class Unanswered(Exception):
    """Nobody knows whether the network has taken the text: the connection ended too early."""


class Network(Protocol):
    """Carries texts to phones."""

    @property
    def name(self) -> str:
        """As in settings, tables and figures: `pocket`, `smpp`, `twilio_sms` …"""
        ...

    @property
    def channel(self) -> Channel | None:
        """What it carries; None carries everything."""
        ...

    @property
    def templates_alone(self) -> bool:
        """Whether it takes approved templates and no other text, as WhatsApp does."""
        ...

    @property
    def here(self) -> bool:
        """Whether this replica speaks with it now; another one may."""
        ...

    async def send(self, outgoing: Outgoing) -> Receipt:
        """Hand a text over.  Raises NotTaken (Throttled, Denied) or Unanswered."""
        ...

    async def look_up(self, reference: str, network_id: str | None) -> Receipt | None:
        """What the network knows of an attempt whose outcome is missing; None where it cannot say.

        `not_taken` is for what it certainly never had: the text is sent again at once.  A network
        that may have it and does not find it says None.  Raises NotTaken where it was not reached.
        """
        ...

    async def close(self) -> None:
        """Give connections back."""
        ...


class Incoming(Protocol):
    """What a network sends to us by itself, as HTTP."""

    def signed(self, url: str, headers: Sequence[tuple[str, str]], body: bytes) -> bool:
        """Whether the network itself sent this, to this address of ours.  Reads nothing else."""
        ...

    def read(self, url: str, body: bytes) -> Sequence[Reported | Said]:
        """What it says.  Raises ValueError for what cannot be read."""
        ...
