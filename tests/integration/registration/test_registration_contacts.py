"""Persons: kept in one table, published to one topic, gone when they ask.  All are made up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from maarid_contracts.asyncapi import ALWAYS_THERE, OF_EVENTS
from maarid_contracts.registration import CONTACTS_TOPIC, TOPIC

from chassis.kafka.envelope import texts
from tests.integration.registration.forms import contact_form, organisation_form
from tests.integration.registration.running_registration import Registration
from tests.running_service import connected, refusal, uid
from tests.waiting import eventually

SPELLINGS = (
    "0612345678",
    "06 12 34 56 78",
    "06.12.34.56.78",
    "06-12-34-56-78",
    "+212612345678",
    "+212 (0)6 12 34 56 78",
    "00212 612 345 678",
    "212612345678",
    "612345678.0",
    "٠٦ ١٢ ٣٤ ٥٦ ٧٨",
)


@pytest_asyncio.fixture(loop_scope="session")
async def db(registration: Registration) -> AsyncGenerator[asyncpg.Connection]:
    """The service's database, as its owner."""
    async with connected(registration.owner_dsn) as connection:
        yield connection


async def row(db: asyncpg.Connection, contact_id: str) -> asyncpg.Record | None:
    return await db.fetchrow("select * from own.contacts where contact_id = $1", contact_id)


async def last(registration: Registration, contact_id: str, revision: int) -> Any:
    """The record on the topic, once it has a revision."""
    found = await eventually(
        lambda: registration.revisions(contact_id),
        lambda found: bool(found) and found[-1][0] == revision,
    )
    return found[-1][1]


async def test_a_contact_is_published_with_its_number_in_one_form(
    registration: Registration,
) -> None:
    answer = await registration.done("/organisations", organisation_form(contact=contact_form()))
    record = await last(registration, answer["contact_id"], 2)
    assert record == {
        "contact_id": answer["contact_id"],
        "organisation_id": answer["organisation_id"],
        "role": "chair",
        "name": "فاطمة (اسم مختلق)",
        "phone": "+212612345678",
        "language": "zgh",
        "second_language": "ar",
        "channel": "sms",
        "consent": True,
        "revision": 2,
    }


async def test_records_and_tombstones_have_the_attributes_of_events(
    registration: Registration,
) -> None:
    organisation_id = await registration.enrol()
    contact_id = await registration.contact(organisation_id)
    await last(registration, contact_id, 2)
    corrected_at = datetime.now(UTC)
    path = f"/contacts/{contact_id}"
    assert (await registration.send("PUT", path, corrected("0661111111"))).status_code == 200
    await last(registration, contact_id, 3)
    assert await registration.send(
        "DELETE", path, role="exhibitor organisation_id=" + organisation_id
    )
    await last(registration, contact_id, 4)
    found = {
        headers["ce_sequence"]: headers
        for record in await registration.records(CONTACTS_TOPIC)
        if record.key == contact_id.encode()
        for headers in [texts(record.headers)]
    }
    events = {
        headers["ce_type"].split(".")[2]: headers
        for record in await registration.records(TOPIC)
        for headers in [texts(record.headers)]
        if headers["ce_subject"] == f"organisation-{organisation_id}"
    }
    assert all({*ALWAYS_THERE, *OF_EVENTS} <= headers.keys() for headers in found.values())
    consented, correction, tombstone = found["2"], found["3"], found["4"]
    for name in ("ce_time", "ce_position", "ce_correlationid", "ce_actor"):
        assert consented[name] == correction[name] == events["ConsentGiven"][name]
    assert consented["ce_recordedtime"] >= events["ConsentGiven"]["ce_recordedtime"]
    assert datetime.fromisoformat(correction["ce_recordedtime"]) >= corrected_at
    # It may be sent before the erasure is recorded, and tells of the event before it then.
    assert tombstone["ce_position"] in {
        events[name]["ce_position"] for name in ("ConsentGiven", "ContactErased")
    }


async def test_ten_spellings_are_one_number(registration: Registration) -> None:
    organisation_id = await registration.enrol()
    for spelling in SPELLINGS:
        await registration.contact(organisation_id, phone=spelling)
    pages = await registration.pages(f"/organisations/{organisation_id}/contacts", limit=4)
    assert [len(page) for page in pages] == [4, 4, 2]
    assert {contact["phone"] for page in pages for contact in page} == {"+212612345678"}


async def test_consent_is_given_and_withdrawn_and_the_record_follows(
    registration: Registration,
) -> None:
    organisation_id = await registration.enrol()
    contact_id = await registration.contact(organisation_id, consent=False)
    assert (await last(registration, contact_id, 1))["consent"] is False
    path = f"/contacts/{contact_id}/consent"
    await registration.done(path, {"consent": True})
    assert (await last(registration, contact_id, 2))["consent"] is True
    await registration.done(path, {"consent": True})
    answer = await registration.done(path, {"consent": False})
    assert answer == {"contact_id": contact_id, "consent": False, "purpose": "messages"}
    assert (await last(registration, contact_id, 3))["consent"] is False
    said = await registration.said(f"organisation-{organisation_id}", until="ConsentWithdrawn")
    assert [name for name, _ in said] == [
        "OrganisationEnrolled",
        "ContactAdded",
        "ConsentGiven",
        "ConsentWithdrawn",
    ]


async def test_a_correction_changes_the_record_once(registration: Registration) -> None:
    organisation_id = await registration.enrol()
    contact_id = await registration.contact(organisation_id, consent=False)
    path = f"/contacts/{contact_id}"
    first_key, first = uid(), corrected("0661111111")
    assert (await registration.send("PUT", path, first, key=first_key)).status_code == 200
    assert (await registration.send("PUT", path, corrected("0662222222"))).status_code == 200
    late = await registration.send("PUT", path, first, key=first_key)
    assert late.json() == {"contact_id": contact_id}
    assert (await last(registration, contact_id, 3))["phone"] == "+212662222222"
    other = await registration.send("PUT", path, corrected("0663333333"), key=first_key)
    assert refusal(other) == (422, "idempotency_key_reused")
    same = await registration.send("PUT", path, corrected("06 62 22 22 22"))
    assert same.status_code == 200
    contacts = await registration.get(f"/organisations/{organisation_id}/contacts")
    assert [contact["revision"] for contact in contacts["items"]] == [3]


def corrected(phone: str) -> dict[str, Any]:
    form = contact_form(phone=phone)
    return {key: form[key] for key in ("name", "phone", "language", "channel")}


async def test_an_erased_contact_is_gone_at_once_and_everywhere(
    registration: Registration, db: asyncpg.Connection
) -> None:
    organisation_id = await registration.enrol()
    key, form = uid(), contact_form(name="اسم مختلق للمسح", phone="0677777777")
    path = f"/organisations/{organisation_id}/contacts"
    contact_id = (await registration.done(path, form, key=key))["contact_id"]
    await last(registration, contact_id, 2)
    erased = await registration.send("DELETE", f"/contacts/{contact_id}")
    assert (erased.status_code, erased.content) == (204, b"")
    left = await row(db, contact_id)
    assert left is None or (left["name"], left["phone"], left["language"]) == (None, None, None)
    assert (await registration.get(path))["items"] == []
    assert await last(registration, contact_id, 3) is None
    await eventually(lambda: row(db, contact_id), lambda found: found is None)
    # Nothing brings the name back: not the first request sent again, and nothing new.
    assert (await registration.done(path, form, key=key))["contact_id"] == contact_id
    assert await row(db, contact_id) is None
    assert (await registration.send("DELETE", f"/contacts/{contact_id}")).status_code == 204
    change = await registration.post(f"/contacts/{contact_id}/consent", {"consent": True})
    assert refusal(change) == (410, "contact_erased")
    change = await registration.send("PUT", f"/contacts/{contact_id}", corrected("0677777777"))
    assert refusal(change) == (410, "contact_erased")
    said = await registration.said(f"organisation-{organisation_id}", until="ContactErased")
    assert [name for name, _ in said][-1] == "ContactErased"


async def test_no_name_and_no_number_is_in_any_event(
    registration: Registration, db: asyncpg.Connection
) -> None:
    organisation_id = await registration.enrol()
    await registration.contact(organisation_id, name="Zineb Nom-Inventé", phone="0699999999")
    await registration.said(f"organisation-{organisation_id}", until="ConsentGiven")
    for needle in ("Nom-Inventé", "699999999"):
        stored = await db.fetchval(
            "select (select count(*) from log.events as e where e::text like $1)"
            " + (select count(*) from log.outcomes as o where o::text like $1)",
            f"%{needle}%",
        )
        assert stored == 0
        for record in await registration.records(TOPIC):
            headers = b"".join(value or b"" for _, value in record.headers)
            assert needle.encode() not in (record.value or b"") + headers


async def test_a_row_whose_event_never_came_is_forgotten(
    registration: Registration, db: asyncpg.Connection
) -> None:
    organisation_id, contact_id = await registration.enrol(), uid()
    await db.execute(
        "insert into own.contacts (contact_id, organisation_id, name, phone, language,"
        " second_language, channel, written_at) values ($1, $2, 'Nom inventé', '+212612345678',"
        " 'fr', 'ar', 'sms', clock_timestamp() - interval '10 minutes')",
        contact_id,
        organisation_id,
    )
    assert (await registration.get(f"/organisations/{organisation_id}/contacts"))["items"] == []
    await eventually(lambda: row(db, contact_id), lambda found: found is None)
    assert await registration.revisions(contact_id) == []


async def test_a_row_that_a_late_retry_puts_back_after_the_erasure_is_forgotten(
    registration: Registration, db: asyncpg.Connection
) -> None:
    organisation_id = await registration.enrol()
    contact_id = await registration.contact(organisation_id)
    await last(registration, contact_id, 2)
    await registration.send("DELETE", f"/contacts/{contact_id}")
    await eventually(lambda: row(db, contact_id), lambda found: found is None)
    # What a retry leaves that looked before the contact was known, and wrote after it was erased.
    await db.execute(
        "insert into own.contacts (contact_id, organisation_id, name, phone, language,"
        " second_language, channel, written_at) values ($1, $2, 'Nom inventé', '+212612345678',"
        " 'fr', 'ar', 'sms', clock_timestamp() - interval '10 minutes')",
        contact_id,
        organisation_id,
    )
    await eventually(lambda: row(db, contact_id), lambda found: found is None)
    # A record of the row may come before its tombstone, and a second tombstone after the first.
    await eventually(lambda: registration.revisions(contact_id), lambda found: found[-1][1] is None)


async def test_an_erasure_that_was_cut_short_is_finished(
    registration: Registration, db: asyncpg.Connection
) -> None:
    organisation_id = await registration.enrol()
    contact_id = await registration.contact(organisation_id)
    await last(registration, contact_id, 2)
    # What a crash between the row and the event leaves.
    await db.execute(
        "update own.contacts set name = null, phone = null, language = null,"
        " second_language = null, channel = null, erased = true, revision = revision + 1,"
        " written_at = clock_timestamp() - interval '10 minutes' where contact_id = $1",
        contact_id,
    )
    said = await registration.said(f"organisation-{organisation_id}", until="ContactErased")
    assert [name for name, _ in said].count("ContactErased") == 1
    assert await last(registration, contact_id, 3) is None
    await eventually(lambda: row(db, contact_id), lambda found: found is None)


@pytest.mark.fault
async def test_a_crash_after_the_acknowledgement_publishes_again_and_changes_nothing(
    registration: Registration,
) -> None:
    organisation_id = await registration.enrol()
    await registration.system.stop_services()
    process = await registration.system.start_service(
        "registration", MAARID_BREAK_AT="contacts.acknowledged:1"
    )
    await registration.system.wait_ready("registration")
    contact_id = await registration.contact(organisation_id)

    async def ended() -> bool:
        return process.pid is None

    await eventually(ended, bool)
    assert [revision for revision, _ in await registration.revisions(contact_id)] == [2]
    await registration.system.start_service("registration")
    await registration.system.wait_ready("registration")
    found = await eventually(
        lambda: registration.revisions(contact_id), lambda found: len(found) == 2
    )
    assert found[0] == found[1]
    await registration.done(f"/contacts/{contact_id}/consent", {"consent": False})
    await last(registration, contact_id, 3)


async def test_many_who_send_the_same_contact_at_once_add_one(registration: Registration) -> None:
    organisation_id = await registration.enrol()
    path, key = f"/organisations/{organisation_id}/contacts", uid()
    answers = await asyncio.gather(
        *(registration.done(path, contact_form(), key=key) for _ in range(12))
    )
    assert len({answer["contact_id"] for answer in answers}) == 1
    assert len((await registration.get(path))["items"]) == 1
