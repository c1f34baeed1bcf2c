"""Who takes part in a fair: applications, the decisions on them, places of poles, waiting lists.

A part of the stream `fair-{fair_id}`: places of a pole can be counted only where all decisions on
the applications to the fair are taken.  The aggregate of the fair calls these functions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from chassis.kernel.refused import Refused
from services.registration.selection.application import (
    Asked,
    Kept,
    Needs,
    OfApplication,
    Participation,
    kept_of,
)
from services.registration.selection.offers import Ended, Offers


@dataclass(frozen=True, slots=True)
class OfExhibitor:
    """What every event of an exhibitor begins with; its id is that of the application."""

    fair_id: str
    exhibitor_id: str
    organisation_id: str
    contact_id: str | None


# Commands


@dataclass(frozen=True, slots=True)
class SubmitApplication(Asked):
    """Apply; `late_because` is why the team takes the application after the call has closed.

    `one_with` are further ids of the organisation, which was merged with others.
    """

    now: datetime
    late_because: str | None = None
    one_with: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OnApplication:
    """A decision on an application that was submitted, and why."""

    application_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class AcceptApplication(OnApplication):
    """Give the organisation the booths that it asks for; or as many of them as are said here, or
    booths in another pole."""

    booths: int | None = None
    pole_id: str | None = None


@dataclass(frozen=True, slots=True)
class WaitlistApplication(OnApplication):
    """Let the organisation wait for places of the pole."""


@dataclass(frozen=True, slots=True)
class RejectApplication(OnApplication):
    """Refuse the application."""


@dataclass(frozen=True, slots=True)
class WithdrawApplication(OnApplication):
    """The organisation takes its application back, or once accepted its participation."""


Decision = AcceptApplication | WaitlistApplication | RejectApplication | WithdrawApplication
"""What is decided on an application that was submitted."""
Command = SubmitApplication | Decision


# Events


@dataclass(frozen=True, slots=True)
class ApplicationSubmitted(Asked):
    """An organisation asks to take part; `late_because` if that was after the call had closed."""

    late_because: str | None = None


@dataclass(frozen=True, slots=True)
class ApplicationChanged(Asked):
    """The application as it is from now on; `changed` names the new fields."""

    changed: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class ExhibitorRegistered(OfExhibitor):
    """An organisation takes part; `pole_id` and `booths` are what it was given."""

    participation: Participation
    pole_id: str
    booths: int
    people: int
    families: tuple[str, ...]
    needs: Needs
    programmes: tuple[str, ...]
    from_waitlist: bool
    reason: str
    score: int | None = None
    draw_rank: int | None = None
    bound_by: str | None = None
    newcomer: bool = False
    pioneer: bool = False
    commune: str | None = None
    preferences: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ApplicationWaitlisted(OfApplication):
    pole_id: str
    rank: int
    reason: str
    score: int | None = None
    draw_rank: int | None = None
    bound_by: str | None = None


@dataclass(frozen=True, slots=True)
class ApplicationRejected(OfApplication):
    reason: str
    score: int | None = None
    draw_rank: int | None = None
    bound_by: str | None = None


@dataclass(frozen=True, slots=True)
class ApplicationWithdrawn(OfApplication):
    reason: str


@dataclass(frozen=True, slots=True)
class ExhibitorWithdrawn(OfExhibitor):
    pole_id: str
    booths: int
    reason: str


Event = (
    ApplicationSubmitted
    | ApplicationChanged
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


@dataclass(slots=True)
class Application:
    """`submitted` is what was asked for when it came in or was last changed."""

    submitted: Kept
    pole_id: str
    """The pole that it asks for; once accepted, the one that it was given.  So are the booths."""
    booths: int
    status: Status = Status.SUBMITTED
    offers: int = 0
    """So many offers of a place were made to it."""

    @property
    def places(self) -> int:
        """The places of its pole that it wants, or has been given."""
        return places_of(self.submitted.participation, self.booths)


def places_of(participation: Participation, booths: int) -> int:
    """The places of a pole that so many booths take; those of a partner take none."""
    return booths if participation is Participation.EXHIBITOR else 0


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
    """Pole -> applications on its list, in order; those that have or had an offer left it."""
    offers: Offers = field(default_factory=Offers)

    def free(self, pole_id: str) -> int:
        """Places of a pole that are neither taken nor kept by an offer."""
        held = self.offers.held.get(pole_id, 0)
        return self.places[pole_id] - self.taken.get(pole_id, 0) - held


# Decisions


def decide(command: Decision, selection: Selection) -> list[Event]:
    """Decide on an application that was submitted.  Raises Refused.

    Returns an empty list where it is so already.  Who gets the places that are given back: see
    `offering.py`.
    """
    application = selection.applications.get(command.application_id)
    if application is None:
        raise Refused("application_unknown", application_id=command.application_id)
    asked, reason = application.submitted, command.reason
    match command, application.status:
        case AcceptApplication(), Status.ACCEPTED:
            if given_otherwise(command, application):
                raise Refused("application_accepted", application_id=command.application_id)
            return []
        case WaitlistApplication(), Status.WAITLISTED if _is_in_line(application, selection):
            return []
        case (RejectApplication(), Status.REJECTED) | (WithdrawApplication(), Status.WITHDRAWN):
            return []
        case _, Status.REJECTED:
            raise Refused("application_rejected", application_id=command.application_id)
        case _, Status.WITHDRAWN:
            raise Refused("application_withdrawn", application_id=command.application_id)
        case ((WaitlistApplication() | RejectApplication()), Status.ACCEPTED):
            raise Refused("application_accepted", application_id=command.application_id)
        case AcceptApplication(), _:
            return [_accept(command, application, selection)]
        case WaitlistApplication(), _:
            return [_waitlist(application, selection, reason)]
        case RejectApplication(), _:
            return [ApplicationRejected(*whose(asked), reason)]
        case WithdrawApplication(), Status.ACCEPTED:
            given = application.pole_id, application.booths
            return [ExhibitorWithdrawn(*whose(asked), *given, reason)]
        case WithdrawApplication(), _:  # pragma: no branch
            return [ApplicationWithdrawn(*whose(asked), reason)]


def whose(asked: OfApplication) -> tuple[str, str, str, str | None]:
    """What the events of an application begin with, and those of its exhibitor."""
    return asked.fair_id, asked.application_id, asked.organisation_id, asked.contact_id


def _is_in_line(application: Application, selection: Selection) -> bool:
    """Whether it waits for an offer, or has one; not where it missed the last one."""
    asked = application.submitted
    line = selection.waiting.get(asked.pole_id, {})
    return asked.application_id in line or asked.application_id in selection.offers.standing


def given_otherwise(command: AcceptApplication, application: Application) -> bool:
    """Whether what is to be given is not what an application was given, or asks for."""
    given = application.pole_id, application.booths
    return (command.pole_id or given[0], command.booths or given[1]) != given


def _accept(
    command: AcceptApplication, application: Application, selection: Selection
) -> ExhibitorRegistered:
    pole_id, booths = command.pole_id or application.pole_id, command.booths or application.booths
    if pole_id not in selection.places:
        raise Refused("pole_unknown", pole_id=pole_id)
    if booths > application.booths:
        raise Refused("more_booths_than_asked", asked=application.booths)
    free = selection.free(pole_id) + selection.offers.kept_for(command.application_id, pole_id)
    wanted = places_of(application.submitted.participation, booths)
    if wanted > free:
        raise Refused("pole_full", pole_id=pole_id, free=free, wanted=wanted)
    return register(application, command.reason, pole_id, booths)


def register(
    application: Application, reason: str, pole_id: str | None = None, booths: int | None = None
) -> ExhibitorRegistered:
    """What an organisation is given: what it asks for, if nothing else is said."""
    asked = application.submitted
    return ExhibitorRegistered(
        *whose(asked),
        participation=asked.participation,
        pole_id=pole_id or application.pole_id,
        booths=booths or application.booths,
        people=asked.people,
        families=asked.families,
        needs=asked.needs,
        programmes=asked.programmes,
        from_waitlist=application.status is Status.WAITLISTED,
        reason=reason,
        preferences=asked.preferences,
    )


def _waitlist(application: Application, selection: Selection, reason: str) -> ApplicationWaitlisted:
    asked = application.submitted
    if application.places == 0:
        raise Refused("partner_needs_no_place", application_id=asked.application_id)
    rank = len(selection.waiting.get(asked.pole_id, ())) + 1
    return ApplicationWaitlisted(*whose(asked), asked.pole_id, rank, reason)


# What is decided by a selection as a whole: see `publication.py`.


def selected(application: Application, reason: str, **told: Any) -> ExhibitorRegistered:
    """The event by which an application is accepted; `told` are its later fields."""
    given = application.pole_id, application.booths
    return replace(register(application, reason, *given), **told)


def listed(application: Application, rank: int, reason: str, **told: Any) -> ApplicationWaitlisted:
    """The event by which an application waits."""
    asked = application.submitted
    return ApplicationWaitlisted(*whose(asked), asked.pole_id, rank, reason, **told)


def refused(application: Application, reason: str, **told: Any) -> ApplicationRejected:
    """The event by which an application is rejected."""
    return ApplicationRejected(*whose(application.submitted), reason, **told)


def evolve(selection: Selection, event: Event) -> Selection:
    """Takes over the state that it is given, and changes it in place."""
    match event:
        case ApplicationSubmitted():
            application = Application(kept_of(event), event.pole_id, event.booths)
            selection.applications[event.application_id] = application
            selection.live[event.organisation_id] = event.application_id
        case ApplicationChanged():
            application = selection.applications[event.application_id]
            application.submitted = kept_of(event)
            application.pole_id, application.booths = event.pole_id, event.booths
        case ApplicationWaitlisted():
            selection.applications[event.application_id].status = Status.WAITLISTED
            selection.waiting.setdefault(event.pole_id, {})[event.application_id] = None
        case ExhibitorRegistered():
            application = _leave_list(selection, event.exhibitor_id, Ended.ACCEPTED)
            application.status = Status.ACCEPTED
            application.pole_id, application.booths = event.pole_id, event.booths
            taken = selection.taken.get(event.pole_id, 0)
            selection.taken[event.pole_id] = taken + application.places
        case ApplicationRejected():
            application = _leave_list(selection, event.application_id, Ended.WITHDRAWN)
            application.status = Status.REJECTED
            del selection.live[event.organisation_id]
        case ApplicationWithdrawn():
            application = _leave_list(selection, event.application_id, Ended.WITHDRAWN)
            application.status = Status.WITHDRAWN
            del selection.live[event.organisation_id]
        case ExhibitorWithdrawn():  # pragma: no branch
            application = selection.applications[event.exhibitor_id]
            application.status = Status.WITHDRAWN
            selection.taken[application.pole_id] -= application.places
            del selection.live[event.organisation_id]
    return selection


def _leave_list(selection: Selection, application_id: str, offer: Ended) -> Application:
    """Take an application off the list; an offer to it that stands has ended so."""
    application = selection.applications[application_id]
    selection.waiting.get(application.submitted.pole_id, {}).pop(application_id, None)
    selection.offers.end(application_id, offer)
    return application
