"""Stream `device-{device_id}`: the scans that a phone at a gate has uploaded.

A device counts its scans, works without a network, and uploads when it can: in any order, with
gaps, and again where it has not heard the answer.  A number belongs to one scan for ever.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from chassis.kernel.decider import Decider, Stream
from chassis.kernel.refused import Refused

BLOCK = 64
"""Sequences whose marks are kept side by side: a device with 10,000 scans takes 80 kB."""


@dataclass(frozen=True, slots=True)
class Scan:
    """What a device saw and decided; `at` is its time by the server's clock.

    `ticket_id` is a ticket of this fair; what was shown and is none stands in `unknown`.
    """

    scan_id: str
    sequence: int
    at: datetime
    device_at: datetime
    offset_ms: int | None
    ticket_id: str | None
    unknown: str | None
    issue: int | None
    direction: str
    people: int
    verdict: str
    decided: str
    overruled: bool

    @property
    def attendee_id(self) -> str | None:
        """Whom a seat may be reserved for: also a badge, which is no ticket of the fair."""
        return self.ticket_id or self.unknown


# Commands


@dataclass(frozen=True, slots=True)
class RecordScans:
    """Keep what is not known yet of a batch.

    `marks` has a number for each scan, which tells what the device said of it from anything else.
    """

    fair_id: str
    device_id: str
    gate_id: str
    session_id: str | None
    received_at: datetime
    scans: tuple[Scan, ...]
    marks: tuple[int, ...]


Command: TypeAlias = RecordScans


# Events


@dataclass(frozen=True, slots=True)
class GateScansRecorded:
    fair_id: str
    device_id: str
    gate_id: str
    session_id: str | None
    received_at: datetime
    scans: tuple[Scan, ...]
    marks: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SequencesReused:
    """Numbers came again with other scans than before; of that batch nothing was kept."""

    fair_id: str
    device_id: str
    sequences: tuple[int, ...]


Event: TypeAlias = GateScansRecorded | SequencesReused


@dataclass(slots=True)
class Device:
    """A mark for each sequence that is known; 0 stands for none."""

    blocks: dict[int, array[int]] = field(default_factory=dict[int, "array[int]"])
    received_to: int = 0
    """The highest sequence without a gap before it."""
    highest: int = 0
    reused: set[int] = field(default_factory=set[int])
    """Sequences of which the team was told."""

    def mark_of(self, sequence: int) -> int:
        block = self.blocks.get(sequence // BLOCK)
        return 0 if block is None else block[sequence % BLOCK]

    def keep(self, sequence: int, mark: int) -> None:
        """The mark of a sequence that was not known."""
        block = self.blocks.get(sequence // BLOCK)
        if block is None:
            block = self.blocks[sequence // BLOCK] = array("Q", bytes(8 * BLOCK))
        block[sequence % BLOCK] = mark
        self.highest = max(self.highest, sequence)
        while self.mark_of(self.received_to + 1):
            self.received_to += 1


def initial() -> Device:
    return Device()


def decide(command: Command, device: Device) -> list[Event]:
    """Raises Refused for a number with another scan than before, where the team knows of it."""
    new: dict[int, tuple[Scan, int]] = {}
    reused: set[int] = set()
    for scan, mark in zip(command.scans, command.marks, strict=True):
        before = device.mark_of(scan.sequence)
        if not before and scan.sequence in new:
            _, before = new[scan.sequence]
        if not before:
            new[scan.sequence] = (scan, mark)
        elif before != mark:
            reused.add(scan.sequence)
    if reused:
        if reused <= device.reused:
            raise Refused("sequence_reused", sequences=sorted(reused), next=device.highest + 1)
        untold = tuple(sorted(reused - device.reused))
        return [SequencesReused(command.fair_id, command.device_id, untold)]
    if not new:
        return []  # Uploaded before: the answer was lost.
    return [
        GateScansRecorded(
            command.fair_id,
            command.device_id,
            command.gate_id,
            command.session_id,
            command.received_at,
            tuple(scan for scan, _ in new.values()),
            tuple(mark for _, mark in new.values()),
        )
    ]


def evolve(device: Device, event: Event) -> Device:
    match event:
        case GateScansRecorded():
            for scan, mark in zip(event.scans, event.marks, strict=True):
                device.keep(scan.sequence, mark)
        case SequencesReused():
            device.reused.update(event.sequences)
    return device


def let_in_by(event: Event) -> list[Scan]:
    """The scans by which people came in, in the order in which their device made them."""
    match event:
        case GateScansRecorded():
            scans = sorted(event.scans, key=lambda scan: scan.sequence)
            return [scan for scan in scans if scan.verdict == "let_in" and scan.direction == "in"]
        case SequencesReused():
            return []


DECIDER = Decider("device", initial, decide, evolve)


def device_stream(device_id: str) -> Stream[Command, Device, Event]:
    """The stream of one device."""
    return DECIDER.stream(device_id)
