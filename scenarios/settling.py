"""Waits until what was set off has been heard everywhere and every message is on its way."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from scenarios.client import Answer, Client, NotFound, PlayError

FIRST_LOOK_SECONDS = 0.04
LONGEST_LOOK_SECONDS = 0.12
"""Between two looks at the services; looking costs them time that they need for their work."""

STILL_SECONDS = 120.0
"""A system in which nothing moves for so long, and which is not quiet, will not become so: by then
a service whose consumer is stuck has ended and was started again."""

REASON_SECONDS = 3.0
"""Messages that wait for a reason may go on waiting once nothing else has moved for so long."""

IN_MOTION = ("queued",)
"""What a pending message may not wait for when the system is quiet."""
AT_REST = ("awaiting_receipt", "quiet_hours")
"""What it may wait for while the hour stays: a receipt comes at an hour of its own, if ever, and
the morning when the hour is moved."""

RECEIPTS = timedelta(minutes=2)
"""By then a pocket phone has said that a text has come, if it ever does."""
GIVEN_UP = timedelta(hours=2, minutes=2)
"""By then nobody waits for the receipt of a text by WhatsApp any more."""


@dataclass(frozen=True)
class Look:
    """What the services say at one moment."""

    statuses: Mapping[str, Answer]
    pending: Mapping[str, int]
    """Messages by what they wait for; not asked for while events are still under way."""

    @property
    def figures(self) -> tuple[object, ...]:
        """Everything that moves while there is something to do."""
        return (
            *(
                (status["head"], status["relayed"], status["timers_due"], str(status["heard"]))
                for status in self.statuses.values()
            ),
            tuple(sorted(self.pending.items())),
        )

    def unsettled(self) -> list[str]:
        """What there is still to do, in words."""
        return unheard(self.statuses) + [
            f"{self.pending[reason]} messages are {reason.replace('_', ' ')}"
            for reason in IN_MOTION
            if reason in self.pending
        ]


def unheard(statuses: Mapping[str, Answer]) -> list[str]:
    """Which events and deadlines are still under way, in words."""
    found: list[str] = []
    for service, status in statuses.items():
        if status["relayed"] != status["head"]:
            found.append(f"{service} has sent {status['relayed']} of {status['head']} events")
        if status["timers_due"]:
            found.append(f"{service} has {status['timers_due']} deadlines to carry out")
        for topic, heard in status["heard"].items():
            head = statuses[topic.partition(".")[0]]["head"]
            for done in ("applied", "reacted"):
                if heard[done] != head:
                    found.append(f"{service} has {done} {heard[done]} of {head} from {topic}")
    return found


async def heard(client: Client) -> None:
    """Look until every event was heard everywhere; messages may still be on their way.

    That is enough where the hour stays and nobody asks for messages.  Raises PlayError as `settle`.
    """
    await _still(client, messages=False)


async def hour(client: Client) -> datetime:
    """The hour that it is for the services."""
    status = await client.get("notifications", "/status")
    return datetime.fromisoformat(status["clock"])


async def go(client: Client, now: datetime) -> None:
    """Move the hour a long way.  Raises PlayError as `settle`.

    Where receipts are missing it stops on the way, when they are given up: what goes on by the next
    channel then is still worth telling.
    """
    stop = await hour(client) + GIVEN_UP
    if stop < now:
        # What was not sent yet awaits no receipt, and would have no second channel in time.
        await settle(client)
        if await _awaits_receipts(client):
            await client.move_clock(stop)
            await settle(client)
    await client.move_clock(now)


async def _awaits_receipts(client: Client) -> bool:
    return bool((await _pending(client)).get(AT_REST[0]))


async def settle(client: Client) -> Look:
    """Look at all services until nothing is left to do before the hour is moved.

    Raises PlayError when a record was set aside, or when nothing moves although there is work.
    """
    return await _still(client, messages=True)


async def _still(client: Client, *, messages: bool) -> Look:
    before: Look | None = None
    moved_at = time.monotonic()
    pause = FIRST_LOOK_SECONDS
    while True:
        look = await _look(client, messages=messages)
        for service, status in look.statuses.items():
            if status["dead_letters"]:
                raise PlayError(
                    f"{service} has set {status['dead_letters']} records aside: see"
                    " `maarid dead-letters list`."
                )
        unsettled = look.unsettled()
        if before is None or before.figures != look.figures:
            moved_at = time.monotonic()
        elif not unsettled:
            still = time.monotonic() - moved_at
            if not look.pending or still > REASON_SECONDS:
                return look
        elif time.monotonic() - moved_at > STILL_SECONDS:
            raise PlayError("Nothing moves any more, but " + "; ".join(unsettled) + ".")
        before = look
        await asyncio.sleep(pause)
        pause = min(1.5 * pause, LONGEST_LOOK_SECONDS) if unsettled else FIRST_LOOK_SECONDS


async def _look(client: Client, *, messages: bool) -> Look:
    statuses = await client.everywhere("/status")
    pending: dict[str, int] = {}
    # Until all is heard, notifications may not know the fair.
    if messages and not unheard(statuses):
        found = await _pending(client)
        pending = {
            reason: count for reason, count in found.items() if count and reason not in AT_REST
        }
    return Look(statuses, pending)


async def _pending(client: Client) -> Mapping[str, int]:
    """The fair's messages by what they wait for; none where nobody has announced it yet."""
    try:
        found = await client.get("notifications", f"/fairs/{client.fair_id}/figures")
    except NotFound:
        return {}
    return found["pending_by_reason"]
