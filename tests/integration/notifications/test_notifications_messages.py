"""A fact becomes a message, a message becomes a text, and all of it can be looked up."""

from __future__ import annotations

import asyncio
from datetime import datetime

import pytest
from maarid_contracts.registration import CONTACTS_TOPIC, Channel, ContactErasedV1, Language

from chassis.definition.runtime import Runtime
from chassis.kafka.envelope import Message
from chassis.process.tasks import end
from services.notifications.messages.workers.dispatcher import MessageDispatcher
from services.notifications.networks.carriers import only
from services.notifications.networks.network import Outgoing, Receipt
from services.notifications.networks.rows import PocketPhone
from tests.integration.notifications.received import announced, assigned, rejected
from tests.integration.notifications.running_notifications import PHONE, Notifications, start_sender
from tests.running_service import uid
from tests.waiting import eventually


@pytest.mark.parametrize(
    ("language", "text", "direction"),
    [
        (Language.ARABIC, "معرض ورزازات: رواقكم هو P-012 (المنتوجات). مرحبا.", "rtl"),
        (
            Language.FRENCH,
            "Salon de Ouarzazate : votre stand est le P-012 (Produits). Bienvenue !",
            "ltr",
        ),
        (
            Language.TAMAZIGHT,
            "ⴰⵣⵓⵍ. ⴰⴷⵖⴰⵔ ⵏⵏⵓⵏ: P-012. Salon de Ouarzazate (ⵜⵉⴼⴰⵔⵙⵉⵏ).",
            "ltr",
        ),
        (Language.ENGLISH, "Ouarzazate fair: your booth is P-012 (Produits). Welcome!", "ltr"),
    ],
)
async def test_a_contact_is_told_in_its_own_language(
    notifications: Notifications, language: Language, text: str, direction: str
) -> None:
    fair = await notifications.fair()
    contact = await notifications.contact(language, Language.FRENCH)
    await notifications.hear(f"floor-{fair}", assigned(fair, contact))
    (message,) = await notifications.settled(contact, 1)
    assert message["template"] == "booth_assigned"
    assert message["arguments"] == {
        "booth": "P-012",
        "pole_id": "products",
        "method": "first_fit",
    }
    assert (message["status"], message["language"]) == ("delivered", language)
    assert (message["reason"], message["waits_for"]) == (None, None)
    assert message["requested_at"] <= message["sent_at"] <= message["settled_at"]
    (read,) = await notifications.all(f"/phones/{contact}")
    assert (read["text"], read["direction"], read["language"]) == (text, direction, language)
    assert (read["channel"], read["message_id"]) == ("sms", message["message_id"])
    assert datetime.fromisoformat(read["at"]).tzinfo is not None
    assert await notifications.get(f"/messages/{message['message_id']}") == message
    assert await notifications.types(f"message-{message['message_id']}", 3) == [
        "MessageRequested.v1",
        "MessageSent.v1",
        "MessageDelivered.v1",
    ]


async def test_a_text_that_does_not_exist_in_tamazight_comes_in_the_second_language(
    notifications: Notifications,
) -> None:
    fair = await notifications.fair()
    reads_french = await notifications.contact(Language.TAMAZIGHT, Language.FRENCH)
    reads_arabic = await notifications.contact(Language.TAMAZIGHT, Language.ARABIC)
    for contact in (reads_french, reads_arabic):
        await notifications.hear(f"fair-{fair}", rejected(fair, contact))
    (french,) = await notifications.told(reads_french, "application_rejected")
    (arabic,) = await notifications.told(reads_arabic, "application_rejected")
    assert "Motif : dossier incomplet." in french
    assert "السبب: ملف غير مكتمل." in arabic
    figures = await notifications.get(f"/fairs/{fair}/figures")
    assert figures["by_language"] == {"ar": 1, "fr": 1}


async def test_whatsapp_carries_the_text_with_its_typography_in_one_piece(
    notifications: Notifications,
) -> None:
    fair = await notifications.fair()
    contact = await notifications.contact(Language.ARABIC, channel=Channel.WHATSAPP)
    await notifications.hear(f"fair-{fair}", rejected(fair, contact))
    (message,) = await notifications.settled(contact, 1)
    assert (message["channel"], message["segments"]) == ("whatsapp", 1)


async def test_without_consent_nothing_is_sent_and_the_team_sees_why(
    notifications: Notifications,
) -> None:
    fair = await notifications.fair()
    contact = await notifications.contact(consent=False)
    await notifications.hear(f"floor-{fair}", assigned(fair, contact))
    (message,) = await notifications.settled(contact, 1)
    assert (message["status"], message["reason"]) == ("failed", "no_consent")
    assert (await notifications.look(f"/phones/{contact}")).status_code == 404
    figures = await notifications.get(f"/fairs/{fair}/figures")
    assert figures["failed_by_reason"] == {"no_consent": 1}
    assert await notifications.types(f"message-{message['message_id']}", 2) == [
        "MessageRequested.v1",
        "MessageFailed.v1",
    ]


async def test_a_message_waits_for_a_contact_that_is_not_known_yet(
    notifications: Notifications,
) -> None:
    fair = await notifications.fair()
    contact = uid()
    await notifications.hear(f"floor-{fair}", assigned(fair, contact))
    waiting = await notifications.waiting(contact, "contact_unknown")
    assert waiting["status"] == "requested"
    figures = await notifications.get(f"/fairs/{fair}/figures")
    assert figures["pending_by_reason"] == {"contact_unknown": 1}
    await notifications.contact(contact_id=contact, known=False)
    (text,) = await notifications.told(contact, "booth_assigned")
    assert "P-012" in text


async def test_a_record_that_arrives_wakes_the_messages_that_wait_for_it(
    notifications: Notifications,
) -> None:
    fair = await notifications.fair()
    contact = uid()
    await notifications.hear(f"floor-{fair}", assigned(fair, contact))
    await notifications.waiting(contact, "contact_unknown")
    await notifications.delay(contact)
    await notifications.contact(contact_id=contact, known=False)
    await notifications.told(contact, "booth_assigned")


async def test_a_message_waits_for_its_fair_when_the_topics_are_heard_in_another_order(
    notifications: Notifications,
) -> None:
    fair = f"late-{uid()[:8]}"
    contact = await notifications.contact()
    await notifications.hear(f"floor-{fair}", assigned(fair, contact))
    await notifications.waiting(contact, "fair_unknown")
    await notifications.delay(contact)
    await notifications.hear(f"fair-{fair}", announced(fair))
    await notifications.told(contact, "booth_assigned")


async def test_an_event_without_a_contact_makes_no_message(notifications: Notifications) -> None:
    fair = await notifications.fair()
    contact = await notifications.contact()
    await notifications.hear(f"floor-{fair}", assigned(fair, None), assigned(fair, contact))
    await notifications.told(contact, "booth_assigned")
    assert (await notifications.get(f"/fairs/{fair}/figures"))["messages"] == 1


async def test_an_event_that_is_heard_twice_makes_one_message(notifications: Notifications) -> None:
    fair = await notifications.fair()
    contact = await notifications.contact()
    await notifications.hear(f"floor-{fair}", assigned(fair, contact), twice=True)
    await notifications.hear(f"floor-{fair}", assigned(fair, contact, "P-013"))
    first, second = await notifications.told(contact, "booth_assigned", "booth_assigned")
    assert "P-012" in first
    assert "P-013" in second


async def test_an_erased_contact_leaves_no_text_and_no_number_and_gets_nothing_more(
    notifications: Notifications,
) -> None:
    fair = await notifications.fair()
    contact = await notifications.contact()
    await notifications.hear(f"floor-{fair}", assigned(fair, contact))
    await notifications.told(contact, "booth_assigned")
    await notifications.record(contact, None)
    await eventually(
        lambda: notifications.look(f"/phones/{contact}"), lambda answer: answer.status_code == 404
    )
    assert await notifications.kept(contact) is None
    # A record that was on its way while the contact was erased is not kept again.
    late = await notifications.contact(contact_id=contact, known=False)
    other = await notifications.contact()
    assert await notifications.kept(late) is None
    await notifications.hear(f"floor-{fair}", assigned(fair, contact), assigned(fair, other))
    await notifications.told(other, "booth_assigned")
    sent, failed = await notifications.settled(contact, 2)
    assert sent["status"] == "delivered"
    assert (failed["status"], failed["reason"]) == ("failed", "contact_erased")
    assert (await notifications.look(f"/phones/{contact}")).status_code == 404


async def test_a_message_that_waits_fails_when_its_contact_is_erased(
    notifications: Notifications,
) -> None:
    fair = f"never-{uid()[:8]}"
    contact = await notifications.contact()
    await notifications.hear(f"floor-{fair}", assigned(fair, contact))
    await notifications.waiting(contact, "fair_unknown")
    await notifications.record(contact, None)
    (failed,) = await notifications.settled(contact, 1)
    assert failed["reason"] == "contact_erased"


async def test_an_erasure_holds_even_where_the_tombstone_was_missed(
    notifications: Notifications,
) -> None:
    fair = await notifications.fair()
    contact = await notifications.contact()
    await notifications.hear(f"floor-{fair}", assigned(fair, contact))
    await notifications.told(contact, "booth_assigned")
    organisation = uid()
    await notifications.hear(
        f"organisation-{organisation}",
        ContactErasedV1(organisation_id=organisation, contact_id=contact),
    )
    await eventually(lambda: notifications.kept(contact), lambda kept: kept is None)
    assert (await notifications.look(f"/phones/{contact}")).status_code == 404


async def test_two_senders_at_once_send_every_message_once(notifications: Notifications) -> None:
    fair = await notifications.fair()
    contacts = [await notifications.contact(known=False) for _ in range(60)]
    runtime = notifications.runtime
    other = start_sender(runtime)
    try:
        await asyncio.gather(
            *(
                notifications.hear(f"floor-{fair}-{n}", assigned(fair, contact))
                for n, contact in enumerate(contacts)
            )
        )
        figures = await eventually(
            lambda: notifications.get(f"/fairs/{fair}/figures"),
            lambda found: found["by_status"] == {"delivered": len(contacts)},
        )
    finally:
        await end(other)
    assert figures["messages"] == len(contacts)
    texts = await runtime.pool.fetchval(
        "select count(*) from phone_messages where contact_id = any($1::uuid[])", contacts
    )
    events = await runtime.pool.fetchval(
        "select count(*) from events where data->>'message_id' in"
        " (select message_id::text from messages where fair_id = $1)",
        fair,
    )
    assert (texts, events) == (len(contacts), 3 * len(contacts))


class Stumbling(PocketPhone):
    """A pocket phone that takes each text and then loses the answer, once."""

    def __init__(self, runtime: Runtime) -> None:
        super().__init__(runtime.pool, runtime.clock)
        self._lost: set[str] = set()

    async def send(self, outgoing: Outgoing) -> Receipt:
        receipt = await super().send(outgoing)
        if outgoing.message_id not in self._lost:
            self._lost.add(outgoing.message_id)
            raise ConnectionResetError("the answer is lost")
        return receipt


async def test_a_text_whose_answer_was_lost_is_asked_about_again_and_not_sent_twice(
    notifications: Notifications,
) -> None:
    runtime = notifications.runtime
    fair = await notifications.fair()
    contact = await notifications.contact()
    async with notifications.without_sender():
        await notifications.hear(f"floor-{fair}", assigned(fair, contact))
        message = await notifications.waiting(contact, "queued")
        outbox = MessageDispatcher(runtime, only(Stumbling(runtime)), settle_seconds=0)
        assert await outbox.send_round() == 1
        assert len(await notifications.texts(contact)) == 1
        again = await notifications.waiting(contact, "unknown")
        assert (again["message_id"], again["status"]) == (message["message_id"], "requested")
    await notifications.told(contact, "booth_assigned")


class Erasing(PocketPhone):
    """A pocket phone before whose text the contact is erased, at the last moment."""

    def __init__(self, notifications: Notifications) -> None:
        super().__init__(notifications.runtime.pool, notifications.runtime.clock)
        self._notifications = notifications

    async def send(self, outgoing: Outgoing) -> Receipt:
        await self._notifications.record(outgoing.to.contact_id, None)
        await eventually(
            lambda: self._notifications.kept(outgoing.to.contact_id), lambda kept: kept is None
        )
        return await super().send(outgoing)


async def test_a_contact_erased_while_a_message_is_on_its_way_has_no_text_afterwards(
    notifications: Notifications,
) -> None:
    runtime = notifications.runtime
    fair = await notifications.fair()
    contact = await notifications.contact()
    async with notifications.without_sender():
        await notifications.hear(f"floor-{fair}", assigned(fair, contact))
        await notifications.waiting(contact, "queued")
        erasing = only(Erasing(notifications))
        await MessageDispatcher(runtime, erasing, settle_seconds=0).send_round()
        (failed,) = await notifications.settled(contact, 1)
    assert failed["reason"] == "contact_erased"
    assert (await notifications.look(f"/phones/{contact}")).status_code == 404


class Watching(PocketPhone):
    """A pocket phone that notices two messages to one contact under way at once."""

    def __init__(self, runtime: Runtime) -> None:
        super().__init__(runtime.pool, runtime.clock)
        self._under_way: set[str] = set()
        self.most = 0
        self.overlapped = False

    async def send(self, outgoing: Outgoing) -> Receipt:
        self.overlapped |= outgoing.to.contact_id in self._under_way
        self._under_way.add(outgoing.to.contact_id)
        self.most = max(self.most, len(self._under_way))
        receipt = await super().send(outgoing)
        self._under_way.discard(outgoing.to.contact_id)
        return receipt


async def test_contacts_are_written_to_side_by_side_but_each_gets_one_message_after_the_other(
    notifications: Notifications,
) -> None:
    runtime = notifications.runtime
    fair = await notifications.fair()
    contacts = [await notifications.contact(Language.FRENCH) for _ in range(3)]
    booths = ["P-003", "P-001", "P-002"]
    async with notifications.without_sender():
        for contact in contacts:
            told = [assigned(fair, contact, booth) for booth in booths]
            await notifications.hear(f"floor-{fair}", *told)
        await eventually(
            lambda: notifications.get(f"/fairs/{fair}/figures"),
            lambda found: found["pending_by_reason"] == {"queued": 9},
        )
        watching = Watching(runtime)
        sender = MessageDispatcher(runtime, only(watching), settle_seconds=0)
        assert await sender.send_round() == 9
    assert watching.most > 1
    assert not watching.overlapped
    for contact in contacts:
        read = await notifications.told(contact, *["booth_assigned"] * 3)
        assert [booth for text in read for booth in booths if booth in text] == booths


async def test_no_number_and_no_name_is_anywhere_but_in_the_copy_of_the_record(
    notifications: Notifications,
) -> None:
    fair = await notifications.fair()
    contact = await notifications.contact()
    await notifications.hear(f"floor-{fair}", assigned(fair, contact))
    await notifications.told(contact, "booth_assigned")
    pool = notifications.runtime.pool
    tables = await pool.fetch(
        "select schemaname || '.' || tablename as name from pg_tables"
        " where schemaname in ('read', 'own', 'log')"
    )
    holding = [
        table["name"]
        for table in tables
        if await pool.fetchval(
            f"select exists (select from {table['name']} as t"
            " where t::text like '%' || $1 || '%' or t::text like '%Made-up Person%')",
            PHONE.removeprefix("+"),
        )
    ]
    assert holding == ["own.contacts"]


async def test_an_erasure_deletes_the_dead_letters_of_the_contact(
    notifications: Notifications,
) -> None:
    contact, pool = uid(), notifications.runtime.pool

    async def letters() -> int:
        return await pool.fetchval(
            "select count(*) from dead_letters where key = convert_to($1, 'UTF8')", contact
        )

    message = Message(contact.encode(), b"not a record", [("ce_sequence", b"1")])
    await notifications.send_message(CONTACTS_TOPIC, message)
    await eventually(letters, lambda count: count == 1)
    erased = ContactErasedV1(contact_id=contact, organisation_id=uid())
    await notifications.hear(f"organisation-{uid()}", erased)
    await eventually(letters, lambda count: count == 0)
