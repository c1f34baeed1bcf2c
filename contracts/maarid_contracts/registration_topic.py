"""The topic of registration's events."""

from __future__ import annotations

from typing import ClassVar

from maarid_contracts.envelope import Contract

TOPIC = "registration.events.v1"


class RegistrationContract(Contract):
    topic: ClassVar[str] = TOPIC
