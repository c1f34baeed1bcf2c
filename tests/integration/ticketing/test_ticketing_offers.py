"""Seats by the rules of the team: groups, held seats, offers with their deadlines, and the door."""

from __future__ import annotations

import os
import signal
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from maarid_contracts import registration, scheduling

from chassis.replaying.rebuild import compare
from servers import Stack
from services.ticketing.app import definition
from tests.integration.ticketing.running_ticketing import EVE, STARTS, Ticketing
from tests.running_service import process_of, refusal, uid
from tests.waiting import eventually, until

OFFERS = {"places_per_organisation": 4, "offer_minutes": 30}
SIX_HOURS = timedelta(hours=6)


async def ruled(ticketing: Ticketing, seats: int, **rules: Any) -> str:
    """A workshop for which the team has set rules."""
    session = await ticketing.schedule(await ticketing.announce(), seats=seats)
    await ticketing.done(f"/workshops/{session}/rules", {"places_per_organisation": 4} | rules)
    return session


async def told(ticketing: Ticketing, session: str, **more: Any) -> str:
    """A seat, or a place on the waiting list, of somebody who can be told."""
    return (await ticketing.reserve(session, contact_id=uid(), **more))["seat_id"]


async def status(ticketing: Ticketing, session: str, seat: str) -> str:
    return (await ticketing.seat(session, seat))["status"]


async def counts(ticketing: Ticketing, session: str) -> tuple[int, int, int, int]:
    shown = await ticketing.workshop(session)
    names = ("seats_reserved", "seats_offered", "seats_left", "seats_waitlisted")
    return tuple(shown[name] for name in names)  # type: ignore[return-value]


async def test_a_group_has_all_its_seats_or_none_and_smaller_ones_go_before_it(
    ticketing: Ticketing,
) -> None:
    session = await ticketing.schedule(await ticketing.announce(), seats=5)
    first = await ticketing.reserve(session, places=3)
    group = await ticketing.reserve(session, places=3)
    pair = await ticketing.reserve(session, places=2)
    assert [each["status"] for each in (first, group, pair)] == [
        *("reserved", "waitlisted", "reserved"),
    ]
    assert await counts(ticketing, session) == (5, 0, 0, 3)
    refused = await ticketing.post(
        f"/workshops/{session}/seats", {"attendee_id": uid(), "places": 6}
    )
    assert refusal(refused) == (409, "group_too_large")

    await ticketing.cancel(session, pair["seat_id"])
    assert await counts(ticketing, session) == (3, 0, 2, 3)
    shown = await ticketing.seat(session, group["seat_id"])
    assert (shown["status"], shown["rank"], shown["places"]) == ("waitlisted", 1, 3)
    few = {"attendee_id": uid(), "places": 3, "wait": False}
    refused = await ticketing.post(f"/workshops/{session}/seats", few)
    assert refusal(refused) == (409, "too_few_seats")
    assert (refused.json()["left"], refused.json()["waiting"]) == (2, 1)

    await ticketing.cancel(session, first["seat_id"])
    assert await status(ticketing, session, group["seat_id"]) == "reserved"
    assert await counts(ticketing, session) == (3, 0, 2, 0)


async def test_nobody_reserves_before_the_opening_time(ticketing: Ticketing) -> None:
    opens = EVE + timedelta(hours=1)
    session = await ruled(ticketing, 2, opens_at=opens.isoformat())
    early = await ticketing.post(f"/workshops/{session}/seats", {"attendee_id": uid()})
    assert refusal(early) == (409, "workshop_not_open")
    assert "2025-09-16T09:00:00" in early.text
    await ticketing.set_clock(opens)
    await ticketing.reserve(session)


async def test_held_seats_are_for_programmes_and_then_for_those_who_wait(
    ticketing: Ticketing,
) -> None:
    until_then = EVE + timedelta(hours=2)
    session = await ruled(ticketing, 3, held=2, held_until=until_then.isoformat())
    fair = (await ticketing.workshop(session))["fair_id"]
    us, ours = uid(), uid()
    await ticketing.hear(
        f"organisation-{us}",
        registration.ContactAddedV1(organisation_id=us, contact_id=ours, role="chair"),
    )
    await ticketing.hear(
        f"fair-{fair}",
        registration.ExhibitorRegisteredV1(
            fair_id=fair,
            exhibitor_id=uid(),
            organisation_id=us,
            participation=registration.Participation.EXHIBITOR,
            pole_id="products",
            booths=1,
            people=2,
            programmes=("mouazara",),
            reason="selected",
        ),
    )
    await ticketing.reserve(session)
    waits = await ticketing.reserve(session)
    assert waits["status"] == "waitlisted"
    supported = "select true from supported where organisation_id = $1"
    await eventually(lambda: ticketing.rows(supported, us), bool)
    answer = await eventually(
        lambda: ticketing.post(
            f"/workshops/{session}/seats",
            {"attendee_id": ours},
            role=f"exhibitor organisation_id={us}",
        ),
        lambda answer: answer.status_code == 201,
    )
    assert answer.json()["status"] == "reserved"
    assert (await ticketing.reserve(session))["rank"] == 2

    await ticketing.set_clock(until_then)
    await eventually(
        lambda: status(ticketing, session, waits["seat_id"]), lambda now: now == "reserved"
    )
    assert await counts(ticketing, session) == (3, 0, 0, 1)
    said = await ticketing.said(f"workshop-{session}", until="HeldSeatsReleased")
    assert next(data for name, data in said if name == "HeldSeatsReleased")["places"] == 1


async def test_a_freed_seat_is_offered_and_taken_by_whom_it_was_offered_to(
    ticketing: Ticketing,
) -> None:
    session = await ruled(ticketing, 1, offer_minutes=30)
    us, ours, them = uid(), uid(), uid()
    await ticketing.hear(
        f"organisation-{us}",
        registration.ContactAddedV1(organisation_id=us, contact_id=ours, role="chair"),
    )
    seated = await told(ticketing, session)
    waits = (await ticketing.reserve(session, attendee_id=ours, contact_id=ours))["seat_id"]
    path = f"/workshops/{session}/seats/{waits}"
    early = await ticketing.post(f"{path}/accept")
    assert refusal(early) == (409, "offer_over")

    await ticketing.cancel(session, seated)
    shown = await ticketing.seat(session, waits)
    assert (shown["status"], shown["rank"]) == ("offered", None)
    assert datetime.fromisoformat(shown["offered_until"]) >= EVE + SIX_HOURS
    assert await counts(ticketing, session) == (0, 1, 0, 0)
    assert (await ticketing.workshop(session))["full"] is True
    listed = await ticketing.get(f"/workshops/{session}/seats", status="offered")
    assert [each["seat_id"] for each in listed["items"]] == [waits]

    stranger = await ticketing.post(f"{path}/accept", role=f"exhibitor organisation_id={them}")
    assert refusal(stranger) == (404, "seat_unknown")
    role, key = f"exhibitor organisation_id={us}", uid()
    answer = await eventually(
        lambda: ticketing.post(f"{path}/accept", role=role, key=uid()),
        lambda answer: answer.status_code != 404,
    )
    assert (answer.status_code, answer.json()["status"]) == (200, "reserved")
    again = await ticketing.post(f"{path}/accept", role=role, key=key)
    assert (again.status_code, again.json()["status"]) == (200, "reserved")
    late = await ticketing.post(f"{path}/decline", role=role)
    assert refusal(late) == (409, "offer_over")
    said = await ticketing.said(f"workshop-{session}", until="SeatOffered")
    assert [name for name, _ in said[-3:]] == ["SeatReleased", "SeatOffered", "SeatReserved"]
    assert said[-1][1]["from_offer"] is True
    figures = await ticketing.get(f"/fairs/{said[0][1]['fair_id']}/figures")
    assert (figures["seat_offers"], figures["seat_offers_taken"]) == (1, 1)


async def test_an_offer_that_is_declined_or_lapses_is_the_next_ones(ticketing: Ticketing) -> None:
    session = await ruled(ticketing, 1, offer_minutes=30)
    seated, first, second, third = [await told(ticketing, session) for _ in range(4)]
    await ticketing.cancel(session, seated)
    path = f"/workshops/{session}/seats"
    declined = await ticketing.done(f"{path}/{first}/decline")
    assert (declined["status"], declined["reason"]) == ("released", "cannot_come")
    assert await status(ticketing, session, second) == "offered"

    deadline = (await ticketing.seat(session, second))["offered_until"]
    await ticketing.set_clock(datetime.fromisoformat(deadline) + timedelta(seconds=1))
    await eventually(lambda: status(ticketing, session, third), lambda now: now == "offered")
    lapsed = await ticketing.seat(session, second)
    assert (lapsed["status"], lapsed["reason"]) == ("released", "offer_lapsed")
    assert refusal(await ticketing.post(f"{path}/{second}/accept")) == (409, "offer_over")

    # At the start no offer stands any more, and what was offered is for whoever comes.
    await ticketing.set_clock(STARTS)
    await eventually(lambda: counts(ticketing, session), lambda now: now == (0, 0, 1, 0))
    started = await ticketing.post(f"{path}/{third}/accept")
    assert refusal(started) == (409, "workshop_started")
    fair = (await ticketing.workshop(session))["fair_id"]
    figures = await ticketing.get(f"/fairs/{fair}/figures")
    assert (figures["seat_offers"], figures["seat_offers_lapsed"]) == (3, 2)


@pytest.mark.parametrize("moved", [False, True], ids=["as planned", "moved by a day"])
async def test_seats_that_were_not_scanned_are_released_and_walk_ins_come_in(
    ticketing: Ticketing, moved: bool
) -> None:
    session = await ruled(ticketing, 3, no_show_minutes=10)
    fair, starts = (await ticketing.workshop(session))["fair_id"], STARTS
    came, late, _ = [await told(ticketing, session) for _ in range(3)]
    waits = await told(ticketing, session)
    if moved:
        starts = STARTS + timedelta(days=1)
        slot = {"starts_at": starts, "ends_at": starts + timedelta(hours=1)}
        before = {"previous_starts_at": STARTS, "previous_ends_at": STARTS + timedelta(hours=1)}
        await ticketing.hear(
            f"programme-{fair}",
            scheduling.SessionRescheduledV1.model_validate(
                {"fair_id": fair, "session_id": session, "hall_id": "tent", "reason": "rain"}
                | {"previous_hall_id": "tent", **slot, **before}
            ),
        )
        await eventually(
            lambda: ticketing.workshop(session), lambda shown: shown["hall_id"] == "tent"
        )
    await ticketing.set_clock(starts + timedelta(minutes=1))
    path, steward = f"/workshops/{session}", f"steward fair_id={fair}"
    assert refusal(await ticketing.post(f"{path}/walk-ins", {}, role="steward fair_id=x")) == (
        *(404, "workshop_unknown"),
    )
    scanned = await ticketing.done(f"{path}/seats/{came}/attend", role=steward)
    assert scanned["attended_at"] is not None
    assert refusal(await ticketing.post(f"{path}/seats/{waits}/attend")) == (409, "no_seat")
    full = await ticketing.post(f"{path}/walk-ins", {"people": 1}, role=steward)
    assert refusal(full) == (409, "no_room")

    await ticketing.set_clock(starts + timedelta(minutes=10))
    await eventually(lambda: status(ticketing, session, late), lambda now: now == "released")
    assert (await ticketing.seat(session, late))["reason"] == "no_show"
    assert await status(ticketing, session, came) == "reserved"
    assert await status(ticketing, session, waits) == "waitlisted"
    key = uid()
    for _ in range(2):
        answer = await ticketing.post(f"{path}/walk-ins", {"people": 2}, role=steward, key=key)
        assert (answer.status_code, answer.json()["seats_left"]) == (201, 0)
    more = await ticketing.post(f"{path}/walk-ins", {"people": 1}, role=steward)
    assert refusal(more) == (409, "no_room")
    figures = await ticketing.get(f"/fairs/{fair}/figures")
    assert [figures[name] for name in ("attended", "no_shows", "walk_ins")] == [1, 2, 2]


async def test_the_seats_of_a_workshop_without_a_door_are_kept(ticketing: Ticketing) -> None:
    nobody = await ruled(ticketing, 2, no_show_minutes=10)
    somebody = await ticketing.schedule((await ticketing.workshop(nobody))["fair_id"], seats=2)
    rules = {"places_per_organisation": 4, "no_show_minutes": 10}
    await ticketing.done(f"/workshops/{somebody}/rules", rules)
    kept, *_ = [await told(ticketing, nobody) for _ in range(2)]
    came, gone = [await told(ticketing, somebody) for _ in range(2)]
    await ticketing.done(f"/workshops/{somebody}/seats/{came}/attend")
    await ticketing.set_clock(STARTS + timedelta(minutes=10))
    # Both timers are due together; the second has come once its effect is there.
    await eventually(lambda: status(ticketing, somebody, gone), lambda now: now == "released")
    timers = "select true from log.timers where key = $1"
    await until(lambda: _none(ticketing, timers, f"workshop-no-shows:{nobody}"), "no timer")
    assert await status(ticketing, nobody, kept) == "reserved"


async def _none(ticketing: Ticketing, query: str, *arguments: object) -> bool:
    return not await ticketing.rows(query, *arguments)


async def test_rules_that_are_left_out_hold_no_longer(ticketing: Ticketing) -> None:
    opens = STARTS.isoformat()
    session = await ruled(ticketing, 2, opens_at=opens, **OFFERS)
    assert (await ticketing.workshop(session))["offer_minutes"] == 30
    set_ = await ticketing.done(f"/workshops/{session}/rules", {"places_per_organisation": 2})
    nothing = dict.fromkeys(("opens_at", "held", "held_until", "offer_minutes", "no_show_minutes"))
    assert set_ == {"places_per_organisation": 2, **nothing}
    shown = await ticketing.workshop(session)
    assert {name: shown[name] for name in set_} == set_
    await ticketing.reserve(session)


async def test_deadlines_are_met_by_a_service_that_was_killed_before_them(stack: Stack) -> None:
    """Killed once its timer is set and before the offer is made; then with the offer standing."""
    async with process_of(Ticketing, "ticketing", stack) as ticketing:
        system = ticketing.system

        async def start(**settings: str) -> None:
            await system.start_service("ticketing", **settings)
            await system.wait_ready("ticketing")

        async def killed() -> None:
            process = system.processes["ticketing"]
            await until(lambda: process.pid is None, "the service is killed")

        session = await ruled(ticketing, 1, offer_minutes=30)
        seated, first, second = [await told(ticketing, session) for _ in range(3)]
        await system.stop_services()
        await start(MAARID_BREAK_AT="seats.timed:1")
        key, path = uid(), f"/workshops/{session}/seats/{seated}/cancel"
        with pytest.raises(httpx.TransportError):
            await ticketing.post(path, key=key)
        await killed()
        await start()
        await ticketing.set_clock(EVE)
        assert await status(ticketing, session, seated) == "reserved"
        assert (await ticketing.post(path, key=key)).status_code == 200
        offered = await ticketing.seat(session, first)
        assert offered["status"] == "offered"

        process = system.processes["ticketing"]
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
        await killed()
        await start()
        await ticketing.set_clock(EVE)
        assert await status(ticketing, session, first) == "offered"
        deadline = datetime.fromisoformat(offered["offered_until"])
        await ticketing.set_clock(deadline + timedelta(seconds=1))
        await eventually(lambda: status(ticketing, session, second), lambda now: now == "offered")
        assert (await ticketing.seat(session, first))["reason"] == "offer_lapsed"


async def test_tables_made_again_are_the_same(ticketing: Ticketing) -> None:
    found = await compare(definition(), ticketing.owner_dsn, ticketing.bootstrap)
    assert found == []
