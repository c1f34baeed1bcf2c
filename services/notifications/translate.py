"""Between contracts and our own messages: pure, no lookups."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias, assert_never
from uuid import UUID, uuid5

from maarid_contracts.notifications import (
    MessageDeliveredV1,
    MessageFailedV1,
    MessageRequestedV1,
    MessageSentV1,
    NotificationsContract,
)
from maarid_contracts.registration import (
    ApplicationRejectedV1,
    ApplicationSubmittedV1,
    ApplicationWaitlistedV1,
    ApplicationWithdrawnV1,
    ExhibitorRegisteredV1,
    ExhibitorWithdrawnV1,
    FairCancelledV1,
    FairChangedV1,
)
from maarid_contracts.scheduling import BoothAssignedV1, BoothReleasedV1
from maarid_contracts.ticketing import (
    SeatReleasedV1,
    SeatReservedV1,
    SeatWaitlistedV1,
    WorkshopMovedV1,
)

from services.notifications.domain.message import (
    Event,
    MessageDelivered,
    MessageFailed,
    MessageRequested,
    MessageSent,
    RequestMessage,
)
from services.notifications.domain.template import Template

Told: TypeAlias = (
    ApplicationSubmittedV1
    | ExhibitorRegisteredV1
    | ApplicationWaitlistedV1
    | ApplicationRejectedV1
    | ApplicationWithdrawnV1
    | ExhibitorWithdrawnV1
    | BoothAssignedV1
    | BoothReleasedV1
    | SeatReservedV1
    | SeatWaitlistedV1
    | SeatReleasedV1
)
"""The facts that one contact is told of."""

TOLD_OTHERWISE = frozenset({"swapped", "exhibitor_withdrew"})
"""Why a booth may be given up without a message of its own: the new booth, or the end of the
participation, is told already."""


TOLD_CHANGES = frozenset({"first_day", "last_day", "opens_at", "closes_at", "venue", "city"})
"""What of a fair nobody may miss: when and where it takes place."""


def translate(event: Event) -> NotificationsContract:
    """Our own event as everybody hears it."""
    match event:
        case MessageRequested():
            return MessageRequestedV1(
                message_id=event.message_id,
                fair_id=event.fair_id,
                contact_id=event.contact_id,
                template=event.template,
                arguments=dict(event.arguments),
            )
        case MessageSent():
            return MessageSentV1(
                message_id=event.message_id,
                channel=event.channel,
                language=event.language,
                segments=event.segments,
            )
        case MessageDelivered():
            return MessageDeliveredV1(message_id=event.message_id)
        case MessageFailed():
            return MessageFailedV1(message_id=event.message_id, reason=event.reason)
        case _:
            assert_never(event)


def message_id_of(cause: UUID, template: Template, contact_id: str) -> str:
    """The same for the same message, however often its cause is heard."""
    return str(uuid5(cause, f"{template}:{contact_id}"))


def telling(told: Told, cause: UUID) -> RequestMessage | None:
    """The message that a fact asks for; None where nobody is to be told."""
    content = _content(told)
    if content is None or told.contact_id is None:
        return None
    template, arguments = content
    return _request(cause, template, told.fair_id, told.contact_id, arguments)


def _content(told: Told) -> tuple[Template, Mapping[str, str]] | None:
    match told:
        case ApplicationSubmittedV1():
            return Template.APPLICATION_RECEIVED, {"pole_id": told.pole_id}
        case ExhibitorRegisteredV1():
            return Template.APPLICATION_ACCEPTED, {
                "pole_id": told.pole_id,
                "from_waitlist": _flag(told.from_waitlist),
            }
        case ApplicationWaitlistedV1():
            return Template.APPLICATION_WAITLISTED, {
                "rank": str(told.rank),
                "reason": told.reason,
            }
        case ApplicationRejectedV1():
            return Template.APPLICATION_REJECTED, {"reason": told.reason}
        case ApplicationWithdrawnV1() | ExhibitorWithdrawnV1():
            return Template.PARTICIPATION_WITHDRAWN, {
                "accepted": _flag(isinstance(told, ExhibitorWithdrawnV1)),
                "reason": told.reason,
            }
        case BoothAssignedV1():
            return Template.BOOTH_ASSIGNED, {
                "booth": told.booth_id,
                "pole_id": told.pole_id,
                "method": told.method,
            }
        case BoothReleasedV1() if told.reason in TOLD_OTHERWISE:
            return None
        case BoothReleasedV1():
            return Template.BOOTH_RELEASED, {
                "booth": told.booth_id,
                "reason": told.reason,
            }
        case SeatReservedV1():
            template = Template.SEAT_MOVED_UP if told.from_waitlist else Template.SEAT_RESERVED
            return template, {"session_id": told.session_id}
        case SeatWaitlistedV1():
            return Template.SEAT_WAITLISTED, {
                "session_id": told.session_id,
                "rank": str(told.rank),
            }
        case SeatReleasedV1(reason="workshop_cancelled"):
            return Template.SESSION_CANCELLED, {"session_id": told.session_id}
        case SeatReleasedV1():
            return Template.SEAT_RELEASED, {
                "session_id": told.session_id,
                "waited": _flag(told.waited),
            }
        case _:
            assert_never(told)


def move_arguments(moved: WorkshopMovedV1) -> Mapping[str, str]:
    """What everybody is told of a move; `waited` is added by contact."""
    return {
        "session_id": moved.session_id,
        "starts_at": moved.starts_at.isoformat(),
        "hall_id": moved.hall_id,
    }


def telling_of_change(
    changed: FairChangedV1, cause: UUID, contacts: Iterable[str]
) -> list[RequestMessage]:
    """When and where the fair takes place now, to each contact."""
    arguments = {
        "first_day": changed.first_day.isoformat(),
        "last_day": changed.last_day.isoformat(),
        "opens_at": changed.opens_at.isoformat(),
        "closes_at": changed.closes_at.isoformat(),
        "one_day": _flag(changed.first_day == changed.last_day),
    }
    return [
        _request(cause, Template.FAIR_CHANGED, changed.fair_id, contact_id, arguments)
        for contact_id in contacts
    ]


def telling_of_cancellation(
    cancelled: FairCancelledV1, cause: UUID, contacts: Iterable[str]
) -> list[RequestMessage]:
    """That the fair does not take place, to each contact."""
    arguments = {"reason": cancelled.reason}
    return [
        _request(cause, Template.FAIR_CANCELLED, cancelled.fair_id, contact_id, arguments)
        for contact_id in contacts
    ]


def reminding(cause: UUID, fair_id: str, session_id: str, contact_id: str) -> RequestMessage:
    """The reminder of the evening before."""
    return _request(
        cause,
        Template.SESSION_TOMORROW,
        fair_id,
        contact_id,
        {"session_id": session_id},
    )


def _request(
    cause: UUID,
    template: Template,
    fair_id: str,
    contact_id: str,
    arguments: Mapping[str, str],
) -> RequestMessage:
    message_id = message_id_of(cause, template, contact_id)
    return RequestMessage(message_id, fair_id, contact_id, template.value, arguments)


def _flag(flag: bool) -> str:
    return "true" if flag else "false"
