"""Who takes part in a fair: decisions on applications, places of poles, and waiting lists.

A part of the stream `fair-{fair_id}` (see fair.py): places of a pole can only be kept count of
where every decision on the fair's applications is taken.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from services.registration.domain.application import (
    AcceptApplication,
    ApplicationRejected,
    ApplicationSubmitted,
    ApplicationWaitlisted,
    ApplicationWithdrawn,
    ExhibitorRegistered,
    ExhibitorWithdrawn,
    Participation,
    RejectApplication,
    WaitlistApplication,
    WithdrawApplication,
)
from services.registration.domain.refused import Refused

Command = AcceptApplication | WaitlistApplication | RejectApplication | WithdrawApplication
Event = (
    ApplicationSubmitted
    | ExhibitorRegistered
    | ApplicationWaitlisted
    | ApplicationRejected
    | ApplicationWithdrawn
    | ExhibitorWithdrawn
)


# State


class Status(StrEnum):
    SUBMITTED = "submitted"
    WAITLISTED = "waitlisted"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


@dataclass
class Application:
    submitted: ApplicationSubmitted
    status: Status = Status.SUBMITTED

    @property
    def places(self) -> int:
        """Places of its pole that it takes once accepted; partners have booths of their own."""
        exhibits = self.submitted.participation is Participation.EXHIBITOR
        return self.submitted.booths if exhibits else 0


@dataclass
class Selection:
    places: Mapping[str, int] = field(default_factory=dict[str, int])
    """Pole -> its places."""
    applications: dict[str, Application] = field(default_factory=dict[str, Application])
    live: dict[str, str] = field(default_factory=dict[str, str])
    """Organisation -> its application that is not rejected or withdrawn."""
    taken: dict[str, int] = field(default_factory=dict[str, int])
    """Pole -> places given to exhibitors."""
    waiting: dict[str, dict[str, None]] = field(default_factory=dict[str, dict[str, None]])
    """Pole -> applications on its list, in order."""

    def free(self, pole_id: str) -> int:
        """Places of a pole that nobody has."""
        return self.places[pole_id] - self.taken.get(pole_id, 0)


# Decisions


def decide(command: Command, selection: Selection) -> list[Event]:
    """Raises Refused.  "Already so" is an empty list."""
    application = selection.applications.get(command.application_id)
    if application is None:
        raise Refused("application_unknown", application_id=command.application_id)
    match command, application.status:
        case (
            (AcceptApplication(), Status.ACCEPTED)
            | (WaitlistApplication(), Status.WAITLISTED)
            | (RejectApplication(), Status.REJECTED)
            | (WithdrawApplication(), Status.WITHDRAWN)
        ):
            return []
        case _, Status.REJECTED:
            raise Refused("application_rejected", application_id=command.application_id)
        case _, Status.WITHDRAWN:
            raise Refused("application_withdrawn", application_id=command.application_id)
        case ((WaitlistApplication() | RejectApplication()), Status.ACCEPTED):
            raise Refused("application_accepted", application_id=command.application_id)
        case AcceptApplication(reason=reason), _:
            return [_accept(application, selection, reason)]
        case WaitlistApplication(reason=reason), _:
            return [_waitlist(application, selection, reason)]
        case RejectApplication(reason=reason), _:
            return [_reject(application.submitted, reason)]
        case WithdrawApplication(reason=reason), Status.ACCEPTED:
            return [
                _withdraw_exhibitor(application.submitted, reason),
                *_move_up(application, selection),
            ]
        case WithdrawApplication(reason=reason), _:  # pragma: no branch
            return [_withdraw(application.submitted, reason)]


def _accept(application: Application, selection: Selection, reason: str) -> Event:
    pole_id = application.submitted.pole_id
    free = selection.free(pole_id)
    if application.places > free:
        raise Refused("pole_full", pole_id=pole_id, free=free, wanted=application.places)
    return _register(application, reason)


def _register(application: Application, reason: str) -> ExhibitorRegistered:
    asked = application.submitted
    return ExhibitorRegistered(
        fair_id=asked.fair_id,
        exhibitor_id=asked.application_id,
        organisation_id=asked.organisation_id,
        contact_id=asked.contact_id,
        participation=asked.participation,
        pole_id=asked.pole_id,
        booths=asked.booths,
        people=asked.people,
        families=tuple(sorted({product.family for product in asked.products})),
        needs=asked.needs,
        programmes=asked.programmes,
        from_waitlist=application.status is Status.WAITLISTED,
        reason=reason,
    )


def _move_up(withdrawn: Application, selection: Selection) -> list[Event]:
    """Give the places given back to those who wait: in order, each whose booths fit.

    Not more than were given back, so that a place which the team keeps free stays free.
    """
    pole_id = withdrawn.submitted.pole_id
    given_back = withdrawn.places
    free = selection.free(pole_id) + given_back
    events: list[Event] = []
    for application_id in selection.waiting.get(pole_id, ()):
        if given_back <= 0:
            break
        waiting = selection.applications[application_id]
        if waiting.places <= free:
            events.append(_register(waiting, "place_given_back"))
            free -= waiting.places
            given_back -= waiting.places
    return events


def _waitlist(application: Application, selection: Selection, reason: str) -> Event:
    asked = application.submitted
    if application.places == 0:
        raise Refused("partner_needs_no_place", application_id=asked.application_id)
    return ApplicationWaitlisted(
        fair_id=asked.fair_id,
        application_id=asked.application_id,
        organisation_id=asked.organisation_id,
        contact_id=asked.contact_id,
        pole_id=asked.pole_id,
        rank=len(selection.waiting.get(asked.pole_id, ())) + 1,
        reason=reason,
    )


def _reject(asked: ApplicationSubmitted, reason: str) -> Event:
    return ApplicationRejected(
        fair_id=asked.fair_id,
        application_id=asked.application_id,
        organisation_id=asked.organisation_id,
        contact_id=asked.contact_id,
        reason=reason,
    )


def _withdraw(asked: ApplicationSubmitted, reason: str) -> Event:
    return ApplicationWithdrawn(
        fair_id=asked.fair_id,
        application_id=asked.application_id,
        organisation_id=asked.organisation_id,
        contact_id=asked.contact_id,
        reason=reason,
    )


def _withdraw_exhibitor(asked: ApplicationSubmitted, reason: str) -> Event:
    return ExhibitorWithdrawn(
        fair_id=asked.fair_id,
        exhibitor_id=asked.application_id,
        organisation_id=asked.organisation_id,
        contact_id=asked.contact_id,
        pole_id=asked.pole_id,
        booths=asked.booths,
        reason=reason,
    )


def evolve(selection: Selection, event: Event) -> Selection:
    """Takes over the state that it is given, and changes it in place."""
    match event:
        case ApplicationSubmitted():
            selection.applications[event.application_id] = Application(event)
            selection.live[event.organisation_id] = event.application_id
        case ApplicationWaitlisted():
            selection.applications[event.application_id].status = Status.WAITLISTED
            selection.waiting.setdefault(event.pole_id, {})[event.application_id] = None
        case ExhibitorRegistered():
            application = _leave_list(selection, event.exhibitor_id)
            application.status = Status.ACCEPTED
            taken = selection.taken.get(event.pole_id, 0)
            selection.taken[event.pole_id] = taken + application.places
        case ApplicationRejected():
            _leave_list(selection, event.application_id).status = Status.REJECTED
            del selection.live[event.organisation_id]
        case ApplicationWithdrawn():
            _leave_list(selection, event.application_id).status = Status.WITHDRAWN
            del selection.live[event.organisation_id]
        case ExhibitorWithdrawn():  # pragma: no branch
            application = selection.applications[event.exhibitor_id]
            application.status = Status.WITHDRAWN
            selection.taken[event.pole_id] -= application.places
            del selection.live[event.organisation_id]
    return selection


def _leave_list(selection: Selection, application_id: str) -> Application:
    application = selection.applications[application_id]
    selection.waiting.get(application.submitted.pole_id, {}).pop(application_id, None)
    return application
