"""What a power cut does to Kafka: the ends of its partitions were in memory, and are gone."""

from __future__ import annotations

import struct
from pathlib import Path

from servers import EmbeddedStack

BATCH_HEAD = struct.Struct(">qi")
"""Offset of a batch's first record, and the length of what follows."""


def batches_in(segment: Path) -> list[int]:
    """Where each batch of a segment begins."""
    data = segment.read_bytes()
    starts: list[int] = []
    place = 0
    while place + BATCH_HEAD.size <= len(data):
        starts.append(place)
        place += BATCH_HEAD.size + BATCH_HEAD.unpack_from(data, place)[1]
    return starts


def cut(stack: EmbeddedStack, topic: str, batches: int) -> int:
    """Take the last batches of each partition away, while Kafka is not running and was not stopped
    in order; returns how many were taken."""
    assert stack.kafka_pid is None
    data = stack.home / "kafka" / "data"
    taken = 0
    for partition in sorted(data.glob(f"{topic}-*")):
        segment = max(partition.glob("*.log"))
        starts = batches_in(segment)
        lost = starts[-batches:]
        if lost:
            taken += len(lost)
            with segment.open("r+b") as file:
                file.truncate(lost[0])
        # Made anew from what is left, as after any crash.
        for kind in ("*.index", "*.timeindex", "*.snapshot"):
            for file in partition.glob(kind):
                file.unlink()
    for checkpoint in ("recovery-point-offset-checkpoint", "replication-offset-checkpoint"):
        (data / checkpoint).unlink(missing_ok=True)
    return taken
