"""The call desk: who is to be called, what came of it, and what nobody has understood."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from maarid_contracts.registration import ContactErasedV1, Language

from chassis.log.context import CommandContext
from services.notifications.messages.domain import (
    About,
    MarkMessage,
    MessageFailed,
    MessageSent,
    Outcome,
    RequestMessage,
    message_stream,
)
from services.notifications.replies.rows import answers as answer_rows
from tests.integration.notifications.received import EVE
from tests.integration.notifications.running_notifications import PHONE, Notifications
from tests.running_service import refusal, uid
from tests.waiting import eventually

pytestmark = pytest.mark.usefixtures("some_days_before")

TRIED = """
insert into attempts (reference, message_id, contact_id, fair_id, network, channel, rung, language,
                      segments, answered_at, outcome, reason)
values (gen_random_uuid(), $1, $2, $3, 'pocket', $4, $5, 'fr', 1, now(), $6, $7)
"""


ASKED: list[str] = []
"""The messages that a test has asked for, and that nobody can write."""


@asynccontextmanager
async def nobody_sends(notifications: Notifications) -> AsyncGenerator[None]:
    """The sender rests for the time of a block; what is left then it need not send."""
    async with notifications.without_sender():
        yield
        for message in ASKED:
            await execute(notifications, message, MessageFailed(message, "superseded"))
        ASKED.clear()


async def execute(notifications: Notifications, message: str, *outcomes: Outcome) -> None:
    for outcome in outcomes:
        context = CommandContext(uuid4(), "test:x")
        command = MarkMessage(outcome)
        await notifications.runtime.desk.execute(message_stream(message), command, context)


async def asked(
    notifications: Notifications,
    fair: str,
    contact: str,
    template: str = "booth_assigned",
    **more: Any,
) -> str:
    """A message that was asked for; nobody sends it."""
    message = uid()
    ASKED.append(message)
    command = RequestMessage(message, fair, contact, template, {}, **more)
    context = CommandContext(uuid4(), "test:x")
    await notifications.runtime.desk.execute(message_stream(message), command, context)
    return message


async def failed(
    notifications: Notifications,
    fair: str,
    reason: str = "unreachable_number",
    template: str = "booth_assigned",
    **more: Any,
) -> tuple[str, str]:
    """A message that has failed: (message, contact)."""
    contact = await notifications.contact(Language.FRENCH)
    message = await asked(notifications, fair, contact, template, **more)
    await execute(notifications, message, MessageFailed(message, reason))
    return message, contact


async def listed(notifications: Notifications, fair: str, **more: Any) -> dict[str, str]:
    """Why somebody is to be called, by message."""
    found = await notifications.all(f"/fairs/{fair}/calls", **more)
    why = {each["message_id"]: each["why"] for each in found}
    assert len(why) == len(found)
    return why


async def minutes_later(notifications: Notifications, minutes: int) -> None:
    await notifications.set_clock(EVE + timedelta(minutes=minutes))


async def note(
    notifications: Notifications, fair: str, message: str, outcome: str, **more: Any
) -> Any:
    key = more.pop("key", None)
    body = {"outcome": outcome} | more
    return await notifications.done(f"/fairs/{fair}/calls/{message}", body, key=key)


async def test_whom_no_channel_reaches_is_called_with_what_was_tried(
    notifications: Notifications,
) -> None:
    fair, pool = await notifications.fair(), notifications.runtime.pool
    async with nobody_sends(notifications):
        message, contact = await failed(notifications, fair)
        await minutes_later(notifications, 1)
        unconfirmed, _ = await failed(notifications, fair, "no_receipt")
        for reason in ("no_consent", "opted_out", "contact_erased", "too_late", "superseded"):
            await failed(notifications, fair, reason)
        await failed(notifications, fair, template="code")
        await pool.execute(TRIED, message, contact, fair, "whatsapp", 1, "failed", "no_whatsapp")
        await pool.execute(TRIED, message, contact, fair, "sms", 2, "failed", "unreachable_number")
        pages = await notifications.pages(f"/fairs/{fair}/calls", limit=1)
        assert [[(each["message_id"], each["why"]) for each in page] for page in pages] == [
            [(message, "unreached")],
            [(unconfirmed, "unconfirmed")],
        ]
        found, other = await notifications.all(f"/fairs/{fair}/calls")
        assert (found["contact_id"], found["template"]) == (contact, "booth_assigned")
        assert (found["phone"], found["language"]) == (PHONE, "fr")
        tried = [(each["channel"], each["outcome"], each["reason"]) for each in found["tried"]]
        assert tried == [
            ("whatsapp", "failed", "no_whatsapp"),
            ("sms", "failed", "unreachable_number"),
        ]
        assert (other["tried"], other["reason"]) == ([], "no_receipt")
        # Whoever audits sees whom, but no numbers.
        audited = await notifications.get(f"/fairs/{fair}/calls", role="auditor")
        assert {each["phone"] for each in audited["items"]} == {None}
        for role in ("exhibitor organisation_id=" + uid(), "steward fair_id=" + fair, "service"):
            refused = await notifications.look(f"/fairs/{fair}/calls", role=role)
            assert refused.status_code == 403


async def test_what_arrived_after_all_or_is_not_worth_telling_leaves_the_list(
    notifications: Notifications,
) -> None:
    fair, pool = await notifications.fair(), notifications.runtime.pool
    async with nobody_sends(notifications):
        arrived, contact = await failed(notifications, fair, "no_receipt")
        await failed(notifications, fair, template="seat_offered")
        of_others, _ = await failed(notifications, fair, template="of_a_later_version")
        lasting, _ = await failed(notifications, fair)
        assert len(await listed(notifications, fair)) == 4
        await pool.execute(TRIED, arrived, contact, fair, "sms", 1, "delivered", None)
        await notifications.set_clock(EVE + timedelta(hours=3))
        assert set(await listed(notifications, fair)) == {of_others, lasting}
        await notifications.set_clock(EVE + timedelta(days=2))
        assert set(await listed(notifications, fair)) == {lasting}
        await notifications.set_clock(EVE + timedelta(days=7))
        assert await listed(notifications, fair) == {}


async def test_who_was_reached_leaves_the_list_and_who_did_not_answer_stays(
    notifications: Notifications,
) -> None:
    fair = await notifications.fair()
    async with nobody_sends(notifications):
        offer = About("place_offer", uid())
        message, _ = await failed(notifications, fair, template="place_offered", about=offer)
        await minutes_later(notifications, 1)
        wrong, _ = await failed(notifications, fair)
        unwilling, _ = await failed(notifications, fair)
        key = uid()
        for _ in range(2):  # The same call again is one call.
            noted = await note(notifications, fair, message, "no_answer", note="le soir", key=key)
            assert (noted["calls"], noted["outcome"]) == (1, "no_answer")
        assert len(await listed(notifications, fair)) == 3
        found, *_ = await notifications.all(f"/fairs/{fair}/calls")
        assert (found["calls"], found["outcome"]) == (1, "no_answer")
        assert [each["note"] for each in found["notes"]] == ["le soir"]
        (audited, *_) = await notifications.all(f"/fairs/{fair}/calls", role="auditor")
        assert (audited["calls"], audited["notes"]) == (1, [])
        other = await notifications.post(
            f"/fairs/{fair}/calls/{message}", {"outcome": "reached"}, key=key
        )
        assert refusal(other) == (422, "idempotency_key_reused")

        await note(notifications, fair, wrong, "wrong_number")
        await note(notifications, fair, unwilling, "declined")
        assert (await note(notifications, fair, message, "reached"))["calls"] == 2
        assert await listed(notifications, fair) == {}
        # Failed it stays; but whoever waits for its delivery hears that the contact was told.
        said = await eventually(
            lambda: notifications.published(f"message-{message}"), lambda found: len(found) == 4
        )
        about = {"kind": "place_offer", "id": offer.id}
        assert [name for name, _ in said[2:]] == ["CallNoted.v1"] * 2
        assert said[3][1] == {"message_id": message, "outcome": "reached", "about": about}
        # A mistake is mended by what is noted next.
        await note(notifications, fair, message, "no_answer")
        assert set(await listed(notifications, fair)) == {message}


async def test_many_who_note_calls_at_once_are_all_counted(notifications: Notifications) -> None:
    fair = await notifications.fair()
    async with nobody_sends(notifications):
        message, _ = await failed(notifications, fair)
        await asyncio.gather(
            *(note(notifications, fair, message, "no_answer") for _ in range(8)),
            note(notifications, fair, message, "no_answer", note="huit fois"),
        )
        (found,) = await notifications.all(f"/fairs/{fair}/calls")
        assert (found["calls"], len(found["notes"])) == (9, 1)


async def test_a_message_that_may_have_come_is_settled_by_a_call(
    notifications: Notifications,
) -> None:
    fair, pool = await notifications.fair(), notifications.runtime.pool
    async with nobody_sends(notifications):
        contact = await notifications.contact(Language.FRENCH)
        offer = About("seat_offer", uid())
        message = await asked(notifications, fair, contact, "seat_offered", about=offer)
        other = await asked(notifications, fair, contact)
        await notifications.get(f"/fairs/{fair}/figures")  # Follows the log.
        await pool.execute(
            "update sending set waits_for = 'unknown', due = 'infinity' where contact_id = $1",
            contact,
        )
        await pool.execute(TRIED, message, contact, fair, "sms", 1, None, None)
        assert await listed(notifications, fair) == {message: "unknown", other: "unknown"}
        (found,) = [
            each
            for each in await notifications.all(f"/fairs/{fair}/calls")
            if each["message_id"] == message
        ]
        assert [each["outcome"] for each in found["tried"]] == ["unknown"]
        await note(notifications, fair, message, "reached")
        await note(notifications, fair, other, "wrong_number")
        assert await listed(notifications, fair) == {}
        figures = await notifications.get(f"/fairs/{fair}/figures")
        assert figures["by_status"] == {"delivered": 1, "requested": 1}
        # That of the wrong number stays unknown.
        assert figures["pending_by_reason"] == {"unknown": 1}
        said = await notifications.said(f"message-{message}", "MessageDelivered")
        assert [name for name, _ in said] == ["MessageRequested", "CallNoted", "MessageDelivered"]


async def test_killed_after_the_event_the_queue_is_tidied_by_whoever_follows_the_log(
    notifications: Notifications,
) -> None:
    fair, pool = await notifications.fair(), notifications.runtime.pool
    async with nobody_sends(notifications):
        contact = await notifications.contact(Language.FRENCH)
        message = await asked(notifications, fair, contact)
        await notifications.get(f"/fairs/{fair}/figures")
        await note(notifications, fair, message, "reached")
        await pool.execute(
            "update sending set waits_for = 'unknown', due = 'infinity' where message_id = $1",
            message,
        )
        figures = await notifications.get(f"/fairs/{fair}/figures")
        assert (figures["by_status"], figures["pending_by_reason"]) == ({"delivered": 1}, {})


async def test_who_asks_for_a_call_is_called_whatever_became_of_the_message(
    notifications: Notifications,
) -> None:
    fair = await notifications.fair()
    async with nobody_sends(notifications):
        contact = await notifications.contact(Language.FRENCH)
        message = await asked(notifications, fair, contact)
        await execute(notifications, message, MessageSent(message, "sms", "fr", 1))
        path, key = f"/phones/{contact}/answers", uid()
        for _ in range(2):
            taken = await notifications.done(path, {"text": "Rappelez-moi, merci"}, key=key)
            assert taken == {"message_id": message, "answer": "call_me"}
        await notifications.done(path, {"text": "عيطو ليا", "message_id": message})
        assert await listed(notifications, fair) == {message: "asked"}
        # Long after, as well.
        await notifications.set_clock(EVE + timedelta(days=30))
        assert await listed(notifications, fair) == {message: "asked"}
        await execute(notifications, message, MessageFailed(message, "no_receipt"))
        await notifications.set_clock(EVE)
        assert await listed(notifications, fair) == {message: "asked"}
        await note(notifications, fair, message, "no_answer")
        assert await listed(notifications, fair) == {message: "asked"}
        await note(notifications, fair, message, "declined")
        assert await listed(notifications, fair) == {}
        of_nobody = await notifications.post(path, {"text": "call me", "message_id": uid()})
        assert refusal(of_nobody) == (404, "message_unknown")
        unknown = await notifications.post(f"/phones/{uid()}/answers", {"text": "call me"})
        assert refusal(unknown) == (404, "phone_unknown")


async def test_stop_by_the_pocket_phone_ends_messages_and_calls(
    notifications: Notifications,
) -> None:
    fair = await notifications.fair()
    async with nobody_sends(notifications):
        message, contact = await failed(notifications, fair)
        assert await listed(notifications, fair) == {message: "unreached"}
        taken = await notifications.done(f"/phones/{contact}/answers", {"text": "وقف"})
        assert taken == {"message_id": None, "answer": "stop"}
        assert await listed(notifications, fair) == {}
        (said,) = await notifications.said(f"contact-{contact}", "ContactOptedOut")
        assert said[1] == {"contact_id": contact, "way": "pocket"}
        assert (await notifications.get(f"/fairs/{fair}/figures"))["opted_out"] == 1
        unknown = await notifications.post(f"/phones/{uid()}/answers", {"text": "STOP"})
        assert refusal(unknown) == (404, "phone_unknown")


async def test_calls_that_cannot_be_noted_are_refused_and_nothing_is_kept(
    notifications: Notifications,
) -> None:
    fair, elsewhere = await notifications.fair(), await notifications.fair()
    async with nobody_sends(notifications):
        message, _ = await failed(notifications, fair)
        code, _ = await failed(notifications, fair, template="code")
        path, body = f"/fairs/{fair}/calls", {"outcome": "reached", "note": f"note {uid()}"}
        for of in (f"{path}/{uid()}", f"{path}/{code}", f"/fairs/{elsewhere}/calls/{message}"):
            assert refusal(await notifications.post(of, body)) == (404, "message_unknown")
        nowhere = await notifications.post(f"/fairs/nowhere/calls/{message}", body)
        assert refusal(nowhere) == (404, "fair_unknown")
        assert (await notifications.look("/fairs/nowhere/calls")).status_code == 404
        odd = await notifications.post(f"{path}/{message}", {"outcome": "perhaps"})
        assert odd.status_code == 422
        for role in ("auditor", "service", "steward fair_id=" + fair):
            refused = await notifications.post(f"{path}/{message}", body, role=role)
            assert refused.status_code == 403
        kept = "select count(*) from call_notes where note = $1"
        assert await notifications.runtime.pool.fetchval(kept, body["note"]) == 0
        assert await listed(notifications, fair) == {message: "unreached"}


async def test_an_erased_contact_is_on_no_list_and_in_no_note(
    notifications: Notifications,
) -> None:
    fair, pool = await notifications.fair(), notifications.runtime.pool
    async with nobody_sends(notifications):
        message, contact = await failed(notifications, fair)
        await note(notifications, fair, message, "no_answer", note="rappeler")
        kept = "select count(*) from call_notes where contact_id = $1"
        assert await pool.fetchval(kept, contact) == 1
        erased = ContactErasedV1(contact_id=contact, organisation_id=uid())
        await notifications.hear(f"organisation-{uid()}", erased)
        await eventually(lambda: pool.fetchval(kept, contact), lambda count: count == 0)
        assert await listed(notifications, fair) == {}
        # A call that is noted now leaves no note.
        await note(notifications, fair, message, "no_answer", note="trop tard")
        assert await pool.fetchval(kept, contact) == 0


async def write(
    notifications: Notifications, contacts: list[str], text: str, message: str | None = None
) -> str:
    """Somebody has written what nobody has understood: the answer's id."""
    answer, pool = uuid4(), notifications.runtime.pool
    written = answer_rows.Written("whatsapp", "unclear", text, notifications.runtime.clock.now())
    await answer_rows.keep(pool, answer, contacts, written, message)
    await answer_rows.settle(pool, answer, reason="unclear")
    return str(answer)


async def question(notifications: Notifications, fair: str, contact: str) -> str:
    """A message that asks something, and was sent."""
    about = About("seat_offer", uid())
    message = await asked(notifications, fair, contact, "seat_offered", about=about)
    await execute(notifications, message, MessageSent(message, "sms", "fr", 1))
    return message


async def test_what_nobody_understood_is_read_at_the_desk_and_closed(
    notifications: Notifications,
) -> None:
    fair, elsewhere = await notifications.fair(), await notifications.fair()
    async with nobody_sends(notifications):
        one, other = [await notifications.contact(Language.FRENCH) for _ in range(2)]
        asked_of = [await question(notifications, fair, each) for each in (one, other)]
        words = f"oui mais {uid()}"
        first = await write(notifications, [one, other], words)
        await minutes_later(notifications, 1)
        second = await write(notifications, [one], "?", asked_of[0])
        path = f"/fairs/{fair}/answers"
        found = await notifications.all(path, limit=1)
        assert [each["answer_id"] for each in found] == [first, second]
        assert (found[0]["text"], found[0]["reason"]) == (words, "unclear")
        assert found[0]["contact_ids"] == sorted([one, other])
        asked_all = [each["message_id"] for each in found[0]["questions"]]
        assert asked_all == asked_of
        assert [each["message_id"] for each in found[1]["questions"]] == asked_of[:1]
        assert await notifications.all(f"/fairs/{elsewhere}/answers") == []
        assert (await notifications.look(path, role="auditor")).status_code == 403
        assert (await notifications.look("/fairs/nowhere/answers")).status_code == 404

        # It was a yes to the second question.
        taken = {"taken": {"message_id": asked_of[1], "answer": "accept"}}
        key = uid()
        for _ in range(2):
            closed = await notifications.done(f"{path}/{first}", taken, key=key)
            assert closed == {"answer_id": first}
        said = await notifications.said(f"message-{asked_of[1]}", "AnswerReceived")
        assert (said[-1][1]["contact_id"], said[-1][1]["answer"]) == (other, "accept")
        assert (await notifications.get(f"/fairs/{fair}/figures"))["answers"] == {"accept": 1}
        # The second one was nothing.
        await notifications.done(f"{path}/{second}", {})
        assert await notifications.all(path) == []


async def test_answers_that_cannot_be_closed_so_stay_open(notifications: Notifications) -> None:
    fair, elsewhere = await notifications.fair(), await notifications.fair()
    async with nobody_sends(notifications):
        one, other = [await notifications.contact(Language.FRENCH) for _ in range(2)]
        mine, theirs = [await question(notifications, fair, each) for each in (one, other)]
        answer = await write(notifications, [one], "?")
        path = f"/fairs/{fair}/answers/{answer}"
        taken = {"taken": {"message_id": theirs, "answer": "accept"}}
        assert refusal(await notifications.post(path, taken)) == (404, "message_unknown")
        for of in (f"/fairs/{elsewhere}/answers/{answer}", f"/fairs/{fair}/answers/{uid()}"):
            assert refusal(await notifications.post(of, {})) == (404, "answer_unknown")
        yes = {"text": "oui", "message_id": mine}
        await notifications.runtime.pool.execute(
            "insert into phone_messages (message_id, contact_id, channel, language, direction,"
            " text, at) values ($1, $2, 'sms', 'fr', 'ltr', '', now())",
            UUID(mine),
            UUID(one),
        )
        await notifications.done(f"/phones/{one}/answers", yes)
        late = {"taken": {"message_id": mine, "answer": "decline"}}
        assert refusal(await notifications.post(path, late)) == (409, "answered_before")
        assert len(await notifications.all(f"/fairs/{fair}/answers")) == 1


async def test_a_call_that_is_asked_for_about_no_message_stands_among_the_answers(
    notifications: Notifications,
) -> None:
    contact = await notifications.contact(Language.FRENCH)
    taken = await notifications.done(f"/phones/{contact}/answers", {"text": "call me"})
    assert taken == {"message_id": None, "answer": "call_me"}
    fair = await notifications.fair()
    async with nobody_sends(notifications):
        await asked(notifications, fair, contact)
        (found,) = await notifications.all(f"/fairs/{fair}/answers")
        assert (found["meaning"], found["text"], found["network"]) == ("call_me", "", "pocket")


async def test_a_rebuild_makes_the_list_again(notifications: Notifications) -> None:
    fair = await notifications.fair()
    async with nobody_sends(notifications):
        message, _ = await failed(notifications, fair)
        await note(notifications, fair, message, "no_answer")
        row: asyncpg.Record | None = await notifications.runtime.pool.fetchrow(
            "select * from calls where message_id = $1", message
        )
        assert row is not None
        assert (row["calls"], row["closed"], row["reason"]) == (1, False, "unreachable_number")
