"""What notifications does when it hears something: it tells, it reminds, it forgets."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from uuid import UUID

import orjson

from chassis.heard import Heard
from chassis.runtime import Runtime
from chassis.timers import Timer
from services.notifications import contacts, queries, reminders
from services.notifications.domain.message import RequestMessage, stream_of
from services.notifications.domain.template import Template
from services.notifications.fanout import tell_all
from services.notifications.translate import (
    TOLD_CHANGES,
    move_arguments,
    reminding,
    telling,
    telling_of_cancellation,
    telling_of_change,
)
from services.notifications.waiting import wake_fair

# Who has a seat and waits for another is told of the seat.
MOVED = """
select contact_id,
       $8::jsonb || jsonb_build_object('waited', bool_and(waited)::text) as arguments
  from seats where session_id = $9::uuid and since < $10 group by contact_id
"""

EVERY_VERSION = 2**62
"""Seats asked for before this version of a stream: all of them."""

TOLD_AT_ONCE = 256
"""Messages that are asked for side by side: about half a round of the desk, so that others have
their turn."""


async def tell(heard: Heard, runtime: Runtime) -> None:
    """One contact is told of the fact, if there is one to tell."""
    command = telling(heard.contract, heard.event_id)
    if command is not None:
        stream = stream_of(command.message_id)
        command = _caused_by(command, heard)
        await runtime.desk.execute(stream, command, heard.intent(f"tell:{command.contact_id}"))


def _caused_by(command: RequestMessage, heard: Heard) -> RequestMessage:
    """The command with the place of what it tells of, by which contacts read in order."""
    return replace(command, cause_stream=heard.stream, cause_version=heard.version)


async def tell_of_move(heard: Heard, runtime: Runtime) -> None:
    """Everybody who has a seat, or waits for one, is told of the new time and hall.

    Who asked for a seat after the move was told of the new time then.
    """
    moved = heard.contract
    arguments = orjson.dumps(move_arguments(moved)).decode()
    await tell_all(
        runtime,
        heard,
        Template.SESSION_MOVED,
        moved.fair_id,
        MOVED,
        arguments,
        moved.session_id,
        heard.version,
    )


async def tell_of_change(heard: Heard, runtime: Runtime) -> None:
    """Whoever takes part in the fair, or has applied, is told of its new days, hours and place."""
    changed = heard.contract
    if not TOLD_CHANGES.isdisjoint(changed.changed):
        await _tell_participants(
            heard, runtime, lambda found: telling_of_change(changed, heard.event_id, found)
        )


async def tell_of_cancellation(heard: Heard, runtime: Runtime) -> None:
    """Whoever takes part in the fair, or has applied, is told that it does not take place."""
    await _tell_participants(
        heard,
        runtime,
        lambda found: telling_of_cancellation(heard.contract, heard.event_id, found),
    )


async def _tell_participants(
    heard: Heard, runtime: Runtime, telling_all: Callable[[list[str]], list[RequestMessage]]
) -> None:
    """Ask for the messages of thousands, a page after another.

    Begun anew it asks for the same again, which is silent.  What the fair's stream said before was
    reacted to before, so whoever has applied by then has been told of that.
    """
    after: UUID | None = None
    while page := await queries.participants(
        runtime.pool, heard.contract.fair_id, after, TOLD_AT_ONCE
    ):
        await asyncio.gather(
            *(
                runtime.desk.execute(
                    stream_of(command.message_id),
                    _caused_by(command, heard),
                    heard.intent(f"tell:{command.contact_id}"),
                )
                for command in telling_all([str(contact_id) for contact_id in page])
            )
        )
        after = page[-1]


async def forget(heard: Heard, runtime: Runtime) -> None:
    """A contact was erased.

    Its tombstone says the same, but a compacted topic does not keep tombstones for ever, and a
    service may have been down for longer.
    """
    async with runtime.pool.acquire() as db, db.transaction():
        await contacts.forget(db, heard.contract.contact_id)


async def look_again(heard: Heard, runtime: Runtime) -> None:
    """More is known of a fair, and messages may have waited for that."""
    await wake_fair(runtime.pool, heard.contract.fair_id)


async def remind_of_seat(heard: Heard, runtime: Runtime) -> None:
    """Somebody has a seat: a reminder is due in the evening before."""
    seat = await queries.seat(runtime.pool, heard.contract.seat_id)
    if seat is not None:
        await reminders.set_reminder(runtime, seat)


async def move_reminders(heard: Heard, runtime: Runtime) -> None:
    """The workshop moved: so do its reminders."""
    await reminders.set_reminders(runtime, heard.contract.session_id, heard.version)


async def set_waiting_reminders(heard: Heard, runtime: Runtime) -> None:
    """Seats may be heard of before their fair, whose zone tells when its evenings are."""
    for session_id in await queries.workshops_of_fair(runtime.pool, heard.contract.fair_id):
        await reminders.set_reminders(runtime, session_id, EVERY_VERSION)


async def follow_zone(heard: Heard, runtime: Runtime) -> None:
    """The evenings of a fair are others where its time zone was put right."""
    if "timezone" in heard.contract.changed:
        await set_waiting_reminders(heard, runtime)


async def cancel_reminder(heard: Heard, runtime: Runtime) -> None:
    """A seat was given up."""
    await reminders.cancel_reminder(runtime, heard.contract.seat_id)


async def remind(timer: Timer, runtime: Runtime) -> None:
    """The evening before has come: whoever still has the seat is told once more."""
    seat = await queries.seat(runtime.pool, timer.payload["seat_id"])
    if seat is None or seat.waited:
        return
    fairs = await queries.fairs(runtime.pool, [seat.fair_id])
    if seat.fair_id in fairs and fairs[seat.fair_id].cancelled:
        return  # Its seats are about to be released, and its reminders with them.
    workshops = await queries.workshops(runtime.pool, [seat.session_id])
    starts_at = workshops[seat.session_id].starts_at
    if starts_at != datetime.fromisoformat(timer.payload["starts_at"]):
        return  # The workshop has moved meanwhile, and its reminder is about to move with it.
    if starts_at <= runtime.clock.now():
        return  # Nobody was up in the evening, and a reminder of the past helps no one.
    intent = timer.intent
    command = reminding(intent.command_id, seat.fair_id, seat.session_id, seat.contact_id)
    await runtime.desk.execute(stream_of(command.message_id), command, intent)
