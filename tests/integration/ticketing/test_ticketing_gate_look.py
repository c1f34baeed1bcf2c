"""How the gates' page looks in a browser, and how it takes up a new version of itself."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Literal

import pytest
import pytest_asyncio
import uvicorn
from fastapi import FastAPI
from playwright.async_api import Browser

from cli.launch import free_port
from services.ticketing.page import http
from tests.integration.ticketing.gate_phone import PHONE, browser_with, codes_of, holds, phone_at
from tests.integration.ticketing.running_ticketing import FIRST, LAST, Ticketing
from tests.integration.ticketing.test_ticketing_gate_page import NOON, rules
from tests.waiting import until

pytestmark = pytest.mark.unhurried

COLOURS = {"go": "rgb(10, 92, 42)", "no": "rgb(163, 18, 15)", "look": "rgb(255, 194, 31)"}
LEAST = 75
"""Pixels that a button is high, or nearly: 76 at 16 px to the letter."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def browser() -> AsyncGenerator[Browser]:
    async with browser_with() as browser:
        yield browser


@pytest.mark.parametrize(
    ("size", "theme"),
    [(PHONE, "light"), (PHONE, "dark"), ((1280, 800), "light"), ((1280, 800), "dark")],
    ids=["phone", "phone at night", "laptop", "laptop at night"],
)
async def test_nothing_on_any_screen_is_cut_covered_too_small_or_too_pale(
    browser: Browser,
    ticketing: Ticketing,
    size: tuple[int, int],
    theme: Literal["light", "dark"],
) -> None:
    fair = await ticketing.announce()
    await rules(ticketing, fair, limit=4)
    family = await ticketing.issue(fair, FIRST, party=4)
    late = await ticketing.issue(fair, LAST)
    one = await ticketing.issue(fair, FIRST)
    codes = await codes_of(ticketing, [family, late, one])
    await ticketing.set_clock(NOON)
    async with phone_at(browser, ticketing, fair, size, theme) as phone:
        faults: dict[str, list[str]] = {}

        async def look(name: str, colour: str | None = None) -> None:
            faults[name] = await phone.faults()
            if colour is not None:
                main = phone.page.locator("main")
                shown = await main.evaluate("(main) => getComputedStyle(main).backgroundColor")
                assert shown == COLOURS[colour], name
                heights = await phone.page.locator("main .btn").evaluate_all(
                    "(all) => all.map((button) => button.getBoundingClientRect().height)"
                )
                assert min(heights) >= LEAST, name

        await phone.page.goto(f"{ticketing.http.base_url}/gate")
        await phone.page.fill("#letters", "ZZZZZZZZ")
        await phone.press("pair")
        await phone.page.wait_for_selector(".wrong")
        await look("pairing refused")
        await phone.pair()
        await phone.page.wait_for_selector("[data-do=start]")
        await look("start")
        await phone.start()
        await phone.online()
        await look("idle")
        assert (await phone.scan(codes[0])).verdict == "let_in"
        await look("let in", "go")
        await phone.press("fewer")
        await look("how many")
        await phone.press("back")
        await phone.next()
        assert (await phone.scan(codes[0])).verdict == "already_inside"
        await look("already inside", "look")
        assert (await phone.scan(codes[1])).verdict == "wrong_day"
        await look("wrong day", "no")
        await phone.next()
        await phone.refreshed()
        await phone.cut()
        await phone.offline()
        assert (await phone.scan(codes[2])).verdict == "let_in"
        await look("let in though full, without a network", "go")
        await phone.next()
        await phone.press("turn")
        await phone.page.wait_for_selector("[data-direction=out]")
        await look("at an exit")
        await phone.press("type")
        await look("typing")
        await phone.press("back")
        await phone.press("tally")
        await look("counting")
        await phone.press("tally_out")
        await phone.page.wait_for_selector("[data-verdict=tally_out]")
        await look("counted", "go")
        assert {name: found for name, found in faults.items() if found} == {}


@asynccontextmanager
async def page_alone() -> AsyncGenerator[str]:
    """The page's own routes on a port, without a service behind them."""
    app = FastAPI()
    app.include_router(http.router)
    port = free_port()
    config = uvicorn.Config(app, host="127.0.0.1", port=port, log_config=None, loop="asyncio")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    await until(lambda: server.started)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        with suppress(asyncio.CancelledError):
            await serving


async def test_a_new_version_takes_over_by_itself_and_whole(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = tmp_path / "static"
    shutil.copytree(http.STATIC, files)
    monkeypatch.setattr(http, "STATIC", files)
    http.read_files.cache_clear()
    context = await browser.new_context()
    page = await context.new_page()
    try:
        async with page_alone() as address:
            await page.goto(f"{address}/gate")
            await page.wait_for_selector("[data-screen=pair]")
            await page.evaluate("navigator.serviceWorker.ready.then(() => true)")
            await page.reload()
            await holds(page, "navigator.serviceWorker.controller !== null")
            french = files / "fr.json"
            text = french.read_text("utf-8").replace('"Lier ce téléphone"', '"La version nouvelle"')
            french.write_text(text, "utf-8")
            http.read_files.cache_clear()
            # The page looks by itself every ten minutes.
            await page.evaluate(
                "navigator.serviceWorker.getRegistration().then((found) => { found.update(); })"
            )
            await holds(page, "document.body.innerText.includes('La version nouvelle')")
            assert await page.evaluate("caches.keys().then((names) => names.length)") == 1
        await page.reload()  # The server is gone.
        await holds(page, "document.body.innerText.includes('La version nouvelle')")
    finally:
        await context.close()
        http.read_files.cache_clear()
