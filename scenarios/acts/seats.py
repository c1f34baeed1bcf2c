"""Workshops with rules: freed seats are offered and answered, and somebody stands at the door."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from scenarios.client import Answer, NotFound
from scenarios.model import Seating
from scenarios.programme import PlannedSession, changes, programme
from scenarios.settling import heard, settle
from scenarios.stage import Stage

PLACES_PER_ORGANISATION = 4


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
    return [each for each in programme(stage.scenario) if each.session.key in keys]


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

    Time passes where somebody does not answer.
    """
    rules = seating(stage)
    silent = rules.lapsed if rules else 0
    while offers := await _offered(stage):
        quiet, answered = offers[:silent], offers[silent:]
        silent -= len(quiet)
        for seat in answered:
            path = f"/workshops/{seat['session_id']}/seats/{seat['seat_id']}/accept"
            step = f"take-seat/{seat['seat_id']}"
            await stage.client.post("ticketing", path, None, step=step, role="service")
        if quiet:
            await settle(stage.client)
            left = [each["seat_id"] for each in quiet]
            standing = [each for each in await _offered(stage) if each["seat_id"] in left]
            # By then a message may have set a nearer deadline.
            until = [datetime.fromisoformat(each["offered_until"]) for each in standing]
            if until:
                await stage.client.move_clock(max(until))
        await settle(stage.client)


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
    try:
        for seat in seats[: len(seats) - rules.absent]:
            at = f"{path}/seats/{seat['seat_id']}/attend"
            step = f"attend/{seat['seat_id']}"
            await stage.client.post("ticketing", at, None, step=step, role="steward")
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
