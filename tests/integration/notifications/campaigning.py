"""A fair with exhibitors, as other services tell of them, and campaigns to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from maarid_contracts import registration, scheduling
from maarid_contracts.envelope import Text
from maarid_contracts.registration import Language

from tests.integration.notifications.running_notifications import Notifications
from tests.running_service import uid
from tests.waiting import eventually

AR = "يرجى إحضار بطائقكم"
FR = "Merci d'apporter vos badges"
CANARY = "canari-9d41"
TEXTS = {"ar": f"{AR} {CANARY}", "fr": f"{FR} {CANARY}"}


def enrolled(
    organisation: str, *, kind: str = "cooperative", province: str = "zagora", name: str = "Al Amal"
) -> registration.OrganisationEnrolledV1:
    return registration.OrganisationEnrolledV1(
        organisation_id=organisation,
        kind=kind,
        name=Text(ar="تعاونية الأمل", fr=name),
        province=province,
        region="draa-tafilalet",
    )


def exhibits(
    fair: str,
    contact: str | None,
    organisation: str,
    *,
    pole: str = "products",
    families: Sequence[str] = ("olive_oil",),
    programmes: Sequence[str] = (),
) -> registration.ExhibitorRegisteredV1:
    return registration.ExhibitorRegisteredV1(
        fair_id=fair,
        exhibitor_id=uid(),
        organisation_id=organisation,
        contact_id=contact,
        participation=registration.Participation.EXHIBITOR,
        pole_id=pole,
        booths=1,
        people=2,
        families=tuple(families),
        programmes=tuple(programmes),
        reason="selected",
    )


def holds(
    fair: str, exhibitor: registration.ExhibitorRegisteredV1, booth: str
) -> scheduling.BoothAssignedV1:
    return scheduling.BoothAssignedV1(
        fair_id=fair,
        booth_id=booth,
        pole_id=exhibitor.pole_id,
        exhibitor_id=exhibitor.exhibitor_id,
        organisation_id=exhibitor.organisation_id,
        contact_id=None,
        method=scheduling.AssignmentMethod.FIRST_FIT,
    )


async def exhibitors(
    notifications: Notifications, fair: str, count: int, *, consent: bool = True, **more: Any
) -> list[str]:
    """So many exhibitors whose contacts read French; returns the contacts."""
    contacts = [
        await notifications.contact(Language.FRENCH, known=False, consent=consent)
        for _ in range(count)
    ]
    for contact in contacts:
        organisation = uid()
        await notifications.hear(f"organisation-{organisation}", enrolled(organisation))
        await notifications.hear(f"fair-{fair}", exhibits(fair, contact, organisation, **more))
    await eventually(
        lambda: notifications.runtime.pool.fetchval(
            "select count(*) from exhibitors join organisations using (organisation_id)"
            " join contacts using (contact_id) where contact_id = any($1::uuid[])",
            contacts,
        ),
        lambda found: found == count,
    )
    return contacts


async def drafted(
    notifications: Notifications, fair: str, texts: Mapping[str, str] = TEXTS, **more: Any
) -> Any:
    body = {"fair_id": fair, "code": "bring_your_badges", "texts": texts, **more}
    return await notifications.done("/campaigns", body)


async def progress(notifications: Notifications, campaign: str) -> Any:
    return (await notifications.get(f"/campaigns/{campaign}"))["progress"]


async def in_state(notifications: Notifications, campaign: str, state: str) -> Any:
    """A campaign, once it is in this state."""
    return await eventually(
        lambda: notifications.get(f"/campaigns/{campaign}"),
        lambda found: found["state"] == state,
        30,
    )
