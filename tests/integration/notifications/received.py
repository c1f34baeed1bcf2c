"""What other services say, as the tests of notifications make it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time as hour, timedelta
from typing import Any

from maarid_contracts import registration, scheduling, ticketing
from maarid_contracts.envelope import Text

from tests.running_service import uid

EVE = datetime(2025, 9, 15, 8, tzinfo=UTC)
STARTS = datetime(2025, 9, 18, 13, 30, tzinfo=UTC)
"""Half past two in the afternoon of a Thursday in Ouarzazate."""


def announced(fair: str) -> registration.FairAnnouncedV1:
    return registration.FairAnnouncedV1(
        fair_id=fair,
        edition=2,
        name=Text(ar="معرض ورزازات", fr="Salon de Ouarzazate", en="Ouarzazate fair"),
        region=Text(ar="درعة تافيلالت", fr="Drâa-Tafilalet"),
        city=Text(ar="ورزازات", fr="Ouarzazate"),
        venue=Text(ar="الساحة", fr="La place"),
        timezone="Africa/Casablanca",
        first_day=date(2025, 9, 17),
        last_day=date(2025, 9, 22),
        opens_at=hour(10),
        closes_at=hour(22),
        poles=(
            registration.Pole(
                pole_id="products",
                name=Text(ar="قطب المنتوجات", fr="Produits", zgh="ⵜⵉⴼⴰⵔⵙⵉⵏ"),
                places=160,
            ),
        ),
    )


def fair_changed(fair: str, **more: Any) -> registration.FairChangedV1:
    """The fair as it was announced, but for what is said."""
    as_it_was = announced(fair).model_dump(exclude={"poles", "programmes"})
    return registration.FairChangedV1.model_validate(
        as_it_was | {"changed": tuple(more), "reason": "bad_weather"} | more
    )


def submitted(fair: str, contact: str | None) -> registration.ApplicationSubmittedV1:
    return registration.ApplicationSubmittedV1(
        fair_id=fair,
        application_id=uid(),
        organisation_id=uid(),
        contact_id=contact,
        participation=registration.Participation.EXHIBITOR,
        pole_id="products",
        booths=1,
        people=2,
    )


def accepted(asked: registration.ApplicationSubmittedV1) -> registration.ExhibitorRegisteredV1:
    return registration.ExhibitorRegisteredV1(
        fair_id=asked.fair_id,
        exhibitor_id=asked.application_id,
        organisation_id=asked.organisation_id,
        contact_id=asked.contact_id,
        participation=asked.participation,
        pole_id=asked.pole_id,
        booths=asked.booths,
        people=asked.people,
        reason="selected",
    )


def gave_up(asked: registration.ApplicationSubmittedV1) -> registration.ExhibitorWithdrawnV1:
    return registration.ExhibitorWithdrawnV1(
        fair_id=asked.fair_id,
        exhibitor_id=asked.application_id,
        organisation_id=asked.organisation_id,
        contact_id=asked.contact_id,
        pole_id=asked.pole_id,
        booths=asked.booths,
        reason="cannot_come",
    )


def assigned(fair: str, contact: str | None, booth: str = "P-012") -> scheduling.BoothAssignedV1:
    return scheduling.BoothAssignedV1(
        fair_id=fair,
        booth_id=booth,
        pole_id="products",
        exhibitor_id=uid(),
        organisation_id=uid(),
        contact_id=contact,
        method=scheduling.AssignmentMethod.FIRST_FIT,
    )


def freed(
    fair: str, contact: str | None, booth: str = "P-012", reason: str = "swapped"
) -> scheduling.BoothReleasedV1:
    return scheduling.BoothReleasedV1(
        fair_id=fair,
        booth_id=booth,
        pole_id="products",
        exhibitor_id=uid(),
        organisation_id=uid(),
        contact_id=contact,
        reason=reason,
    )


def offered(fair: str, contact: str) -> registration.PlaceOfferedV1:
    return registration.PlaceOfferedV1(
        fair_id=fair,
        offer_id=uid(),
        application_id=uid(),
        organisation_id=uid(),
        contact_id=contact,
        pole_id="products",
        booths=1,
        hours=48,
    )


def lapsed(offer: registration.PlaceOfferedV1) -> registration.OfferLapsedV1:
    return registration.OfferLapsedV1(
        **offer.model_dump(exclude={"hours"}), lapsed_at=EVE + timedelta(days=2)
    )


def rejected(fair: str, contact: str) -> registration.ApplicationRejectedV1:
    return registration.ApplicationRejectedV1(
        fair_id=fair,
        application_id=uid(),
        organisation_id=uid(),
        contact_id=contact,
        reason="dossier_incomplete",
    )


def hall(fair: str, hall_id: str, ar: str, fr: str) -> scheduling.HallOpenedV1:
    return scheduling.HallOpenedV1(
        fair_id=fair, hall_id=hall_id, name=Text(ar=ar, fr=fr), capacity=40
    )


def opened(fair: str, session: str, starts_at: datetime = STARTS) -> ticketing.WorkshopOpenedV1:
    return ticketing.WorkshopOpenedV1(
        fair_id=fair,
        session_id=session,
        title=Text(ar="التسويق الرقمي", fr="Marketing digital"),
        hall_id="tent",
        capacity=20,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=2),
    )


def moved(fair: str, session: str, starts_at: datetime) -> ticketing.WorkshopMovedV1:
    return ticketing.WorkshopMovedV1(
        fair_id=fair,
        session_id=session,
        hall_id="dome",
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=2),
    )


def reserved(fair: str, session: str, contact: str, seat: str = "") -> ticketing.SeatReservedV1:
    return ticketing.SeatReservedV1(
        fair_id=fair,
        session_id=session,
        seat_id=seat or uid(),
        attendee_id=contact,
        contact_id=contact,
    )


def waitlisted(fair: str, session: str, contact: str, seat: str) -> ticketing.SeatWaitlistedV1:
    return ticketing.SeatWaitlistedV1(
        fair_id=fair,
        session_id=session,
        seat_id=seat,
        attendee_id=contact,
        contact_id=contact,
        rank=1,
    )


def released(
    fair: str, session: str, contact: str, seat: str, reason: str = "cancelled_by_attendee"
) -> ticketing.SeatReleasedV1:
    return ticketing.SeatReleasedV1(
        fair_id=fair,
        session_id=session,
        seat_id=seat,
        attendee_id=contact,
        contact_id=contact,
        reason=reason,
    )
