"""What a contact agreed to, by purpose, channel and text; and what somebody is told who asks."""

from __future__ import annotations

from typing import Any

from maarid_contracts import registration as said
from maarid_contracts.notifications import ContactOptedOutV1

from tests.integration.registration.forms import contact_form
from tests.integration.registration.running_registration import Registration
from tests.running_service import refusal, uid
from tests.waiting import eventually

TEXT = "consent-2026-11"


async def agreed(registration: Registration, organisation_id: str) -> Any:
    """(consent to messages, everything that was agreed to) of an organisation's only contact."""
    (contact,) = await registration.all(f"/organisations/{organisation_id}/contacts")
    return contact["consent"], contact["agreed"]


async def recorded(registration: Registration, contact_id: str, revision: int) -> bool:
    """What the published record says of consent, once it has a revision."""
    found = await eventually(
        lambda: registration.revisions(contact_id),
        lambda found: bool(found) and found[-1][0] == revision,
    )
    return found[-1][1]["consent"]


async def test_the_text_that_was_agreed_to_is_kept(registration: Registration) -> None:
    organisation_id = await registration.enrol()
    contact_id = await registration.contact(organisation_id, text_version=TEXT)
    terms = {"channel": None, "text_version": TEXT}
    assert await agreed(registration, organisation_id) == (True, {"messages": terms})
    events = await registration.said(f"organisation-{organisation_id}", until="ConsentGiven")
    given = {"organisation_id": organisation_id, "contact_id": contact_id, "text_version": TEXT}
    assert events[-1] == ("ConsentGiven", given)


async def test_a_consent_without_more_is_said_as_before(registration: Registration) -> None:
    organisation_id = await registration.enrol()
    contact_id = await registration.contact(organisation_id, consent=False)
    await registration.done(f"/contacts/{contact_id}/consent", {"consent": True})
    events = await registration.said(f"organisation-{organisation_id}", until="ConsentGiven")
    assert events[-1] == (
        "ConsentGiven",
        {"organisation_id": organisation_id, "contact_id": contact_id},
    )
    assert set(said.ConsentGivenV1.model_fields) > set(events[-1][1])


async def test_other_purposes_do_not_allow_messages(registration: Registration) -> None:
    organisation_id = await registration.enrol()
    contact_id = await registration.contact(organisation_id, consent=False)
    path = f"/contacts/{contact_id}/consent"
    for purpose in ("catalogue", "next_fair"):
        body = {"consent": True, "purpose": purpose, "text_version": TEXT}
        answer = await registration.done(path, body)
        assert answer == {"contact_id": contact_id, "consent": True, "purpose": purpose}
    terms = {"channel": None, "text_version": TEXT}
    expected = {"catalogue": terms, "next_fair": terms}
    assert await agreed(registration, organisation_id) == (False, expected)
    await registration.done(path, {"consent": False, "purpose": "catalogue"})
    await registration.done(path, {"consent": True})
    expected = {"next_fair": terms, "messages": {"channel": None, "text_version": None}}
    assert await agreed(registration, organisation_id) == (True, expected)
    # The record changed once: with the consent to messages.
    assert await recorded(registration, contact_id, 2) is True
    await registration.done(path, {"consent": False})
    assert await agreed(registration, organisation_id) == (False, {"next_fair": terms})
    assert await recorded(registration, contact_id, 3) is False
    unknown = await registration.post(path, {"consent": True, "purpose": "advertising"})
    assert refusal(unknown) == (422, "invalid_request")


async def test_consent_to_one_channel_allows_messages_by_that_channel_alone(
    registration: Registration,
) -> None:
    organisation_id = await registration.enrol()
    contact_id = await registration.contact(organisation_id, consent=False, channel="sms")
    path = f"/contacts/{contact_id}/consent"
    await registration.done(path, {"consent": True, "channel": "whatsapp"})
    terms = {"messages": {"channel": "whatsapp", "text_version": None}}
    assert await agreed(registration, organisation_id) == (False, terms)
    assert await recorded(registration, contact_id, 2) is False
    form = contact_form(channel="whatsapp")
    change = {name: form[name] for name in ("name", "phone", "language", "channel")}
    assert (await registration.send("PUT", f"/contacts/{contact_id}", change)).is_success
    assert await recorded(registration, contact_id, 3) is True
    assert await agreed(registration, organisation_id) == (True, terms)


async def test_a_contact_is_told_all_that_is_held_when_and_by_whom(
    registration: Registration,
) -> None:
    fair_id, organisation_id = await registration.call(), await registration.enrol()
    contact_id = await registration.contact(organisation_id, text_version=TEXT)
    own = f"exhibitor organisation_id={organisation_id}"
    body = {"consent": True, "purpose": "catalogue"}
    await registration.done(f"/contacts/{contact_id}/consent", body, role=own)
    await registration.apply(fair_id, organisation_id)
    # Others' doings are not this person's.
    await registration.contact(organisation_id)
    path = f"/contacts/{contact_id}/export"
    told = await registration.get(path, role=own)
    assert {name: told[name] for name in ("contact_id", "role", "name", "phone", "channel")} == {
        "contact_id": contact_id,
        "role": "chair",
        "name": contact_form()["name"],
        "phone": "+212612345678",
        "channel": "sms",
    }
    assert told["agreed"].keys() == {"messages", "catalogue"}
    assert [(event["type"], event["by"]) for event in told["events"]] == [
        ("contact_added.v1", "organiser"),
        ("consent_given.v1", "organiser"),
        ("purpose_consent_given.v1", "exhibitor"),
        ("application_submitted.v1", "organiser"),
    ]
    assert told["events"][1]["data"]["text_version"] == TEXT
    assert all(event["at"] for event in told["events"])
    # What was erased is gone here too; that there was somebody, and the erasure, is not.
    assert (await registration.send("DELETE", f"/contacts/{contact_id}")).status_code == 204
    after = await registration.get(path)
    assert (after["name"], after["phone"], after["agreed"]) == (None, None, {})
    assert after["events"][:4] == told["events"]
    assert [event["type"] for event in after["events"][4:]] == ["contact_erased.v1"]
    other = await registration.enrol()
    refused = await registration.look(path, f"exhibitor organisation_id={other}")
    assert refusal(refused) == (404, "contact_unknown")
    assert refusal(await registration.look(path, "auditor")) == (403, "role_missing")


async def test_who_wears_a_badge_is_told_all_that_is_held(registration: Registration) -> None:
    exhibitor = await registration.exhibitor()
    own = f"exhibitor organisation_id={exhibitor.organisation_id}"
    wearer_id = await exhibitor.wearer(name="Qui Demande", phone="0612345678")
    await exhibitor.wearer(name="Autre Nom")
    path = f"{exhibitor.people}/{wearer_id}/export"
    told = await registration.get(path, role=own)
    assert (told["name"], told["phone"], told["role"]) == ("Qui Demande", "+212612345678", "seller")
    assert [(event["type"], event["by"]) for event in told["events"]] == [
        ("wearer_added.v1", "organiser")
    ]
    leave = await registration.done(
        f"{exhibitor.people}/{wearer_id}/remove", {"reason": "ill"}, role=own
    )
    assert leave == {"wearer_id": wearer_id}
    after = await registration.get(path)
    assert (after["name"], after["phone"], after["left_because"]) == (None, None, "ill")
    assert [(event["type"], event["by"]) for event in after["events"]] == [
        ("wearer_added.v1", "organiser"),
        ("wearer_removed.v1", "exhibitor"),
    ]
    other = await registration.exhibitor()
    theirs = f"exhibitor organisation_id={other.organisation_id}"
    assert refusal(await registration.look(path, theirs)) == (404, "exhibitor_unknown")


async def test_who_says_stop_on_the_phone_agrees_to_messages_no_more(
    registration: Registration,
) -> None:
    organisation_id = await registration.enrol()
    contact_id = await registration.contact(organisation_id)
    assert (await agreed(registration, organisation_id))[0] is True
    stop = ContactOptedOutV1(contact_id=contact_id, way="whatsapp")
    await registration.hear(f"contact-{contact_id}", stop, stop, twice=True)
    stranger = ContactOptedOutV1(contact_id=uid(), way="whatsapp")
    await registration.hear(f"contact-{stranger.contact_id}", stranger)  # Of nobody's.
    await eventually(lambda: agreed(registration, organisation_id), lambda found: found[0] is False)
    given = {"consent": True}
    await registration.done(f"/contacts/{contact_id}/consent", given)
    assert (await agreed(registration, organisation_id))[0] is True
