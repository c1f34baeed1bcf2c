"""Both replicas are asked for workshops that overlap, by one exhibitor, at the same moment."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from chassis.api.fields import new_id
from chassis.kernel.refused import Refused
from chassis.kernel.text import Text
from chassis.log.context import CommandContext
from services.ticketing.duty.handlers import claim_duty
from services.ticketing.duty.workers import LAPSE_SECONDS, look
from services.ticketing.workshops.domain import MoveWorkshop, OpenWorkshop, workshop_stream
from services.ticketing.workshops.handlers import reserve_seat
from tests.conftest import Databases
from tests.integration.replicas.two_replicas import Replicas, two_of
from tests.running_service import refusal, uid

pytestmark = pytest.mark.any_stack

FAIR = "zagora-2090"
NINE = datetime(2090, 9, 18, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


async def opened(replicas: Replicas, hours: int, seats: int = 20) -> str:
    """A workshop that begins so many hours after nine, and takes two hours."""
    session, begins = uid(), NINE + hours * HOUR
    title = Text("ندوة", "Séminaire")
    command = OpenWorkshop(FAIR, session, title, "hall-a", seats, begins, begins + 2 * HOUR)
    wish = CommandContext(UUID(uid()), "test:x")
    await replicas.both[0].desk.execute(workshop_stream(session), command, wish)
    return session


async def exhibitor(replicas: Replicas, people: int) -> tuple[str, str]:
    """An exhibitor with so many people, as registration would have said: (it, its contact)."""
    us, contact = uid(), uid()
    stand = "insert into stands (exhibitor_id, fair_id, organisation_id, people) values"
    await replicas.owner.execute(f"{stand} ($1, $2, $3, $4)", uid(), FAIR, us, people)
    known = "insert into contacts (contact_id, organisation_id) values ($1, $2)"
    await replicas.owner.execute(known, contact, us)
    return us, contact


async def events(replicas: Replicas, us: str, type_: str) -> int:
    return await replicas.owner.fetchval(
        "select count(*) from log.events where stream = $1 and type = $2",
        f"duty-{FAIR}-{us}",
        type_,
    )


async def claims(replicas: Replicas, us: str) -> int:
    query = "select count(*) from duty where organisation_id = $1"
    return await replicas.owner.fetchval(query, us)


async def test_of_two_workshops_that_overlap_one_is_given_and_the_other_refused(
    database: Databases, home: Path
) -> None:
    async with two_of("ticketing", database, home) as replicas:
        sessions = [await opened(replicas, hours) for hours in (0, 1)]
        for people in (2, 3, 5):
            for _ in range(5):
                us, contact = await exhibitor(replicas, people)

                async def ask(at: int, us: str = us, contact: str = contact) -> Any:
                    body = {"attendee_id": uid(), "contact_id": contact}
                    path, role = (
                        f"/workshops/{sessions[at]}/seats",
                        f"exhibitor organisation_id={us}",
                    )
                    return await replicas.send(at, "POST", path, body, key=uid(), role=role)

                answers = await asyncio.gather(*(ask(n % 2) for n in range(2 * people)))
                given = [each for each in answers if each.status_code == 201]
                refused = [refusal(each) for each in answers if each.status_code != 201]
                assert len(given) == people - 1
                assert set(refused) == {(409, "stand_unattended")}
                assert await events(replicas, us, "duty_claimed.v1") == people - 1
                assert await claims(replicas, us) == people - 1
                shown = "select count(*) from seats where contact_id = $1"
                assert await replicas.owner.fetchval(shown, contact) == people - 1


async def test_the_same_request_to_both_is_one_claim_and_one_seat(
    database: Databases, home: Path
) -> None:
    async with two_of("ticketing", database, home) as replicas:
        session = await opened(replicas, 0)
        us, contact = await exhibitor(replicas, 2)
        body, key = {"attendee_id": uid(), "contact_id": contact}, uid()
        path, role = f"/workshops/{session}/seats", f"exhibitor organisation_id={us}"
        answers = await asyncio.gather(
            *(replicas.send(n % 2, "POST", path, body, key=key, role=role) for n in range(6))
        )
        assert {(each.status_code, each.text) for each in answers} == {(201, answers[0].text)}
        assert await claims(replicas, us) == 1


async def test_a_claim_whose_seat_was_never_asked_for_lapses_and_its_request_comes_too_late(
    database: Databases, home: Path
) -> None:
    async with two_of("ticketing", database, home) as replicas:
        first, second = (each.runtime for each in replicas.both)
        session = await opened(replicas, 0)
        us, _ = await exhibitor(replicas, 2)
        wish, seat, who = CommandContext(UUID(uid()), "test:x"), uid(), uid()
        assert await claim_duty(first, wish, session, seat, us, 1) == FAIR

        waiting = await look(second, {}, 100.0)
        assert waiting == {seat: 100.0}
        assert await look(second, waiting, 100.0 + LAPSE_SECONDS - 0.1) == waiting
        assert await claims(replicas, us) == 1
        looks = (look(each, waiting, 100.0 + LAPSE_SECONDS) for each in (first, second))
        assert await asyncio.gather(*looks) == [{}, {}]
        assert await claims(replicas, us) == 0
        assert await events(replicas, us, "duty_released.v1") == 1

        # The request stood still, and goes on.
        with pytest.raises(Refused) as refused:
            await reserve_seat(first, wish, session, who, None, True, us)
        assert refused.value.code == "reservation_lapsed"
        assert await replicas.owner.fetchval("select count(*) from seats") == 0
        fresh = CommandContext(UUID(uid()), "test:x")
        await reserve_seat(first, fresh, session, who, None, True, us)
        assert await claims(replicas, us) == 1


async def test_a_request_that_goes_on_as_its_claim_lapses_has_both_or_neither(
    database: Databases, home: Path
) -> None:
    async with two_of("ticketing", database, home) as replicas:
        first, second = (each.runtime for each in replicas.both)
        session = await opened(replicas, 0)
        ends: set[str] = set()
        for turn in range(20):
            us, _ = await exhibitor(replicas, 2)
            wish = CommandContext(UUID(uid()), "test:x")
            seat = new_id(wish, "seat")
            await claim_duty(first, wish, session, seat, us, 1)
            slow, due = turn % 4 / 1000, {seat: -LAPSE_SECONDS}

            async def go_on(us: str = us, wish: CommandContext = wish, slow: float = slow) -> str:
                await asyncio.sleep(slow)
                try:
                    await reserve_seat(first, wish, session, uid(), None, True, us)
                except Refused as refused:
                    return refused.code
                return "reserved"

            end, _ = await asyncio.gather(go_on(), look(second, due, 0.0))
            ends.add(end)
            shown = "select count(*) from seats where seat_id = $1"
            seats = await replicas.owner.fetchval(shown, seat)
            assert seats == await claims(replicas, us) == (end == "reserved")
        assert ends <= {"reserved", "reservation_lapsed"}


async def test_a_claim_made_while_its_workshop_moves_is_moved_after_it(
    database: Databases, home: Path
) -> None:
    async with two_of("ticketing", database, home) as replicas:
        first, second = (each.runtime for each in replicas.both)
        session, beside = await opened(replicas, 0), await opened(replicas, 4)
        us, _ = await exhibitor(replicas, 2)
        wishes = [CommandContext(UUID(uid()), "test:x") for _ in range(3)]
        await reserve_seat(first, wishes[0], session, uid(), None, True, us)
        await reserve_seat(first, wishes[1], beside, uid(), None, True, us)
        begins = NINE + 5 * HOUR
        move = MoveWorkshop(session, "hall-a", begins, begins + 2 * HOUR)
        await first.desk.execute(workshop_stream(session), move, wishes[2])
        await asyncio.gather(look(first, {}, 0.0), look(second, {}, 0.0))
        assert await events(replicas, us, "duty_moved.v1") == 1
        assert await events(replicas, us, "duty_broken.v1") == 1
        assert await replicas.owner.fetchval("select count(*) from duty_broken") == 1
