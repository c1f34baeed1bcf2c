"""Applications and figures as they were at a moment."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.integration.registration.running_registration import SPRING, Registration
from tests.running_service import refusal, text

POLES = [
    {"pole_id": "products", "name": text("Produits"), "places": 3},
    {"pole_id": "crafts", "name": text("Artisanat"), "places": 1},
]
OIL = {"family": "olive_oil", "name": text("Huile d'olive")}


class Played:
    """A fair in which something happens each hour, and what was answered after it."""

    def __init__(self, registration: Registration, fair_id: str) -> None:
        self.registration = registration
        self.fair_id = fair_id
        self.path = f"/fairs/{fair_id}/applications"
        self.seen: list[tuple[datetime, list[Any], Any]] = []

    async def shown(self, **query: Any) -> tuple[list[Any], Any]:
        applications = await self.registration.all(self.path, limit=2, **query)
        return applications, await self.registration.get(f"/fairs/{self.fair_id}/figures", **query)

    async def hour(self, done: Callable[[], Awaitable[Any]]) -> Any:
        """Do something, remember what is answered now, and go on to the next hour."""
        now = SPRING + timedelta(hours=len(self.seen))
        await self.registration.set_clock(now)
        answer = await done()
        self.seen.append((now, *await self.shown()))
        return answer


async def played(registration: Registration) -> Played:
    """Every event of an application happens once."""
    play = Played(registration, await registration.call(poles=POLES))
    fair_id, path = play.fair_id, play.path
    first, second, third = [
        await play.hour(
            lambda: registration.apply(fair_id, products=[OIL], programmes=["mouazara"])
        )
        for _ in range(3)
    ]
    big = await play.hour(lambda: registration.apply(fair_id, booths=2))

    def decide(id_: str, what: str, **more: Any) -> Callable[[], Awaitable[Any]]:
        return lambda: registration.done(f"{path}/{id_}/{what}", {"reason": "because", **more})

    for happened in (
        decide(first, "change", booths=2, products=[], people=5),
        decide(first, "accept"),
        decide(big, "accept", booths=1, pole_id="crafts"),
        decide(second, "accept"),
        decide(third, "waitlist"),
        decide(second, "withdraw"),
        decide(first, "withdraw"),
        lambda: registration.apply(fair_id, people=9),
    ):
        await play.hour(happened)
    fifth = play.seen[-1][1][-1]["application_id"]
    ids = {one["application_id"] for one in play.seen[-1][1]} - {first, second, third, big}
    assert fifth
    await play.hour(decide(ids.pop(), "reject"))
    other = await play.hour(lambda: registration.apply(fair_id))
    await play.hour(decide(other, "withdraw"))
    assert len({str(seen) for _, *seen in play.seen}) == len(play.seen), "every hour differs"
    return play


async def test_at_each_hour_applications_and_figures_are_what_they_were(
    registration: Registration,
) -> None:
    play = await played(registration)
    for at, applications, figures in play.seen:
        for moment in (at, at + timedelta(minutes=59)):
            if moment <= play.seen[-1][0]:
                then = await play.shown(as_of=moment.isoformat())
                assert then == (applications, figures), moment
        for one in applications:
            alone = f"{play.path}/{one['application_id']}"
            assert await registration.get(alone, as_of=at.isoformat()) == one
    # Who had not applied yet is unknown then.
    (at, (first,), _), (_, both, _) = play.seen[:2]
    (later,) = [one for one in both if one != first]
    alone = f"{play.path}/{later['application_id']}"
    asked = await registration.look(alone, as_of=at.isoformat())
    assert refusal(asked) == (404, "application_unknown")


async def test_a_list_of_before_is_filtered_sorted_counted_and_paged(
    registration: Registration,
) -> None:
    play = await played(registration)
    at, applications, _ = play.seen[8]
    query: dict[str, Any] = {"as_of": at.isoformat(), "total": True}

    async def ids(**more: Any) -> list[str]:
        pages = await registration.pages(play.path, limit=1, **query, **more)
        assert all(len(page) <= 1 for page in pages)
        return [one["application_id"] for page in pages for one in page]

    order = sorted(applications, key=lambda one: one["submitted_at"], reverse=True)
    assert await ids(sort="-submitted_at") == [one["application_id"] for one in order]
    accepted = [one["application_id"] for one in applications if one["status"] == "accepted"]
    assert len(accepted) == 3
    assert await ids(status="accepted") == accepted
    page = await registration.get(play.path, status="accepted", limit=1, **query)
    assert page["total"] == 3
    own = applications[0]["organisation_id"]
    role = f"exhibitor organisation_id={own}"
    seen = await registration.all(play.path, role, as_of=at.isoformat())
    assert [one["organisation_id"] for one in seen] == [own]
    figures = f"/fairs/{play.fair_id}/figures"
    assert refusal(await registration.look(figures, role, as_of=at.isoformat())) == (
        403,
        "role_missing",
    )


@pytest.mark.parametrize("what", ["applications", "applications/{}", "figures"])
async def test_a_moment_to_come_or_before_the_fair_is_refused(
    registration: Registration, what: str
) -> None:
    fair_id = await registration.call()
    path = f"/fairs/{fair_id}/{what.format(await registration.apply(fair_id))}"
    for at, code in (
        (SPRING + timedelta(seconds=1), "as_of_to_come"),
        (SPRING - timedelta(seconds=1), "as_of_before_fair"),
    ):
        assert refusal(await registration.look(path, as_of=at.isoformat())) == (422, code)
    unknown = await registration.look(path, as_of="2025-06-01T08:00:00")
    assert refusal(unknown) == (422, "invalid_request")
    nowhere = path.replace(fair_id, "nowhere-2025")
    asked = await registration.look(nowhere, as_of=SPRING.isoformat())
    assert asked.status_code == 404
