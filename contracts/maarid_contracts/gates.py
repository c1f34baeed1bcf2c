"""What ticketing says of the gates of a fair and the phones there: a part of `ticketing`."""

from __future__ import annotations

from typing import ClassVar

from pydantic import AwareDatetime, Field

from maarid_contracts.envelope import Code, Id, Part, Slug
from maarid_contracts.ticketing_topic import TicketingContract


class DoubleEntryFoundV1(TicketingContract):
    """A ticket let more people in than it is for, without an exit between, as known by then."""

    since: ClassVar[str] = "1.3.0"

    fair_id: Slug
    ticket_id: Id
    first_id: Id = Field(description="The scan of the entry before.")
    first_gate_id: Slug
    first_at: AwareDatetime = Field(description="By the server's clock, as all times here.")
    second_id: Id = Field(description="The scan of the entry that was one too many.")
    second_gate_id: Slug
    second_at: AwareDatetime


class GateRulesSetV1(TicketingContract):
    """The rules of a fair's gates as they hold from now on."""

    since: ClassVar[str] = "1.3.0"

    fair_id: Slug
    reentry: tuple[Code, ...] = Field(description="Kinds of tickets that let in again.")
    inside_limit: int | None = Field(default=None, ge=1, description="People inside at once.")


class PlaceInsideGivenV1(TicketingContract):
    """Some of the last places inside a fair are kept for people who are about to come in."""

    since: ClassVar[str] = "1.3.0"

    fair_id: Slug
    ticket_id: Id
    scan_id: Id
    people: int = Field(ge=1)
    given_at: AwareDatetime
    overruled: bool = False


class GateScan(Part):
    """What a device at a gate saw, and what it decided."""

    scan_id: Id
    sequence: int = Field(ge=1, description="The device counts its scans.")
    at: AwareDatetime = Field(description="By the server's clock: what the device said, corrected.")
    device_at: AwareDatetime = Field(description="By the clock of the device.")
    offset_ms: int | None = Field(
        default=None, description="What the server's clock was ahead, as the device had measured."
    )
    ticket_id: Id | None = Field(default=None, description="None for people without a ticket.")
    issue: int | None = None
    direction: Code = Field(examples=["in", "out"])
    people: int = Field(ge=1)
    verdict: Code = Field(examples=["let_in", "let_out", "already_inside"])
    decided: Code = Field(examples=["online", "offline"])
    overruled: bool = False


class GateScansRecordedV1(TicketingContract):
    """A device uploaded scans that were not known yet."""

    since: ClassVar[str] = "1.3.0"

    fair_id: Slug
    device_id: Id
    gate_id: Slug
    session_id: Id | None = Field(default=None, description="It stands at this workshop's door.")
    received_at: AwareDatetime
    scans: tuple[GateScan, ...]


class SequencesReusedV1(TicketingContract):
    """A device gave numbers that it had used to other scans; these were not recorded."""

    since: ClassVar[str] = "1.3.0"

    fair_id: Slug
    device_id: Id
    sequences: tuple[int, ...]
