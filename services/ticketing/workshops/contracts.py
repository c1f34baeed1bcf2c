"""The events of workshops and their contracts, and the commands that sessions ask for."""

from __future__ import annotations

from maarid_contracts.envelope import Text as PublicText
from maarid_contracts.scheduling import (
    SessionCancelledV1,
    SessionRescheduledV1,
    SessionScheduledV1,
)
from maarid_contracts.ticketing import (
    SeatReleasedV1,
    SeatReservedV1,
    SeatWaitlistedV1,
    WorkshopCancelledV1,
    WorkshopFullV1,
    WorkshopMovedV1,
    WorkshopOpenedV1,
    WorkshopReopenedV1,
    WorkshopRulesSetV1,
)

from chassis.kernel.text import Text
from chassis.log.event_types import EventType
from services.ticketing.workshops.domain import (
    CancelWorkshop,
    MoveWorkshop,
    OpenWorkshop,
    SeatReleased,
    SeatReserved,
    SeatWaitlisted,
    WorkshopCancelled,
    WorkshopFull,
    WorkshopMoved,
    WorkshopOpened,
    WorkshopReopened,
    WorkshopRulesSet,
)

EVENTS = (
    EventType("workshop_opened.v1", WorkshopOpened, WorkshopOpenedV1),
    EventType("workshop_moved.v1", WorkshopMoved, WorkshopMovedV1),
    EventType("workshop_cancelled.v1", WorkshopCancelled, WorkshopCancelledV1),
    EventType("seat_reserved.v1", SeatReserved, SeatReservedV1),
    EventType("seat_waitlisted.v1", SeatWaitlisted, SeatWaitlistedV1),
    EventType("seat_released.v1", SeatReleased, SeatReleasedV1),
    EventType("workshop_full.v1", WorkshopFull, WorkshopFullV1),
    EventType("workshop_reopened.v1", WorkshopReopened, WorkshopReopenedV1),
    EventType("workshop_rules_set.v1", WorkshopRulesSet, WorkshopRulesSetV1),
)


def open_workshop(session: SessionScheduledV1) -> OpenWorkshop | None:
    """A session with seats to reserve opens as a workshop; any other needs no reservation."""
    if session.seats is None:
        return None
    return OpenWorkshop(
        session.fair_id,
        session.session_id,
        _own(session.title),
        session.hall_id,
        session.seats,
        session.starts_at,
        session.ends_at,
    )


def move_workshop(session: SessionRescheduledV1) -> MoveWorkshop:
    """The workshop follows its session to another time or hall."""
    return MoveWorkshop(session.session_id, session.hall_id, session.starts_at, session.ends_at)


def cancel_workshop(session: SessionCancelledV1) -> CancelWorkshop:
    """The workshop is cancelled with its session, for the same reason."""
    return CancelWorkshop(session.session_id, session.reason)


def _own(text: PublicText) -> Text:
    return Text(text.ar, text.fr, text.zgh, text.en)
