"""What befalls the texts of a pocket phone that is played: by a seed, so that it can be repeated.

Shares are made up, and of the size that networks have: some phones lack WhatsApp, some receipts
never come, some numbers are out of service.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from services.notifications.networks.network import Channel, Receipt

HERE, ABSENT = Receipt("delivered"), Receipt("failed", "unreachable_number")


@dataclass(frozen=True, slots=True)
class Later:
    """A receipt that comes so many seconds after the text was taken, by the clock of the fairs."""

    seconds: float
    receipt: Receipt


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of a text: it is refused at once, or taken and then reported on, or not."""

    refused: str = ""
    arrives: bool = True
    reports: Sequence[Later] = ()


@dataclass(frozen=True, slots=True)
class Mischief:
    """Decides by a seed."""

    seed: int

    def fate_of(self, message_id: str, channel: Channel) -> Fate:
        """The same for the same message and channel, however often it is asked."""
        kind, slow, reader = self._draws(message_id, channel)
        delivered = Later(2 + 60 * slow, HERE)
        failed = Later(2 + 60 * slow, ABSENT)
        if channel == "sms":
            if kind < 0.03:
                return Fate(arrives=False, reports=[failed])
            return Fate(arrives=kind >= 0.05, reports=[] if kind < 0.07 else [delivered])
        if kind < 0.12:
            return Fate(refused="no_whatsapp", arrives=False)
        if kind < 0.15:
            return Fate(arrives=False, reports=[failed])
        if kind < 0.20:
            return Fate()
        read = [Later(delivered.seconds + 600 * reader, Receipt("read"))] if reader < 0.7 else []
        return Fate(reports=[delivered, *read])

    def _draws(self, message_id: str, channel: Channel) -> Sequence[float]:
        drawn = sha256(f"{self.seed}\n{message_id}\n{channel}".encode()).digest()
        return [int.from_bytes(drawn[at : at + 4]) / 2**32 for at in (0, 4, 8)]
