"""Keeps a board of who stands where: `python examples/python/consumer.py 127.0.0.1:9092`."""

import asyncio
import contextlib
import sys
from typing import Any

from aiokafka import AIOKafkaConsumer
from maarid_contracts import CATALOGUE
from maarid_contracts.scheduling import TOPIC, BoothAssignedV1, BoothReleasedV1


async def main(bootstrap: str) -> None:
    """Read the topic from its beginning, then follow it; the board is made anew at each start."""
    board: dict[tuple[str, str], str] = {}
    heard: dict[str, int] = {}
    kafka: Any = AIOKafkaConsumer(TOPIC, bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    async with kafka:
        async for record in kafka:
            headers = {name: value.decode() for name, value in record.headers}
            stream, version = headers["ce_subject"], int(headers["ce_sequence"])
            if version != heard.get(stream, 0) + 1:
                continue  # Sent twice, or ahead of one that is missing: then it comes again.
            heard[stream] = version
            entry = CATALOGUE.get(headers["ce_type"])
            if entry is None:
                continue  # A type that did not exist when this was written is not an error.
            match entry.model.model_validate_json(record.value):
                case BoothAssignedV1() as event:
                    board[event.fair_id, event.booth_id] = event.exhibitor_id
                    print(f"{event.fair_id} {event.booth_id} -> {event.exhibitor_id}", flush=True)
                case BoothReleasedV1() as event:
                    board.pop((event.fair_id, event.booth_id), None)
                    print(f"{event.fair_id} {event.booth_id} is free", flush=True)
                case _:
                    pass  # Plans, halls and sessions are on this topic as well.


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main(sys.argv[1]))
