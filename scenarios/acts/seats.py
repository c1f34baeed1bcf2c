"""Workshops with rules: freed seats are offered and answered, and somebody stands at the door."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from scenarios.client import Answer, NotFound, each
from scenarios.model import Seating
from scenarios.programme import PlannedSession, changes, programme
from scenarios.settling import RECEIPTS, heard, hour, settle
from scenarios.stage import Stage

PLACES_PER_ORGANISATION = 4
YES = "نعم"
HANDED_OVER = ("sent", "delivered", "read")
"""The states of a message whose text may be on its phone."""


@dataclass(frozen=True)
class Door:
    """A workshop at whose door somebody stands, and when it begins."""

    session: PlannedSession
    opens: datetime


def seating(stage: Stage) -> Seating | None:
    """None where the team sets no rules."""
    return None if stage.by_hand else stage.scenario.seating


def ruled(stage: Stage) -> Sequence[PlannedSession]:
    """The workshops for which the team sets rules."""
    rules = seating(stage)
    keys = rules.sessions if rules else ()
    return [found for found in programme(stage.scenario) if found.session.key in keys]


async def set_rules(stage: Stage) -> None:
    """Before anybody reserves."""
    rules = seating(stage)
    if rules is None:
        return
    for planned in ruled(stage):
        body = {
            "places_per_organisation": PLACES_PER_ORGANISATION,
            "offer_minutes": rules.offer_minutes,
            "no_show_minutes": rules.no_show_minutes,
        }
        path = f"{_path(stage, planned)}/rules"
        await stage.client.post("ticketing", path, body, step=f"seat-rules/{planned.key}")


async def answer(stage: Stage) -> None:
    """Answer all offers, also those that follow from an answer: the first few in silence.

    Time passes where somebody does not answer.  Who has the text of the offer answers it.
    """
    rules = seating(stage)
    silent = rules.lapsed if rules else 0
    while offers := await _offered(stage):
        quiet, answered = offers[:silent], offers[silent:]
        silent -= len(quiet)
        for seat in answered:
            if not await _answer_text(stage, seat):
                path = f"/workshops/{seat['session_id']}/seats/{seat['seat_id']}/accept"
                step = f"take-seat/{seat['seat_id']}"
                await stage.client.post("ticketing", path, None, step=step, role="service")
        if quiet:
            # By then a message may have set a nearer deadline.
            await stage.client.move_clock(await hour(stage.client) + RECEIPTS)
            await settle(stage.client)
            left = [seat["seat_id"] for seat in quiet]
            standing = [seat for seat in await _offered(stage) if seat["seat_id"] in left]
            # Who could not be told did not miss the deadline: another one does.
            silent += len(quiet) - len(standing)
            until = [datetime.fromisoformat(seat["offered_until"]) for seat in standing]
            if until:
                await stage.client.move_clock(max(until))
        await settle(stage.client)


async def _answer_text(stage: Stage, seat: Answer) -> bool:
    """Say yes to the text of an offer; False where it did not come, or the seat has no contact."""
    contact, session = seat["contact_id"], seat["session_id"]
    if contact is None:
        return False
    query = {"contact_id": contact, "template": "seat_offered"}
    messages = await stage.client.items("notifications", "/messages", **query)
    asked = [each for each in messages if each["arguments"].get("session_id") == session]
    if len(asked) != 1 or asked[0]["status"] not in HANDED_OVER:
        return False
    path, message = f"/phones/{contact}", asked[0]["message_id"]
    try:
        texts = await stage.client.items("notifications", path)
    except NotFound:
        return False  # It got lost on its way, as all before it.
    if message not in [text["message_id"] for text in texts]:
        return False
    body = {"text": YES, "message_id": message}
    step = f"answer-seat/{seat['seat_id']}"
    await stage.client.post("notifications", f"{path}/answers", body, step=step)
    return True


async def _offered(stage: Stage) -> list[Answer]:
    found: list[Answer] = []
    for planned in ruled(stage):
        path = f"{_path(stage, planned)}/seats"
        found += await stage.client.items("ticketing", path, status="offered")
    return found


def doors(stage: Stage, day: int) -> list[Door]:
    """The doors of a day, in the order in which they open."""
    moved = {change.key: change.moved_to for change in changes(stage.scenario)}
    found: list[Door] = []
    for planned in ruled(stage):
        slot = moved.get(planned.key, planned.slot)
        if planned.day == day and slot is not None:
            found.append(Door(planned, slot.starts_at))
    return sorted(found, key=lambda door: door.opens)


async def keep(stage: Stage, door: Door) -> datetime:
    """Those who came are scanned; what the others left is for people without a seat.

    Returns when that was over.
    """
    rules = seating(stage)
    if rules is None:
        return door.opens
    path, key = _path(stage, door.session), door.session.key
    await stage.client.move_clock(door.opens)
    seats = await stage.client.items("ticketing", f"{path}/seats", status="reserved")

    async def scan(seat: Answer) -> None:
        at = f"{path}/seats/{seat['seat_id']}/attend"
        step = f"attend/{seat['seat_id']}"
        await stage.client.post("ticketing", at, None, step=step, role="steward")

    try:
        await each(seats[: len(seats) - rules.absent], scan)
    except NotFound:
        return door.opens  # A version that was gone back to keeps no doors.
    over = door.opens + timedelta(minutes=rules.no_show_minutes)
    await stage.client.move_clock(over)
    await heard(stage.client)
    for number in range(rules.walk_ins):
        step = f"walk-in/{key}/{number}"
        body = {"people": 1}
        await stage.client.post("ticketing", f"{path}/walk-ins", body, step=step, role="steward")
    return over


def _path(stage: Stage, planned: PlannedSession) -> str:
    return f"/workshops/{stage.sessions[planned.key]}"
