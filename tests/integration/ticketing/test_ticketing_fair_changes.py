"""Tickets and seats of a fair that moves, and of one that is called off."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from maarid_contracts.registration import FairCancelledV1
from maarid_contracts.scheduling import SessionCancelledV1

from tests.integration.ticketing.running_ticketing import FIRST, LAST, Ticketing, fair_moved
from tests.running_service import refusal, uid
from tests.waiting import eventually

NOON = datetime(2025, 9, 17, 11, 0, tzinfo=UTC)
WEEK, DAYS = timedelta(days=7), timedelta(days=3)


async def test_tickets_follow_a_fair_that_moves(ticketing: Ticketing) -> None:
    fair = await ticketing.announce()
    fell_away, stays = await ticketing.issue(fair, FIRST, 4), await ticketing.issue(fair, LAST, 2)
    await ticketing.hear(f"fair-{fair}", fair_moved(fair, DAYS))
    body = {"kind": "visitor", "day": (LAST + DAYS).isoformat(), "party": 1}
    await eventually(
        lambda: ticketing.post(f"/fairs/{fair}/tickets", body), lambda r: r.status_code == 201
    )
    gone = await ticketing.post(f"/fairs/{fair}/tickets", body | {"day": FIRST.isoformat()})
    assert refusal(gone) == (409, "outside_fair")

    await ticketing.set_clock(NOON)
    early = await ticketing.check_in(fell_away)
    assert refusal(early) == (409, "fair_not_on")
    assert early.json()["first_day"] == (FIRST + DAYS).isoformat()
    await ticketing.set_clock(NOON + DAYS)
    assert refusal(await ticketing.check_in(stays)) == (409, "wrong_day")
    assert (await ticketing.check_in(fell_away)).status_code == 200
    assert refusal(await ticketing.check_in(fell_away)) == (409, "already_checked_in")
    await ticketing.set_clock(NOON + (LAST - FIRST))
    assert (await ticketing.check_in(stays)).status_code == 200
    figures = await ticketing.get(f"/fairs/{fair}/figures")
    assert figures["people_in_by_day"] == {"2025-09-17": 4, "2025-09-22": 2}


async def test_a_fair_that_is_called_off_lets_nobody_in_and_gives_out_no_seat(
    ticketing: Ticketing,
) -> None:
    fair, other = await ticketing.announce(), await ticketing.announce()
    ticket, inside = await ticketing.issue(fair, FIRST), await ticketing.issue(fair, FIRST)
    await ticketing.set_clock(NOON)
    key = uid()
    entered = await ticketing.check_in(inside, key=key)
    assert entered.status_code == 200
    session, elsewhere = await ticketing.schedule(fair, seats=1), await ticketing.schedule(other)
    seat, waiting = await ticketing.reserve(session), await ticketing.reserve(session)

    await ticketing.hear(f"fair-{fair}", FairCancelledV1(fair_id=fair, reason="bad_weather"))
    # Scheduling has said nothing yet, as where it is down.
    await eventually(
        lambda: ticketing.workshop(session), lambda found: found["status"] == "cancelled"
    )
    for gone in (seat, waiting):
        released = await ticketing.seat(session, gone["seat_id"])
        assert (released["status"], released["reason"]) == ("released", "workshop_cancelled")
    said = dict(await ticketing.said(f"workshop-{session}", "WorkshopCancelled"))
    assert said["WorkshopCancelled"]["reason"] == "fair_cancelled"
    refused = await ticketing.post(f"/workshops/{session}/seats", {"attendee_id": uid()})
    assert refusal(refused) == (409, "workshop_cancelled")
    body = {"kind": "visitor", "day": FIRST.isoformat(), "party": 1}
    assert refusal(await ticketing.post(f"/fairs/{fair}/tickets", body)) == (409, "fair_cancelled")
    assert refusal(await ticketing.check_in(ticket)) == (409, "fair_cancelled")
    # What was so before is told again to whoever asks again.
    retried = await ticketing.check_in(inside, key=key)
    assert (retried.status_code, retried.json()) == (200, entered.json())

    # Then scheduling calls off the session: that is so already.  And one of which we hear late.
    late = await ticketing.schedule(fair)
    for ended in (session, late):
        await ticketing.hear(
            f"programme-{fair}",
            SessionCancelledV1(fair_id=fair, session_id=ended, reason="fair_cancelled"),
        )
    await eventually(lambda: ticketing.workshop(late), lambda found: found["status"] == "cancelled")
    assert (await ticketing.workshop(elsewhere))["status"] == "open"
    headers = ticketing.headers("organiser") | {"idempotency-key": uid()}
    for language, word in (("ar", "أُلغي"), ("fr", "annulé"), ("en", "called off")):
        answer = await ticketing.http.post(
            f"/fairs/{fair}/tickets", json=body, headers=headers | {"accept-language": language}
        )
        assert word in answer.json()["detail"]
