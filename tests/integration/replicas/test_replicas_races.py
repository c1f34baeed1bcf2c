"""Two replicas are asked for the same at the same moment."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from chassis.kernel.text import Text
from chassis.log.context import CommandContext
from services.notifications.messages.domain import RequestMessage, message_stream
from services.scheduling.repairs.handlers import offer
from services.scheduling.repairs.rows import needs
from services.ticketing.workshops.domain import OpenWorkshop, workshop_stream
from tests.conftest import Databases
from tests.integration.registration.forms import contact_form, fair_form, organisation_form
from tests.integration.replicas.two_replicas import Replicas, two_of
from tests.running_service import text, uid

pytestmark = pytest.mark.any_stack

Two = Callable[[str], AbstractAsyncContextManager[Replicas]]

TIMES = 12
FAIR = "zagora-2090"
FIRST, LAST = date(2090, 9, 17), date(2090, 9, 22)
NOON = datetime(2090, 9, 18, 12, tzinfo=UTC)


@pytest.fixture
def two(database: Databases, home: Path) -> Two:
    return lambda service: two_of(service, database, home)


async def repeatedly(
    replicas: Replicas,
    path: str,
    body: Callable[[], dict[str, Any]],
    exists: str | None = None,
    **otherwise: object,
) -> None:
    """The same key at both; and where the caller chooses the id, two callers who mean different
    things by it."""
    for _ in range(TIMES):
        key, wanted = uid(), body()
        first, second = await replicas.at_once(path, wanted, (key, key))
        assert (first.status_code, second.status_code) == (201, 201), (first.text, second.text)
        assert first.json() == second.json()
        if exists is not None:
            wanted = body()
            both = await asyncio.gather(
                replicas.send(0, "POST", path, wanted, key=uid()),
                replicas.send(1, "POST", path, wanted | otherwise, key=uid()),
            )
            assert sorted(one.status_code for one in both) == [201, 409], [one.text for one in both]
            assert {one.json().get("code") for one in both} == {None, exists}


async def made(replicas: Replicas, path: str, body: object) -> Any:
    response = await replicas.send(0, "POST", path, body, key=uid())
    assert response.is_success, response.text
    return response.json()


async def test_registration_makes_everything_once(two: Two) -> None:
    async with two("registration") as replicas:
        await repeatedly(
            replicas,
            "/fairs",
            lambda: fair_form(f"fair-{uuid4().hex[:12]}"),
            "fair_already_announced",
            edition=7,
        )
        await repeatedly(
            replicas, "/organisations", lambda: organisation_form(contact=contact_form())
        )
        enrolled = await made(replicas, "/organisations", organisation_form())
        organisation_id = enrolled["organisation_id"]
        await repeatedly(replicas, f"/organisations/{organisation_id}/contacts", contact_form)
        days = {"first_day": FIRST.isoformat(), "last_day": LAST.isoformat()}
        await made(replicas, "/fairs", fair_form(FAIR, **days))
        await made(replicas, f"/fairs/{FAIR}/call/open", {"closes_at": "2090-07-31T18:00:00Z"})
        others = iter(
            [
                (await made(replicas, "/organisations", organisation_form()))["organisation_id"]
                for _ in range(TIMES)
            ]
        )
        await repeatedly(
            replicas,
            f"/fairs/{FAIR}/applications",
            lambda: {"organisation_id": next(others), "pole_id": "products", "people": 2},
        )
        rows = await replicas.owner.fetch("select contact_id from contact_standings")
        kept = await replicas.owner.fetch("select contact_id from own.contacts")
        assert {row[0] for row in rows} == {row[0] for row in kept}


async def test_one_secret_is_made_a_key_and_one_draw_is_held_with_one_word(two: Two) -> None:
    async with two("registration") as replicas:
        days = {"first_day": FIRST.isoformat(), "last_day": LAST.isoformat()}
        for number in range(TIMES):
            fair, key = f"fair-{number}", uid()
            await made(replicas, "/fairs", fair_form(fair, **days))
            await made(replicas, f"/fairs/{fair}/call/open", {"closes_at": "2090-07-31T18:00:00Z"})
            rules = f"/fairs/{fair}/selection/rules"
            first, second = await replicas.at_once(rules, {"terms": []}, (key, key))
            assert first.json()["secret_hash"] == second.json()["secret_hash"]
            await made(replicas, f"/fairs/{fair}/call/close", {"reason": "enough"})
            path = f"/fairs/{fair}/selection/draw"
            held = await asyncio.gather(
                replicas.send(0, "POST", path, {"word": "olive"}, key=uid()),
                replicas.send(1, "POST", path, {"word": "safran"}, key=uid()),
            )
            assert sorted(one.status_code for one in held) == [200, 409]
            shown = await replicas.send(0, "GET", f"/fairs/{fair}/selection")
            (won,) = (one for one in held if one.status_code == 200)
            assert shown.json()["seed"] == won.json()["seed"]
        drawn = "select count(*) from log.events where type = 'draw_held.v1'"
        assert await replicas.owner.fetchval(drawn) == TIMES
        assert await replicas.owner.fetchval("select count(*) from own.draw_secrets") == TIMES


async def test_scheduling_makes_everything_once(two: Two) -> None:
    async with two("scheduling") as replicas:
        await replicas.owner.execute(
            "insert into fairs (fair_id, timezone, first_day, last_day, poles)"
            " values ($1, 'Africa/Casablanca', $2, $3, '{products}')",
            FAIR,
            FIRST,
            LAST,
        )
        await repeatedly(
            replicas,
            f"/fairs/{FAIR}/halls",
            lambda: {"hall_id": f"hall-{uuid4().hex[:8]}", "name": text("Salle"), "capacity": 40},
            "hall_differs",
            capacity=50,
        )
        hall = {"hall_id": "hall", "name": text("Salle"), "capacity": 40}
        await made(replicas, f"/fairs/{FAIR}/halls", hall)
        slots = iter(NOON + timedelta(minutes=15 * number) for number in range(TIMES))

        def session() -> dict[str, Any]:
            starts_at = next(slots)
            return {
                "kind": "workshop",
                "title": text("Atelier"),
                "topic_code": "marketing",
                "hall_id": "hall",
                "language": "ar",
                "audience": "exhibitors",
                "starts_at": starts_at.isoformat(),
                "ends_at": (starts_at + timedelta(minutes=15)).isoformat(),
                "seats": 10,
            }

        await repeatedly(replicas, f"/fairs/{FAIR}/sessions", session)


async def test_a_repair_is_offered_once(two: Two) -> None:
    async with two("scheduling") as replicas:
        for number in range(TIMES):
            fair, exhibitor_id = f"zagora-{2090 + number}", uid()
            await replicas.owner.execute(
                "insert into fairs (fair_id, timezone, first_day, last_day, poles)"
                " values ($1, 'Africa/Casablanca', $2, $3, '{products}')",
                *(fair, FIRST, LAST),
            )
            await replicas.owner.executemany(
                "insert into exhibitors (fair_id, exhibitor_id, organisation_id, partner, pole_id,"
                " booths, families, programmes, electricity, water, corner, step_free, min_area_m2,"
                " withdrawn) values ($1, $2, $2, false, 'products', 1, '{}', '{}', false, false,"
                " false, false, 0, $3)",
                [(fair, exhibitor_id, True), (fair, uid(), False)],
            )
            await replicas.owner.execute(
                "insert into decided_on (fair_id, exhibitor_id, draft_id) values ($1, $2, 'first')",
                *(fair, exhibitor_id),
            )
            size = {"width_m": 3.0, "depth_m": 3.0}
            booth = {"booth_id": "P-001", "pole_id": "products", "x_m": 0.0, "y_m": 0.0, **size}
            await made(replicas, f"/fairs/{fair}/floor-plan", {"booths": [booth]})
            runtimes = [each.runtime for each in replicas.both]
            need = (await needs(runtimes[0].pool, datetime.now(UTC), fair))[fair]
            await asyncio.gather(*(offer(runtime, need) for runtime in runtimes * 2))
        for table in ("own.assignment_drafts", "log.jobs"):
            assert await replicas.owner.fetchval(f"select count(*) from {table}") == TIMES


async def test_ticketing_makes_everything_once(two: Two) -> None:
    async with two("ticketing") as replicas:
        await replicas.owner.execute(
            "insert into fairs values ($1, 'Africa/Casablanca', $2, $3)", FAIR, FIRST, LAST
        )
        ticket = {"kind": "pupils", "day": FIRST.isoformat(), "party": 28, "province": "zagora"}
        await repeatedly(replicas, f"/fairs/{FAIR}/tickets", lambda: ticket)
        expected = await replicas.owner.fetchrow("select tickets, people from expected")
        assert tuple(expected) == (TIMES, TIMES * 28)
        session, ends_at = uid(), NOON + timedelta(hours=2)
        title = Text("ورشة", "Atelier")
        workshop = OpenWorkshop(FAIR, session, title, "hall", 1000, NOON, ends_at)
        wish = CommandContext(uuid4(), "policy:open_workshop")
        await asyncio.gather(
            *(each.desk.execute(workshop_stream(session), workshop, wish) for each in replicas.both)
        )
        await repeatedly(
            replicas, f"/workshops/{session}/seats", lambda: {"attendee_id": uid(), "wait": False}
        )
        seats = await replicas.owner.fetchval("select seats_reserved from workshops")
        assert seats == TIMES


async def test_notifications_asks_for_every_message_once(two: Two) -> None:
    async with two("notifications") as replicas:
        for _ in range(TIMES):
            message = RequestMessage(uid(), FAIR, uid(), "exhibitor_registered", {})
            stream = message_stream(message.message_id)
            # The same event is reacted to by both: at a rebalance a partition has two owners.
            wish = CommandContext(uuid4(), "policy:tell")
            first, second = await asyncio.gather(
                *(each.desk.execute(stream, message, wish) for each in replicas.both)
            )
            assert first.facts == second.facts
            assert len(first.facts) == 1
        assert await replicas.owner.fetchval("select count(*) from messages") == TIMES
