"""Who may read what, page by page, and what becomes of nonsense."""

from __future__ import annotations

import base64

import pytest
from maarid_contracts.registration import Language

from chassis.replaying.rebuild import compare
from tests.integration.notifications.received import assigned, rejected
from tests.integration.notifications.running_notifications import Notifications
from tests.running_service import refusal, uid
from tests.waiting import eventually

NOBODY = "0192f5c4-9b22-7c3d-9e5a-2d3c4b5e6f7a"
"""An id that nothing has; names of tests are the same in every process."""


async def test_lists_are_read_page_by_page_without_gaps_or_repeats(
    notifications: Notifications,
) -> None:
    fair = await notifications.fair()
    contacts = [await notifications.contact(known=False) for _ in range(7)]
    await notifications.hear(f"floor-{fair}", *(assigned(fair, c) for c in contacts))
    await eventually(
        lambda: notifications.get(f"/fairs/{fair}/figures"),
        lambda found: found["by_status"] == {"delivered": 7},
    )
    found = await notifications.all("/messages", fair_id=fair, limit=3)
    assert [one["contact_id"] for one in found] == contacts
    phones = await notifications.all("/phones", fair_id=fair, limit=2)
    assert [one["contact_id"] for one in phones] == sorted(contacts)
    assert {phone["messages"] for phone in phones} == {1}
    more = [assigned(fair, contacts[0], f"P-{number:03}") for number in range(100, 104)]
    await notifications.hear(f"floor-{fair}", *more)
    await notifications.settled(contacts[0], 5)
    everything = await notifications.all(f"/phones/{contacts[0]}")
    assert await notifications.all(f"/phones/{contacts[0]}", limit=2) == everything
    assert len({text["message_id"] for text in everything}) == 5


async def test_messages_are_filtered_by_fair_contact_status_and_template(
    notifications: Notifications,
) -> None:
    fair, other = await notifications.fair(), await notifications.fair()
    reader = await notifications.contact(Language.FRENCH)
    silent = await notifications.contact(consent=False)
    await notifications.hear(f"floor-{fair}", assigned(fair, reader), assigned(fair, silent))
    await notifications.hear(f"floor-{other}", assigned(other, reader))
    await notifications.hear(f"fair-{fair}", rejected(fair, reader))
    await notifications.settled(reader, 3)
    await notifications.settled(silent, 1)

    async def count(**query: str) -> int:
        return len(await notifications.all("/messages", **query))

    assert await count(fair_id=fair) == 3
    assert await count(fair_id=other) == 1
    assert await count(fair_id=fair, contact_id=reader) == 2
    assert await count(fair_id=fair, status="failed") == 1
    assert await count(fair_id=fair, status="requested") == 0
    assert await count(fair_id=fair, template="application_rejected") == 1
    assert await count(fair_id=fair, template="seat_reserved") == 0
    assert await count(fair_id="nowhere-1999") == 0
    figures = await notifications.get(f"/fairs/{fair}/figures")
    assert figures == {
        "messages": 3,
        "by_status": {"delivered": 2, "failed": 1},
        "by_language": {"fr": 2},
        "by_channel": {"sms": 2},
        "segments_by_channel": {"sms": 2},
        "fell_back": 0,
        "attempts_failed_by_reason": {},
        "by_template": {"application_rejected": 1, "booth_assigned": 2},
        "failed_by_reason": {"no_consent": 1},
        "pending_by_reason": {},
        "answers": {},
        "opted_out": 0,
        "cost_mad": 0.0,
    }


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        (f"/messages/{NOBODY}", 404, "message_unknown"),
        (f"/phones/{NOBODY}", 404, "phone_unknown"),
        ("/fairs/nowhere-1999/figures", 404, "fair_unknown"),
        ("/messages/not-an-id", 422, "invalid_request"),
        ("/messages/0192F5C4-7D3E-7C1A-9A55-3F0D6B1E2C47", 422, "invalid_request"),
        ("/phones/+212600000042", 422, "invalid_request"),
        ("/fairs/No_Such_Fair/figures", 422, "invalid_request"),
        ("/messages?status=lost", 422, "invalid_request"),
        ("/messages?template=love_letter", 422, "invalid_request"),
        ("/messages?contact_id=1", 422, "invalid_request"),
        ("/messages?fair_id=%00", 422, "invalid_request"),
        ("/messages?limit=0", 422, "invalid_request"),
        ("/messages?limit=201", 422, "invalid_request"),
        ("/messages?after=bm90LWFuLWlk", 422, "cursor_invalid"),
        ("/phones?after=bm90LWFuLWlk", 422, "cursor_invalid"),
        (f"/phones/{NOBODY}?after=bm90LWFuLWlk", 422, "cursor_invalid"),
        (
            f"/phones/{NOBODY}?after={base64.urlsafe_b64encode(b'9' * 40).decode()}",
            422,
            "cursor_invalid",
        ),
        ("/telephones", 404, "not_found"),
    ],
)
async def test_nonsense_is_answered_with_a_problem_that_has_a_stable_code(
    notifications: Notifications, path: str, status: int, code: str
) -> None:
    assert refusal(await notifications.look(path)) == (status, code)


@pytest.mark.parametrize(
    ("path", "readers"),
    [
        ("/messages", {"organiser", "auditor", "service"}),
        (f"/messages/{NOBODY}", {"organiser", "auditor", "service"}),
        ("/phones", {"organiser"}),
        (f"/phones/{NOBODY}", {"organiser"}),
        ("/fairs/nowhere-1999/figures", {"organiser", "auditor", "service"}),
    ],
)
async def test_messages_are_shown_to_the_roles_on_duty_alone(
    notifications: Notifications, path: str, readers: set[str]
) -> None:
    for role in ("organiser", "auditor", "service", "steward", "exhibitor"):
        answer = await notifications.look(path, role=role)
        if role in readers:
            assert answer.status_code in (200, 404)
        else:
            assert refusal(answer) == (403, "role_missing")
    assert refusal(await notifications.look(path, role=None)) == (401, "token_missing")


async def test_a_problem_is_told_in_the_language_of_the_caller(
    notifications: Notifications,
) -> None:
    path = f"/messages/{uid()}"
    french = await notifications.look(path, language="fr")
    arabic = await notifications.look(path, language="ar-MA,fr;q=0.5")
    assert french.json()["detail"].startswith("Il n'y a pas de message")
    assert arabic.headers["content-language"] == "ar"


async def test_read_tables_equal_those_that_the_events_make(notifications: Notifications) -> None:
    fair = await notifications.fair()
    contact = await notifications.contact()
    await notifications.hear(f"floor-{fair}", assigned(fair, contact))
    await notifications.told(contact, "booth_assigned")
    found = await compare(
        notifications.definition, notifications.owner_dsn, notifications.bootstrap
    )
    assert found == []
