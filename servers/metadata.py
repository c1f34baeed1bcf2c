"""Does a Kafka answer? Asked with a real metadata request."""

from __future__ import annotations

import asyncio

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError


async def answers_metadata(bootstrap: str) -> bool:
    """True when a broker at `bootstrap` names at least one live broker of its cluster."""
    host, _, port = bootstrap.split(",")[0].rpartition(":")
    try:
        # A bare connection first: the client logs an error for each refused one.
        async with asyncio.timeout(5):
            _, writer = await asyncio.open_connection(host, int(port))
        writer.close()
    except (OSError, TimeoutError):
        return False
    client = AIOKafkaClient(bootstrap_servers=bootstrap, request_timeout_ms=5000)
    try:
        await client.bootstrap()
        return client.cluster.brokers() != set()
    except (KafkaError, OSError, TimeoutError):
        return False
    finally:
        await client.close()
