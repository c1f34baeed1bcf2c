"""A fair from its announcement to who takes part, over HTTP."""

from __future__ import annotations

from datetime import timedelta

from chassis.replaying.rebuild import compare
from services.registration.app import definition
from tests.integration.registration.forms import contact_form, fair_form, organisation_form
from tests.integration.registration.running_registration import DEADLINE, SPRING, Registration
from tests.running_service import refusal, text, uid
from tests.waiting import eventually

OIL = {"family": "olive_oil", "name": text("Huile d'olive")}
HONEY = {"family": "honey", "name": text("Miel de thym")}


async def test_a_fair_is_announced_and_everybody_may_see_it(registration: Registration) -> None:
    fair_id = await registration.announce(area_m2=4000)
    fair = await registration.get(f"/fairs/{fair_id}", role=None)
    wanted = fair_form(fair_id, area_m2=4000)
    names = ("name", "region", "city", "venue")
    assert {name: fair[name]["fr"] for name in names} == {
        name: wanted[name]["fr"] for name in names
    }
    assert [pole["pole_id"] for pole in fair["poles"]] == ["products", "institutional"]
    assert fair["poles"][0]["places"] == 2
    assert fair["programmes"][0]["programme_id"] == "mouazara"
    assert (fair["first_day"], fair["last_day"]) == ("2025-09-17", "2025-09-22")
    assert (fair["opens_at"], fair["closes_at"]) == ("10:00:00", "22:00:00")
    assert (fair["area_m2"], fair["edition"]) == (4000, 2)
    assert (fair["call_status"], fair["call_closes_at"]) == ("not_opened", None)
    pages = await registration.pages("/fairs", limit=1)
    assert all(len(page) == 1 for page in pages)
    listed = [page[0]["fair_id"] for page in pages]
    assert listed == sorted(listed)
    assert fair_id in listed


async def test_a_call_opens_moves_its_deadline_and_lapses_by_itself(
    registration: Registration,
) -> None:
    fair_id = await registration.call()
    longer = DEADLINE + timedelta(days=7)
    path = f"/fairs/{fair_id}/call/open"
    answer = await registration.done(path, {"closes_at": longer.isoformat()})
    assert answer["status"] == "open"
    await registration.set_clock(DEADLINE + timedelta(minutes=1))
    await registration.apply(fair_id)
    await registration.set_clock(longer)

    async def status() -> str:
        return (await registration.get(f"/fairs/{fair_id}"))["call_status"]

    await eventually(status, lambda status: status == "closed")
    fair = await registration.get(f"/fairs/{fair_id}")
    assert fair["call_closed_because"] == "deadline"
    late = {"organisation_id": await registration.enrol(), "pole_id": "products", "people": 2}
    refused = await registration.post(f"/fairs/{fair_id}/applications", late)
    assert refusal(refused) == (409, "call_closed")
    said = await registration.said(f"fair-{fair_id}", until="CallClosed")
    assert [name for name, _ in said] == [
        "FairAnnounced",
        "CallOpened",
        "CallOpened",
        "ApplicationSubmitted",
        "CallClosed",
    ]
    await registration.set_clock(SPRING)


async def test_a_call_is_closed_by_hand_and_opened_again(registration: Registration) -> None:
    fair_id = await registration.call()
    closed = await registration.done(f"/fairs/{fair_id}/call/close", {"reason": "enough"})
    assert (closed["status"], closed["reason"]) == ("closed", "enough")
    application = {
        "organisation_id": await registration.enrol(),
        "pole_id": "products",
        "people": 2,
    }
    refused = await registration.post(f"/fairs/{fair_id}/applications", application)
    assert refusal(refused) == (409, "call_closed")
    await registration.done(f"/fairs/{fair_id}/call/open", {"closes_at": DEADLINE.isoformat()})
    await registration.done(f"/fairs/{fair_id}/applications", application)


async def test_an_application_is_kept_as_it_was_made_and_tells_the_contact(
    registration: Registration,
) -> None:
    fair_id = await registration.call()
    organisation_id = await registration.enrol(kind="gie", women_led=True)
    await registration.contact(organisation_id, role="member", consent=False)
    agreed = await registration.contact(organisation_id, phone="0661234567")
    application_id = await registration.apply(
        fair_id,
        organisation_id,
        products=[OIL, HONEY],
        booths=2,
        people=4,
        needs={"electricity": True, "min_area_m2": 9.5},
        programmes=["mouazara"],
    )
    shown = await registration.get(f"/fairs/{fair_id}/applications/{application_id}")
    assert shown["organisation_name"]["fr"] == "Coopérative Al Amal"
    assert (shown["kind"], shown["province"]) == ("gie", "zagora")
    assert (shown["booths"], shown["people"]) == (2, 4)
    assert [product["family"] for product in shown["products"]] == ["olive_oil", "honey"]
    assert shown["families"] == ["honey", "olive_oil"]
    assert shown["needs"]["electricity"]
    assert shown["needs"]["min_area_m2"] == 9.5
    assert shown["programmes"] == ["mouazara"]
    assert shown["status"] == "submitted"
    assert shown["contact_id"] == agreed
    await registration.decide(fair_id, application_id, "accept")
    said = dict(await registration.said(f"fair-{fair_id}", until="ExhibitorRegistered"))
    assert said["ApplicationSubmitted"]["contact_id"] == agreed
    assert said["ExhibitorRegistered"] == {
        "fair_id": fair_id,
        "exhibitor_id": application_id,
        "organisation_id": organisation_id,
        "contact_id": agreed,
        "participation": "exhibitor",
        "pole_id": "products",
        "booths": 2,
        "people": 4,
        "families": ["honey", "olive_oil"],
        "needs": {
            "electricity": True,
            "water": False,
            "corner": False,
            "step_free": False,
            "min_area_m2": 9.5,
        },
        "programmes": ["mouazara"],
        "from_waitlist": False,
        "reason": "selected",
    }


async def test_places_run_out_a_list_forms_and_a_place_given_back_moves_it_up(
    registration: Registration,
) -> None:
    fair_id = await registration.call()
    first, second, third, fourth = [await registration.apply(fair_id) for _ in range(4)]
    assert (await registration.decide(fair_id, first, "accept"))["status"] == "accepted"
    await registration.decide(fair_id, second, "accept")
    path = f"/fairs/{fair_id}/applications"
    full = await registration.post(f"{path}/{third}/accept", {"reason": "selected"})
    assert refusal(full) == (409, "pole_full")
    assert "waiting list" in full.json()["detail"]
    assert (await registration.decide(fair_id, third, "waitlist", "no_place"))["rank"] == 1
    assert (await registration.decide(fair_id, fourth, "waitlist", "no_place"))["rank"] == 2
    key = uid()
    given_back = {"reason": "changed_plans"}
    answer = await registration.done(f"{path}/{first}/withdraw", given_back, key=key)
    assert answer["moved_up"] == [third]
    assert await registration.done(f"{path}/{first}/withdraw", given_back, key=key) == answer
    moved = await registration.get(f"{path}/{third}")
    assert (moved["status"], moved["reason"]) == ("accepted", "place_given_back")
    assert moved["from_waitlist"]
    assert (await registration.get(f"{path}/{fourth}"))["status"] == "waitlisted"
    rejected = await registration.decide(fair_id, fourth, "reject", "incomplete")
    assert rejected == {
        "application_id": fourth,
        "status": "rejected",
        "rank": None,
        "moved_up": [],
        "offered": [],
        "given_pole_id": None,
        "given_booths": None,
    }
    again = await registration.post(f"{path}/{fourth}/accept", {"reason": "selected"})
    assert refusal(again) == (409, "application_rejected")
    gone = await registration.post(f"{path}/{first}/accept", {"reason": "selected"})
    assert refusal(gone) == (409, "application_withdrawn")
    said = await registration.said(f"fair-{fair_id}", until="ApplicationRejected")
    assert [name for name, _ in said[6:]] == [
        "ExhibitorRegistered",
        "ExhibitorRegistered",
        "ApplicationWaitlisted",
        "ApplicationWaitlisted",
        "ExhibitorWithdrawn",
        "ExhibitorRegistered",
        "ApplicationRejected",
    ]


async def test_an_organisation_applies_once_to_a_fair(registration: Registration) -> None:
    fair_id = await registration.call()
    organisation_id = await registration.enrol()
    application_id = await registration.apply(fair_id, organisation_id)
    body = {"organisation_id": organisation_id, "pole_id": "products", "people": 9}
    refused = await registration.post(f"/fairs/{fair_id}/applications", body)
    assert refusal(refused) == (409, "already_applied")
    assert refused.json()["application_id"] == application_id
    await registration.decide(fair_id, application_id, "withdraw", "mistake")
    assert await registration.apply(fair_id, organisation_id) != application_id


async def test_lists_are_filtered_and_paged(registration: Registration) -> None:
    fair_id = await registration.call(
        poles=[
            {"pole_id": "products", "name": text("Produits"), "places": 9},
            {"pole_id": "crafts", "name": text("Artisanat"), "places": 9},
        ]
    )
    artisan = await registration.enrol(kind="artisan", province=f"tata-{uid()[:8]}", women_led=True)
    kinds = ("cooperative", "cooperative", "gie")
    others = [await registration.enrol(kind=kind) for kind in kinds]
    applications = [await registration.apply(fair_id, each, products=[HONEY]) for each in others]
    craft = await registration.apply(
        fair_id, artisan, pole_id="crafts", products=[OIL], programmes=["mouazara"]
    )
    partner = await registration.apply(
        fair_id,
        await registration.enrol(kind="institution"),
        participation="institutional_partner",
        pole_id="crafts",
        people=3,
    )
    for application_id in (craft, partner, *applications[:2]):
        await registration.decide(fair_id, application_id, "accept")

    path = f"/fairs/{fair_id}/applications"
    pages = await registration.pages(path, limit=2)
    assert [len(page) for page in pages] == [2, 2, 1]
    listed = [item["application_id"] for page in pages for item in page]
    assert listed == sorted([*applications, craft, partner])

    newest_first = await registration.pages(path, limit=2, sort="-submitted_at")
    times = [
        (item["submitted_at"], item["application_id"]) for page in newest_first for item in page
    ]
    assert times == sorted(times, reverse=True)
    assert {one for _, one in times} == set(listed)
    counted = await registration.get(path, limit=2, sort="-submitted_at", total="true")
    assert (len(counted["items"]), counted["total"]) == (2, 5)
    assert (await registration.get(path, pole_id="crafts", total="true"))["total"] == 2
    for query, code in (
        ({"knd": "gie"}, "parameter_unknown"),
        ({"sort": "reason"}, "invalid_request"),
        ({"sort": "enrolled_at", "after": "WyJ4Il0="}, "cursor_invalid"),
    ):
        assert refusal(await registration.look("/organisations", **query)) == (422, code)

    async def found(path: str, key: str, **query: str) -> set[str]:
        return {item[key] for item in (await registration.get(path, **query))["items"]}

    one = "application_id"
    assert await found(path, one, status="submitted") == {applications[2]}
    assert await found(path, one, pole_id="crafts") == {craft, partner}
    assert await found(path, one, organisation_id=artisan) == {craft}
    exhibitors = f"/fairs/{fair_id}/exhibitors"
    one = "exhibitor_id"
    assert await found(exhibitors, one) == {craft, partner, *applications[:2]}
    assert await found(exhibitors, one, kind="artisan") == {craft}
    assert await found(exhibitors, one, pole_id="products") == set(applications[:2])
    assert await found(exhibitors, one, participation="institutional_partner") == {partner}
    assert await found(exhibitors, one, programme_id="mouazara") == {craft}
    assert await found(exhibitors, one, family="honey") == set(applications[:2])
    assert [len(page) for page in await registration.pages(exhibitors, limit=3)] == [3, 1]
    tata = (await registration.get(f"/organisations/{artisan}"))["province"]
    one = "organisation_id"
    assert await found("/organisations", one, province=tata) == {artisan}
    assert await found("/organisations", one, province=tata, women_led="false") == set()
    assert await found("/organisations", one, province=tata, kind="gie") == set()

    figures = await registration.get(f"/fairs/{fair_id}/figures")
    assert figures == {
        "organisations": 3,
        "institutional_partners": 1,
        "people": 6,
        "booths_wanted": 3,
        "by_kind": {"artisan": 1, "cooperative": 2, "institution": 1},
        "by_pole": {"crafts": 2, "products": 2},
        "by_province": {tata: 1, "zagora": 3},
        "by_programme": {"mouazara": 1},
        "families": ["honey", "olive_oil"],
        "women_led": 1,
        "youth_led": 0,
        "applications_by_status": {"accepted": 4, "submitted": 1},
    }


async def test_a_fair_without_applications_has_figures_of_nothing(
    registration: Registration,
) -> None:
    figures = await registration.get(
        f"/fairs/{await registration.announce()}/figures", role="auditor"
    )
    assert figures["organisations"] == figures["people"] == 0
    assert figures["by_kind"] == figures["applications_by_status"] == {}


async def test_the_same_key_gets_the_same_answer_and_another_body_is_refused(
    registration: Registration,
) -> None:
    fair_id = await registration.call()
    key = uid()
    form = organisation_form(contact=contact_form())
    enrolled = await registration.done("/organisations", form, key=key)
    assert await registration.done("/organisations", form, key=key) == enrolled
    other = await registration.post("/organisations", form | {"province": "tinghir"}, key=key)
    assert refusal(other) == (422, "idempotency_key_reused")
    key = uid()
    application = {
        "organisation_id": enrolled["organisation_id"],
        "pole_id": "products",
        "people": 2,
    }
    path = f"/fairs/{fair_id}/applications"
    applied = await registration.done(path, application, key=key)
    await registration.done(f"/fairs/{fair_id}/call/close", {"reason": "enough"})
    assert await registration.done(path, application, key=key) == applied
    other = await registration.post(path, application | {"people": 3}, key=key)
    assert refusal(other) == (422, "idempotency_key_reused")
    key = uid()
    accept = f"{path}/{applied['application_id']}/accept"
    accepted = await registration.done(accept, {"reason": "selected"}, key=key)
    assert await registration.done(accept, {"reason": "selected"}, key=key) == accepted
    assert await registration.done(accept, {"reason": "selected"}) == accepted
    said = await registration.said(f"fair-{fair_id}", until="ExhibitorRegistered")
    assert [name for name, _ in said].count("ExhibitorRegistered") == 1


async def test_read_tables_are_what_the_events_make_of_them(registration: Registration) -> None:
    fair_id = await registration.call()
    organisation_id = await registration.enrol(contact=contact_form())
    contact_id = await registration.contact(organisation_id)
    await registration.done(f"/contacts/{contact_id}/consent", {"consent": False})
    await registration.send("DELETE", f"/contacts/{contact_id}")
    application_id = await registration.apply(fair_id, organisation_id)
    await registration.decide(fair_id, application_id, "waitlist", "no_place")
    await registration.decide(fair_id, application_id, "accept")
    await registration.decide(fair_id, application_id, "withdraw", "changed_plans")
    assert await compare(definition(), registration.owner_dsn, registration.bootstrap) == []
