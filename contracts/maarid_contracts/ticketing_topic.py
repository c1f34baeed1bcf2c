"""The topic of ticketing's events."""

from __future__ import annotations

from typing import ClassVar

from maarid_contracts.envelope import Contract

TOPIC = "ticketing.events.v1"


class TicketingContract(Contract):
    topic: ClassVar[str] = TOPIC
