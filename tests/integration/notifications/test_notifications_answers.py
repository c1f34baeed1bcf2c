"""What people write back: the first clear answer to a question counts, and its text is not kept."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from maarid_contracts.registration import Language
from maarid_contracts.ticketing import SeatOfferedV1, SeatOfferLapsedV1

from tests.integration.notifications.received import STARTS, opened, waitlisted
from tests.integration.notifications.running_notifications import Notifications
from tests.running_service import refusal, uid
from tests.waiting import eventually


async def offered(
    notifications: Notifications, language: Language = Language.FRENCH
) -> tuple[str, str, str]:
    """Somebody who waited is offered a seat, and has read it: (contact, seat, message)."""
    fair, session, seat = await notifications.fair(), uid(), uid()
    contact = await notifications.contact(language)
    offer = SeatOfferedV1(
        fair_id=fair,
        session_id=session,
        seat_id=seat,
        attendee_id=uid(),
        contact_id=contact,
        places=1,
        minutes=30,
        lapses_at=STARTS,
    )
    await notifications.hear(f"workshop-{session}", opened(fair, session), offer)
    (message,) = await notifications.settled(contact, 1)
    assert (message["template"], message["status"]) == ("seat_offered", "delivered")
    return contact, seat, message["message_id"]


async def answer(
    notifications: Notifications, contact: str, text: str, **more: Any
) -> httpx.Response:
    key = more.pop("key", None)
    return await notifications.post(f"/phones/{contact}/answers", {"text": text} | more, key=key)


async def events(notifications: Notifications, message: str) -> list[tuple[str, Any]]:
    return await notifications.published(f"message-{message}")


async def test_an_offered_seat_is_told_with_its_deadline_and_answered_by_a_word(
    notifications: Notifications,
) -> None:
    contact, seat, message = await offered(notifications)
    (text,) = await notifications.texts(contact)
    assert "30 minutes" in text
    assert "OUI ou NON" in text

    taken = await answer(notifications, contact, "Oui, merci")
    assert taken.status_code == 200, taken.text
    assert taken.json() == {"message_id": message, "answer": "accept"}
    said = await eventually(lambda: events(notifications, message), lambda found: len(found) == 4)
    about = {"kind": "seat_offer", "id": seat}
    assert said[3] == (
        "AnswerReceived.v1",
        {"message_id": message, "contact_id": contact, "about": about, "answer": "accept"},
    )
    assert {name: data.get("about") for name, data in said} == {
        "MessageRequested.v1": about,
        "MessageSent.v1": None,
        "MessageDelivered.v1": about,
        "AnswerReceived.v1": about,
    }
    # The figures count messages on their way, and an answer is none.
    fair = said[0][1]["fair_id"]
    figures = await notifications.get(f"/fairs/{fair}/figures")
    assert (figures["messages"], figures["by_status"]) == (1, {"delivered": 1})


async def test_the_first_of_many_answers_counts(notifications: Notifications) -> None:
    contact, _, message = await offered(notifications)
    answers = await asyncio.gather(
        *(answer(notifications, contact, text) for text in ("oui", "non", "نعم", "لا", "yes"))
    )
    counted = {each.json()["answer"] for each in answers if each.status_code == 200}
    assert len(counted) == 1
    late = {refusal(each) for each in answers if each.status_code != 200}
    assert late == {(409, "answered_before")}
    names = [name for name, _ in await events(notifications, message)]
    assert names.count("AnswerReceived.v1") == 1


async def test_what_is_not_clear_is_no_answer_and_is_kept_nowhere(
    notifications: Notifications,
) -> None:
    contact, _, message = await offered(notifications)
    words = f"oui mais {uid()}"
    assert refusal(await answer(notifications, contact, words)) == (422, "answer_unclear")
    tables = await notifications.runtime.pool.fetch(
        "select table_schema || '.' || table_name as name from information_schema.tables"
        " where table_schema in ('log', 'own', 'read')"
    )
    for table in tables:
        query = f"select count(*) from {table['name']} as t where t::text like $1"
        assert await notifications.runtime.pool.fetchval(query, f"%{words}%") == 0, table["name"]
    assert len(await events(notifications, message)) == 3
    # A clear one still counts, and the same request again is answered alike.
    key = uid()
    again = [await answer(notifications, contact, "non", key=key) for _ in range(2)]
    assert [(each.status_code, each.json()["answer"]) for each in again] == [(200, "decline")] * 2


async def test_only_a_question_on_the_phone_is_answered(notifications: Notifications) -> None:
    fair, session = await notifications.fair(), uid()
    contact = await notifications.contact(Language.FRENCH)
    assert refusal(await answer(notifications, contact, "oui")) == (409, "no_question")
    told = waitlisted(fair, session, contact, uid())
    await notifications.hear(f"workshop-{session}", opened(fair, session), told)
    (message,) = await notifications.settled(contact, 1)
    assert refusal(await answer(notifications, contact, "oui")) == (409, "no_question")
    named = await answer(notifications, contact, "oui", message_id=message["message_id"])
    assert refusal(named) == (409, "no_question")
    # Nor that of somebody else.
    _, _, theirs = await offered(notifications)
    assert refusal(await answer(notifications, contact, "oui", message_id=theirs)) == (
        409,
        "no_question",
    )


async def test_the_last_question_is_answered_unless_another_is_named(
    notifications: Notifications,
) -> None:
    fair, contact = await notifications.fair(), await notifications.contact(Language.ARABIC)
    asked: list[str] = []
    for _ in range(2):
        session = uid()
        seat = {"fair_id": fair, "session_id": session, "seat_id": uid(), "attendee_id": uid()}
        offer = {**seat, "contact_id": contact, "places": 1, "minutes": 3, "lapses_at": STARTS}
        contract = SeatOfferedV1.model_validate(offer)
        await notifications.hear(f"workshop-{session}", opened(fair, session), contract)
        found = await notifications.settled(contact, len(asked) + 1)
        asked += [each["message_id"] for each in found if each["message_id"] not in asked]
    assert (await answer(notifications, contact, "لا")).json()["message_id"] == asked[1]
    named = await answer(notifications, contact, "نعم", message_id=asked[0])
    assert named.json() == {"message_id": asked[0], "answer": "accept"}
    assert "3 دقائق" in (await notifications.texts(contact))[0]


@pytest.mark.parametrize("language", [Language.TAMAZIGHT, Language.ARABIC, Language.FRENCH])
async def test_who_lost_an_offer_is_told_so_once(
    notifications: Notifications, language: Language
) -> None:
    fair, session, seat = await notifications.fair(), uid(), uid()
    contact = await notifications.contact(language)
    whose = {"fair_id": fair, "session_id": session, "seat_id": seat, "attendee_id": uid()}
    lapsed = SeatOfferLapsedV1.model_validate(
        {**whose, "contact_id": contact, "places": 1, "lapsed_at": STARTS}
    )
    await notifications.hear(f"workshop-{session}", opened(fair, session), lapsed)
    await notifications.told(contact, "seat_offer_lapsed")
