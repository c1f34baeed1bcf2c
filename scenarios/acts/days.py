"""The days of the fair: changes, visitors at the gates, reminders in the evening before."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from scenarios.acts import gates, seats
from scenarios.acts.gates import Gates
from scenarios.cast import WAVES, Visit
from scenarios.programme import PlannedChange, changes, day_of, days_of, moment
from scenarios.report import Phase
from scenarios.settling import go, settle
from scenarios.stage import Stage

EVENING = time(18)
MORNING = time(10)
CLEARED_DAYS = (1, 3)


async def play(stage: Stage) -> None:
    """Ends when the last day is over, and everything has been heard and sent."""
    visits = stage.cast.visits
    total, done = 2 * len(visits), 0
    days = days_of(stage.scenario)
    await go(stage.client, _evening(stage, days[0] - 1))
    await settle(stage.client)
    phones = await gates.paired(stage)
    for day in days:
        today = [visit for visit in visits if visit.day == day]
        done = await _day(stage, phones, day, today, done, total)
        # Whoever has a seat tomorrow is reminded now.
        await go(stage.client, _evening(stage, day))
        if phones is not None:
            # Before the settling, so that what the uploads show is told by then.
            now, last = _evening(stage, day), day == days[-1]
            await gates.close(stage, phones, now, today, last=last)
        await settle(stage.client)
    closing = stage.scenario.fair.closes_at
    await go(stage.client, moment(stage.scenario, days[-1], closing))
    await settle(stage.client)
    await _clear_away(stage)


async def _clear_away(stage: Stage) -> None:
    """The last texts go out in the morning after; who has given no receipt a day later gives
    none."""
    for days in CLEARED_DAYS:
        morning = stage.scenario.fair.last_day + timedelta(days=days)
        await go(stage.client, stage.on(morning, MORNING))
        await settle(stage.client)


async def _day(
    stage: Stage, phones: Gates | None, day: int, visits: list[Visit], done: int, total: int
) -> int:
    tickets: dict[str, str] = {}

    async def issue(visit: Visit) -> None:
        body = {
            "kind": visit.kind,
            "day": day_of(stage.scenario, visit.day).isoformat(),
            "party": visit.party,
            "province": visit.province,
        }
        made = await stage.client.post(
            "ticketing",
            f"{stage.fair}/tickets",
            body,
            step=f"issue/{visit.key}",
            role="steward",
        )
        tickets[visit.key] = made["ticket_id"]

    async def check_in(visit: Visit) -> None:
        phone = phones and phones.at(day, visit.gate)
        if visit.comes and phones is not None and phone is not None:
            at = _arrival(stage, day, visit.wave)
            gates.let_in(stage, phones, phone, at, visit, tickets[visit.key])
        elif visit.comes:
            await stage.client.post(
                "ticketing",
                f"/tickets/{tickets[visit.key]}/check-in",
                {"gate_id": visit.gate},
                step=f"check-in/{visit.key}",
                role="steward",
            )

    async def until(at: datetime) -> None:
        """Whom a text about a change did not reach is told by another channel in time."""
        if due:
            await go(stage.client, at)
        else:
            await stage.client.move_clock(at)

    await go(stage.client, moment(stage.scenario, day, stage.scenario.fair.opens_at))
    due = [change for change in changes(stage.scenario) if change.day == day]
    for change in due:
        await _change(stage, change)
    if due:
        # Of a session that has begun nobody is told any more.
        await settle(stage.client)
    done = await stage.for_each(Phase.FAIR, visits, issue, before=done, total=total)
    doors = seats.doors(stage, day)
    for wave in range(WAVES):
        arrival = _arrival(stage, day, wave)
        while doors and doors[0].opens <= arrival:
            await until(doors[0].opens)
            # Whoever comes to the gates meanwhile comes when the door is shut.
            arrival = max(arrival, await seats.keep(stage, doors.pop(0)))
        await until(arrival)
        coming = [visit for visit in visits if visit.wave == wave]
        done = await stage.for_each(Phase.FAIR, coming, check_in, before=done, total=total)
    for door in doors:
        await until(door.opens)
        await seats.keep(stage, door)
    return done


async def _change(stage: Stage, change: PlannedChange) -> None:
    path = f"{stage.fair}/sessions/{stage.sessions[change.key]}"
    body: dict[str, str] = {"reason": change.reason}
    verb = "cancel"
    if change.moved_to is not None:
        verb = "reschedule"
        body["hall_id"] = change.moved_to.hall
        body["starts_at"] = change.moved_to.starts_at.isoformat()
        body["ends_at"] = change.moved_to.ends_at.isoformat()
    await stage.client.post("scheduling", f"{path}/{verb}", body, step=f"{verb}/{change.key}")


def _arrival(stage: Stage, day: int, wave: int) -> datetime:
    """In the middle of the part of the day, until the evening, that belongs to a wave."""
    fair = stage.scenario.fair
    opening = moment(stage.scenario, day, fair.opens_at)
    last = moment(stage.scenario, day, min(EVENING, fair.closes_at))
    return opening + (last - opening) * (2 * wave + 1) / (2 * WAVES)


def _evening(stage: Stage, day: int) -> datetime:
    return moment(stage.scenario, day, EVENING)
