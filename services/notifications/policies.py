"""What notifications does when it hears something: it tells, it reminds, it forgets."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from datetime import datetime
from uuid import UUID

from chassis.heard import Heard
from chassis.runtime import Runtime
from chassis.timers import Timer
from services.notifications import contacts, queries
from services.notifications.domain.message import RequestMessage, stream_of
from services.notifications.domain.reminder import evening_before
from services.notifications.translate import (
    TOLD_CHANGES,
    reminding,
    telling,
    telling_of_cancellation,
    telling_of_change,
    telling_of_move,
)
from services.notifications.waiting import wake_fair

REMINDER = "remind"
"""The kind of timer that fires in the evening before a session."""

TOLD_AT_ONCE = 256
"""Messages that are asked for side by side: about half a round of the desk, so that others have
their turn."""


async def tell(heard: Heard, runtime: Runtime) -> None:
    """One contact is told of the fact, if there is one to tell."""
    command = telling(heard.contract, heard.event_id)
    if command is not None:
        stream = stream_of(command.message_id)
        await runtime.desk.execute(stream, command, heard.intent(f"tell:{command.contact_id}"))


async def tell_of_move(heard: Heard, runtime: Runtime) -> None:
    """Everybody who has a seat, or waits for one, is told of the new time and hall.

    Who asked for a seat after the move was told of the new time then.
    """
    moved = heard.contract
    seats = await queries.seats_of_session(runtime.pool, moved.session_id, heard.version)
    told = telling_of_move(moved, heard.event_id, ((s.contact_id, s.waited) for s in seats))
    for command in told:
        stream = stream_of(command.message_id)
        await runtime.desk.execute(stream, command, heard.intent(f"tell:{command.contact_id}"))


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
                    command,
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
        await _set_reminders(runtime, [seat])


async def move_reminders(heard: Heard, runtime: Runtime) -> None:
    """The workshop moved: so do its reminders."""
    session_id = heard.contract.session_id
    seats = await queries.seats_of_session(runtime.pool, session_id, heard.version)
    await _set_reminders(runtime, seats)


async def set_waiting_reminders(heard: Heard, runtime: Runtime) -> None:
    """Seats may be heard of before their fair, whose zone tells when its evenings are."""
    seats = await queries.seats_of_fair(runtime.pool, heard.contract.fair_id)
    await _set_reminders(runtime, seats)


async def follow_zone(heard: Heard, runtime: Runtime) -> None:
    """The evenings of a fair are others where its time zone was put right."""
    if "timezone" in heard.contract.changed:
        await set_waiting_reminders(heard, runtime)


async def cancel_reminder(heard: Heard, runtime: Runtime) -> None:
    """A seat was given up."""
    await runtime.timers.cancel(_key(heard.contract.seat_id))


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


async def _set_reminders(runtime: Runtime, seats: Iterable[queries.Seat]) -> None:
    """Set the reminders of seats, and take back those whose evening is over."""
    held = [seat for seat in seats if not seat.waited]
    fairs = await queries.fairs(runtime.pool, {seat.fair_id for seat in held})
    workshops = await queries.workshops(runtime.pool, {seat.session_id for seat in held})
    for seat in held:
        fair, workshop = fairs.get(seat.fair_id), workshops.get(seat.session_id)
        if fair is None or workshop is None:
            continue  # The announcement of the fair sets them: see `set_waiting_reminders`.
        due = evening_before(workshop.starts_at, fair.timezone)
        if due <= runtime.clock.now():
            await runtime.timers.cancel(_key(seat.seat_id))
            continue
        payload = {"seat_id": seat.seat_id, "starts_at": workshop.starts_at.isoformat()}
        await runtime.timers.set(_key(seat.seat_id), REMINDER, due, payload)


def _key(seat_id: str) -> str:
    return f"remind:{seat_id}"
