"""The gates' page in a real browser before the real service, with a network and without."""

from __future__ import annotations

import math
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median, quantiles
from typing import Any, Literal

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from services.ticketing.tickets.code import short_code
from tests.integration.ticketing.gate_phone import (
    Phone,
    browser_with,
    code_of,
    codes_of,
    film,
    holds,
    phone_at,
    presence,
    rules,
    ticket,
    told,
)
from tests.integration.ticketing.running_ticketing import FIRST, Ticketing

pytestmark = pytest.mark.unhurried

NOON = datetime(2025, 9, 17, 11, 0, tzinfo=UTC)
SLOW = 4
PATIENCE_MS = 300
ROUNDS, SCANS = 4, 44


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def browser() -> AsyncGenerator[Browser]:
    async with browser_with() as browser:
        yield browser


@asynccontextmanager
async def at_north_gate(
    browser: Browser, ticketing: Ticketing, *, patient: bool
) -> AsyncGenerator[Phone]:
    """A phone at the north gate, at noon of the first day."""
    fair = await ticketing.announce()
    await rules(ticketing, fair)
    await ticketing.set_clock(NOON)
    async with phone_at(browser, ticketing, fair, patient=patient) as phone:
        await phone.pair()
        await phone.start()
        await phone.online()
        yield phone


@pytest_asyncio.fixture(loop_scope="session")
async def phone(browser: Browser, ticketing: Ticketing) -> AsyncGenerator[Phone]:
    async with at_north_gate(browser, ticketing, patient=True) as phone:
        yield phone


@pytest_asyncio.fixture(loop_scope="session")
async def hasty(browser: Browser, ticketing: Ticketing) -> AsyncGenerator[Phone]:
    """A phone as it is: it waits 300 ms for the server."""
    async with at_north_gate(browser, ticketing, patient=False) as phone:
        yield phone


async def test_with_a_network_the_server_decides_and_without_one_the_phone_goes_on(
    phone: Phone,
) -> None:
    (_, one), (_, two), (_, three) = [await ticket(phone, party=n) for n in (1, 2, 3)]
    first = await phone.scan(one)
    assert (first.verdict, first.decided) == ("let_in", "online")
    await phone.context.set_offline(True)
    await phone.offline()
    for code, verdict in ((two, "let_in"), (two, "already_inside"), (one, "already_inside")):
        shown = await phone.scan(code)
        assert (shown.verdict, shown.decided) == (verdict, "offline")
    assert await phone.unsent() >= 3
    await phone.context.set_offline(False)
    await phone.online()
    last = await phone.scan(three)
    assert (last.verdict, last.decided) == ("let_in", "online")
    await phone.all_sent()
    assert told(await phone.scans(5)) == [
        (1, "let_in", "online", 1),
        (2, "let_in", "offline", 2),
        (3, "already_inside", "offline", 2),
        (4, "already_inside", "offline", 1),
        (5, "let_in", "online", 3),
    ]
    # What the server let in itself, and what was uploaded of it, is one entry.
    assert (await presence(phone))["inside"] == 6


async def test_while_the_server_is_dead_the_gate_goes_on_and_all_is_told_once_it_lives(
    phone: Phone,
) -> None:
    codes = [(await ticket(phone))[1] for _ in range(4)]
    assert (await phone.scan(codes[0])).decided == "online"
    await phone.all_sent()
    await phone.ticketing.system.stop_services()
    try:
        late = await phone.scan(codes[1])
        assert (late.verdict, late.decided) == ("let_in", "offline")
        await phone.offline()
        assert (await phone.scan(codes[2])).decided == "offline"
        assert (await phone.scan(codes[1])).verdict == "already_inside"
    finally:
        await phone.ticketing.system.start_service("ticketing")
        await phone.ticketing.system.wait_ready("ticketing")
    await phone.online()
    await phone.all_sent()
    assert [each[:3] for each in told(await phone.scans(4))] == [
        (1, "let_in", "online"),
        (2, "let_in", "offline"),
        (3, "let_in", "offline"),
        (4, "already_inside", "offline"),
    ]
    assert (await presence(phone))["inside"] == 3


async def test_a_page_loaded_anew_without_a_network_keeps_its_scans_and_their_numbers(
    phone: Phone,
) -> None:
    (_, one), (_, two) = [await ticket(phone, party=n) for n in (2, 1)]
    await holds(phone.page, "navigator.serviceWorker.controller !== null")
    # Let the bundle hold what was just given out.
    assert (await phone.scan(one)).sequence == 1
    await phone.context.set_offline(True)
    await phone.offline()
    assert (await phone.scan(two)).sequence == 2
    for _ in range(2):
        await phone.page.reload()
        await phone.start()
    assert await phone.unsent() >= 1
    again = await phone.scan(two)
    assert (again.verdict, again.decided, again.sequence) == ("already_inside", "offline", 3)
    assert (await phone.scan(one)).verdict == "already_inside"
    await phone.context.set_offline(False)
    await phone.all_sent()
    assert [each[0] for each in told(await phone.scans(4))] == [1, 2, 3, 4]


async def test_people_without_tickets_counted_without_a_network_are_sent_when_it_is_back(
    phone: Phone,
) -> None:
    # No event tells the page that the server is away, nor that it is back.
    await phone.cut()
    await phone.offline()
    await phone.tally("in", 3)
    await phone.tally("out", 1)
    await phone.tally("in", 2)
    assert await phone.unsent() == 3
    assert await phone.page.get_attribute("[data-inside]", "data-inside") == "4"
    assert (await presence(phone))["inside"] == 0
    await phone.mend()
    await phone.all_sent()
    scans = await phone.scans(3)
    assert [scan["ticket_id"] for scan in scans] == [None] * 3
    assert sorted(told(scans)) == [
        (1, "let_in", "offline", 3),
        (2, "let_out", "offline", 1),
        (3, "let_in", "offline", 2),
    ]
    assert (await presence(phone))["inside"] == 4


async def test_a_batch_whose_answer_was_lost_is_sent_again_and_counts_once(phone: Phone) -> None:
    lost: list[str] = []

    async def lose(route: Any) -> None:
        if len(lost) < 2:
            answer = await route.fetch()
            lost.append(str(answer.status))
            await route.abort()
        else:
            await route.continue_()

    await phone.context.route("**/devices/*/scans", lose)
    for _ in range(3):
        await phone.tally("in", 2)
    await phone.all_sent()
    assert lost == ["200", "200"]
    assert [each[0] for each in told(await phone.scans(3))] == [1, 2, 3]
    assert (await presence(phone))["inside"] == 6


async def test_a_server_that_is_too_slow_is_not_waited_for_and_learns_of_it_later(
    hasty: Phone,
) -> None:
    (_, code), held = await ticket(hasty), list[Any]()

    async def hold(route: Any) -> None:
        held.append(route)

    await hasty.context.route("**/check-in", hold)
    shown = await hasty.scan(code)
    assert (shown.verdict, shown.decided) == ("let_in", "offline")
    assert shown.took >= PATIENCE_MS
    await held[0].continue_()
    await hasty.all_sent()
    await hasty.scans(1)
    assert (await presence(hasty))["inside"] == 1
    await hasty.online()
    assert (await hasty.scan(code)).verdict == "already_inside"


async def test_each_wrong_ticket_gets_a_verdict_in_words(phone: Phone) -> None:
    made = phone.ticketing
    revoked, old, early, good = [(await ticket(phone))[0] for _ in range(4)]
    early, _ = await ticket(phone, FIRST + timedelta(days=1))
    codes = await codes_of(made, [revoked, old, early, good])
    await made.done(f"/tickets/{revoked}/revoke", {"reason": "lost"})
    await made.done(f"/tickets/{old}/reissue")
    elsewhere = await code_of(made, await made.issue(await made.announce(), FIRST))
    await made.set_clock(NOON)
    spoilt = codes[3][:70] + ("0" if codes[3][70] != "0" else "1") + codes[3][71:]
    unknown = "W" + ("9" if codes[3][1] != "9" else "8") + codes[3][2:]
    wrong = [
        (codes[0], "revoked", "Billet annulé"),
        (codes[1], "reissued", "Billet remplacé"),
        (codes[2], "wrong_day", "18 septembre"),
        (elsewhere, "wrong_fair", "autre salon"),
        (spoilt, "bad_signature", "Code faux"),
        ("HTTPS EXAMPLE", "unreadable", "Code illisible"),
        (codes[3][:-1], "unreadable", "Code illisible"),
    ]
    for mode in ("online", "offline"):
        if mode == "offline":
            await phone.refreshed()
            await phone.cut()
            await phone.offline()
        for code, verdict, words in wrong:
            assert (await phone.scan(code)).verdict == verdict, (mode, verdict)
            assert words in await phone.text()
            await phone.next()
    assert (await phone.scan(unknown)).verdict in ("unknown_key", "unreadable")
    await phone.next()
    assert await phone.type("ABCD EFGH") == "unknown_ticket"
    await phone.next()
    assert await phone.type(short_code(good, 1).lower()) == "let_in"


async def test_a_phone_whose_clock_is_wrong_decides_by_the_servers(phone: Phone) -> None:
    # The service plays a day of last year, so this phone is far ahead of it.
    _, code = await ticket(phone)
    await phone.cut()
    await phone.offline()
    assert (await phone.scan(code)).verdict == "let_in"
    await phone.mend()
    await phone.all_sent()
    (scan,) = await phone.scans(1)
    assert abs(datetime.fromisoformat(scan["at"]) - NOON) < timedelta(minutes=2)


async def test_fewer_than_the_party_may_come_and_the_rest_later(phone: Phone) -> None:
    (_, online), (_, alone) = await ticket(phone, party=5), await ticket(phone, party=4)

    async def fewer(people: int) -> None:
        await phone.press("fewer")
        await phone.page.click(f"[data-people='{people}']")
        await phone.page.wait_for_selector("[data-verdict=let_in]")
        assert await phone.page.inner_text(".many b") == str(people)
        await phone.next()

    assert (await phone.scan(online)).decided == "online"
    await fewer(3)
    await phone.cut()
    await phone.offline()
    await phone.scan(alone)
    await fewer(1)
    await phone.mend()
    await phone.all_sent()
    await phone.refreshed()
    assert told(await phone.scans(3)) == [
        (1, "let_in", "online", 5),
        (2, "let_out", "offline", 2),
        (3, "let_in", "offline", 1),
    ]
    assert (await presence(phone))["inside"] == 4
    await phone.cut()
    await phone.scan(alone)
    assert await phone.page.inner_text(".many b") == "3"


async def test_whoever_left_may_come_back(phone: Phone) -> None:
    _, code = await ticket(phone, party=2)
    assert (await phone.scan(code)).verdict == "let_in"
    await phone.next()
    await phone.press("turn")
    await phone.page.wait_for_selector("[data-direction=out]")
    left = await phone.scan(code)
    assert (left.verdict, left.decided) == ("let_out", "online")
    await phone.next()
    await phone.press("turn")
    await phone.page.wait_for_selector("[data-direction=in]")
    assert (await phone.scan(code)).verdict == "let_in"
    await phone.all_sent()
    assert (await presence(phone))["inside"] == 2


async def test_a_full_fair_is_refused_by_the_server_and_a_steward_may_overrule(
    phone: Phone,
) -> None:
    await rules(phone.ticketing, phone.fair, limit=2)
    (_, one), (_, two), (_, three) = [await ticket(phone, party=n) for n in (2, 1, 1)]
    assert (await phone.scan(one)).verdict == "let_in"
    await phone.all_sent()
    refused = await phone.scan(two)
    assert (refused.verdict, refused.decided) == ("too_many_inside", "online")
    assert "2 sur 2" in await phone.text()
    await phone.press("enter")
    await phone.page.wait_for_selector("[data-verdict=let_in]")
    await phone.next()
    await phone.refreshed()
    await phone.page.wait_for_selector("[data-inside='3'][data-limit='2']")
    await phone.cut()
    await phone.offline()
    alone = await phone.scan(three)
    assert (alone.verdict, alone.decided) == ("let_in", "offline")
    assert "Complet" in await phone.page.inner_text(".warning")
    await phone.mend()
    await phone.all_sent()
    assert [(each["verdict"], each["overruled"]) for each in await phone.scans(4)] == [
        ("let_in", False),
        ("too_many_inside", False),
        ("let_in", True),
        ("let_in", False),
    ]
    assert (await presence(phone))["inside"] == 4


async def test_a_revoked_phone_stops_and_keeps_what_it_could_not_send(phone: Phone) -> None:
    await phone.cut()
    await phone.offline()
    await phone.tally("in", 2)
    answer = await phone.ticketing.send("DELETE", f"/devices/{phone.device}")
    assert answer.status_code == 200
    await phone.mend()
    await phone.page.wait_for_selector("[data-screen=revoked_title]")
    assert "let_in" in await phone.page.inner_text(".scans")
    await phone.page.reload()
    await phone.page.wait_for_selector("[data-screen=revoked_title]")
    assert await phone.page.locator(".scans tbody tr").count() == 1
    await phone.press("pair_again")
    assert "non envoyés : 1" in await phone.page.inner_text(".hint")


async def test_a_wrong_pairing_code_is_told_and_a_used_one_is_wrong(
    browser: Browser, ticketing: Ticketing
) -> None:
    async with phone_at(browser, ticketing, await ticketing.announce()) as phone:
        await phone.page.goto(f"{ticketing.http.base_url}/gate")
        await phone.page.fill("#letters", "ZZZZ-ZZZZ")
        await phone.press("pair")
        assert "Code faux ou expiré" in await phone.page.inner_text(".wrong")
        await phone.pair()
        await phone.page.wait_for_selector("[data-do=start]")


async def test_the_camera_reads_a_code(ticketing: Ticketing, tmp_path: Path) -> None:
    fair = await ticketing.announce()
    made = await ticketing.issue(fair, FIRST, party=3)
    film(await code_of(ticketing, made), tmp_path / "code.y4m")
    await ticketing.set_clock(NOON)
    async with (
        browser_with(f"--use-file-for-fake-video-capture={tmp_path / 'code.y4m'}") as browser,
        phone_at(browser, ticketing, fair) as phone,
    ):
        await phone.slowed(SLOW)
        await phone.pair()
        await phone.press("start")
        assert await phone.verdict() == "let_in"
        assert await phone.page.inner_text(".many b") == "3"
        # It stays in sight, and is one scan.
        await phone.next()
        await phone.all_sent()
        assert len(await phone.scans(1)) == 1
        assert (await presence(phone))["inside"] == 3


@pytest.mark.parametrize(("mode", "most"), [("offline", 300), ("online", 2 * PATIENCE_MS)])
async def test_a_verdict_is_there_in_300_ms_on_a_slow_phone_or_as_much_after_the_server(
    hasty: Phone, mode: Literal["online", "offline"], most: float
) -> None:
    """On a machine that is busy with other tests the first rounds may be slower."""
    codes = [(await ticket(hasty))[1] for _ in range(ROUNDS * SCANS)]
    await hasty.refreshed()
    await hasty.slowed(SLOW)
    if mode == "offline":
        await hasty.cut()
        await hasty.offline()
    best = math.inf
    for number in range(ROUNDS):
        shown = [await hasty.scan(code) for code in codes[number * SCANS :][:SCANS]]
        assert {each.verdict for each in shown} == {"let_in"}
        took = [each.took for each in shown]
        p95, alike = quantiles(took, n=20)[-1], [each.decided for each in shown].count(mode)
        print(f"{mode}: median {median(took):.0f} ms, p95 {p95:.0f} ms, {alike} {mode}")
        best = min(best, p95)
        if best <= most:
            return
    pytest.fail(f"the best p95 of {ROUNDS} rounds of {SCANS} scans is {best:.0f} ms")


async def test_a_second_page_on_one_phone_says_so_and_decides_nothing(phone: Phone) -> None:
    second = await phone.context.new_page()
    await second.goto(f"{phone.ticketing.http.base_url}/gate")
    await second.wait_for_selector("[data-screen=elsewhere]")
    await second.close()


async def test_at_the_door_of_a_workshop_seats_go_before_walk_ins(
    browser: Browser, ticketing: Ticketing
) -> None:
    fair = await ticketing.announce()
    session = await ticketing.schedule(fair, seats=2, starts_at=NOON)
    holder, stranger = [await ticketing.issue(fair, FIRST) for _ in range(2)]
    await ticketing.reserve(session, attendee_id=holder)
    codes = await codes_of(ticketing, [holder, stranger])
    await ticketing.set_clock(NOON)
    async with phone_at(browser, ticketing, fair) as phone:
        await phone.pair(session)
        await phone.start()
        await phone.page.wait_for_selector("[data-attended='0']")
        assert (await phone.scan(codes[0])).verdict == "let_in"
        assert (await phone.scan(codes[0])).verdict == "already_inside"
        assert (await phone.scan(codes[1])).verdict == "no_seat"
        await phone.press("enter")
        await phone.page.wait_for_selector("[data-verdict=let_in]")
        await phone.next()
        await phone.page.wait_for_selector("[data-attended='1'][data-walk-ins='1']")
        other = await code_of(ticketing, await ticketing.issue(fair, FIRST))
        assert (await phone.scan(other)).verdict == "hall_full"
        await phone.all_sent()
        verdicts = [each["verdict"] for each in await phone.scans(5)]
        assert verdicts == ["let_in", "already_inside", "refused", "let_in", "too_many_inside"]
