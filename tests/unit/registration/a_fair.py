"""A fair of made-up applicants: what is asked at it, and what happened."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

from chassis.kernel.text import Text
from services.registration.fairs.domain import (
    AnnounceFair,
    CallClosed,
    CallOpened,
    ChangeFair,
    Event,
    FairAnnounced,
    FairCancelled,
    FairChanged,
    Pole,
    SupportProgramme,
)
from services.registration.selection.application import (
    Needs,
    Participation,
    Product,
    asked_of,
)
from services.registration.selection.asking import ChangeApplication
from services.registration.selection.domain import (
    AcceptApplication,
    ApplicationChanged,
    ApplicationRejected,
    ApplicationSubmitted,
    ApplicationWaitlisted,
    ApplicationWithdrawn,
    ExhibitorRegistered,
    ExhibitorWithdrawn,
    RejectApplication,
    SubmitApplication,
    WaitlistApplication,
    WithdrawApplication,
)

FAIR = "zagora-2025"
NOW = datetime(2025, 6, 1, 9, tzinfo=UTC)
DEADLINE = datetime(2025, 7, 1, tzinfo=UTC)
PRODUCTS_POLE = Pole("products", Text("قطب المنتجات", "Pôle produits"), places=3)
PARTNERS_POLE = Pole("institutional", Text("القطب المؤسساتي", "Pôle institutionnel"), places=0)
PROGRAMME = SupportProgramme("mouazara", Text("مؤازرة", "Mouazara"))

ANNOUNCE = AnnounceFair(
    fair_id=FAIR,
    edition=2,
    name=Text("المعرض الجهوي", "Salon régional"),
    region=Text("درعة-تافيلالت", "Drâa-Tafilalet"),
    city=Text("زاكورة", "Zagora"),
    venue=Text("ساحة المسيرة", "Place de la Marche"),
    timezone="Africa/Casablanca",
    first_day=date(2025, 9, 17),
    last_day=date(2025, 9, 22),
    opens_at=time(10),
    closes_at=time(22),
    area_m2=None,
    poles=(PRODUCTS_POLE, PARTNERS_POLE),
    programmes=(PROGRAMME,),
)
ANNOUNCED = FairAnnounced(
    fair_id=FAIR,
    edition=2,
    name=ANNOUNCE.name,
    region=ANNOUNCE.region,
    city=ANNOUNCE.city,
    venue=ANNOUNCE.venue,
    timezone="Africa/Casablanca",
    first_day=ANNOUNCE.first_day,
    last_day=ANNOUNCE.last_day,
    opens_at=ANNOUNCE.opens_at,
    closes_at=ANNOUNCE.closes_at,
    area_m2=None,
    poles=ANNOUNCE.poles,
    programmes=ANNOUNCE.programmes,
)
MOVE = ChangeFair("bad_weather", first_day=date(2025, 9, 24), last_day=date(2025, 9, 29))
MOVED = FairChanged(
    fair_id=FAIR,
    edition=2,
    name=ANNOUNCE.name,
    region=ANNOUNCE.region,
    city=ANNOUNCE.city,
    venue=ANNOUNCE.venue,
    timezone="Africa/Casablanca",
    first_day=date(2025, 9, 24),
    last_day=date(2025, 9, 29),
    opens_at=ANNOUNCE.opens_at,
    closes_at=ANNOUNCE.closes_at,
    area_m2=None,
    changed=("first_day", "last_day"),
    reason="bad_weather",
)
CANCELLED = FairCancelled(FAIR, "bad_weather")
OPENED = CallOpened(FAIR, DEADLINE)
CLOSED = CallClosed(FAIR, "by_hand")
CALLED = (ANNOUNCED, OPENED)


def apply(
    name: str,
    booths: int = 1,
    participation: Participation = Participation.EXHIBITOR,
    pole_id: str = "products",
    now: datetime = NOW,
) -> SubmitApplication:
    return SubmitApplication(
        fair_id=FAIR,
        application_id=f"application-{name}",
        organisation_id=f"organisation-{name}",
        contact_id=f"contact-{name}",
        participation=participation,
        pole_id=pole_id,
        products=(
            Product("olive_oil", Text("زيت الزيتون", "Huile d'olive")),
            Product("honey", Text("عسل الزعتر", "Miel de thym")),
            Product("honey", Text("عسل السدر", "Miel de jujubier")),
        ),
        booths=booths,
        people=2,
        needs=Needs(electricity=True),
        programmes=("mouazara",),
        preferences=("entrance", "quiet"),
        now=now,
    )


def partner(name: str) -> SubmitApplication:
    return apply(name, 2, Participation.INSTITUTIONAL_PARTNER, "institutional")


def submitted(asked: SubmitApplication) -> ApplicationSubmitted:
    return ApplicationSubmitted(
        FAIR,
        asked.application_id,
        asked.organisation_id,
        asked.contact_id,
        asked.participation,
        asked.pole_id,
        asked.products,
        asked.booths,
        asked.people,
        asked.needs,
        asked.programmes,
        asked.late_because,
        preferences=asked.preferences,
    )


def registered(
    asked: SubmitApplication, reason: str = "selected", *, from_waitlist: bool = False
) -> ExhibitorRegistered:
    return ExhibitorRegistered(
        FAIR,
        asked.application_id,
        asked.organisation_id,
        asked.contact_id,
        asked.participation,
        asked.pole_id,
        asked.booths,
        asked.people,
        ("honey", "olive_oil"),
        asked.needs,
        asked.programmes,
        from_waitlist,
        reason,
        preferences=asked.preferences,
    )


def changed(asked: SubmitApplication, *names: str) -> ApplicationChanged:
    """The application as it is asked for now; these fields are new."""
    return ApplicationChanged(**asked_of(asked), changed=names, reason="typing_error")


def change(
    asked: SubmitApplication,
    now: datetime = NOW,
    seen: tuple[Product, ...] | None = None,
    **new: Any,
) -> ChangeApplication:
    """A change of an application whose products were seen as they are here, or as `seen`."""
    products = asked.products if seen is None else seen
    return ChangeApplication(asked.application_id, "typing_error", now, products, **new)


def waitlisted(asked: SubmitApplication, rank: int) -> ApplicationWaitlisted:
    return ApplicationWaitlisted(
        FAIR,
        asked.application_id,
        asked.organisation_id,
        asked.contact_id,
        asked.pole_id,
        rank,
        "no_place",
    )


def rejected(asked: SubmitApplication) -> ApplicationRejected:
    return ApplicationRejected(
        FAIR, asked.application_id, asked.organisation_id, asked.contact_id, "incomplete"
    )


def withdrawn(asked: SubmitApplication) -> ApplicationWithdrawn:
    return ApplicationWithdrawn(
        FAIR, asked.application_id, asked.organisation_id, asked.contact_id, "changed_plans"
    )


def gave_up(asked: SubmitApplication) -> ExhibitorWithdrawn:
    return ExhibitorWithdrawn(
        FAIR,
        asked.application_id,
        asked.organisation_id,
        asked.contact_id,
        asked.pole_id,
        asked.booths,
        "changed_plans",
    )


A, B, C, D = apply("a"), apply("b"), apply("c"), apply("d")
BIG, PAIR = apply("big", booths=2), apply("pair", booths=2)
WHOLE = apply("whole", booths=3)
PARTNER = partner("partner")


def accept(
    asked: SubmitApplication, booths: int | None = None, pole_id: str | None = None
) -> AcceptApplication:
    return AcceptApplication(asked.application_id, "selected", booths, pole_id)


def waitlist(asked: SubmitApplication) -> WaitlistApplication:
    return WaitlistApplication(asked.application_id, "no_place")


def reject(asked: SubmitApplication) -> RejectApplication:
    return RejectApplication(asked.application_id, "incomplete")


def withdraw(asked: SubmitApplication) -> WithdrawApplication:
    return WithdrawApplication(asked.application_id, "changed_plans")


def applied(*asked: SubmitApplication) -> tuple[Event, ...]:
    return (*CALLED, *(submitted(each) for each in asked))
