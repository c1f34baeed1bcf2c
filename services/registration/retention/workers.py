"""Erases those on confirmed lists, page by page; what is left after a crash is gone on with."""

from __future__ import annotations

import asyncio
from uuid import UUID, uuid5

import structlog

from chassis.definition.runtime import Runtime
from chassis.log.context import CommandContext
from chassis.log.desk import Busy, Unavailable
from chassis.postgres.database import TROUBLE
from services.registration.contacts.handlers import erase_contact
from services.registration.contacts.rows import CONTACTS
from services.registration.organisations.read import ContactOwner
from services.registration.people.handlers import erase_wearer
from services.registration.retention import rows

log = structlog.get_logger(__name__)

POLL = 2.0
"""Seconds between two looks for a list that was confirmed."""


async def erase_confirmed(runtime: Runtime) -> None:
    """The worker: erase for ever, in every replica; to erase twice changes nothing."""
    while True:
        try:
            while await erase_page(runtime):
                pass
        except (Busy, Unavailable, *TROUBLE) as error:
            log.warning("retention.trouble", error=type(error).__name__)
        await asyncio.sleep(POLL)


async def erase_page(runtime: Runtime) -> int:
    """Erase some of a list, but nobody who has been needed since; returns how many were left."""
    page = await rows.page_left(runtime.pool)
    if not page:
        return 0
    keys = [row["key"] for row in page]
    still = await rows.still_too_old(runtime.pool, keys, page[0]["before"])
    for row in page:
        key: str = row["key"]
        if key in still:
            context = CommandContext(
                uuid5(UUID(key), "retention"),
                actor=row["confirmed_by"],
                correlation_id=row["command_id"],
            )
            if row["kind"] == CONTACTS.one:
                await erase_contact(runtime, context, ContactOwner(key, row["owner"]))
            else:
                await erase_wearer(runtime, context, row["owner"], key)
        await rows.done(runtime.pool, key)
    return len(page)
