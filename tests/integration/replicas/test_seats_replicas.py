"""Both replicas hear of offered seats, look at their deadlines, and are asked, at one moment."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from chassis.kernel.text import Text
from chassis.log.context import CommandContext
from chassis.process.tasks import end
from services.ticketing.workshops import handlers
from services.ticketing.workshops.domain import OpenWorkshop
from tests.conftest import Databases
from tests.integration.replicas.two_replicas import Replicas, two_of
from tests.running_service import uid
from tests.waiting import eventually

pytestmark = pytest.mark.any_stack

SEATS = 6
STARTS = datetime(2090, 9, 18, 9, tzinfo=UTC)


async def offered(replicas: Replicas) -> tuple[str, list[str]]:
    """A workshop of which all seats were given up and offered, and twice as many wait."""
    session, runtime = uid(), replicas.both[0].runtime
    title = Text(ar="نص", fr="Atelier")
    opening = OpenWorkshop("zagora-2090", session, title, "hall", SEATS, STARTS, STARTS)
    await handlers.execute(runtime, CommandContext(uuid4(), "test"), opening)
    rules = {"places_per_organisation": 4, "offer_minutes": 30}
    path = f"/workshops/{session}"
    assert (await replicas.send(0, "POST", f"{path}/rules", rules, key=uid())).is_success
    taken: list[str] = []
    for n in range(3 * SEATS):
        wanted = {"attendee_id": uid(), "contact_id": uid()}
        made = await replicas.send(n % 2, "POST", f"{path}/seats", wanted, key=uid())
        taken.append(made.json()["seat_id"])
    # Given up by both at once: each seat is offered to another one.
    given_up = (
        replicas.send(n % 2, "POST", f"{path}/seats/{seat}/cancel", key=uid())
        for n, seat in enumerate(taken[:SEATS])
    )
    assert all(answer.is_success for answer in await asyncio.gather(*given_up))
    rows = await replicas.owner.fetch(
        "select seat_id from seats where offered_until is not null order by arrived"
    )
    assert [str(row["seat_id"]) for row in rows] == taken[SEATS : 2 * SEATS]
    return session, taken[SEATS : 2 * SEATS]


async def events(replicas: Replicas, type_: str) -> int:
    return await replicas.owner.fetchval("select count(*) from log.events where type = $1", type_)


async def test_a_deadline_is_set_once_and_an_offered_seat_lapses_once(
    database: Databases, home: Path
) -> None:
    async with two_of("ticketing", database, home) as replicas:
        _, seats = await offered(replicas)
        both = [each.runtime for each in replicas.both]
        before = datetime.now(UTC) - timedelta(minutes=30)
        for seat in seats:
            # Delivered, and heard of by both at once, as at a rebalance.
            wish = CommandContext(uuid4(), "policy:begin_offer")
            await asyncio.gather(*(handlers.begin_offer(at, wish, seat, before) for at in both))
        assert await events(replicas, "seat_offer_deadline_set.v1") == SEATS

        looking = [
            asyncio.create_task(at.timers.run(handlers.TIMERS, at), name="timers") for at in both
        ]
        await eventually(
            lambda: events(replicas, "seat_offer_lapsed.v1"), lambda lapsed: lapsed == SEATS
        )
        due = "select count(*) from log.timers where due <= clock_timestamp()"
        await eventually(lambda: replicas.owner.fetchval(due), lambda timers: timers == 0)
        for each in looking:
            await end(each)
        assert await events(replicas, "seat_offer_lapsed.v1") == SEATS
        # Each seat went to one of those who wait on, and each offer has a timer.
        assert await events(replicas, "seat_offered.v1") == 2 * SEATS
        shown = await replicas.owner.fetchrow("select * from workshops")
        assert shown is not None
        assert (shown["seats_offered"], shown["seats_reserved"]) == (SEATS, 0)
        timers = "select count(*) from log.timers where key like 'lapse-offers:%'"
        assert await replicas.owner.fetchval(timers) >= 1


async def test_of_yes_and_no_at_the_same_moment_one_counts(database: Databases, home: Path) -> None:
    async with two_of("ticketing", database, home) as replicas:
        session, seats = await offered(replicas)
        for seat in seats:
            path = f"/workshops/{session}/seats/{seat}"
            answers = await asyncio.gather(
                replicas.send(0, "POST", f"{path}/accept", key=uid()),
                replicas.send(1, "POST", f"{path}/decline", {"reason": "no_time"}, key=uid()),
            )
            assert sorted(each.status_code for each in answers) == [200, 409]
            (refused,) = (each for each in answers if each.status_code == 409)
            assert refused.json()["code"] == "offer_over"
        accepted = await replicas.owner.fetchval("select offers_taken from workshops")
        assert accepted + await events(replicas, "seat_offer_declined.v1") == SEATS


async def test_two_doors_let_in_no_more_than_there_is_room_for(
    database: Databases, home: Path
) -> None:
    async with two_of("ticketing", database, home) as replicas:
        session, runtime = uid(), replicas.both[0].runtime
        title = Text(ar="نص", fr="Atelier")
        opening = OpenWorkshop("zagora-2090", session, title, "hall", SEATS, STARTS, STARTS)
        await handlers.execute(runtime, CommandContext(uuid4(), "test"), opening)
        path = f"/workshops/{session}/walk-ins"
        asked = (
            replicas.send(n % 2, "POST", path, {"people": 1}, key=uid()) for n in range(3 * SEATS)
        )
        answers = await asyncio.gather(*asked)
        assert sorted(each.status_code for each in answers) == [*[201] * SEATS, *[409] * 2 * SEATS]
        assert await replicas.owner.fetchval("select walk_ins from workshops") == SEATS
