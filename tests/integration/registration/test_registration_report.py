"""After the fair: its figures beside earlier ones, and its catalogue for other sites."""

from __future__ import annotations

import csv
import io
import json
from typing import Any
from uuid import uuid4

from services.registration.catalogue.http import LINKED_AT_ONCE
from tests.integration.registration.running_registration import Registration
from tests.running_service import refusal, text

HONEY = {"family": "honey", "name": {"ar": "عسل", "fr": "Miel"}}
CARPET = {"family": "carpets", "name": {"ar": "زربية", "fr": "Tapis"}}


async def held(
    registration: Registration, region: dict[str, str], year: int, *organisations: str
) -> str:
    """A fair in which these organisations take part, with honey."""
    days = {"first_day": f"{year}-09-17", "last_day": f"{year}-09-22"}
    poles = [{"pole_id": "products", "name": text("Produits"), "places": 200}]
    fair_id = await registration.call(region=region, poles=poles, edition=year - 2000, **days)
    for organisation_id in organisations:
        application_id = await registration.apply(fair_id, organisation_id, products=[HONEY])
        await registration.decide(fair_id, application_id, "accept")
    return fair_id


def region(name: str) -> dict[str, str]:
    return {"ar": f"جهة {name}", "fr": f"Région {name}"}


async def test_a_fair_stands_beside_the_earlier_ones_of_its_region(
    registration: Registration,
) -> None:
    here, elsewhere = f"x{uuid4().hex[:8]}", f"y{uuid4().hex[:8]}"
    await registration.done("/families/standard")
    old, new, other = [await registration.enrol(women_led=True) for _ in range(3)]
    first = await held(registration, region(here), 2026, old)
    called_off = await held(registration, region(here), 2027, new)
    await registration.done(f"/fairs/{called_off}/cancel", {"reason": "flood"})
    abroad = await held(registration, region(elsewhere), 2027, other)
    spelt = {"ar": f"جِهة  {here}", "fr": f"REGION {here}"}
    third = await held(registration, spelt, 2028, old, new, other)
    waiting = await registration.enrol()
    await registration.apply(third, waiting, products=[CARPET])
    later = await held(registration, region(here), 2029, old)

    report = await registration.get(f"/fairs/{third}/report", role="auditor")
    assert report["series"] == "region"
    assert [each["fair_id"] for each in report["earlier"]] == [first]
    shown = report["fair"]
    assert (shown["fair_id"], shown["edition"]) == (third, 28)
    # The one that was called off made nobody known; that of another region did.
    assert (shown["figures"]["organisations"], shown["newcomers"]) == (3, 1)
    assert shown["by_family"] == {"honey": 3}
    assert shown["figures"]["women_led"] == 3
    assert report["earlier"][0]["newcomers"] == 1
    assert report["family_names"].keys() == {"honey"}
    every = await registration.get(f"/fairs/{third}/report", series="all")
    # Other tests make fairs too.
    ours = {first, called_off, abroad, third, later}
    earlier = [each["fair_id"] for each in every["earlier"] if each["fair_id"] in ours]
    assert earlier == [abroad, first]


async def test_the_report_is_a_table_too(registration: Registration) -> None:
    here = f"x{uuid4().hex[:8]}"
    old, new = [await registration.enrol() for _ in range(2)]
    first = await held(registration, region(here), 2026, old)
    second = await held(registration, region(here), 2027, old, new)
    answer = await registration.look(f"/fairs/{second}/report.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert f'filename="{second}-report.csv"' in answer.headers["content-disposition"]
    head, *lines = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert head == ["figure", "key", second, first]
    assert ["organisations", "", "2", "1"] in lines
    assert ["by_family", "honey", "2", "1"] in lines
    assert ["by_province", "zagora", "2", "1"] in lines
    assert ["newcomers", "", "1", "1"] in lines


async def test_there_is_no_report_of_a_fair_that_nobody_announced(
    registration: Registration,
) -> None:
    for path in ("report", "report.csv", "catalogue.jsonld"):
        answer = await registration.look(f"/fairs/no-such-fair/{path}")
        assert refusal(answer) == (404, "fair_unknown")
    fair_id = await registration.announce()
    for role in (None, "exhibitor", "steward"):
        answer = await registration.look(f"/fairs/{fair_id}/report", role)
        assert answer.status_code in (401, 403)
    wrong = await registration.look(f"/fairs/{fair_id}/report", series="town")
    assert refusal(wrong) == (422, "invalid_request")


async def test_the_catalogue_of_a_large_fair_is_one_document(registration: Registration) -> None:
    organisations = [await registration.enrol() for _ in range(LINKED_AT_ONCE + 1)]
    fair_id = await held(registration, region("z"), 2026, *organisations)
    answer = await registration.look(f"/fairs/{fair_id}/catalogue.jsonld", None)
    assert answer.headers["content-type"] == "application/ld+json"
    graph: list[Any] = json.loads(answer.content)["@graph"]
    makers = [node["@id"] for node in graph if node["@type"] == "Organization"]
    assert sorted(makers) == sorted(f"urn:uuid:{each}" for each in organisations)
    products = [node for node in graph if node["@type"] == "Product"]
    assert len({node["@id"] for node in products}) == len(organisations)
    await registration.done(f"/fairs/{fair_id}/cancel", {"reason": "flood"})
    answer = await registration.look(f"/fairs/{fair_id}/catalogue.jsonld", None)
    assert json.loads(answer.content)["@graph"] == []
