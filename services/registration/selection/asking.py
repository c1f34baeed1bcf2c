"""What is asked for: an application that comes in, and its changes before anything is decided."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chassis.kernel.refused import Refused
from services.registration.selection.application import (
    Asked,
    Kept,
    Needs,
    Participation,
    Product,
    asked_of,
    sum_of,
)
from services.registration.selection.domain import (
    Application,
    ApplicationChanged,
    ApplicationSubmitted,
    OnApplication,
    Selection,
    Status,
    SubmitApplication,
    places_of,
)

CHANGEABLE = (
    *("participation", "pole_id", "products", "booths", "people", "needs", "programmes"),
    "preferences",
)
"""The fields of an application that can be changed."""


@dataclass(frozen=True, slots=True)
class ChangeApplication(OnApplication):
    """Change what is asked for; a field that is None stays as it is.

    `seen` are its products as they stand: the event has them, and the state does not.
    """

    now: datetime
    seen: tuple[Product, ...]
    participation: Participation | None = None
    pole_id: str | None = None
    products: tuple[Product, ...] | None = None
    booths: int | None = None
    people: int | None = None
    needs: Needs | None = None
    programmes: tuple[str, ...] | None = None
    preferences: tuple[str, ...] | None = None


def submit(
    command: SubmitApplication, selection: Selection, programmes: Container[str]
) -> ApplicationSubmitted:
    """Decide on a new application; `programmes` are those of the fair.  Raises Refused."""
    for organisation_id in (command.organisation_id, *command.one_with):
        if (live := selection.live.get(organisation_id)) is not None:
            raise Refused("already_applied", application_id=live)
    _check(command, selection, programmes)
    return ApplicationSubmitted(**asked_of(command), late_because=command.late_because)


def change(
    command: ChangeApplication, selection: Selection, programmes: Container[str]
) -> list[ApplicationChanged]:
    """Decide on a change; whether the call is open is for the caller to ask.  Raises Refused.

    Returns an empty list where it is so already.
    """
    application = selection.applications.get(command.application_id)
    if application is None:
        raise Refused("application_unknown", application_id=command.application_id)
    before = application.submitted
    given = {name: getattr(command, name) for name in CHANGEABLE}
    asked = {name: new for name, new in given.items() if new is not None}
    changed = tuple(name for name, new in asked.items() if not _is_so(before, name, new))
    if not changed:
        return []
    _refuse_what_is_decided(application)
    after = _after(command, before, asked)
    _check(after, selection, programmes)
    return [ApplicationChanged(**asked_of(after), changed=changed, reason=command.reason)]


def _is_so(before: Kept, name: str, new: Any) -> bool:
    return getattr(before, name) == (sum_of(new) if name == "products" else new)


def _after(command: ChangeApplication, before: Kept, asked: Mapping[str, Any]) -> Asked:
    """What is asked for after a change.  Raises Refused where the products that were seen are
    others by now."""
    if "products" not in asked and sum_of(command.seen) != before.products:
        raise Refused("application_changed_meanwhile", application_id=command.application_id)
    after: dict[str, Any] = {name: getattr(before, name) for name in CHANGEABLE}
    after |= {"products": command.seen, **asked}
    of = (before.fair_id, before.application_id, before.organisation_id, before.contact_id)
    return Asked(*of, **after)


def _check(asked: Asked, selection: Selection, programmes: Container[str]) -> None:
    """Raises Refused where the fair has not got what is asked for."""
    if asked.pole_id not in selection.places:
        raise Refused("pole_unknown", pole_id=asked.pole_id)
    for programme_id in asked.programmes:
        if programme_id not in programmes:
            raise Refused("programme_unknown", programme_id=programme_id)
    places = selection.places[asked.pole_id]
    if places_of(asked.participation, asked.booths) > places:
        raise Refused("more_booths_than_pole", pole_id=asked.pole_id, places=places)


def _refuse_what_is_decided(application: Application) -> None:
    application_id = application.submitted.application_id
    match application.status:
        case Status.SUBMITTED:
            return
        case Status.WAITLISTED:
            raise Refused("application_waitlisted", application_id=application_id)
        case Status.ACCEPTED:
            raise Refused("application_accepted", application_id=application_id)
        case Status.REJECTED:
            raise Refused("application_rejected", application_id=application_id)
        case Status.WITHDRAWN:  # pragma: no branch
            raise Refused("application_withdrawn", application_id=application_id)
