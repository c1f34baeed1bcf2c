"""How fast a network is answered that tells us what became of texts.

What it is compared with stands in `benchmarks/bare.py`.  What is told says what is known already,
as networks repeat themselves; the service works on it meanwhile.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from itertools import cycle, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import orjson

from benchmarks.ground import Ground
from benchmarks.load import Wanted, load
from benchmarks.measuring import Line, Measured, at_least, in_turns, until
from benchmarks.texts import ask, sending_with
from benchmarks.ticketing import bare_route
from services.notifications.app import definition

CROWD = 64
TEXTS = 300
SECRET = "secret-of-benchmarks"
SETTINGS = {
    "MAARID_WHATSAPP_NUMBER_ID": "1234567890",
    "MAARID_WHATSAPP_TOKEN": "token-of-benchmarks",
    "MAARID_WHATSAPP_APP_SECRET": SECRET,
    "MAARID_WHATSAPP_VERIFY_TOKEN": "word-of-benchmarks",
}
DELIVERED = "select count(*) from messages where status = 'delivered'"
ALSO_BY_WHATSAPP = """
insert into attempts (reference, message_id, contact_id, network, channel, rung, language, segments,
                      answered_at, network_id, outcome, settled_at)
select gen_random_uuid(), message_id, contact_id, 'whatsapp', 'whatsapp', rung, language, segments,
       answered_at, 'wamid.' || message_id, 'delivered', settled_at
  from attempts where network = 'pocket'
returning reference::text, network_id
"""


async def hook(ground: Ground) -> Measured:
    """Posts a second with every connection posting again as soon as it is answered."""
    count = ground.amount(5000, CROWD)
    async with AsyncExitStack() as ends:
        sending = await ends.enter_async_context(sending_with(**SETTINGS))
        contacts = await sending.contacts(ground.amount(TEXTS, 20))
        async with sending.desk(definition()) as (desk, _):
            for contact in contacts:
                await ask(desk, contact)

        async def are_delivered() -> bool:
            return await sending.pool.fetchval(DELIVERED) == len(contacts)

        await until(are_delivered, 0.1)
        texts = [(row[0], row[1]) for row in await sending.pool.fetch(ALSO_BY_WHATSAPP)]
        home = Path(ends.enter_context(TemporaryDirectory(prefix="maarid-bench-")))
        running = sending.running
        bare = await ends.enter_async_context(bare_route(running, home, "notifications"))

        async def ours() -> float:
            posts = [_post(*text) for text in islice(cycle(texts), count)]
            return await _answered(running.ports["notifications"], posts, 200)

        async def theirs() -> float:
            body = {"attendee_id": str(uuid4()), "contact_id": str(uuid4()), "wait": False}
            seat = Wanted(f"/workshops/{uuid4()}/seats", "", "", body)
            return await _answered(bare, [seat] * count, 201)

        await theirs()
        await ours()
        return await in_turns(ground, ours, theirs, unit="posts/s")


def _post(reference: str, network_id: str) -> Wanted:
    """What WhatsApp posts when a text was delivered."""
    status = {
        "id": network_id,
        "status": "delivered",
        "timestamp": str(int(time.time())),
        "recipient_id": "212600000042",
        "biz_opaque_callback_data": reference,
    }
    metadata = {"display_phone_number": "212600000000", "phone_number_id": "1234567890"}
    value = {"messaging_product": "whatsapp", "metadata": metadata, "statuses": [status]}
    entry = {"id": "1", "changes": [{"field": "messages", "value": value}]}
    body = orjson.dumps({"object": "whatsapp_business_account", "entry": [entry]})
    signature = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    posted = body.decode()
    return Wanted("/hooks/whatsapp", "", "", {}, posted=posted, signature=f"sha256={signature}")


async def _answered(port: int, wanted: Sequence[Wanted], status: int) -> float:
    answered = await load(port, CROWD, wanted)
    if answered.statuses != {status: len(wanted)}:
        raise RuntimeError(f"not all were answered: {answered.statuses}")
    return answered.rate


LINES = (
    Line(
        "notifications.hook",
        "receipts posted by WhatsApp, 64 connections, against a bare route with one INSERT",
        at_least(0.5),
        hook,
    ),
)
"""Starts servers of its own."""
