"""Five editions of one fair, each selected by a run: who is new in each, and how they compare."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from tests.integration.registration.running_registration import Registration
from tests.running_service import text
from tests.waiting import eventually

FIRST_YEAR = 2026
EDITIONS = ("ab", "ac", "bd", "cde", "abcdef")
"""Who exhibits in each edition."""
NEW = ("ab", "c", "d", "e", "f")
RULES = {
    "terms": [{"of": "newcomer", "points": 10}, {"of": "kind", "value": "cooperative", "points": 1}]
}


async def held(
    registration: Registration, region: str, number: int, organisations: dict[str, str]
) -> tuple[str, dict[str, str]]:
    """An edition whose exhibitors a run selects: (fair, name -> application)."""
    year = FIRST_YEAR + number
    about: dict[str, Any] = {
        "edition": 1 + number,
        "region": {"ar": f"جهة {region}", "fr": f"Région {region}"},
        "first_day": f"{year}-09-17",
        "last_day": f"{year}-09-22",
        "poles": [{"pole_id": "products", "name": text("Produits"), "places": 6}],
    }
    fair_id = await registration.call(**about)
    selection = f"/fairs/{fair_id}/selection"
    await registration.done(f"{selection}/rules", RULES)
    applications = {
        name: await registration.apply(fair_id, organisations[name]) for name in EDITIONS[number]
    }
    await registration.done(f"/fairs/{fair_id}/call/close", {"reason": "enough"})
    await registration.done(f"{selection}/draw", {"word": "olive"})
    job = await registration.done(f"{selection}/runs", {})
    shown = await eventually(
        lambda: registration.get(f"/jobs/{job['job_id']}"), lambda job: job["ended_at"] is not None
    )
    assert shown["state"] == "done", shown
    await registration.done(f"{selection}/publish", {"job_id": job["job_id"]})
    return fair_id, applications


async def test_newcomers_are_right_in_each_of_five_editions_and_the_report_compares_them(
    registration: Registration,
) -> None:
    region = f"x{uuid4().hex[:8]}"
    organisations = {
        name: await registration.enrol(name=text(f"Coopérative {name}"), women_led=name in "ace")
        for name in sorted({*"".join(EDITIONS)})
    }
    fairs: list[str] = []
    for number in range(len(EDITIONS)):
        fair_id, applications = await held(registration, region, number, organisations)
        fairs.append(fair_id)
        said = await registration.said(f"fair-{fair_id}", until="SelectionPublished")
        new = {
            data["exhibitor_id"]
            for name, data in said
            if name == "ExhibitorRegistered" and data.get("newcomer", False)
        }
        assert new == {applications[name] for name in NEW[number]}
        published = dict(said)["SelectionPublished"]
        points = 10 * len(NEW[number]) + len(EDITIONS[number])
        assert (published["score"], published["bound"]) == (points, points)

    latest = await registration.get(f"/fairs/{fairs[-1]}/report")
    compared = [latest["fair"], *latest["earlier"]]
    assert [each["fair_id"] for each in compared] == fairs[::-1]
    assert [each["edition"] for each in compared] == [5, 4, 3, 2, 1]
    assert [each["newcomers"] for each in compared] == [len(new) for new in NEW[::-1]]
    assert [each["figures"]["organisations"] for each in compared] == [
        len(exhibitors) for exhibitors in EDITIONS[::-1]
    ]
    assert [each["figures"]["women_led"] for each in compared] == [
        len({*exhibitors} & {*"ace"}) for exhibitors in EDITIONS[::-1]
    ]
    # Each edition looks back on those before it, and on no later one.
    for number, fair_id in enumerate(fairs):
        report = await registration.get(f"/fairs/{fair_id}/report")
        assert [each["fair_id"] for each in report["earlier"]] == fairs[:number][::-1]
        assert report["fair"]["newcomers"] == len(NEW[number])
