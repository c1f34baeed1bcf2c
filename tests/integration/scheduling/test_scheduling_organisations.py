"""What scheduling hears of those who exhibit: where they are, and what may be weighed."""

from __future__ import annotations

from typing import Any

from maarid_contracts.envelope import Text
from maarid_contracts.registration import (
    OrganisationCorrectedV1,
    OrganisationEnrolledV1,
    OrganisationMergedV1,
    OrganisationUnmergedV1,
)

from services.scheduling.organisations.read import Origin, origins
from tests.integration.scheduling.running_scheduling import Scheduling
from tests.running_service import uid
from tests.waiting import eventually


def said(organisation_id: str, **more: Any) -> dict[str, Any]:
    name = Text(ar="تعاونية الأمل", fr="Coopérative Al Amal")
    about = {"kind": "cooperative", "name": name, "province": "zagora", "region": "draa-tafilalet"}
    return {"organisation_id": organisation_id, **about, **more}


async def test_an_organisation_is_where_it_was_last_said_to_be_and_follows_a_merger(
    scheduling: Scheduling,
) -> None:
    one, other = uid(), uid()

    async def found(wanted: dict[str, Origin]) -> None:
        await eventually(
            lambda: origins(scheduling.runtime.pool, (one, other)), lambda known: known == wanted
        )

    enrolled = OrganisationEnrolledV1(**said(one))
    await scheduling.hear(f"organisation-{one}", enrolled)
    await scheduling.hear(f"organisation-{other}", OrganisationEnrolledV1(**said(other)))
    stays = Origin(other, other, "zagora", None)
    await found({one: Origin(one, one, "zagora", None), other: stays})
    moved = said(one, province="tinghir", commune="alnif", changed=("province",), reason="typing")
    await scheduling.hear(f"organisation-{one}", OrganisationCorrectedV1(**moved))
    merged = OrganisationMergedV1(organisation_id=one, into=other, reason="enrolled_twice")
    await scheduling.hear(f"organisation-{one}", merged)
    await found({one: Origin(one, other, "tinghir", "alnif"), other: stays})
    parted = OrganisationUnmergedV1(organisation_id=one, was=other, reason="not_the_same")
    await scheduling.hear(f"organisation-{one}", parted)
    await found({one: Origin(one, one, "tinghir", "alnif"), other: stays})


async def test_what_may_be_weighed_of_an_exhibitor_is_kept_and_what_is_not_said_is_nothing(
    scheduling: Scheduling,
) -> None:
    fair = await scheduling.fair()
    weighed = {
        "score": 17,
        "newcomer": True,
        "pioneer": True,
        "commune": "alnif",
        "preferences": ("near_entrance", "quiet"),
    }
    rich, plain = await scheduling.register(fair, **weighed), await scheduling.register(fair)
    rows = await scheduling.runtime.pool.fetch(
        "select exhibitor_id, score, newcomer, pioneer, commune, preferences from exhibitors"
        " where fair_id = $1",
        fair,
    )
    kept = {row["exhibitor_id"]: tuple(row)[1:] for row in rows}
    assert kept == {
        rich.exhibitor_id: (17, True, True, "alnif", ["near_entrance", "quiet"]),
        plain.exhibitor_id: (None, False, False, None, []),
    }
