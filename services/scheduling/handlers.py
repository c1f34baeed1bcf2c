"""Gather what a decision needs, then let the desk decide."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import uuid5
from zoneinfo import ZoneInfo

from chassis.intent import Intent
from chassis.runtime import Runtime
from services.scheduling import queries
from services.scheduling.domain import floor
from services.scheduling.domain.floor import (
    AssignBooth,
    BoothAssigned,
    FirstFit,
    Floor,
    PublishPlan,
    ReleaseBooth,
    SwapBooths,
)
from services.scheduling.domain.plan import Booth
from services.scheduling.domain.programme import (
    CancelSession,
    FairDays,
    Kind,
    OpenHall,
    RescheduleSession,
    ScheduleSession,
    Text,
)
from services.scheduling.domain.refused import Refused


@dataclass(frozen=True, slots=True)
class FirstFitOutcome:
    """Who was placed where and why, and who was not: (exhibitor, booths missing, why)."""

    assigned: list[BoothAssigned]
    unplaced: list[tuple[str, int, str]]


@dataclass(frozen=True, slots=True)
class SessionPlan:
    """A session as an organiser asks for it."""

    kind: Kind
    title: Text
    topic_code: str
    hall_id: str
    speakers: tuple[str, ...]
    language: str
    audience: str
    starts_at: datetime
    ends_at: datetime
    seats: int | None


async def publish_plan(
    runtime: Runtime, fair_id: str, booths: tuple[Booth, ...], intent: Intent
) -> int:
    """The revision of the plan that is in force then."""
    fair = await standing_fair(runtime, fair_id)
    command = PublishPlan(fair_id, booths, fair.poles)
    await runtime.desk.execute(f"floor-{fair_id}", command, intent)
    return await queries.revision(runtime.pool, fair_id)


async def assign_booth(
    runtime: Runtime,
    fair_id: str,
    booth_id: str,
    exhibitor_id: str,
    override: bool,
    intent: Intent,
) -> None:
    await standing_fair(runtime, fair_id)
    exhibitor = await queries.exhibitor(runtime.pool, fair_id, exhibitor_id)
    if exhibitor is None:
        raise Refused("exhibitor_unknown", exhibitor=exhibitor_id)
    command = AssignBooth(booth_id, exhibitor, override)
    await runtime.desk.execute(f"floor-{fair_id}", command, intent)


async def release_booth(
    runtime: Runtime, fair_id: str, booth_id: str, reason: str, intent: Intent
) -> None:
    await known_fair(runtime, fair_id)
    await runtime.desk.execute(f"floor-{fair_id}", ReleaseBooth(booth_id, reason), intent)


async def swap_booths(
    runtime: Runtime, fair_id: str, first: str, second: str, override: bool, intent: Intent
) -> None:
    """Takes everybody along: who holds the two booths is known only when the desk decides."""
    await standing_fair(runtime, fair_id)
    exhibitors = await queries.exhibitors(runtime.pool, fair_id)
    command = SwapBooths(first, second, exhibitors, override)
    await runtime.desk.execute(f"floor-{fair_id}", command, intent)


async def first_fit(
    runtime: Runtime, fair_id: str, pole_id: str | None, intent: Intent
) -> FirstFitOutcome:
    """What is missing is told from the floor as it stands when this is answered."""
    await standing_fair(runtime, fair_id)
    stream = f"floor-{fair_id}"
    exhibitors = tuple((await queries.exhibitors(runtime.pool, fair_id)).values())
    outcome = await runtime.desk.execute(stream, FirstFit(exhibitors, pole_id), intent)
    state: Floor = await runtime.desk.state(stream)
    return FirstFitOutcome(outcome.events, floor.unplaced(state, exhibitors, pole_id))


async def open_hall(
    runtime: Runtime, fair_id: str, hall_id: str, name: Text, capacity: int, intent: Intent
) -> None:
    await standing_fair(runtime, fair_id)
    command = OpenHall(fair_id, hall_id, name, capacity)
    await runtime.desk.execute(f"programme-{fair_id}", command, intent)


async def schedule_session(
    runtime: Runtime, fair_id: str, plan: SessionPlan, intent: Intent
) -> str:
    """The id of the new session."""
    fair = await standing_fair(runtime, fair_id)
    session_id = str(uuid5(intent.command_id, "session"))
    command = ScheduleSession(
        fair_id=fair_id,
        session_id=session_id,
        kind=plan.kind,
        title=plan.title,
        topic_code=plan.topic_code,
        hall_id=plan.hall_id,
        speakers=plan.speakers,
        language=plan.language,
        audience=plan.audience,
        starts_at=plan.starts_at,
        ends_at=plan.ends_at,
        seats=plan.seats,
        fair_days=days_of(fair),
    )
    await runtime.desk.execute(f"programme-{fair_id}", command, intent)
    return session_id


async def reschedule_session(
    runtime: Runtime,
    fair_id: str,
    session_id: str,
    hall_id: str,
    starts_at: datetime,
    ends_at: datetime,
    reason: str,
    intent: Intent,
) -> None:
    fair = await standing_fair(runtime, fair_id)
    command = RescheduleSession(session_id, hall_id, starts_at, ends_at, reason, days_of(fair))
    await runtime.desk.execute(f"programme-{fair_id}", command, intent)


async def cancel_session(
    runtime: Runtime, fair_id: str, session_id: str, reason: str, intent: Intent
) -> None:
    await known_fair(runtime, fair_id)
    command = CancelSession(session_id, reason)
    await runtime.desk.execute(f"programme-{fair_id}", command, intent)


async def known_fair(runtime: Runtime, fair_id: str) -> queries.Fair:
    """Raises Refused where the fair was not announced, or not heard of yet."""
    fair = await queries.fair(runtime.pool, fair_id)
    if fair is None:
        raise Refused("fair_unknown", fair=fair_id)
    return fair


async def standing_fair(runtime: Runtime, fair_id: str) -> queries.Fair:
    """A fair that is to take place.  Raises Refused where it is unknown or was called off."""
    fair = await known_fair(runtime, fair_id)
    if fair.cancelled:
        raise Refused("fair_cancelled", fair=fair_id)
    return fair


def days_of(fair: queries.Fair) -> FairDays:
    """The fair's days as instants: midnight is the town's own, whatever its offset is that week.

    Fairs that were announced before registration looked at their days may begin before the
    calendar does, or end after it.
    """

    def midnight(day: date, days_later: int, otherwise: datetime) -> datetime:
        try:
            day += timedelta(days=days_later)
            return datetime.combine(day, time(), ZoneInfo(fair.timezone)).astimezone(UTC)
        except OverflowError:
            return otherwise.replace(tzinfo=UTC)

    return FairDays(
        midnight(fair.first_day, 0, datetime.min), midnight(fair.last_day, 1, datetime.max)
    )
