"""Phones that have a network ask, and what they decided alone is no second entry."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from tests.integration.ticketing.phones import phone_of, row_of
from tests.integration.ticketing.running_ticketing import FIRST, Ticketing
from tests.running_service import refusal, uid

NOON = datetime(2025, 9, 17, 11, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


async def test_a_scan_that_was_asked_and_then_uploaded_is_one_entry(ticketing: Ticketing) -> None:
    fair = await ticketing.announce()
    ticket = await ticketing.issue(fair, FIRST, party=3)
    await ticketing.set_clock(NOON)
    phone = await phone_of(ticketing, fair, "gate-north")
    scan = phone.scan(NOON - MINUTE, ticket, people=3, decided="online")
    asked = await phone.check_in(ticket, key=scan["scan_id"])
    assert (asked.status_code, asked.json()["inside"]) == (200, 3)
    assert (await phone.check_in(ticket, key=scan["scan_id"])).json() == asked.json()
    assert (await phone.upload(NOON)).status_code == 200
    assert (await ticketing.get(f"/tickets/{ticket}"))["inside"] == 3
    shown = await ticketing.get(f"/fairs/{fair}/presence")
    assert (shown["inside"], shown["double_entries"], shown["hours"][0]["came_in"]) == (3, 0, 3)


async def test_a_scan_that_was_uploaded_before_its_question_comes_is_one_entry(
    ticketing: Ticketing,
) -> None:
    fair = await ticketing.announce()
    ticket = await ticketing.issue(fair, FIRST)
    await ticketing.set_clock(NOON)
    phone = await phone_of(ticketing, fair, "gate-north")
    scan = phone.scan(NOON, ticket)
    assert (await phone.upload(NOON)).status_code == 200
    asked = await phone.check_in(ticket, key=scan["scan_id"])
    assert (asked.status_code, asked.json()["inside"]) == (200, 1)
    assert await ticketing.types(f"ticket-{ticket}", 1) == ["TicketIssued.v1"]
    # Another scan is another entry, which what was uploaded keeps out; also a steward's.
    for refused in (await phone.check_in(ticket), await ticketing.check_in(ticket)):
        assert refusal(refused) == (409, "already_checked_in")
        assert refused.json()["gate"] == "gate-north"
    assert (await ticketing.get(f"/fairs/{fair}/figures"))["people_in"] == 1


async def test_parties_come_in_parts_and_again_where_the_rules_say_so(
    ticketing: Ticketing,
) -> None:
    fair = await ticketing.announce()
    await ticketing.done(f"/fairs/{fair}/gate-rules", {"reentry": ["visitor"]})
    ticket = await ticketing.issue(fair, FIRST, party=28)
    await ticketing.set_clock(NOON)
    phone = await phone_of(ticketing, fair, "gate-north")
    inside = [
        (await phone.check_in(ticket, **wish)).json()["inside"]
        for wish in (
            {"people": 20},
            {"people": 8},
            {"people": 5, "direction": "out"},
            {"people": 5},
        )
    ]
    assert inside == [20, 28, 23, 28]
    refused = await phone.check_in(ticket, people=1)
    assert refusal(refused) == (409, "already_checked_in")
    over = await phone.check_in(ticket, people=1, overrule=True)
    assert (over.status_code, over.json()["inside"]) == (200, 29)
    said = await ticketing.said(f"ticket-{ticket}", until="DoubleEntryFound")
    assert [data.get("overruled", False) for name, data in said if name == "TicketCheckedIn"] == [
        False,
        False,
        False,
        True,
    ]
    row = row_of(await phone.bundle(), ticket)
    assert row is not None
    assert row.people == 29
    assert (await ticketing.get(f"/fairs/{fair}/figures"))["people_in"] == 28


async def test_the_key_of_a_phone_is_the_id_of_its_scan(ticketing: Ticketing) -> None:
    fair = await ticketing.announce()
    ticket = await ticketing.issue(fair, FIRST)
    await ticketing.set_clock(NOON)
    phone = await phone_of(ticketing, fair, "gate-north")
    assert refusal(await phone.check_in(ticket, key="no-uuid")) == (422, "scan_id_expected")
    other = await ticketing.issue(await ticketing.announce(), FIRST)
    assert refusal(await phone.check_in(other)) == (404, "ticket_unknown")
    await ticketing.done(f"/tickets/{ticket}/reissue")
    assert refusal(await phone.check_in(ticket, issue=1)) == (409, "ticket_reissued")
    await ticketing.done(f"/tickets/{ticket}/revoke", {"reason": "stolen"})
    assert refusal(await phone.check_in(ticket)) == (409, "ticket_revoked")


async def test_of_two_phones_one_takes_the_last_place_inside(ticketing: Ticketing) -> None:
    fair = await ticketing.announce()
    await ticketing.done(f"/fairs/{fair}/gate-rules", {"reentry": [], "inside_limit": 5})
    phones = [await phone_of(ticketing, fair, f"gate-{n}") for n in range(2)]
    party = await ticketing.issue(fair, FIRST, party=4)
    rivals = [await ticketing.issue(fair, FIRST) for _ in range(8)]
    await ticketing.set_clock(NOON)
    assert (await phones[0].check_in(party)).status_code == 200
    answers = await asyncio.gather(
        *(phones[n % 2].check_in(ticket) for n, ticket in enumerate(rivals))
    )
    assert sorted(each.status_code for each in answers) == [200, *[409] * 7]
    full = next(each for each in answers if each.status_code == 409)
    assert refusal(full) == (409, "too_many_inside")
    assert (full.json()["inside"], full.json()["limit"]) == (5, 5)
    # Who is inside already takes no place by being refused, and who leaves gives one back.
    assert refusal(await phones[0].check_in(party)) == (409, "already_checked_in")
    await ticketing.set_clock(NOON + MINUTE)
    assert (await phones[0].check_in(party, people=1, direction="out")).status_code == 200
    await ticketing.set_clock(NOON + 2 * MINUTE)
    late = [ticket for ticket, each in zip(rivals, answers, strict=True) if each.is_error]
    assert (await phones[1].check_in(late[0])).status_code == 200
    assert refusal(await phones[1].check_in(late[1])) == (409, "too_many_inside")
    over = await phones[1].check_in(late[1], overrule=True, key=uid())
    assert over.status_code == 200
    shown = await ticketing.get(f"/fairs/{fair}/presence")
    assert (shown["inside"], shown["inside_limit"], shown["peak"]["inside"]) == (6, 5, 6)
    said = [data for _, data in await ticketing.said(f"ticket-{late[1]}", "TicketCheckedIn")]
    assert said[-1]["overruled"] is True


async def test_a_door_of_a_workshop_lets_nobody_into_the_fair(ticketing: Ticketing) -> None:
    fair = await ticketing.announce()
    ticket = await ticketing.issue(fair, FIRST)
    session = await ticketing.schedule(fair, seats=2)
    seat = await ticketing.reserve(session, attendee_id=ticket)
    await ticketing.set_clock(NOON)
    strange = {"label": "x", "gate_id": "hall-1", "session_id": uid()}
    refused = await ticketing.post(f"/fairs/{fair}/devices", strange)
    assert refusal(refused) == (404, "workshop_unknown")
    phone = await phone_of(ticketing, fair, "hall-1", session_id=session)
    (shown,) = (await phone.bundle())["sessions"]
    assert (shown["session_id"], shown["capacity"]) == (session, 2)
    assert shown["title"]["fr"] == "Marketing"
    assert shown["seats"] == [
        {
            "seat_id": seat["seat_id"],
            "attendee_id": ticket,
            "ticket": ticket.replace("-", "")[:16],
            "places": 1,
            "attended": False,
        }
    ]
    phone.scan(NOON, ticket)
    assert (await phone.upload(NOON)).status_code == 200
    ((seat_shown,),) = [each["seats"] for each in (await phone.bundle())["sessions"]]
    assert seat_shown["attended"]
    presence = await ticketing.get(f"/fairs/{fair}/presence")
    assert (presence["inside"], presence["scans"], presence["hours"]) == (0, 1, [])
