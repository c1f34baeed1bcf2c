"""Both replicas look at the deadlines of offers, and are asked for answers, at the same moment."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from chassis.log.context import CommandContext
from chassis.process.tasks import end
from services.registration.offers import handlers, read
from services.registration.offers.handlers import LAPSE, lapse_offer
from services.registration.selection.offering import Told
from tests.conftest import Databases
from tests.integration.registration.forms import fair_form, organisation_form
from tests.integration.replicas.two_replicas import Replicas, two_of
from tests.running_service import uid
from tests.waiting import eventually

pytestmark = pytest.mark.any_stack

OFFERS, HOURS = 8, 48
FAIR = "zagora-2090"
PATH = f"/fairs/{FAIR}"


async def done(replicas: Replicas, path: str, body: object = None) -> Any:
    answer = await replicas.send(0, "POST", path, body, key=uid())
    assert answer.is_success, answer.text
    return answer.json()


async def offered(replicas: Replicas) -> list[str]:
    """So many places were given back and offered, and twice as many wait: the ids of the offers."""
    days = {"first_day": "2090-09-17", "last_day": "2090-09-22"}
    poles = [{**fair_form(FAIR)["poles"][0], "places": OFFERS}]
    await done(replicas, "/fairs", fair_form(FAIR, **days, poles=poles))
    await done(replicas, f"{PATH}/call/open", {"closes_at": "2090-07-31T18:00:00Z"})
    await done(replicas, f"{PATH}/selection/rules", {"terms": [], "offer_hours": HOURS})

    async def applied(what: str, booths: int = 1) -> str:
        enrolled = await done(replicas, "/organisations", organisation_form())
        wish = {"organisation_id": enrolled["organisation_id"], "pole_id": "products", "people": 2}
        made = await done(replicas, f"{PATH}/applications", {**wish, "booths": booths})
        path = f"{PATH}/applications/{made['application_id']}"
        await done(replicas, f"{path}/{what}", {"reason": "selected"})
        return path

    leaving = await applied("accept", OFFERS)
    for _ in range(2 * OFFERS):
        await applied("waitlist")
    await done(replicas, f"{leaving}/withdraw", {"reason": "cannot_come"})
    rows = await replicas.owner.fetch("select offer_id from offers order by offer_id")
    assert len(rows) == OFFERS
    return [row["offer_id"] for row in rows]


async def events(replicas: Replicas, type_: str) -> int:
    return await replicas.owner.fetchval("select count(*) from log.events where type = $1", type_)


async def test_a_deadline_is_set_once_and_an_offer_lapses_once(
    database: Databases, home: Path
) -> None:
    async with two_of("registration", database, home) as replicas:
        ids = await offered(replicas)
        before = datetime.now(UTC) - timedelta(hours=HOURS)
        both = [each.runtime for each in replicas.both]
        for offer_id in ids:
            offer = await read.offer(both[0].pool, offer_id)
            assert offer is not None
            # Delivered, and heard of by both at once, as at a rebalance.
            wish = CommandContext(uuid4(), "policy:begin_offer")
            begun = (handlers.begin_offer(at, wish, offer, before, Told.DELIVERED) for at in both)
            await asyncio.gather(*begun)
        assert await events(replicas, "offer_deadline_set.v1") == OFFERS

        looking = [
            asyncio.create_task(at.timers.run({LAPSE: lapse_offer}, at), name="timers")
            for at in both
        ]
        left = "select count(*) from log.timers where kind = $1"
        await eventually(lambda: replicas.owner.fetchval(left, LAPSE), lambda timers: timers == 0)
        for each in looking:
            await end(each)
        assert await events(replicas, "offer_lapsed.v1") == OFFERS
        # Each place went to one of those who wait on.
        assert await events(replicas, "place_offered.v1") == 2 * OFFERS
        held = "select count(*) from offers where ended is null"
        assert await replicas.owner.fetchval(held) == OFFERS


async def test_of_yes_and_no_at_the_same_moment_one_counts(database: Databases, home: Path) -> None:
    async with two_of("registration", database, home) as replicas:
        for offer_id in await offered(replicas):
            path = f"{PATH}/offers/{offer_id}"
            answers = await asyncio.gather(
                replicas.send(0, "POST", f"{path}/accept", key=uid()),
                replicas.send(1, "POST", f"{path}/decline", {"reason": "no_time"}, key=uid()),
            )
            assert sorted(each.status_code for each in answers) == [200, 409]
            (refused,) = (each for each in answers if each.status_code == 409)
            assert refused.json()["code"] == "offer_ended"
        accepted = await events(replicas, "exhibitor_registered.v1") - 1
        assert accepted + await events(replicas, "offer_declined.v1") == OFFERS
