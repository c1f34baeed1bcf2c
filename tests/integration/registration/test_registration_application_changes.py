"""Applications that are changed, that come late, and that are given other than they ask for."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from chassis.replaying.rebuild import compare
from services.registration.app import definition
from tests.integration.registration.running_registration import DEADLINE, SPRING, Registration
from tests.running_service import refusal, text, uid

TWO_POLES = [
    {"pole_id": "products", "name": text("Produits"), "places": 3},
    {"pole_id": "crafts", "name": text("Artisanat"), "places": 2},
]
OIL = {"family": "olive_oil", "name": text("Huile d'olive")}
LATE = "delegation_sent_it_late"


async def test_an_organisation_gets_fewer_booths_in_another_pole_and_gives_back_no_more(
    registration: Registration,
) -> None:
    fair_id = await registration.call(poles=TWO_POLES)
    path = f"/fairs/{fair_id}/applications"
    big = await registration.apply(fair_id, booths=3)
    crafts = [await registration.apply(fair_id, pole_id="crafts") for _ in range(3)]
    await registration.decide(fair_id, crafts[0], "accept")
    for waiting in crafts[1:]:
        await registration.decide(fair_id, waiting, "waitlist", "no_place")

    given = {"reason": "selected", "booths": 1, "pole_id": "crafts"}
    for wrong, code in (
        ({"booths": 4}, "more_booths_than_asked"),
        ({"pole_id": "moon"}, "pole_unknown"),
        ({"booths": 2}, "pole_full"),
    ):
        refused = await registration.post(f"{path}/{big}/accept", given | wrong)
        assert refusal(refused) == (409, code)
    key = uid()
    answer = await registration.done(f"{path}/{big}/accept", given, key=key)
    assert (answer["given_pole_id"], answer["given_booths"]) == ("crafts", 1)
    assert await registration.done(f"{path}/{big}/accept", given, key=key) == answer
    # Accepted is accepted: the answer says what was given; what is asked otherwise is refused.
    assert await registration.done(f"{path}/{big}/accept", {"reason": "selected"}) == answer
    otherwise = await registration.post(f"{path}/{big}/accept", given | {"booths": 2})
    assert refusal(otherwise) == (409, "application_accepted")

    shown = await registration.get(f"{path}/{big}")
    assert (shown["pole_id"], shown["booths"]) == ("products", 3)
    assert (shown["given_pole_id"], shown["given_booths"]) == ("crafts", 1)
    exhibitors = await registration.exhibitors(fair_id, pole_id="crafts")
    assert set(exhibitors) == {big, crafts[0]}
    assert (exhibitors[big]["pole_id"], exhibitors[big]["booths"]) == ("crafts", 1)
    assert (exhibitors[big]["asked_pole_id"], exhibitors[big]["asked_booths"]) == ("products", 3)
    assert exhibitors[crafts[0]]["asked_booths"] == exhibitors[crafts[0]]["booths"] == 1
    assert await registration.exhibitors(fair_id, pole_id="products") == {}
    figures = await registration.get(f"/fairs/{fair_id}/figures")
    assert (figures["booths_wanted"], figures["by_pole"]) == (2, {"crafts": 2})

    gone = await registration.done(f"{path}/{big}/withdraw", {"reason": "changed_plans"})
    assert gone["moved_up"] == [crafts[1]]
    shown = await registration.get(f"{path}/{big}")
    assert (shown["booths"], shown["given_booths"], shown["given_pole_id"]) == (3, None, None)
    said = await registration.said(f"fair-{fair_id}", until="ExhibitorWithdrawn")
    registered = [data for name, data in said if name == "ExhibitorRegistered"]
    withdrawn = next(data for name, data in said if name == "ExhibitorWithdrawn")
    assert [(one["pole_id"], one["booths"]) for one in registered] == [("crafts", 1)] * 3
    assert (withdrawn["pole_id"], withdrawn["booths"]) == ("crafts", 1)


async def test_products_stay_through_a_change_that_names_none(registration: Registration) -> None:
    fair_id = await registration.call(poles=TWO_POLES)
    djellaba = {"family": "weaving", "name": text("Djellaba"), "origin": text("Bzou")}
    application_id = await registration.apply(fair_id, products=[OIL, djellaba])
    path = f"/fairs/{fair_id}/applications/{application_id}"
    before = await registration.get(path)
    changed = await registration.done(f"{path}/change", {"reason": "typing_error", "people": 7})
    assert changed == before | {"people": 7, "changed_at": changed["changed_at"]}
    said = await registration.said(f"fair-{fair_id}", until="ApplicationChanged")
    submitted, event = (data for name, data in said if name.startswith("Application"))
    assert event["products"] == submitted["products"] != []


async def test_an_application_is_changed_by_its_organisation_and_by_the_team(
    registration: Registration,
) -> None:
    fair_id = await registration.call(poles=TWO_POLES)
    organisation_id = await registration.enrol()
    application_id = await registration.apply(fair_id, organisation_id, products=[OIL])
    path = f"/fairs/{fair_id}/applications/{application_id}"
    before = await registration.get(path)
    assert before["changed_at"] is None

    own = f"exhibitor organisation_id={organisation_id}"
    change: dict[str, Any] = {
        "reason": "typing_error",
        "booths": 2,
        "needs": {"water": True},
        "products": [],
    }
    key = uid()
    changed = await registration.done(f"{path}/change", change, role=own, key=key)
    assert changed["changed_at"] is not None
    assert (changed["booths"], changed["products"], changed["families"]) == (2, [], [])
    assert changed["needs"]["water"]
    assert not changed["needs"]["electricity"]
    untouched = before.keys() - {"changed_at", "booths", "needs", "products", "families"}
    assert {name: changed[name] for name in untouched} == {name: before[name] for name in untouched}
    assert await registration.done(f"{path}/change", change, role=own, key=key) == changed
    head = (await registration.get("/status"))["head"]
    assert await registration.done(f"{path}/change", change, role=own) == changed
    assert (await registration.get("/status"))["head"] == head

    whole: dict[str, Any] = {
        "reason": "as_agreed",
        "participation": "institutional_partner",
        "pole_id": "crafts",
        "products": [OIL],
        "booths": 3,
        "people": 5,
        "needs": {},
        "programmes": ["mouazara", "mouazara"],
        "preferences": ["quiet", "corner", "quiet"],
    }
    changed = await registration.done(f"{path}/change", whole, role="service")
    assert (changed["participation"], changed["pole_id"]) == ("institutional_partner", "crafts")
    assert changed["programmes"] == ["mouazara"]
    assert changed["preferences"] == ["quiet", "corner"]
    accepted = await registration.decide(fair_id, application_id, "accept")
    assert (accepted["given_pole_id"], accepted["given_booths"]) == ("crafts", 3)

    said = await registration.said(f"fair-{fair_id}", until="ExhibitorRegistered")
    events = [data for name, data in said if name == "ApplicationChanged"]
    assert [event["changed"] for event in events] == [
        ["products", "booths", "needs"],
        [name for name in whole if name != "reason"],
    ]
    assert [event["reason"] for event in events] == ["typing_error", "as_agreed"]
    assert (events[0]["people"], events[0]["booths"]) == (2, 2)
    assert "preferences" not in events[0]
    assert said[-1][1]["preferences"] == ["quiet", "corner"]


async def test_a_change_is_refused_to_strangers_and_once_something_is_decided(
    registration: Registration,
) -> None:
    fair_id = await registration.call(poles=TWO_POLES)
    first, second = await registration.apply(fair_id), await registration.apply(fair_id)
    path, change = f"/fairs/{fair_id}/applications", {"reason": "typing_error", "booths": 2}
    stranger = f"exhibitor organisation_id={await registration.enrol()}"
    refused = await registration.post(f"{path}/{first}/change", change, role=stranger)
    assert refusal(refused) == (404, "application_unknown")
    refused = await registration.post(f"{path}/{first}/change", change, role="auditor")
    assert refusal(refused) == (403, "role_missing")
    for wrong, status, code in (
        ({"pole_id": "moon"}, 409, "pole_unknown"),
        ({"programmes": ["moon"]}, 409, "programme_unknown"),
        ({"booths": 4}, 409, "more_booths_than_pole"),
        ({"booths": None}, 422, "invalid_request"),
        ({"organisation_id": uid()}, 422, "invalid_request"),
        ({"people": -1}, 422, "invalid_request"),
    ):
        answer = await registration.post(f"{path}/{first}/change", change | wrong)
        assert refusal(answer) == (status, code), wrong
    await registration.decide(fair_id, first, "waitlist", "no_place")
    refused = await registration.post(f"{path}/{first}/change", change)
    assert refusal(refused) == (409, "application_waitlisted")
    await registration.done(f"/fairs/{fair_id}/call/close", {"reason": "enough"})
    refused = await registration.post(f"{path}/{second}/change", change)
    assert refusal(refused) == (409, "call_closed")


async def test_the_team_takes_late_applications_with_a_reason_until_the_fair_ends(
    registration: Registration,
) -> None:
    fair_id = await registration.call(poles=TWO_POLES)
    path = f"/fairs/{fair_id}/applications"
    in_time = await registration.apply(fair_id)

    async def late(when: datetime, role: str = "organiser", **more: Any) -> Any:
        await registration.set_clock(when)
        organisation_id = more.pop("organisation_id", None) or await registration.enrol()
        body = {"organisation_id": organisation_id, "pole_id": "products", "people": 2}
        return await registration.post(path, body | {"late_because": LATE} | more, role=role)

    assert refusal(await late(SPRING)) == (409, "call_still_open")
    after = DEADLINE + timedelta(days=1)
    own = await registration.enrol()
    exhibitor = f"exhibitor organisation_id={own}"
    assert refusal(await late(after, exhibitor, organisation_id=own)) == (403, "late_by_team_only")
    assert refusal(await late(after, late_because=None)) == (409, "call_closed")
    assert refusal(await late(after, late_because="It was raining.")) == (422, "invalid_request")
    taken = [
        (await late(when, role)).json()["application_id"]
        for when, role in (
            (after, "organiser"),
            (datetime.fromisoformat("2025-09-22T21:59:00+01:00"), "service"),
        )
    ]
    over = await late(datetime.fromisoformat("2025-09-22T22:00:00+01:00"))
    assert refusal(over) == (409, "fair_over")
    await registration.set_clock(SPRING)

    shown = await registration.get(f"{path}/{taken[0]}")
    assert shown["late_because"] == LATE

    async def listed(**query: str) -> list[str]:
        return [item["application_id"] for item in await registration.all(path, **query)]

    assert sorted(await listed(late="true")) == sorted(taken)
    assert await listed(late="false") == [in_time]
    assert len(await listed()) == 3
    said = await registration.said(f"fair-{fair_id}", until="ApplicationSubmitted")
    reasons = [data.get("late_because") for name, data in said if name == "ApplicationSubmitted"]
    assert reasons == [None, LATE, LATE]
    assert "late_because" not in next(data for name, data in said if name == "ApplicationSubmitted")


@pytest.mark.parametrize("language", ["ar", "fr", "en"])
async def test_who_may_not_apply_late_is_told_whom_to_ask(
    registration: Registration, language: str
) -> None:
    fair_id = await registration.call()
    own = await registration.enrol()
    body = {"organisation_id": own, "pole_id": "products", "people": 2, "late_because": LATE}
    headers = registration.headers(f"exhibitor organisation_id={own}")
    headers |= {"idempotency-key": uid(), "accept-language": language}
    path = f"/fairs/{fair_id}/applications"
    answer = await registration.http.post(path, json=body, headers=headers)
    assert refusal(answer) == (403, "late_by_team_only")
    assert answer.headers["content-language"] == language


async def test_read_tables_are_what_the_events_make_of_them(registration: Registration) -> None:
    assert await compare(definition(), registration.owner_dsn, registration.bootstrap) == []
