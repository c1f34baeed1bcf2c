"""Drawings sent, plans shown, pictures drawn and printed."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from maarid_contracts.envelope import Text
from maarid_contracts.registration import OrganisationEnrolledV1, ProductFamilyDefinedV1
from maarid_contracts.scheduling import FloorPlanPublishedV1

from tests.architecture.tree import ROOT
from tests.integration.scheduling.forms import booth
from tests.integration.scheduling.running_scheduling import Scheduling
from tests.running_service import refusal, uid
from tests.waiting import eventually

GROUND: dict[str, Any] = {
    "outline": [[0, 0], [40, 0], [40, 20], [0, 20]],
    "entrances": [{"x_m": 0, "y_m": 5}],
    "aisles": [{"line": [[0, 5], [40, 5]], "width_m": 4}],
    "stages": [{"area": [[30, 10], [36, 10], [36, 14]], "noise_radius_m": 8}],
}
SVG = (ROOT / "docs/drawings.md").read_text("utf-8").partition("```svg\n")[2].partition("```")[0]


async def draw(
    scheduling: Scheduling,
    fair: str,
    content: bytes | str,
    role: str = "organiser",
    language: str = "en",
    **query: Any,
) -> httpx.Response:
    headers = scheduling.headers(role) | {"accept-language": language, "idempotency-key": uid()}
    path = f"/fairs/{fair}/drawings"
    return await scheduling.http.post(path, content=content, headers=headers, params=query)


async def test_a_plan_is_published_with_its_ground_and_shown_as_it_was_drawn(
    scheduling: Scheduling,
) -> None:
    fair = await scheduling.fair()
    booths = [booth(1, turn_deg=30.0, open_sides=["bottom"]), booth(3)]
    await scheduling.done(f"/fairs/{fair}/floor-plan", {"booths": booths, **GROUND})
    shown = await scheduling.get(f"/fairs/{fair}/floor-plan", role=None)
    assert shown["revision"] == 1
    assert shown["floor_plan"]["outline"] == GROUND["outline"]
    assert shown["floor_plan"]["booths"][0]["open_sides"] == ["bottom"]
    # The same plan again is no new revision; another ground is one.
    again = await scheduling.done(f"/fairs/{fair}/floor-plan", shown["floor_plan"])
    assert again["revision"] == 1
    other: dict[str, Any] = {**shown["floor_plan"], "entrances": []}
    assert (await scheduling.done(f"/fairs/{fair}/floor-plan", other))["revision"] == 2
    assert len(await scheduling.all_types(f"floor-{fair}")) == 2
    said = [data for _, data in await scheduling.published(f"floor-{fair}")]
    first = FloorPlanPublishedV1.model_validate(said[0])
    assert first.stages[0].noise_radius_m == 8
    assert "entrances" not in said[1]


async def test_a_drawing_becomes_a_plan_that_can_be_published(scheduling: Scheduling) -> None:
    fair = await scheduling.fair()
    answer = await draw(scheduling, fair, SVG)
    assert answer.status_code == 200, answer.text
    assert answer.json()["faults"] == []
    assert await scheduling.events(f"floor-{fair}") == 0, "something was stored"
    published = await scheduling.done(f"/fairs/{fair}/floor-plan", answer.json()["floor_plan"])
    assert published["revision"] == 1


async def test_faults_say_where_and_what_in_the_language_of_the_caller(
    scheduling: Scheduling,
) -> None:
    fair = await scheduling.fair()
    crowded = SVG.replace('x="100"', 'x="70"')
    told: set[str] = set()
    for language in ("ar", "fr", "en"):
        answer = await draw(scheduling, fair, crowded, language=language, min_aisle_m=5)
        faults = {fault["code"]: fault for fault in answer.json()["faults"]}
        assert faults.keys() == {"overlap", "aisle_narrow"}
        assert faults["overlap"]["booths"] == ["P-001", "P-002"]
        assert faults["overlap"]["at"] == [[3.5, 2.0], [5.0, 2.0]]
        told.add(faults["overlap"]["text"])
    assert len(told) == 3


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("<!DOCTYPE svg><svg/>", "document_type_refused"),
        ("<svg><script/></svg>", "element_refused"),
        ("rows = [", "not_well_formed"),
        ("", "table_wrong"),
        ("<svg>" + "<g>" * 100_000, "drawing_too_deep"),
    ],
)
async def test_a_bad_drawing_is_refused_and_nothing_is_stored(
    scheduling: Scheduling, content: str, code: str
) -> None:
    fair = await scheduling.fair()
    sentences: set[str] = set()
    for language in ("ar", "fr", "en"):
        answer = await draw(scheduling, fair, content, language=language)
        assert refusal(answer) == (422, code)
        sentences.add(answer.json()["detail"])
    assert len(sentences) == 3
    assert await scheduling.events(f"floor-{fair}") == 0


async def test_a_drawing_is_at_most_5_mb_and_the_organisers(scheduling: Scheduling) -> None:
    fair = await scheduling.fair()
    assert refusal(await draw(scheduling, fair, b"<" * 5_000_001)) == (413, "body_too_large")
    assert refusal(await draw(scheduling, fair, SVG, role="auditor")) == (403, "role_missing")
    assert refusal(await draw(scheduling, "no-such-fair", SVG)) == (404, "fair_unknown")


async def test_a_plan_of_very_many_corners_is_refused(scheduling: Scheduling) -> None:
    fair = await scheduling.fair()
    line = [[0.0, float(n)] for n in range(20)]
    aisles = [{"line": line, "width_m": 4.0}] * 11
    answer = await scheduling.post(
        f"/fairs/{fair}/floor-plan", {"booths": [booth(1)], "aisles": aisles}
    )
    assert refusal(answer) == (422, "aisles_too_many")


async def test_pictures_are_public_and_a_caller_who_has_one_gets_it_once(
    scheduling: Scheduling,
) -> None:
    fair = await scheduling.fair()
    who = await scheduling.register(fair, families=("olive_oil",))
    await scheduling.done(f"/fairs/{fair}/floor-plan", {"booths": [booth(1), booth(3)], **GROUND})
    await scheduling.done(f"/fairs/{fair}/booths/P-001/assign", {"exhibitor_id": who.exhibitor_id})
    for path, media_type, begins in (
        ("floor-plan.svg", "image/svg+xml", b"<svg"),
        ("floor-plan.pdf", "application/pdf", b"%PDF"),
        ("booths/P-001/floor-plan.svg", "image/svg+xml", b"<svg"),
    ):
        first = await scheduling.look(f"/fairs/{fair}/{path}", role=None)
        assert first.status_code == 200, first.text
        assert first.headers["content-type"].startswith(media_type)
        assert first.content.startswith(begins)
        again = await scheduling.http.get(
            f"/fairs/{fair}/{path}", headers={"if-none-match": first.headers["etag"]}
        )
        assert again.status_code == 304, path
        french = await scheduling.look(f"/fairs/{fair}/{path}", role=None, language="fr")
        assert french.content == first.content, "a picture is Arabic unless it is asked otherwise"
    drawn = await scheduling.http.get(f"/fairs/{fair}/floor-plan.svg", params={"language": "fr"})
    assert "Plan des stands" in drawn.text
    assert "Le salon" in drawn.text
    assert "olive oil" in drawn.text
    called = Text(ar="تعاونية مختلقة", fr="Coopérative inventée")
    enrolled = OrganisationEnrolledV1(
        organisation_id=who.organisation_id,
        kind="cooperative",
        name=called,
        province="zagora",
        region="draa-tafilalet",
    )
    await scheduling.hear(f"organisation-{who.organisation_id}", enrolled)
    await eventually(
        lambda: scheduling.look(f"/fairs/{fair}/floor-plan.svg", role=None),
        lambda picture: "تعاونية مختلقة" in picture.text,
    )


async def test_families_stand_in_the_language_of_the_picture_as_they_were_defined_last(
    scheduling: Scheduling,
) -> None:
    fair, code = await scheduling.fair(), f"family_{uid()[:8]}"
    who = await scheduling.register(fair, families=(code,))
    await scheduling.done(f"/fairs/{fair}/floor-plan", {"booths": [booth(1)], **GROUND})
    await scheduling.done(f"/fairs/{fair}/booths/P-001/assign", {"exhibitor_id": who.exhibitor_id})
    for name in (Text(ar="بهارات", fr="Épices"), Text(ar="توابل", fr="Aromates")):
        defined = ProductFamilyDefinedV1(code=code, name=name, craft="food")
        await scheduling.hear("families", defined)
        for language, called in (("ar", name.ar), ("fr", name.fr)):
            await eventually(
                lambda language=language: scheduling.http.get(
                    f"/fairs/{fair}/floor-plan.svg", params={"language": language}
                ),
                lambda picture, called=called: called in picture.text,
            )


async def test_what_cannot_be_drawn_is_told(scheduling: Scheduling) -> None:
    fair = await scheduling.fair()
    for path in ("floor-plan", "floor-plan.svg", "floor-plan.pdf", "booths/P-001/floor-plan.svg"):
        answer = await scheduling.look(f"/fairs/{fair}/{path}", role=None)
        assert refusal(answer) == (409, "floor_plan_missing")
    await scheduling.plan(fair, booth(1))
    answer = await scheduling.look(f"/fairs/{fair}/booths/P-009/floor-plan.svg", role=None)
    assert refusal(answer) == (404, "booth_unknown")
    answer = await scheduling.look(f"/fairs/{fair}/floor-plan.svg", role=None)
    assert answer.status_code == 200
