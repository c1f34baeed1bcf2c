"""Seats: first come, first served, and a waiting list that moves up by itself."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import httpx
from maarid_contracts import registration, scheduling

from tests.integration.ticketing.running_ticketing import STARTS, Ticketing, scheduled
from tests.running_service import refusal, uid
from tests.waiting import eventually


async def test_200_at_once_for_20_seats_are_20_seated_and_180_in_line(ticketing: Ticketing) -> None:
    session = await ticketing.schedule(await ticketing.announce(), seats=20)
    answers = await asyncio.gather(*(ticketing.reserve(session) for _ in range(200)))
    assert [a["rank"] for a in answers if a["status"] == "reserved"] == [None] * 20
    in_line = [a["rank"] for a in answers if a["status"] == "waitlisted"]
    assert sorted(in_line) == list(range(1, 181))

    shown = await ticketing.workshop(session)
    assert (shown["seats_reserved"], shown["seats_left"], shown["seats_waitlisted"]) == (20, 0, 180)
    assert shown["full"] is True

    pages = await ticketing.pages(f"/workshops/{session}/seats", limit=60)
    assert [len(page) for page in pages] == [60, 60, 60, 20]
    seats = [seat for page in pages for seat in page]
    assert {s["seat_id"] for s in seats} == {a["seat_id"] for a in answers}
    assert [s["status"] for s in seats] == ["reserved"] * 20 + ["waitlisted"] * 180
    assert [s["rank"] for s in seats[20:]] == list(range(1, 181))

    said = await ticketing.said(f"workshop-{session}", until="SeatWaitlisted")
    assert [name for name, _ in said[:22]] == [
        "WorkshopOpened",
        *["SeatReserved"] * 20,
        "WorkshopFull",
    ]


async def test_a_seat_given_up_goes_to_the_first_in_line(ticketing: Ticketing) -> None:
    session = await ticketing.schedule(await ticketing.announce(), seats=2)
    first, second, third, fourth = [await ticketing.reserve(session) for _ in range(4)]
    assert (third["rank"], fourth["rank"]) == (1, 2)

    await ticketing.cancel(session, first["seat_id"])
    assert (await ticketing.seat(session, first["seat_id"]))["status"] == "released"
    moved_up = await ticketing.seat(session, third["seat_id"])
    assert (moved_up["status"], moved_up["rank"]) == ("reserved", None)
    assert (await ticketing.seat(session, fourth["seat_id"]))["rank"] == 1

    await ticketing.cancel(session, fourth["seat_id"])
    assert (await ticketing.workshop(session))["full"] is True
    await ticketing.cancel(session, second["seat_id"])
    shown = await ticketing.workshop(session)
    assert (shown["full"], shown["seats_left"], shown["seats_waitlisted"]) == (False, 1, 0)

    said = await ticketing.said(f"workshop-{session}", until="WorkshopReopened")
    assert [name for name, _ in said] == [
        "WorkshopOpened",
        "SeatReserved",
        "SeatReserved",
        "WorkshopFull",
        "SeatWaitlisted",
        "SeatWaitlisted",
        "SeatReleased",
        "SeatReserved",
        "SeatReleased",
        "SeatReleased",
        "WorkshopReopened",
    ]
    assert said[7][1]["from_waitlist"] is True
    assert said[8][1]["waited"] is True


async def test_the_same_request_again_gets_the_same_answer_and_no_second_seat(
    ticketing: Ticketing,
) -> None:
    session = await ticketing.schedule(await ticketing.announce(), seats=1)
    path, who, key = f"/workshops/{session}/seats", {"attendee_id": uid()}, uid()
    answers = await asyncio.gather(*(ticketing.post(path, who, key=key) for _ in range(10)))
    assert {(a.status_code, a.text) for a in answers} == {(201, answers[0].text)}
    assert (await ticketing.workshop(session))["seats_reserved"] == 1

    other = await ticketing.post(path, {"attendee_id": uid()}, key=key)
    assert refusal(other) == (422, "idempotency_key_reused")

    seat = answers[0].json()["seat_id"]
    for _ in range(2):
        await ticketing.cancel(session, seat)
    assert (await ticketing.post(path, who, key=key)).text == answers[0].text
    assert (await ticketing.workshop(session))["seats_reserved"] == 0


async def test_nobody_has_two_seats(ticketing: Ticketing) -> None:
    session = await ticketing.schedule(await ticketing.announce())
    who = uid()
    seat = (await ticketing.reserve(session, attendee_id=who))["seat_id"]
    again = await ticketing.post(f"/workshops/{session}/seats", {"attendee_id": who})
    assert refusal(again) == (409, "already_reserved")
    assert again.json()["seat"] == seat


async def test_a_person_who_will_not_wait_is_refused_in_their_language(
    ticketing: Ticketing,
) -> None:
    session = await ticketing.schedule(await ticketing.announce(), seats=1)
    await ticketing.reserve(session)
    refused = await ticketing.http.post(
        f"/workshops/{session}/seats",
        json={"attendee_id": uid(), "wait": False},
        headers=ticketing.headers("service")
        | {"idempotency-key": uid(), "accept-language": "ar-MA,fr;q=0.5"},
    )
    assert refusal(refused) == (409, "workshop_full")
    assert "المقاعد" in refused.json()["detail"]
    assert (await ticketing.workshop(session))["seats_waitlisted"] == 0


async def test_no_seat_changes_hands_once_the_workshop_has_begun(ticketing: Ticketing) -> None:
    session = await ticketing.schedule(await ticketing.announce())
    seat = (await ticketing.reserve(session))["seat_id"]
    await ticketing.set_clock(STARTS)
    late = await ticketing.post(f"/workshops/{session}/seats", {"attendee_id": uid()})
    assert refusal(late) == (409, "workshop_started")
    kept = await ticketing.post(f"/workshops/{session}/seats/{seat}/cancel")
    assert refusal(kept) == (409, "workshop_started")
    await ticketing.set_clock(STARTS - timedelta(minutes=1))
    await ticketing.cancel(session, seat)


async def test_a_session_open_to_all_who_come_has_no_seats(ticketing: Ticketing) -> None:
    fair, open_to_all = await ticketing.announce(), uid()
    await ticketing.hear(f"programme-{fair}", scheduled(fair, open_to_all, None))
    later = await ticketing.schedule(fair)
    await ticketing.reserve(later)
    refused = await ticketing.post(f"/workshops/{open_to_all}/seats", {"attendee_id": uid()})
    assert refusal(refused) == (404, "workshop_unknown")
    # It moves and is cancelled without disturbing what is heard after it.
    await ticketing.hear(
        f"programme-{fair}",
        rescheduled(fair, open_to_all),
        scheduling.SessionCancelledV1(fair_id=fair, session_id=open_to_all, reason="rain"),
    )
    await ticketing.schedule(fair)


async def test_a_workshop_follows_its_session_with_all_its_seats(ticketing: Ticketing) -> None:
    fair = await ticketing.announce()
    session = await ticketing.schedule(fair)
    seat = (await ticketing.reserve(session))["seat_id"]
    await ticketing.hear(f"programme-{fair}", rescheduled(fair, session))
    shown = await eventually(
        lambda: ticketing.workshop(session), lambda w: w["hall_id"] == "great-hall"
    )
    assert shown["starts_at"] == "2025-09-19T09:00:00Z"
    assert (await ticketing.seat(session, seat))["status"] == "reserved"
    await ticketing.set_clock(STARTS + timedelta(hours=1))
    await ticketing.reserve(session)


async def test_a_workshop_is_cancelled_with_its_session_and_everybody_let_go(
    ticketing: Ticketing,
) -> None:
    fair = await ticketing.announce()
    session = await ticketing.schedule(fair, seats=1)
    seated, waiting = await ticketing.reserve(session), await ticketing.reserve(session)
    cancelled = scheduling.SessionCancelledV1(
        fair_id=fair, session_id=session, reason="speaker_ill"
    )
    await ticketing.hear(f"programme-{fair}", cancelled)
    shown = await eventually(
        lambda: ticketing.workshop(session), lambda w: w["status"] == "cancelled"
    )
    assert (shown["seats_reserved"], shown["seats_waitlisted"], shown["full"]) == (0, 0, False)
    for seat in (seated, waiting):
        released = await ticketing.seat(session, seat["seat_id"])
        assert (released["status"], released["reason"]) == ("released", "workshop_cancelled")
    refused = await ticketing.post(f"/workshops/{session}/seats", {"attendee_id": uid()})
    assert refusal(refused) == (409, "workshop_cancelled")
    said = await ticketing.said(f"workshop-{session}", until="WorkshopCancelled")
    assert said[-1][1]["reason"] == "speaker_ill"


async def test_an_exhibitor_acts_for_its_own_contacts_only(ticketing: Ticketing) -> None:
    session = await ticketing.schedule(await ticketing.announce())
    ours, theirs, us, them = uid(), uid(), uid(), uid()
    for organisation, contact in ((us, ours), (them, theirs)):
        await ticketing.hear(
            f"organisation-{organisation}",
            registration.ContactAddedV1(
                organisation_id=organisation, contact_id=contact, role="chair"
            ),
        )
    path, role = f"/workshops/{session}/seats", f"exhibitor organisation_id={us}"

    async def ask(attendee: str, contact: str | None = None, role: str = role) -> tuple[int, str]:
        body = {"attendee_id": attendee, "contact_id": contact}
        response = await ticketing.post(path, body, role=role)
        if response.status_code == 201:
            return 201, response.json()["seat_id"]
        return refusal(response)

    # Both contacts must have been heard of: the topic's partitions are read in no order.
    theirs_for_them = f"exhibitor organisation_id={them}"
    _, their_seat = await eventually(
        lambda: ask(theirs, role=theirs_for_them), lambda answer: answer[0] == 201
    )
    _, own_seat = await eventually(lambda: ask(ours), lambda answer: answer[0] == 201)
    assert await ask(theirs) == (404, "attendee_unknown")
    assert await ask(theirs, contact=ours) == (404, "attendee_unknown")
    assert await ask(uid()) == (404, "attendee_unknown")
    assert await ask(uid(), contact=theirs) == (404, "attendee_unknown")
    status, badge_seat = await ask(uid(), contact=ours)
    assert status == 201

    assert refusal(await ticketing.look(f"{path}/{their_seat}", role)) == (404, "seat_unknown")
    taken = await ticketing.post(f"{path}/{their_seat}/cancel", role=role)
    assert refusal(taken) == (404, "seat_unknown")
    assert (await ticketing.get(f"{path}/{own_seat}", role))["attendee_id"] == ours
    assert (await ticketing.post(f"{path}/{badge_seat}/cancel", role=role)).status_code == 200
    assert refusal(await ticketing.look(path, role)) == (403, "role_missing")

    await ticketing.hear(
        f"organisation-{us}",
        registration.ContactErasedV1(organisation_id=us, contact_id=ours),
    )
    await eventually(
        lambda: ticketing.look(f"{path}/{own_seat}", role), lambda r: r.is_client_error
    )


async def test_an_organisation_takes_no_more_places_than_the_team_allows(
    ticketing: Ticketing,
) -> None:
    session = await ticketing.schedule(await ticketing.announce())
    us, ours = uid(), uid()
    await ticketing.hear(
        f"organisation-{us}",
        registration.ContactAddedV1(organisation_id=us, contact_id=ours, role="chair"),
    )
    path, role = f"/workshops/{session}", f"exhibitor organisation_id={us}"

    async def take(who: str = role) -> httpx.Response:
        """A place for somebody whom nobody knows; our contact is told."""
        wanted = {"attendee_id": uid(), "contact_id": ours}
        return await ticketing.post(f"{path}/seats", wanted, role=who)

    usual = (await ticketing.workshop(session))["places_per_organisation"]
    await eventually(take, lambda answer: answer.status_code == 201)
    rush = await asyncio.gather(*(take() for _ in range(3 * usual)))
    assert [answer.status_code for answer in rush].count(201) == usual - 1
    refused = next(answer for answer in rush if answer.status_code != 201)
    assert refusal(refused) == (409, "enough_places")
    assert (refused.json()["places"], refused.json()["most"]) == (usual, usual)
    assert (await ticketing.workshop(session))["seats_reserved"] == usual
    assert (await take("organiser")).status_code == 201, "the bound holds the team as well"

    rules = {"places_per_organisation": usual + 1}
    assert refusal(await ticketing.post(f"{path}/rules", rules, role=role)) == (403, "role_missing")
    answer = await ticketing.post(f"{path}/rules", rules)
    assert answer.status_code == 200
    assert {name: value for name, value in answer.json().items() if value is not None} == rules
    assert (await ticketing.workshop(session))["places_per_organisation"] == usual + 1
    assert [(await take()).status_code for _ in range(2)] == [201, 409]
    said = await ticketing.said(f"workshop-{session}", until="WorkshopRulesSet")
    assert [told for name, told in said if name == "WorkshopRulesSet"] == [
        {"fair_id": said[0][1]["fair_id"], "session_id": session, **rules}
    ]


async def test_a_refusal_tells_an_exhibitor_of_no_seat_but_its_own(ticketing: Ticketing) -> None:
    session = await ticketing.schedule(await ticketing.announce())
    us, ours, badge = uid(), uid(), uid()
    await ticketing.hear(
        f"organisation-{us}",
        registration.ContactAddedV1(organisation_id=us, contact_id=ours, role="chair"),
    )
    theirs = (await ticketing.reserve(session, attendee_id=badge))["seat_id"]
    path, role = f"/workshops/{session}/seats", f"exhibitor organisation_id={us}"
    wanted = {"attendee_id": badge, "contact_id": ours}
    refused = await eventually(
        lambda: ticketing.post(path, wanted, role=role), lambda answer: answer.status_code != 404
    )
    assert refusal(refused) == (409, "already_reserved")
    assert theirs not in refused.text
    own = await ticketing.post(path, {"attendee_id": ours}, role=role)
    again = await ticketing.post(path, {"attendee_id": ours}, role=role)
    assert again.json()["seat"] == own.json()["seat_id"]


async def test_a_steward_serves_the_workshops_of_one_fair(ticketing: Ticketing) -> None:
    fair = await ticketing.announce()
    session = await ticketing.schedule(fair)
    path, who = f"/workshops/{session}/seats", {"attendee_id": uid()}
    assert (await ticketing.post(path, who, role=f"steward fair_id={fair}")).status_code == 201
    assert (await ticketing.look(path, f"steward fair_id={fair}")).status_code == 200
    stranger = "steward fair_id=agadir-2025"
    assert refusal(await ticketing.look(path, stranger)) == (404, "workshop_unknown")
    assert refusal(await ticketing.post(path, who, role=stranger)) == (404, "workshop_unknown")


async def test_workshops_are_listed_by_day_and_by_seats_left(ticketing: Ticketing) -> None:
    fair = await ticketing.announce()
    # 22:30 UTC is the same day in Casablanca, where it is an hour later; 23:30 is the next.
    late, night = STARTS.replace(hour=22, minute=30), STARTS.replace(hour=23, minute=30)
    first = await ticketing.schedule(fair, seats=1)
    second = await ticketing.schedule(fair, starts_at=late)
    third = await ticketing.schedule(fair, starts_at=night)
    await ticketing.reserve(first)
    path = f"/fairs/{fair}/workshops"

    async def sessions(**query: str) -> list[str]:
        return [item["session_id"] for item in (await ticketing.get(path, **query))["items"]]

    assert await sessions() == [first, second, third]
    assert await sessions(full="true") == [first]
    assert await sessions(full="false") == [second, third]
    assert await sessions(day="2025-09-18") == [first, second]
    assert await sessions(day="2025-09-19", full="false") == [third]
    pages = await ticketing.pages(path, limit=1)
    assert [[item["session_id"] for item in page] for page in pages] == [[first], [second], [third]]
    everybody = await ticketing.http.get(path)
    assert len(everybody.json()["items"]) == 3


async def test_seats_are_listed_by_status_and_by_attendee(ticketing: Ticketing) -> None:
    session = await ticketing.schedule(await ticketing.announce(), seats=1)
    who = uid()
    seated = await ticketing.reserve(session, attendee_id=who)
    waiting = await ticketing.reserve(session)
    path = f"/workshops/{session}/seats"
    by_status = await ticketing.get(path, status="waitlisted")
    assert [s["seat_id"] for s in by_status["items"]] == [waiting["seat_id"]]
    by_person = await ticketing.get(path, attendee_id=who)
    assert [s["seat_id"] for s in by_person["items"]] == [seated["seat_id"]]


def rescheduled(fair: str, session: str) -> scheduling.SessionRescheduledV1:
    return scheduling.SessionRescheduledV1(
        fair_id=fair,
        session_id=session,
        hall_id="great-hall",
        starts_at=STARTS + timedelta(days=1),
        ends_at=STARTS + timedelta(days=1, hours=2),
        previous_hall_id="training-tent",
        previous_starts_at=STARTS,
        previous_ends_at=STARTS + timedelta(hours=2),
        reason="rain",
    )
