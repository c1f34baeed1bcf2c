"""What scheduling does when it hears that somebody, or a whole fair, does not come after all."""

from __future__ import annotations

import asyncio

from chassis.heard import Heard
from chassis.ids import uuid7
from chassis.intent import Intent
from chassis.runtime import Runtime
from services.scheduling import queries
from services.scheduling.domain.floor import ReleaseExhibitor
from services.scheduling.domain.programme import CancelSessions
from services.scheduling.translate import release_of

LOOK_SECONDS = 5.0


async def release_booths(heard: Heard, runtime: Runtime) -> None:
    """An exhibitor withdrew: its booths are free."""
    stream = f"floor-{heard.contract.fair_id}"
    await runtime.desk.execute(stream, release_of(heard.contract), heard.intent("release_booths"))


async def release_late_arrivals(runtime: Runtime) -> None:
    """Take back what was given to somebody who withdrew in the same instant.

    An assignment may have been gathered before the withdrawal was heard, and decided after
    `release_booths` found nothing to release.  The floor cannot know: it learns of exhibitors
    through commands only, and an event for everybody who leaves, kept for ever on a public topic
    just for this instant, would cost more than it saves.  The read tables know both sides, so a
    look at them every few seconds ends it, also where a policy was set aside as a dead letter.
    """
    while True:
        for fair_id, exhibitor_id in await queries.withdrawn_holders(runtime.pool):
            # Any id will do: once the booths are free, releasing them again is silent.
            intent = Intent(uuid7(), actor="policy:release_late_arrivals")
            command = ReleaseExhibitor(exhibitor_id)
            await runtime.desk.execute(f"floor-{fair_id}", command, intent)
        await asyncio.sleep(LOOK_SECONDS)


async def cancel_sessions(heard: Heard, runtime: Runtime) -> None:
    """A fair was called off: so are its sessions.

    Booths stay with their holders: nobody will stand there, and who would have is worth knowing.
    """
    stream = f"programme-{heard.contract.fair_id}"
    await runtime.desk.execute(stream, CancelSessions(), heard.intent("cancel_sessions"))


async def cancel_late_sessions(runtime: Runtime) -> None:
    """Call off what was scheduled in the instant in which its fair was called off.

    As with booths, a command may have been gathered before the fair's end was heard.
    """
    while True:
        for fair_id in await queries.cancelled_fairs_with_sessions(runtime.pool):
            intent = Intent(uuid7(), actor="policy:cancel_late_sessions")
            await runtime.desk.execute(f"programme-{fair_id}", CancelSessions(), intent)
        await asyncio.sleep(LOOK_SECONDS)
