"""When a contact is reminded of a session, and by which message."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from services.notifications.messages.domain import RequestMessage
from services.notifications.messages.tellings import Template, requesting
from services.notifications.workshops.workshop import Seat

EVENING = time(18)


def evening_before(starts_at: datetime, timezone: str) -> datetime:
    """Six o'clock in the evening before, by the clocks of the fair's town (an IANA zone)."""
    zone = ZoneInfo(timezone)
    eve = starts_at.astimezone(zone).date() - timedelta(days=1)
    return datetime.combine(eve, EVENING, zone)


def reminding(cause: UUID, seat: Seat, due: datetime) -> RequestMessage:
    """The command that requests the reminder of a seat, which was due in that evening."""
    about = {"session_id": seat.session_id}
    template = Template.SESSION_TOMORROW
    command = requesting(cause, template, seat.fair_id, seat.contact_id, about)
    return replace(command, cause_at=due)
