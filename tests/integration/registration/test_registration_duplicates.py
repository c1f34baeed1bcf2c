"""Organisations that are corrected, that may be one, and that are taken for one."""

from __future__ import annotations

from typing import Any

import asyncpg

from chassis.kernel.text import Text
from chassis.replaying.rebuild import compare
from services.registration.app import definition
from services.registration.duplicates.keys import FOLDING
from services.registration.duplicates.rows import follow
from services.registration.organisations.domain import (
    EnrolOrganisation,
    Kind,
    organisation_stream,
)
from tests.conftest import Databases
from tests.integration.registration.forms import contact_form
from tests.integration.registration.published_contacts import context
from tests.integration.registration.running_registration import SPRING, Registration
from tests.running_service import (
    connected,
    migrated,
    refusal,
    replica_on,
    text,
    uid,
)
from tests.waiting import eventually

DUPLICATES = "/organisations/duplicates"
AFTERWARDS = SPRING.replace(month=9, day=24)
MERGED = {"reason": "enrolled_twice"}
PARTED = {"reason": "not_the_same"}
NAME = Text("تعاونية الأمل", "Coopérative Al Amal")
LABEL = {"code": "organic", "expires_on": "2027-12-31"}


def own(organisation_id: str) -> str:
    return f"exhibitor organisation_id={organisation_id}"


async def merge(registration: Registration, duplicate: str, into: str) -> Any:
    return await registration.done(f"/organisations/{duplicate}/merge", MERGED | {"into": into})


async def test_an_organisation_is_enrolled_with_all_that_is_said_of_it_and_corrected(
    registration: Registration,
) -> None:
    facts = {
        "register_number": "1254/2019",
        "founded": 2012,
        "commune": "bzou",
        "programmes": ["mouazara", "tahfiz"],
        "labels": [LABEL, {"code": "terroir", "expires_on": None}],
    }
    id_ = await registration.enrol(**facts | {"programmes": ["mouazara", "tahfiz", "mouazara"]})
    path = f"/organisations/{id_}"
    before = await registration.get(path)
    assert {name: before[name] for name in facts} == facts
    assert before["merged_into"] is None

    correction: dict[str, Any] = {
        "reason": "typing_error",
        "name": text("Coopérative Al Amal Jadid"),
        "founded": 2011,
        "labels": [LABEL],
        "removed": ["commune"],
    }
    key = uid()
    corrected = await registration.done(f"{path}/correct", correction, role="service", key=key)
    new = {"name": corrected["name"], "founded": 2011, "labels": [LABEL], "commune": None}
    assert corrected == before | new
    assert corrected["name"]["fr"] == "Coopérative Al Amal Jadid"
    assert await registration.done(f"{path}/correct", correction, role="service", key=key) == (
        corrected
    )
    assert await registration.get(path) == corrected
    # Who applied before the correction is shown by the new name.
    fair_id = await registration.call()
    application_id = await registration.apply(fair_id, id_)
    await registration.done(f"{path}/correct", {"reason": "moved", "province": "tinghir"})
    shown = await registration.get(f"/fairs/{fair_id}/applications/{application_id}")
    assert shown["province"] == "tinghir"

    said = await registration.said(f"organisation-{id_}", until="OrganisationCorrected")
    assert [name for name, _ in said] == ["OrganisationEnrolled"] + ["OrganisationCorrected"] * 2
    assert {name: said[0][1][name] for name in facts} == facts
    assert said[1][1]["changed"] == ["name", "founded", "commune", "labels"]
    assert (said[1][1]["province"], said[1][1]["women_led"]) == ("zagora", False)
    assert (said[2][1]["changed"], said[2][1]["reason"]) == (["province"], "moved")


async def test_a_wrong_correction_is_refused_and_not_stored(registration: Registration) -> None:
    id_ = await registration.enrol()
    path = f"/organisations/{id_}/correct"
    head = (await registration.get("/status"))["head"]
    for wrong, status, code in (
        ({}, 422, "invalid_request"),
        ({"name": {"fr": "Ici"}}, 422, "invalid_request"),
        ({"founded": 1066}, 422, "invalid_request"),
        ({"removed": ["name"]}, 422, "invalid_request"),
        ({"organisation_id": uid()}, 422, "invalid_request"),
        ({"register_number": "x" * 41}, 422, "invalid_request"),
        ({"labels": [LABEL, LABEL]}, 409, "label_twice"),
        ({"kind": "foreign_delegation"}, 409, "foreign_delegation_needs_country"),
    ):
        answer = await registration.post(path, {"reason": "typing_error", **wrong})
        assert refusal(answer) == (status, code), wrong
    assert (await registration.get("/status"))["head"] == head
    body = {"reason": "typing_error", "founded": 2012}
    for role in (own(id_), "auditor"):
        assert refusal(await registration.post(path, body, role=role)) == (403, "role_missing")
    unknown = await registration.post(f"/organisations/{uid()}/correct", body)
    assert refusal(unknown) == (404, "organisation_unknown")


async def groups_of(registration: Registration, *ids: str, **query: Any) -> list[Any]:
    """Groups of duplicates in which one of these organisations is."""
    return [
        group
        for group in await registration.all(DUPLICATES, **query)
        if not {each["organisation_id"] for each in group["organisations"]}.isdisjoint(ids)
    ]


def members(group: Any) -> set[str]:
    return {each["organisation_id"] for each in group["organisations"]}


async def test_duplicates_are_found_by_number_phone_and_name_and_no_phone_is_shown(
    registration: Registration,
) -> None:
    here, number = f"tata-{uid()[:8]}", f"{uid()[:8]}/2019"
    phone = "+2126" + str(int(uid()[:7], 16) % 10**8).zfill(8)
    named = {"ar": "تعاونية الأملِ", "fr": "Coopérative du Soleil"}
    one = await registration.enrol(province=here, name=named, register_number=number)
    same_name = await registration.enrol(
        province=here, name={"ar": "الامل", "fr": "Coop. Étoile"}, contact=contact_form(phone=phone)
    )
    elsewhere = await registration.enrol(province=f"{here}-2", name=named)
    same_number = await registration.enrol(
        province=f"{here}-3", name=text(uid()), register_number=number.replace("/", " - ")
    )
    same_phone = await registration.enrol(province=f"{here}-4", name=text(uid()))
    contact_id = await registration.contact(same_phone, phone=phone)

    async def found() -> list[Any]:
        return await groups_of(registration, one, same_name, same_number, same_phone)

    groups = await eventually(found, lambda groups: len(groups) == 3)
    assert {(tuple(group["because"]), frozenset(members(group))) for group in groups} == {
        (("name",), frozenset({one, same_name})),
        (("register_number",), frozenset({one, same_number})),
        (("phone",), frozenset({same_name, same_phone})),
    }
    assert all(group["size"] == 2 for group in groups)
    assert await groups_of(registration, elsewhere) == []

    # In pages, in both directions, counted, by what is shared; and without the phone.
    pages = await registration.pages(DUPLICATES, limit=1)
    ids = [group["group_id"] for page in pages for group in page]
    assert ids == sorted(ids)
    backwards = await registration.all(DUPLICATES, limit=2, sort="-group_id")
    assert [group["group_id"] for group in backwards] == ids[::-1]
    assert (await registration.get(DUPLICATES, limit=1, total="true"))["total"] == len(ids)
    by_phone = await groups_of(registration, same_name, because="phone")
    assert [members(group) for group in by_phone] == [{same_name, same_phone}]
    answer = await registration.look(DUPLICATES, limit=200)
    assert phone[4:] not in answer.text
    for role in ("auditor", "service", own(one)):
        assert refusal(await registration.look(DUPLICATES, role=role)) == (403, "role_missing")

    # Who is erased has no phone any more, a correction parts, and who was merged is not two.
    await registration.send("DELETE", f"/contacts/{contact_id}")
    corrected = {"reason": "typing_error", "removed": ["register_number"]}
    await registration.done(f"/organisations/{same_number}/correct", corrected)
    groups = await eventually(found, lambda groups: len(groups) == 1)
    assert members(groups[0]) == {one, same_name}
    await merge(registration, same_name, one)
    assert await found() == []
    await registration.done(f"/organisations/{same_name}/unmerge", PARTED)
    assert len(await found()) == 1


async def test_keys_of_a_newer_folding_are_left_to_the_newer_version(database: Databases) -> None:
    async def kept(db: asyncpg.Connection) -> tuple[int, int]:
        row = await db.fetchrow("select position, folding from own.keyed")
        assert row is not None
        return row["position"], row["folding"]

    owner_dsn, dsn = await migrated(database, definition())
    async with connected(owner_dsn) as owner, replica_on(definition(), dsn) as replica:
        stream = organisation_stream(uid())
        command = EnrolOrganisation(
            stream.name.removeprefix("organisation-"), Kind.GIE, NAME, "azilal", "beni-mellal"
        )
        await replica.desk.execute(stream, command, context())
        await owner.execute("update own.keyed set folding = $1", FOLDING + 1)
        assert await follow(replica.pool) == 0
        assert await kept(owner) == (0, FOLDING + 1)
        # Those of an older one are made again from the beginning.
        await owner.execute("update own.keyed set folding = $1, position = 9", FOLDING - 1)
        assert await follow(replica.pool) == 1
        assert await kept(owner) == (1, FOLDING)


async def test_what_organisations_that_were_merged_share_is_shared_by_the_one_that_stays(
    registration: Registration,
) -> None:
    number = f"{uid()[:8]}/2019"
    stays = await registration.enrol(province=f"a-{uid()[:8]}", name=text(uid()))
    duplicate, third = [
        await registration.enrol(
            province=f"b-{uid()[:8]}", name=text(uid()), register_number=number
        )
        for _ in range(2)
    ]
    await merge(registration, duplicate, stays)

    async def found() -> list[Any]:
        return await groups_of(registration, stays, duplicate, third)

    groups = await eventually(found, lambda groups: len(groups) == 1)
    assert members(groups[0]) == {stays, third}


async def test_the_old_id_leads_to_the_new_one(registration: Registration) -> None:
    fair_id, other_fair = await registration.call(), await registration.call()
    stays, duplicate = await registration.enrol(), await registration.enrol()
    silent = await registration.contact(stays, consent=False)
    agreed = await registration.contact(duplicate)
    earlier = await registration.apply(other_fair, duplicate)
    path = f"/organisations/{duplicate}"

    key, body = uid(), MERGED | {"into": stays}
    merged = await registration.done(f"{path}/merge", body, key=key)
    assert merged["merged_into"] == stays
    assert await registration.done(f"{path}/merge", body, key=key) == merged
    assert await registration.done(f"{path}/merge", body) == merged
    assert await registration.get(path) == merged
    assert (await registration.get(f"/organisations/{stays}"))["merged_into"] is None

    async def listed(**query: str) -> set[str]:
        return {
            each["organisation_id"] for each in await registration.all("/organisations", **query)
        }

    assert {stays, duplicate} & await listed(merged="true") == {duplicate}
    assert {stays, duplicate} & await listed(merged="false") == {stays}

    # Each may do what the other may, and nobody else.
    stranger = own(await registration.enrol())
    for role in (own(stays), own(duplicate)):
        for id_ in (stays, duplicate):
            await registration.get(f"/organisations/{id_}", role=role)
            contacts = await registration.all(f"/organisations/{id_}/contacts", role=role)
            assert {each["contact_id"] for each in contacts} == {silent, agreed}
            shown = await registration.all(
                f"/fairs/{other_fair}/applications", role=role, organisation_id=id_
            )
            assert [each["application_id"] for each in shown] == [earlier]
        shown = await registration.all(f"/fairs/{other_fair}/applications", role=role)
        assert [each["application_id"] for each in shown] == [earlier]
        await registration.get(f"/fairs/{other_fair}/applications/{earlier}", role=role)
        consent = {"consent": False}
        await registration.done(f"/contacts/{silent}/consent", consent, role=role)
    for where in (path, f"{path}/contacts", f"/organisations/{stays}/contacts"):
        assert refusal(await registration.look(where, role=stranger)) == (
            404,
            "organisation_unknown",
        )
    one = f"/fairs/{other_fair}/applications/{earlier}"
    assert refusal(await registration.look(one, role=stranger)) == (404, "application_unknown")

    # An application under the old id is one of the organisation that stays: its contact is told.
    application = {"organisation_id": duplicate, "pole_id": "products", "people": 2}
    applications = f"/fairs/{fair_id}/applications"
    applied = await registration.done(applications, application, role=own(duplicate))
    shown = await registration.get(f"{applications}/{applied['application_id']}")
    assert (shown["organisation_id"], shown["contact_id"]) == (stays, agreed)
    added = await registration.contact(duplicate)
    of_stays = await registration.all(f"/organisations/{stays}/contacts")
    owner = {each["contact_id"]: each["organisation_id"] for each in of_stays}
    assert owner == {silent: stays, agreed: duplicate, added: stays}

    # It has applied to the other fair, under its old id.
    for id_ in (stays, duplicate):
        body = application | {"organisation_id": id_}
        refused = await registration.post(f"/fairs/{other_fair}/applications", body)
        assert refusal(refused) == (409, "already_applied")
        assert refused.json()["application_id"] == earlier

    await registration.done(f"{path}/unmerge", PARTED)
    assert await registration.done(f"{path}/unmerge", PARTED) == await registration.get(path)
    assert refusal(await registration.look(path, role=own(stays))) == (404, "organisation_unknown")
    contacts = await registration.all(f"{path}/contacts")
    assert [each["contact_id"] for each in contacts] == [agreed]
    said = await registration.said(f"organisation-{duplicate}", until="OrganisationUnmerged")
    assert [(name, data) for name, data in said if "erged" in name] == [
        (
            "OrganisationMerged",
            {"organisation_id": duplicate, "into": stays, "reason": "enrolled_twice"},
        ),
        (
            "OrganisationUnmerged",
            {"organisation_id": duplicate, "was": stays, "reason": "not_the_same"},
        ),
    ]


async def test_what_cannot_be_one_is_not_merged(registration: Registration) -> None:
    fair_id = await registration.call()
    first, second, third = [await registration.enrol() for _ in range(3)]

    async def refused(duplicate: str, into: str, role: str = "organiser") -> tuple[int, str]:
        path = f"/organisations/{duplicate}/merge"
        return refusal(await registration.post(path, MERGED | {"into": into}, role=role))

    for role in (own(first), "service", "auditor"):
        assert await refused(first, second, role) == (403, "role_missing")
    assert await refused(first, first) == (409, "merged_into_itself")
    assert await refused(first, uid()) == (404, "organisation_unknown")
    assert await refused(uid(), first) == (404, "organisation_unknown")
    applications = [await registration.apply(fair_id, each) for each in (first, second)]
    answer = await registration.post(f"/organisations/{first}/merge", MERGED | {"into": second})
    assert refusal(answer) == (409, "both_applied")
    assert answer.json()["fair_id"] == fair_id
    await registration.decide(fair_id, applications[0], "reject", "enrolled_twice")
    await merge(registration, first, second)
    # No chains, in either direction; and none is merged into two.
    assert await refused(second, third) == (409, "organisation_has_merged")
    assert await refused(third, first) == (409, "organisation_merged")
    assert await refused(first, third) == (409, "organisation_merged")
    correction = {"reason": "typing_error", "founded": 2012}
    answer = await registration.post(f"/organisations/{first}/correct", correction)
    assert refusal(answer) == (409, "organisation_merged")
    assert answer.json()["into"] == second
    # A fair that was called off, or is over, keeps nobody from being one.
    for when, over in ((SPRING, "cancel"), (AFTERWARDS, None)):
        old_fair = await registration.call()
        again, twice = await registration.enrol(), await registration.enrol()
        for each in (again, twice):
            await registration.apply(old_fair, each)
        assert await refused(again, twice) == (409, "both_applied")
        if over:
            await registration.done(f"/fairs/{old_fair}/{over}", {"reason": "flood"})
        await registration.set_clock(when)
        await merge(registration, again, twice)
    # A third one that has applied where the first of the two has, or the second.
    other_fair = await registration.call()
    await registration.apply(other_fair, first)
    await registration.apply(other_fair, third)
    assert await refused(third, second) == (409, "both_applied")


async def test_read_tables_are_what_the_events_make_of_them(registration: Registration) -> None:
    assert await compare(definition(), registration.owner_dsn, registration.bootstrap) == []
