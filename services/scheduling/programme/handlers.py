"""Gather what a decision about the programme needs, then execute."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import uuid5
from zoneinfo import ZoneInfo

from chassis.definition.runtime import Runtime
from chassis.kernel.text import Text
from chassis.log.context import CommandContext
from services.scheduling.fairs.handlers import known_fair, standing_fair
from services.scheduling.fairs.read import Fair
from services.scheduling.programme.domain import (
    CancelSession,
    FairDays,
    Kind,
    OpenHall,
    RescheduleSession,
    ScheduleSession,
    programme_stream,
)


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


async def open_hall(
    runtime: Runtime, context: CommandContext, fair_id: str, hall_id: str, name: Text, capacity: int
) -> None:
    await standing_fair(runtime, fair_id)
    command = OpenHall(fair_id, hall_id, name, capacity)
    await runtime.desk.execute(programme_stream(fair_id), command, context)


async def schedule_session(
    runtime: Runtime, context: CommandContext, fair_id: str, plan: SessionPlan
) -> str:
    """Returns the id of the new session."""
    fair = await standing_fair(runtime, fair_id)
    session_id = str(uuid5(context.command_id, "session"))
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
    await runtime.desk.execute(programme_stream(fair_id), command, context)
    return session_id


async def reschedule_session(
    runtime: Runtime,
    context: CommandContext,
    fair_id: str,
    session_id: str,
    hall_id: str,
    starts_at: datetime,
    ends_at: datetime,
    reason: str,
) -> None:
    fair = await standing_fair(runtime, fair_id)
    command = RescheduleSession(session_id, hall_id, starts_at, ends_at, reason, days_of(fair))
    await runtime.desk.execute(programme_stream(fair_id), command, context)


async def cancel_session(
    runtime: Runtime, context: CommandContext, fair_id: str, session_id: str, reason: str
) -> None:
    await known_fair(runtime, fair_id)
    command = CancelSession(session_id, reason)
    await runtime.desk.execute(programme_stream(fair_id), command, context)


def days_of(fair: Fair) -> FairDays:
    """The fair's days as instants: midnight is the town's own, whatever its offset is that week.

    Fairs that were announced before registration checked their days may begin before the calendar
    does, or end after it.
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
