"""The events of workshops and their contracts, and the commands that sessions ask for."""

from __future__ import annotations

from maarid_contracts import scheduling, ticketing
from maarid_contracts.envelope import Text as PublicText

from chassis.kernel.text import Text
from chassis.log.event_types import event_types_of
from services.ticketing.workshops import domain

EVENTS = event_types_of(domain.Event, ticketing.EVENTS)


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
