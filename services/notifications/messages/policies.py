"""What messages do when an event is received: tell of it, or look again at messages that wait."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

from maarid_contracts import Contract
from maarid_contracts.registration import FairAnnouncedV1, FairChangedV1
from maarid_contracts.scheduling import HallOpenedV1

from chassis.definition.runtime import Runtime
from chassis.definition.service import Policy, Reaction
from chassis.kafka.received import ReceivedEvent
from services.notifications.messages import read
from services.notifications.messages.domain import RequestMessage
from services.notifications.messages.handlers import follow_log, request_message
from services.notifications.messages.overtaking import OVERTAKING, overtaking_of
from services.notifications.messages.rows import fanout, sending
from services.notifications.messages.tellings import (
    AUDIENCES,
    Audience,
    message_to_its_contact,
    telling_of,
)
from services.notifications.workshops.read import others_of

TOLD_AT_ONCE = 256
"""Messages that are requested side by side: about half a round of the desk, so that others have
their turn."""


async def tell_contact(received: ReceivedEvent, runtime: Runtime) -> None:
    """Tell the contact that the event names, if it names one."""
    command = message_to_its_contact(received.contract, received.event_id)
    if command is not None:
        await _request(received, runtime, command)


async def tell_participants(received: ReceivedEvent, runtime: Runtime) -> None:
    """Tell the thousands who take part in the fair or have applied, a page after another.

    Begun anew it requests the same messages again, which adds no event.  The events of the fair's
    stream that came before were reacted to before, so applicants until then have been told of
    their applications.
    """
    event = received.contract
    telling = telling_of(event)
    if telling is None:
        return
    after: UUID | None = None
    while page := await read.participants(runtime.pool, event.fair_id, after, TOLD_AT_ONCE):
        commands = (telling.message(event, received.event_id, str(contact)) for contact in page)
        await asyncio.gather(*(_request(received, runtime, command) for command in commands))
        after = page[-1]


async def tell_seats(received: ReceivedEvent, runtime: Runtime) -> None:
    """Tell those who have a seat in the workshop, or wait for one, since before the event."""
    telling = telling_of(received.contract)
    if telling is not None:
        arguments = telling.arguments(received.contract)
        await fanout.tell_seats(runtime.pool, received, telling.template, arguments)


async def look_again(received: ReceivedEvent, runtime: Runtime) -> None:
    """Look again at the messages about a fair: one may have waited for this event."""
    await sending.wake_fair(runtime.pool, received.contract.fair_id)


async def overtake(received: ReceivedEvent, runtime: Runtime) -> None:
    """Let nobody be told any more what the event has overtaken, unless it is told already.

    The messages about earlier events of the stream were asked for before: reactions keep the order
    of a stream.
    """
    event = received.contract
    overtaken = overtaking_of(event)
    if overtaken is None:
        return
    if overtaken.of_session and await others_of(runtime.pool, event):
        return  # Which of the seats a message tells of, nobody can say.
    contact, templates = event.contact_id, [each.value for each in overtaken.templates]
    if await sending.is_unfollowed(runtime.pool, contact, templates):
        await follow_log(runtime.pool)
    arguments = overtaken.arguments(event)
    place = (received.stream, received.version)
    await sending.overtake(runtime.pool, contact, templates, arguments, *place)


async def _request(received: ReceivedEvent, runtime: Runtime, command: RequestMessage) -> None:
    """Request a message with the place of its cause, by which contacts read in order, and its time,
    by which it is worth telling."""
    placed = replace(
        command,
        cause_stream=received.stream,
        cause_version=received.version,
        cause_at=received.occurred_at,
    )
    await request_message(runtime, received.context(f"tell:{command.contact_id}"), placed)


TELLING_TO: Mapping[Audience, Policy] = {
    Audience.CONTACT: tell_contact,
    Audience.PARTICIPANTS: tell_participants,
    Audience.SEATS: tell_seats,
}
AWAITED: tuple[type[Contract], ...] = (FairAnnouncedV1, FairChangedV1, HallOpenedV1)
"""The events for which messages may wait."""

REACTIONS: tuple[Reaction, ...] = (
    *((contract, look_again) for contract in AWAITED),
    *((contract, overtake) for contract in OVERTAKING),
    *((contract, TELLING_TO[audience]) for contract, audience in AUDIENCES.items()),
)
