"""A message of the team to many: drafted, counted, previewed, sent, held and stopped."""

from __future__ import annotations

from typing import Any

from maarid_contracts.registration import (
    ExhibitorRegisteredV1,
    ExhibitorWithdrawnV1,
    Language,
    OrganisationCorrectedV1,
    OrganisationMergedV1,
    OrganisationUnmergedV1,
)
from maarid_contracts.scheduling import BoothReleasedV1

from chassis.replaying.rebuild import compare
from tests.integration.notifications.campaigning import (
    CANARY,
    FR,
    TEXTS,
    drafted,
    enrolled,
    exhibitors,
    exhibits,
    holds,
    in_state,
)
from tests.integration.notifications.running_notifications import Notifications
from tests.running_service import uid
from tests.waiting import eventually


def released_by(fair: str, exhibitor: ExhibitorRegisteredV1, booth: str) -> BoothReleasedV1:
    return BoothReleasedV1(
        fair_id=fair,
        booth_id=booth,
        pole_id=exhibitor.pole_id,
        exhibitor_id=exhibitor.exhibitor_id,
        organisation_id=exhibitor.organisation_id,
        contact_id=None,
        reason="swapped",
    )


def gave_up_as(exhibitor: ExhibitorRegisteredV1) -> ExhibitorWithdrawnV1:
    return ExhibitorWithdrawnV1(
        fair_id=exhibitor.fair_id,
        exhibitor_id=exhibitor.exhibitor_id,
        organisation_id=exhibitor.organisation_id,
        contact_id=exhibitor.contact_id,
        pole_id=exhibitor.pole_id,
        booths=exhibitor.booths,
        reason="cannot_come",
    )


def corrected(organisation: str, kind: str) -> OrganisationCorrectedV1:
    as_it_was = enrolled(organisation).model_dump(exclude={"kind"})
    return OrganisationCorrectedV1.model_validate(
        {**as_it_was, "kind": kind, "changed": ("kind",), "reason": "typing_error"}
    )


async def test_a_campaign_reaches_each_of_its_contacts_once(
    some_days_before: Notifications,
) -> None:
    notifications = some_days_before
    fair = await notifications.fair()
    contacts = await exhibitors(notifications, fair, 20)
    draft = await drafted(notifications, fair)
    assert draft["state"] == "drafted"
    assert draft["reach"]["contacts"] == draft["reach"]["with_consent"] == 20
    campaign = draft["campaign_id"]
    await notifications.done(f"/campaigns/{campaign}/start")
    ended = await in_state(notifications, campaign, "finished")
    assert ended["progress"]["recipients"] == ended["progress"]["asked_for"] == 20
    for contact in contacts:
        (text,) = [one for one in await notifications.texts(contact) if CANARY in one]
        assert text.startswith("Salon de Ouarzazate : ")
        assert FR in text


async def test_who_exhibits_and_where_is_heard_in_any_order(
    some_days_before: Notifications,
) -> None:
    notifications = some_days_before
    fair = await notifications.fair()
    organisation, other, moves = uid(), uid(), uid()
    one, two = [await notifications.contact(Language.FRENCH) for _ in range(2)]
    first, second = exhibits(fair, one, organisation), exhibits(fair, two, moves)
    # A booth is heard of before its exhibitor, and the exhibitor before its organisation.
    await notifications.hear(f"floor-{fair}", holds(fair, first, "P-001"))
    await notifications.hear(f"fair-{fair}", first, second)
    await notifications.hear(f"organisation-{organisation}", enrolled(organisation))
    await notifications.hear(f"organisation-{other}", enrolled(other, province="azilal"))
    await notifications.hear(f"organisation-{moves}", enrolled(moves, kind="gie"))

    async def counted(**segment: Any) -> int:
        """How many there are in a segment; none where it is refused as empty."""
        body = {"fair_id": fair, "code": "badges", "texts": TEXTS, "segment": segment}
        answer = await notifications.post("/campaigns", body)
        return answer.json()["reach"]["contacts"] if answer.is_success else 0

    async def come_to(count: int, **segment: Any) -> None:
        await eventually(lambda: counted(**segment), lambda found: found == count, 30)

    await come_to(1, without_booth=True)
    await come_to(2, province="zagora")
    await notifications.hear(
        f"floor-{fair}", released_by(fair, first, "P-001"), holds(fair, second, "P-001")
    )
    await notifications.hear(
        f"organisation-{moves}",
        corrected(moves, kind="association"),
        OrganisationMergedV1(organisation_id=moves, into=other, reason="enrolled_twice"),
    )
    await come_to(1, without_booth=True, kind="cooperative", province="zagora")
    await come_to(1, province="azilal")
    unmerged = OrganisationUnmergedV1(organisation_id=moves, was=other, reason="not_the_same")
    await notifications.hear(f"organisation-{moves}", unmerged)
    await come_to(1, kind="association", province="zagora")
    # In one batch or in several the last event counts.
    await notifications.hear(f"fair-{fair}", gave_up_as(first), first, gave_up_as(second))
    await come_to(1)
    campaign = (await drafted(notifications, fair))["campaign_id"]
    for what in ("start", "pause", "resume", "stop"):
        await notifications.done(f"/campaigns/{campaign}/{what}")
    types = await notifications.types(f"campaign-{campaign}", 5)
    names = ("Drafted", "Started", "Paused", "Resumed", "Stopped")
    assert types == [f"Campaign{name}.v1" for name in names]
    dsn = notifications.owner_dsn
    differences = await compare(notifications.definition, dsn, notifications.bootstrap)
    assert differences == []
