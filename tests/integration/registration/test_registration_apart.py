"""Organisations of which the team says that they are no duplicates."""

from __future__ import annotations

from typing import Any

from chassis.replaying.rebuild import compare
from services.registration.app import definition
from tests.integration.registration.running_registration import Registration
from tests.running_service import refusal, text, uid
from tests.waiting import eventually

APART = "/organisations/apart"
WHY = {"reason": "two_branches"}


async def alike(registration: Registration, number: int) -> list[str]:
    """So many organisations of one name in one province, once they are listed as duplicates."""
    here = f"tata-{uid()[:8]}"
    ids = [await registration.enrol(province=here, name=text("Nour")) for _ in range(number)]
    await eventually(lambda: shown(registration, ids), lambda found: found == [set(ids)])
    return ids


async def shown(registration: Registration, ids: list[str]) -> list[set[str]]:
    """The groups of duplicates in which one of these is."""
    groups = [
        {each["organisation_id"] for each in group["organisations"]}
        for group in await registration.all("/organisations/duplicates", because="name")
    ]
    return [group for group in groups if group & set(ids)]


async def tell(registration: Registration, one: str, other: str, **more: Any) -> Any:
    body = WHY | {"other_id": other}
    return await registration.done(f"/organisations/{one}/apart", body, **more)


async def test_a_pair_that_was_told_apart_is_listed_no_more_until_that_is_taken_back(
    registration: Registration,
) -> None:
    one, other = await alike(registration, 2)
    key, back = uid(), uid()
    told = await tell(registration, other, one, key=key)
    assert (told["organisation_id"], told["other_id"]) == tuple(sorted((one, other)))
    assert await shown(registration, [one, other]) == []
    # Said again, by the other's name, or by the same request, it stays as it was said.
    assert await tell(registration, one, other) == told
    assert await tell(registration, other, one, key=key) == told
    assert await registration.all(APART, organisation_id=one) == [told]
    assert await compare(definition(), registration.owner_dsn, registration.bootstrap) == []
    assert await shown(registration, [one, other]) == []

    path = f"/organisations/{one}/apart/{other}"
    assert (await registration.send("DELETE", path, key=back)).status_code == 204
    assert await shown(registration, [one, other]) == [{one, other}]
    assert await registration.all(APART, organisation_id=one) == []
    # The first request, come late once more, does not tell them apart anew; a new one does.
    await tell(registration, other, one, key=key)
    assert await shown(registration, [one, other]) == [{one, other}]
    await tell(registration, one, other)
    assert await shown(registration, [one, other]) == []
    # Nor does the other request take that back.
    assert (await registration.send("DELETE", path, key=back)).status_code == 204
    assert await shown(registration, [one, other]) == []


async def test_of_three_alike_one_leaves_the_group_once_it_is_told_apart_from_both_others(
    registration: Registration,
) -> None:
    one, two, three = await alike(registration, 3)
    await tell(registration, one, two)
    assert await shown(registration, [one]) == [{one, two, three}]
    await tell(registration, three, one)
    assert await shown(registration, [one, two, three]) == [{two, three}]
    await tell(registration, two, three)
    assert await shown(registration, [one, two, three]) == []
    counted = await registration.get(APART, total=True, limit=1, organisation_id=one)
    assert counted["total"] == 2


async def test_who_is_not_known_was_merged_or_is_the_same_is_not_told_apart(
    registration: Registration,
) -> None:
    one, other = await alike(registration, 2)
    path = f"/organisations/{one}/apart"
    for other_id, status, code in (
        (one, 409, "same_organisation"),
        (uid(), 404, "organisation_unknown"),
        ("nobody", 422, "invalid_request"),
    ):
        refused = await registration.post(path, WHY | {"other_id": other_id})
        assert refusal(refused) == (status, code)
    merged = {"reason": "enrolled_twice", "into": one}
    await registration.done(f"/organisations/{other}/merge", merged)
    refused = await registration.post(path, WHY | {"other_id": other})
    assert refusal(refused) == (409, "organisation_merged")
    denied = await registration.post(path, WHY | {"other_id": other}, role="auditor")
    assert refusal(denied) == (403, "role_missing")
    assert await registration.all(APART, organisation_id=one) == []
