"""Tickets for several days, given out once more, revoked; their codes, and the keys behind them."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cli.ticket_keys import change_keys
from services.ticketing.tickets.code import Payload, Verdict, read, short_code, verdict
from services.ticketing.tickets.keys import TicketKeys, read_keys
from tests.integration.ticketing.running_ticketing import FIRST, LAST, Ticketing
from tests.running_service import refusal, uid
from tests.waiting import eventually

NOON = datetime(2025, 9, 17, 11, 0, tzinfo=UTC)
ONE = timedelta(days=1)


def keys_of(ticketing: Ticketing) -> Path:
    """The file of the process."""
    return ticketing.system.home / "ticket-keys.json"


async def issue(ticketing: Ticketing, fair: str, **more: Any) -> Any:
    body = {"kind": "buyer", "day": FIRST.isoformat(), "party": 3} | more
    answer = await ticketing.post(f"/fairs/{fair}/tickets", body)
    assert answer.status_code == 201, answer.text
    return await ticketing.get(f"/tickets/{answer.json()['ticket_id']}")


async def reissue(ticketing: Ticketing, ticket: str, **more: Any) -> Any:
    answer = await ticketing.post(f"/tickets/{ticket}/reissue", **more)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_ticket_for_several_days_opens_on_any_of_them_and_is_expected_on_each(
    ticketing: Ticketing,
) -> None:
    fair = await ticketing.announce()
    last = FIRST + 2 * ONE
    shown = [await issue(ticketing, fair, last_day=last.isoformat()) for _ in range(2)]
    await issue(ticketing, fair, last_day=FIRST.isoformat())
    assert [(each["day"], each["last_day"]) for each in shown] == [("2025-09-17", "2025-09-19")] * 2
    figures = await ticketing.get(f"/fairs/{fair}/figures")
    assert (figures["tickets"], figures["people_expected"]) == (3, 9)
    assert figures["people_expected_by_day"] == {
        "2025-09-17": 9,
        "2025-09-18": 6,
        "2025-09-19": 6,
    }
    first, second = (each["ticket_id"] for each in shown)
    await ticketing.set_clock(NOON + 3 * ONE)
    late = await ticketing.check_in(first)
    assert refusal(late) == (409, "wrong_day")
    assert late.json()["day"] == "2025-09-17/2025-09-19"
    await ticketing.set_clock(NOON + 2 * ONE)
    assert (await ticketing.check_in(first)).status_code == 200
    await ticketing.set_clock(NOON)
    assert (await ticketing.check_in(second)).status_code == 200
    said = await ticketing.said(f"ticket-{first}", "TicketCheckedIn")
    assert said[0][1]["last_day"] == "2025-09-19"


@pytest.mark.parametrize(
    ("last_day", "code"),
    [(LAST + ONE, "outside_fair"), (FIRST - ONE, "ends_before_it_begins")],
)
async def test_the_last_day_is_one_of_the_fair_and_not_before_the_first(
    ticketing: Ticketing, last_day: datetime, code: str
) -> None:
    fair = await ticketing.announce()
    body = {"kind": "guest", "day": FIRST.isoformat(), "party": 1, "last_day": last_day.isoformat()}
    refused = await ticketing.post(f"/fairs/{fair}/tickets", body)
    assert refusal(refused) == (409, code)


async def test_a_code_is_verified_by_the_public_keys_alone(ticketing: Ticketing) -> None:
    fair = await ticketing.announce()
    shown = await issue(ticketing, fair, last_day=(FIRST + ONE).isoformat())
    answer = await ticketing.get("/ticket-keys", role=None)
    assert [(key["id"], key["state"], key["signs"]) for key in answer["keys"]] == [
        (1, "active", True)
    ]
    keys = read_keys(keys_of(ticketing)).trusted
    assert verdict(shown["code"], keys, fair, FIRST + ONE, 1) == Verdict.VALID
    assert verdict(shown["code"], keys, f"{fair}-other", FIRST, 1) == Verdict.WRONG_FAIR
    found = read(shown["code"], keys)
    assert isinstance(found, Payload)
    assert (found.ticket_id, found.party, found.issue) == (shown["ticket_id"], 3, 1)
    assert shown["short_code"] == short_code(shown["ticket_id"], 1)
    assert await ticketing.get(f"/tickets/{shown['ticket_id']}") == shown


async def test_a_ticket_given_out_once_more_has_another_code_and_the_old_one_dies(
    ticketing: Ticketing,
) -> None:
    fair = await ticketing.announce()
    before = await issue(ticketing, fair)
    ticket, key = before["ticket_id"], uid()
    after = await reissue(ticketing, ticket, key=key)
    assert (before["issue"], after["issue"]) == (1, 2)
    assert before["code"] != after["code"]
    assert before["short_code"] != after["short_code"] == short_code(ticket, 2)
    trusted = read_keys(keys_of(ticketing)).trusted
    told = [verdict(each["code"], trusted, fair, FIRST, 2) for each in (before, after)]
    assert told == [Verdict.REISSUED, Verdict.VALID]
    # The same request again is the same wish, however often a ticket is given out.
    assert (await reissue(ticketing, ticket, key=key))["issue"] == 2
    numbers = await asyncio.gather(*(reissue(ticketing, ticket) for _ in range(4)))
    assert (await ticketing.get(f"/tickets/{ticket}"))["issue"] == 6
    assert max(each["issue"] for each in numbers) == 6
    said = await ticketing.said(f"ticket-{ticket}", "TicketReissued")
    assert ("TicketReissued", {"fair_id": fair, "ticket_id": ticket, "issue": 2}) in said
    await ticketing.set_clock(NOON)
    assert (await ticketing.check_in(ticket)).status_code == 200


async def test_a_revoked_ticket_opens_no_gate_and_nobody_is_expected_with_it(
    ticketing: Ticketing,
) -> None:
    fair = await ticketing.announce()
    last = (FIRST + ONE).isoformat()
    stolen, kept = [(await issue(ticketing, fair, last_day=last))["ticket_id"] for _ in range(2)]
    answer = await ticketing.post(f"/tickets/{stolen}/revoke", {"reason": "stolen"})
    assert answer.status_code == 200
    shown = await ticketing.get(f"/tickets/{stolen}")
    assert (shown["revoked"], shown["revoked_for"], shown["code"]) == (True, "stolen", None)
    again = await ticketing.post(f"/tickets/{stolen}/revoke", {"reason": "forged"})
    assert again.json()["revoked_for"] == "stolen"
    assert again.json()["revoked_at"] == shown["revoked_at"]
    figures = await ticketing.get(f"/fairs/{fair}/figures")
    assert (figures["tickets"], figures["people_expected"]) == (1, 3)
    assert figures["people_expected_by_day"] == {"2025-09-17": 3, "2025-09-18": 3}
    await ticketing.set_clock(NOON)
    assert refusal(await ticketing.check_in(stolen)) == (409, "ticket_revoked")
    assert refusal(await ticketing.post(f"/tickets/{stolen}/reissue")) == (409, "ticket_revoked")
    assert (await ticketing.check_in(kept)).status_code == 200
    said = await ticketing.said(f"ticket-{stolen}", "TicketRevoked")
    assert [name for name, _ in said] == ["TicketIssued", "TicketRevoked"]


async def test_who_may_revoke_give_out_once_more_and_see_a_code(ticketing: Ticketing) -> None:
    fair = await ticketing.announce()
    ticket = (await issue(ticketing, fair))["ticket_id"]
    steward, stranger = f"steward fair_id={fair}", "steward fair_id=agadir-2025"
    revoke = f"/tickets/{ticket}/revoke", {"reason": "stolen"}
    for role in (steward, stranger, "auditor", "exhibitor organisation_id=x"):
        assert refusal(await ticketing.post(*revoke, role=role)) == (403, "role_missing")
    path = f"/tickets/{ticket}/reissue"
    assert refusal(await ticketing.post(path, role=stranger)) == (404, "ticket_unknown")
    assert refusal(await ticketing.post(path, role="auditor")) == (403, "role_missing")
    assert (await ticketing.post(path, role=steward)).status_code == 200
    for role, sees in ((steward, True), ("service", True), ("auditor", False)):
        shown = await ticketing.get(f"/tickets/{ticket}", role)
        assert (shown["code"] is not None, shown["issue"]) == (sees, 2)


@pytest.mark.parametrize("action", ["revoke", "reissue"])
async def test_what_nobody_gave_out_is_unknown(ticketing: Ticketing, action: str) -> None:
    body = {"reason": "stolen"} if action == "revoke" else None
    refused = await ticketing.post(f"/tickets/{uid()}/{action}", body)
    assert refusal(refused) == (404, "ticket_unknown")


async def test_keys_are_changed_while_the_service_works(ticketing: Ticketing) -> None:
    """New, then old: what was printed before stays good, until a key is compromised."""
    fair, path = await ticketing.announce(), keys_of(ticketing)
    before = await issue(ticketing, fair)
    first, _ = read_keys(path).signer

    async def listed() -> list[tuple[str, bool]]:
        answer = await ticketing.get("/ticket-keys", role=None)
        return [(key["state"], key["signs"]) for key in answer["keys"] if key["id"] >= first]

    change_keys(path, TicketKeys.with_new)
    await eventually(listed, lambda found: found == [("active", True), ("active", False)])
    assert (await ticketing.get(f"/tickets/{before['ticket_id']}"))["code"] == before["code"]
    change_keys(path, lambda keys: keys.with_retired(first))
    await eventually(listed, lambda found: found == [("retired", False), ("active", True)])
    after = await ticketing.get(f"/tickets/{before['ticket_id']}")
    assert after["code"] != before["code"]
    for code in (before["code"], after["code"]):
        assert verdict(code, read_keys(path).trusted, fair, FIRST, 1) == Verdict.VALID
    change_keys(path, lambda keys: keys.with_retired(first, compromised=True))
    await eventually(listed, lambda found: found[0] == ("compromised", False))
    told = [verdict(each["code"], read_keys(path).trusted) for each in (before, after)]
    assert told == [Verdict.UNKNOWN_KEY, Verdict.VALID]
