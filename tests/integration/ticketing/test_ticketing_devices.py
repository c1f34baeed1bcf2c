"""Phones at gates: paired, given what they need, and heard of afterwards."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from services.ticketing.tickets.code import day_number, short_number
from tests.integration.ticketing.phones import phone_of, row_of, rows_of
from tests.integration.ticketing.running_ticketing import FIRST, LAST, Ticketing
from tests.running_service import refusal, uid
from tests.waiting import eventually

NOON = datetime(2025, 9, 17, 11, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


async def test_a_code_pairs_one_phone_once_and_within_its_time(ticketing: Ticketing) -> None:
    fair, key = await ticketing.announce(), uid()
    body = {"label": "phone 3", "gate_id": "gate-north"}
    made = await ticketing.done(f"/fairs/{fair}/devices", body, key=key)
    assert await ticketing.done(f"/fairs/{fair}/devices", body, key=key) == made
    typed = f" {made['pairing_code'][:4].lower()}-{made['pairing_code'][4:]}"
    paired = await ticketing.http.post("/devices/pair", json={"code": typed})
    assert paired.status_code == 200
    assert paired.json()["token"].startswith("device.")
    assert (paired.json()["fair_id"], paired.json()["gate_id"]) == (fair, "gate-north")
    again = await ticketing.http.post("/devices/pair", json={"code": made["pairing_code"]})
    assert refusal(again) == (404, "pairing_code_unknown")
    retried = await ticketing.post(f"/fairs/{fair}/devices", body, key=key)
    assert refusal(retried) == (409, "device_paired")
    other = await ticketing.post(f"/fairs/{fair}/devices", body | {"label": "other"}, key=key)
    assert refusal(other) == (422, "idempotency_key_reused")

    late = await ticketing.done(f"/fairs/{fair}/devices", body)
    await ticketing.set_clock(datetime.fromisoformat(late["expires_at"]))
    over = await ticketing.http.post("/devices/pair", json={"code": late["pairing_code"]})
    assert refusal(over) == (404, "pairing_code_unknown")
    (shown, _) = await ticketing.all(f"/fairs/{fair}/devices")
    assert (shown["label"], shown["revoked_at"]) == ("phone 3", None)
    assert paired.json()["token"] not in str(await ticketing.all(f"/fairs/{fair}/devices"))


async def test_a_revoked_phone_and_any_other_token_open_nothing(ticketing: Ticketing) -> None:
    fair = await ticketing.announce()
    phone, other = [await phone_of(ticketing, fair, f"gate-{n}") for n in range(2)]
    assert (await phone.bundle())["fair_id"] == fair
    strange = await phone.ask("GET", f"/devices/{other.device_id}/bundle")
    assert refusal(strange) == (404, "device_unknown")
    foreign = await other.upload(NOON, phone.scan(NOON, None))
    assert refusal(foreign)[0] == 422  # The clock stands before the fair.
    secret = phone.token
    otherwise = "B" if secret.endswith("A") else "A"
    for bad in (
        secret[:-1] + otherwise,
        secret + "A",
        "device.x.y",
        f"device.{uid()}.y",
        "device.",
    ):
        phone.token = bad
        refused = await phone.ask("GET", f"/devices/{phone.device_id}/bundle")
        assert refusal(refused) == (401, "token_invalid"), bad
    phone.token = secret
    for path in (f"/fairs/{fair}/devices", f"/fairs/{fair}/presence"):
        assert refusal(await phone.ask("GET", path)) == (403, "role_missing")
    gone = await ticketing.send("DELETE", f"/devices/{phone.device_id}")
    assert gone.json()["revoked_at"] is not None
    assert (await ticketing.send("DELETE", f"/devices/{phone.device_id}")).json() == gone.json()
    for path in (f"/devices/{phone.device_id}/bundle", f"/devices/{other.device_id}/bundle"):
        assert refusal(await phone.ask("GET", path)) == (401, "token_invalid")
    assert refusal(await ticketing.send("DELETE", f"/devices/{uid()}")) == (404, "device_unknown")
    # No issuer gives the role of a device.
    claimed = await ticketing.look(f"/devices/{other.device_id}/bundle", "device")
    assert refusal(claimed) == (403, "role_missing")


async def test_a_bundle_holds_all_that_a_gate_needs_and_then_what_has_changed(
    ticketing: Ticketing,
) -> None:
    fair = await ticketing.announce()
    first, second = [await ticketing.issue(fair, FIRST, party=n) for n in (1, 28)]
    phone = await phone_of(ticketing, fair, "gate-north")
    whole = await phone.bundle()
    assert whole["whole"]
    assert (whole["timezone"], whole["fair_cancelled"]) == ("Africa/Casablanca", False)
    assert (whole["inside"], whole["inside_limit"], whole["sessions"]) == (0, None, [])
    assert whole["rules"]["visitor"] == {"reentry": False}
    assert [key["id"] for key in whole["keys"]]
    assert whole["days"][0] == {
        "day": "2025-09-17",
        "number": day_number(FIRST),
        "begins": "2025-09-16T23:00:00Z",
        "ends": "2025-09-17T23:00:00Z",
    }
    assert len(whole["days"]) == (LAST - FIRST).days + 1
    row = row_of(whole, second)
    assert row is not None
    assert row.short_code == short_number(second, 1)
    assert (row.kind, row.first_day, row.last_day) == (0, day_number(FIRST), day_number(FIRST))
    assert (row.issue, row.party, row.revoked, row.people) == (1, 28, False, 0)

    nothing = await phone.bundle(whole["version"])
    assert (nothing["whole"], nothing["tickets"]["count"]) == (False, 0)
    await ticketing.set_clock(NOON)
    assert (await ticketing.check_in(first)).status_code == 200
    assert (await phone.upload(NOON, phone.scan(NOON, second, people=20))).status_code == 200
    third = await ticketing.issue(fair, FIRST)
    delta = await phone.bundle(whole["version"])
    assert not delta["whole"]
    assert delta["inside"] == 21
    found = {ticket: row_of(delta, ticket) for ticket in (first, second, third)}
    assert {ticket: row and row.people for ticket, row in found.items()} == {
        first: 1,
        second: 20,
        third: 0,
    }
    for unknown in (delta["version"] + 1, 2**62):
        assert (await phone.bundle(unknown))["whole"]
    rules = {"reentry": ["visitor"], "inside_limit": 50}
    await ticketing.done(f"/fairs/{fair}/gate-rules", rules)
    anew = await phone.bundle(delta["version"])
    assert (anew["whole"], anew["inside_limit"], len(rows_of(anew))) == (True, 50, 3)
    assert anew["rules"]["visitor"] == {"reentry": True}


async def test_a_batch_sent_twice_with_gaps_counts_each_scan_once(ticketing: Ticketing) -> None:
    fair = await ticketing.announce()
    tickets = [await ticketing.issue(fair, FIRST) for _ in range(4)]
    await ticketing.set_clock(NOON)
    phone = await phone_of(ticketing, fair, "gate-north", ahead=7 * MINUTE)
    for ticket in tickets:
        phone.scan(NOON, ticket)
    one, two, three, four = phone.scans
    assert (await phone.upload(NOON, one, three)).json() | {"at": None} == {
        "received_to": 1,
        "known": 0,
        "at": None,
    }
    shown = await ticketing.get(f"/fairs/{fair}/presence")
    assert (shown["inside"], shown["scans"], shown["missing"]) == (2, 2, 1)
    for known in (0, 4, 4):
        # Sent again, it says another time of sending, and is the same wish.
        answer = (await phone.upload(NOON + known * MINUTE, four, two, one, three)).json()
        assert (answer["received_to"], answer["known"]) == (4, known or 2)
    shown = await ticketing.get(f"/fairs/{fair}/presence")
    assert (shown["inside"], shown["scans"], shown["missing"]) == (4, 4, 0)
    assert shown["hours"] == [
        {
            "gate_id": "gate-north",
            "hour": "2025-09-17T11:00:00Z",
            "came_in": 4,
            "went_out": 0,
            "changed_at": None,
        }
    ]
    (device,) = shown["devices"]
    assert (device["last_upload_at"], device["reused"]) == ("2025-09-17T11:00:00Z", [])
    ticket = await ticketing.get(f"/tickets/{tickets[0]}")
    assert (ticket["checked_in_at"], ticket["gate_id"]) == ("2025-09-17T11:00:00Z", "gate-north")
    assert (await ticketing.get(f"/fairs/{fair}/figures"))["people_in_by_gate"] == {"gate-north": 4}
    types = await ticketing.types(f"device-{phone.device_id}", 2)
    assert types == ["GateScansRecorded.v1"] * 2


async def test_a_number_used_for_another_scan_is_refused_and_shown(ticketing: Ticketing) -> None:
    fair = await ticketing.announce()
    ticket, other = await ticketing.issue(fair, FIRST), await ticketing.issue(fair, FIRST)
    await ticketing.set_clock(NOON)
    phone = await phone_of(ticketing, fair, "gate-north")
    first = phone.scan(NOON, ticket)
    assert (await phone.upload(NOON)).status_code == 200
    new = phone.scan(NOON, other)
    changed = first | {"verdict": "already_inside"}
    for _ in range(2):
        refused = await phone.upload(NOON, new, changed)
        assert refusal(refused) == (409, "sequence_reused")
        assert (refused.json()["sequences"], refused.json()["next"]) == ([1], 2)
    another = await phone.upload(NOON, changed)
    assert refusal(another) == (409, "sequence_reused")
    # The clock was measured again: it is the same scan.
    assert (await phone.upload(NOON, first | {"offset_ms": 3})).json()["known"] == 1
    shown = await ticketing.get(f"/fairs/{fair}/presence")
    assert (shown["inside"], shown["devices"][0]["reused"]) == (1, [1])
    assert (await phone.upload(NOON, new)).json()["received_to"] == 2


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"at": "2001-01-01T00:00:00Z"}, "time_absurd"),
        ({"offset_ms": 3_600_001}, "time_absurd"),
        ({"offset_ms": 10**13}, "time_absurd"),
        ({"offset_ms": -(10**13)}, "time_absurd"),
        ({"sequence": 0}, "invalid_request"),
        ({"people": 61}, "invalid_request"),
        ({"direction": "up"}, "invalid_request"),
        ({"ticket_id": "no uuid"}, "invalid_request"),
        ({"verdict": "Ja!"}, "invalid_request"),
        ({"name": "Fatima"}, "invalid_request"),
    ],
)
async def test_what_cannot_be_is_refused_whole(
    ticketing: Ticketing, change: dict[str, object], code: str
) -> None:
    fair = await ticketing.announce()
    ticket = await ticketing.issue(fair, FIRST)
    await ticketing.set_clock(NOON)
    phone = await phone_of(ticketing, fair, "gate-north")
    good, bad = phone.scan(NOON, ticket), phone.scan(NOON, ticket) | change
    assert refusal(await phone.upload(NOON, good, bad)) == (422, code)
    shown = await ticketing.get(f"/fairs/{fair}/presence")
    assert (shown["inside"], shown["scans"]) == (0, 0)


async def test_too_many_scans_and_too_large_a_body_are_refused(ticketing: Ticketing) -> None:
    fair = await ticketing.announce()
    await ticketing.set_clock(NOON)
    phone = await phone_of(ticketing, fair, "gate-north")
    for _ in range(501):
        phone.scan(NOON, None)
    assert refusal(await phone.upload(NOON)) == (422, "invalid_request")
    wide = phone.scans[0] | {"typed": "A" * 1_000_000}
    assert refusal(await phone.upload(NOON, wide)) == (413, "body_too_large")
    shown = await ticketing.get(f"/fairs/{fair}/presence")
    assert shown["scans"] == 0
    assert (await phone.upload(NOON, *phone.scans[:500])).json()["received_to"] == 500


async def test_two_entries_without_an_exit_between_are_told_with_both_gates(
    ticketing: Ticketing,
) -> None:
    fair = await ticketing.announce()
    await ticketing.done(f"/fairs/{fair}/gate-rules", {"reentry": ["visitor"]})
    twice, left = await ticketing.issue(fair, FIRST), await ticketing.issue(fair, FIRST)
    await ticketing.set_clock(NOON + 60 * MINUTE)
    now = NOON + 60 * MINUTE
    north = await phone_of(ticketing, fair, "gate-north", ahead=7 * MINUTE)
    south = await phone_of(ticketing, fair, "gate-south")
    north.scan(NOON, twice)
    south.scan(NOON + 5 * MINUTE, twice)
    north.scan(NOON, left)
    south.scan(NOON + 2 * MINUTE, left, direction="out")
    north.scan(NOON + 3 * MINUTE, left)
    assert (await south.upload(now)).status_code == 200
    assert (await north.upload(now)).status_code == 200
    said = await ticketing.said(f"ticket-{twice}", until="DoubleEntryFound")
    found = next(data for name, data in said if name == "DoubleEntryFound")
    assert (found["first_gate_id"], found["first_at"]) == ("gate-north", "2025-09-17T11:00:00Z")
    assert (found["second_gate_id"], found["second_at"]) == (
        "gate-south",
        "2025-09-17T11:05:00Z",
    )
    listed = await eventually(
        lambda: ticketing.all(f"/fairs/{fair}/double-entries"),
        lambda items: bool(items and items[0]["found_at"]),
    )
    assert [each["ticket_id"] for each in listed] == [twice]
    assert (await ticketing.get(f"/fairs/{fair}/presence"))["double_entries"] == 1


async def test_a_late_upload_changes_past_figures_and_says_so(ticketing: Ticketing) -> None:
    fair = await ticketing.announce()
    early, soon = await ticketing.issue(fair, FIRST), await ticketing.issue(fair, FIRST)
    phone = await phone_of(ticketing, fair, "gate-north")
    await ticketing.set_clock(NOON)
    assert (await ticketing.check_in(soon, "gate-south")).status_code == 200
    phone.scan(NOON + MINUTE, early)
    phone.scan(NOON + 2 * MINUTE, None, people=7)
    phone.scan(NOON + 70 * MINUTE, None, people=3, direction="out")
    late = NOON + 80 * MINUTE
    await ticketing.set_clock(late)
    assert (await phone.upload(late)).status_code == 200
    shown = await ticketing.get(f"/fairs/{fair}/presence")
    changed = late.isoformat().replace("+00:00", "Z")
    assert shown["inside"] == 6
    assert shown["peak"] == {
        "inside": 9,
        "at": "2025-09-17T11:02:00Z",
        "changed_at": changed,
    }
    assert [(each["gate_id"], each["changed_at"]) for each in shown["hours"]] == [
        ("gate-north", changed),
        ("gate-south", None),
        ("gate-north", None),
    ]


async def test_a_typed_code_is_a_ticket_where_it_is_nobody_elses(ticketing: Ticketing) -> None:
    fair = await ticketing.announce()
    ticket = await ticketing.issue(fair, FIRST)
    await ticketing.set_clock(NOON)
    letters = (await ticketing.get(f"/tickets/{ticket}"))["short_code"]
    phone = await phone_of(ticketing, fair, "gate-north")
    phone.scan(NOON, None, typed=f"{letters[:4].lower()} {letters[4:]}")
    phone.scan(NOON, None, typed="AAAAAAAA", verdict="unknown_ticket")
    phone.scan(NOON, uid())
    assert (await phone.upload(NOON)).json()["received_to"] == 3
    assert (await ticketing.get(f"/tickets/{ticket}"))["inside"] == 1
    assert (await ticketing.get(f"/fairs/{fair}/presence"))["inside"] == 2
