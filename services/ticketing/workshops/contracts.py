"""The events of workshops and their contracts, and the commands that sessions ask for."""

from __future__ import annotations

from maarid_contracts import scheduling, ticketing
from maarid_contracts.envelope import Text as PublicText

from chassis.kernel.text import Text
from chassis.log.event_types import EventType
from services.ticketing.workshops import domain

EVENTS = (
    EventType("workshop_opened.v1", domain.WorkshopOpened, ticketing.WorkshopOpenedV1),
    EventType("workshop_moved.v1", domain.WorkshopMoved, ticketing.WorkshopMovedV1),
    EventType("workshop_cancelled.v1", domain.WorkshopCancelled, ticketing.WorkshopCancelledV1),
    EventType("seat_reserved.v1", domain.SeatReserved, ticketing.SeatReservedV1),
    EventType("seat_waitlisted.v1", domain.SeatWaitlisted, ticketing.SeatWaitlistedV1),
    EventType("seat_released.v1", domain.SeatReleased, ticketing.SeatReleasedV1),
    EventType("workshop_full.v1", domain.WorkshopFull, ticketing.WorkshopFullV1),
    EventType("workshop_reopened.v1", domain.WorkshopReopened, ticketing.WorkshopReopenedV1),
    EventType("workshop_rules_set.v1", domain.WorkshopRulesSet, ticketing.WorkshopRulesSetV1),
)


def open_workshop(session: scheduling.SessionScheduledV1) -> domain.OpenWorkshop | None:
    """A session with seats to reserve opens as a workshop; any other needs no reservation."""
    if session.seats is None:
        return None
    return domain.OpenWorkshop(
        session.fair_id,
        session.session_id,
        _own(session.title),
        session.hall_id,
        session.seats,
        session.starts_at,
        session.ends_at,
    )


def move_workshop(session: scheduling.SessionRescheduledV1) -> domain.MoveWorkshop:
    """The workshop follows its session to another time or hall."""
    slot = (session.hall_id, session.starts_at, session.ends_at)
    return domain.MoveWorkshop(session.session_id, *slot)


def cancel_workshop(session: scheduling.SessionCancelledV1) -> domain.CancelWorkshop:
    """The workshop is cancelled with its session, for the same reason."""
    return domain.CancelWorkshop(session.session_id, session.reason)


def _own(text: PublicText) -> Text:
    return Text(text.ar, text.fr, text.zgh, text.en)
