"""The topic of scheduling's events."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from maarid_contracts.envelope import Contract

TOPIC = "scheduling.events.v1"

BoothId = Annotated[str, Field(pattern=r"^[A-Z]{1,3}-?[0-9]{1,4}$", examples=["P-012"])]
"""What stands on the booth's sign."""


class SchedulingContract(Contract):
    topic: ClassVar[str] = TOPIC
