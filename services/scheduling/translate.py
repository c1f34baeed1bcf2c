"""Own events to contracts, and what registration says to commands.  Pure."""

from __future__ import annotations

from typing import TypeAlias

from maarid_contracts import Contract
from maarid_contracts import envelope as public
from maarid_contracts import scheduling as contracts
from maarid_contracts.registration import ExhibitorWithdrawnV1, Language

from services.scheduling.domain import floor, programme
from services.scheduling.domain.plan import Booth

Event: TypeAlias = floor.Event | programme.Event


def translate(event: Event) -> Contract:
    """The contract that says the same as an own event; there is one for each."""
    match event:
        case floor.FloorPlanPublished():
            return contracts.FloorPlanPublishedV1(
                fair_id=event.fair_id,
                revision=event.revision,
                booths=tuple(_booth(booth) for booth in event.booths),
            )
        case floor.BoothAssigned():
            return contracts.BoothAssignedV1(
                fair_id=event.fair_id,
                booth_id=event.booth_id,
                pole_id=event.pole_id,
                exhibitor_id=event.exhibitor_id,
                organisation_id=event.organisation_id,
                contact_id=event.contact_id,
                method=event.method,
                reasons=event.reasons,
            )
        case floor.BoothReleased():
            return contracts.BoothReleasedV1(
                fair_id=event.fair_id,
                booth_id=event.booth_id,
                pole_id=event.pole_id,
                exhibitor_id=event.exhibitor_id,
                organisation_id=event.organisation_id,
                contact_id=event.contact_id,
                reason=event.reason,
            )
        case programme.HallOpened():
            return contracts.HallOpenedV1(
                fair_id=event.fair_id,
                hall_id=event.hall_id,
                name=_text(event.name),
                capacity=event.capacity,
            )
        case programme.SessionScheduled():
            return contracts.SessionScheduledV1(
                fair_id=event.fair_id,
                session_id=event.session_id,
                kind=event.kind,
                title=_text(event.title),
                topic_code=event.topic_code,
                hall_id=event.hall_id,
                speakers=event.speakers,
                language=Language(event.language),
                audience=event.audience,
                starts_at=event.starts_at,
                ends_at=event.ends_at,
                seats=event.seats,
            )
        case programme.SessionRescheduled():
            return contracts.SessionRescheduledV1(
                fair_id=event.fair_id,
                session_id=event.session_id,
                hall_id=event.hall_id,
                starts_at=event.starts_at,
                ends_at=event.ends_at,
                previous_hall_id=event.previous_hall_id,
                previous_starts_at=event.previous_starts_at,
                previous_ends_at=event.previous_ends_at,
                reason=event.reason,
            )
        case programme.SessionCancelled():  # pragma: no branch
            return contracts.SessionCancelledV1(
                fair_id=event.fair_id, session_id=event.session_id, reason=event.reason
            )


def release_of(withdrawn: ExhibitorWithdrawnV1) -> floor.ReleaseExhibitor:
    """Whoever does not come gives back every booth."""
    return floor.ReleaseExhibitor(withdrawn.exhibitor_id)


def _booth(booth: Booth) -> contracts.Booth:
    return contracts.Booth(
        booth_id=booth.booth_id,
        pole_id=booth.pole_id,
        x_m=booth.x_m,
        y_m=booth.y_m,
        width_m=booth.width_m,
        depth_m=booth.depth_m,
        electricity=booth.electricity,
        water=booth.water,
        corner=booth.corner,
        step_free=booth.step_free,
        institutional=booth.institutional,
    )


def _text(text: programme.Text) -> public.Text:
    return public.Text(ar=text.ar, fr=text.fr, zgh=text.zgh, en=text.en)
