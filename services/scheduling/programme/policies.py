"""What the programme does about received events."""

from __future__ import annotations

from maarid_contracts.registration import FairCancelledV1

from chassis.definition.runtime import Runtime
from chassis.definition.service import Reaction
from chassis.kafka.received import ReceivedEvent
from services.scheduling.programme.domain import CancelSessions, programme_stream


async def cancel_sessions(received: ReceivedEvent, runtime: Runtime) -> None:
    """A fair was called off: so are its sessions.

    Booths stay with their holders: nobody will stand there, and who would have is worth knowing.
    """
    stream = programme_stream(received.contract.fair_id)
    await runtime.desk.execute(stream, CancelSessions(), received.context("cancel_sessions"))


REACTIONS: tuple[Reaction, ...] = ((FairCancelledV1, cancel_sessions),)
