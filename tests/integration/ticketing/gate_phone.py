"""A steward's phone: Chromium with the gates' page, paired with the running service."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

import numpy as np
import pytest
import segno
from playwright.async_api import (
    Browser,
    BrowserContext,
    Error as PlaywrightError,
    Page,
    Route,
    async_playwright,
)

from tests.integration.ticketing.running_ticketing import FIRST, Ticketing
from tests.waiting import eventually

LOOK = Path(__file__).parents[2] / "look"
ARGUMENTS = ("--no-sandbox", "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream")
MILLISECONDS = 30_000
PHONE = (360, 740)

SCAN = """
(code) => new Promise((resolve, reject) => {
  const shown = () => Number(document.querySelector("main")?.dataset.sequence ?? 0);
  window.lastShown = Math.max(window.lastShown ?? 0, shown());
  const began = performance.now();
  const look = () => {
    if (shown() <= window.lastShown) return;
    watch.disconnect();
    const { verdict, decided, sequence } = document.querySelector("main").dataset;
    // Until the frame after the one in which it is painted.
    requestAnimationFrame(() => requestAnimationFrame(() =>
      resolve({ verdict, decided, sequence: Number(sequence), took: performance.now() - began })));
  };
  const watch = new MutationObserver(look);
  watch.observe(document.body, { childList: true, subtree: true });
  setTimeout(() => reject(new Error("no verdict: " + document.body.innerText)), 20000);
  for (const key of [...code, "Enter"]) {
    document.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
  }
})
"""
"""What a keyboard scanner does, and how long it takes until the verdict is painted."""
PATIENCE = ("PATIENCE_MS = 300;", "PATIENCE_MS = 20_000;")
"""How long a phone waits for its server, and how long for one that shares a machine with tests."""


def chromium() -> str:
    """Where Chromium is; skips the test where there is none."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if (found := shutil.which(name)) is not None:
            return found
    pytest.skip("there is no Chromium here: on Debian, apt-get install chromium")


@asynccontextmanager
async def browser_with(*arguments: str) -> AsyncGenerator[Browser]:
    """A browser whose camera shows what its arguments say."""
    path = chromium()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=path, args=[*ARGUMENTS, *arguments]
        )
        try:
            yield browser
        finally:
            await browser.close()


def film(code: str, path: Path, width: int = 640, height: int = 480) -> None:
    """A film of a QR code, for a camera that reads it from a file (YUV4MPEG2)."""
    modules = np.array(
        [*segno.make_qr(code, error="m", mode="alphanumeric").matrix], dtype=np.uint8
    )
    square = np.kron(np.pad(1 - modules, 4, constant_values=1), np.ones((7, 7), dtype=np.uint8))
    picture = np.full((height, width), 180, dtype=np.uint8)
    top, left = (height - square.shape[0]) // 2, (width - square.shape[1]) // 2
    picture[top : top + square.shape[0], left : left + square.shape[1]] = 40 + square * 180
    colour = np.full((height // 2, width // 2), 128, dtype=np.uint8).tobytes()
    frame = b"FRAME\n" + picture.tobytes() + colour + colour
    head = b"YUV4MPEG2 W%d H%d F10:1 Ip A1:1 C420jpeg\n" % (width, height)
    path.write_bytes(head + frame * 2)


@dataclass
class Shown:
    """A verdict on the screen."""

    verdict: str
    decided: str
    sequence: int
    took: float


@dataclass
class Phone:
    """One phone, and the device that it is to the server."""

    ticketing: Ticketing
    context: BrowserContext
    page: Page
    fair: str
    device: str = ""

    async def pair(self, session: str | None = None) -> None:
        """Open the page, and pair the phone with a code of an organiser."""
        body = {"label": "phone 3", "gate_id": "gate-north", "session_id": session}
        made = await self.ticketing.done(f"/fairs/{self.fair}/devices", body)
        self.device = made["device_id"]
        await self.page.goto(f"{self.ticketing.http.base_url}/gate")
        await self.page.fill("#letters", made["pairing_code"].lower())
        await self.press("pair")

    async def start(self) -> None:
        """Press the button that allows sound and camera, and wait for the server."""
        await self.press("start")
        await self.page.wait_for_selector("[data-screen=idle]")

    async def online(self) -> None:
        await self.page.wait_for_selector("[data-mode=online]")

    async def offline(self) -> None:
        await self.page.wait_for_selector("[data-mode=offline]")

    async def press(self, name: str) -> None:
        await self.page.click(f"[data-do={name}]")

    async def scan(self, code: str) -> Shown:
        """Scan with a keyboard scanner; gives the verdict that comes of it."""
        return Shown(**await self.page.evaluate(SCAN, code))

    async def next(self) -> None:
        await self.press("next")
        await self.page.wait_for_selector("[data-screen=idle]")

    async def type(self, letters: str) -> str:
        """Type the letters below a code; gives the verdict."""
        await self.press("type")
        await self.page.fill("#letters", letters)
        await self.press("check")
        return await self.verdict()

    async def verdict(self) -> str:
        found = await self.page.wait_for_selector("main[data-verdict]")
        assert found is not None
        return str(await found.get_attribute("data-verdict"))

    async def tally(self, direction: Literal["in", "out"], people: int) -> None:
        """Count people without tickets."""
        await self.press("tally")
        for _ in range(people - 1):
            await self.press("more")
        await self.press(f"tally_{direction}")
        await self.page.wait_for_selector(f"[data-verdict=tally_{direction}]")
        await self.next()

    async def unsent(self) -> int:
        bar = await self.page.wait_for_selector(".top-bar")
        assert bar is not None
        return int(str(await bar.get_attribute("data-unsent")))

    async def all_sent(self) -> None:
        await self.page.wait_for_selector("[data-unsent='0']")

    async def text(self) -> str:
        return await self.page.inner_text("main")

    async def slowed(self, times: float) -> None:
        """Let the phone be so many times slower than this machine."""
        session = await self.context.new_cdp_session(self.page)
        await session.send("Emulation.setCPUThrottlingRate", {"rate": times})

    async def cut(self) -> None:
        """Let no request reach the server; the browser does not say that it is offline."""
        await self.context.route("**/devices/**", lambda route: route.abort())
        await self.context.route("**/tickets/**", lambda route: route.abort())

    async def mend(self) -> None:
        await self.context.unroute_all()

    async def refreshed(self) -> None:
        """Wait for two bundles that were asked for after this: the first may have been asked for
        while a scan was being told, and is then of no use to the page."""
        for _ in range(2):
            asks = self.page.expect_request(lambda request: "/bundle" in request.url)
            async with asks as asked:
                await self.page.evaluate("dispatchEvent(new Event('online'))")
            answer = await (await asked.value).response()
            assert answer is not None
            await answer.finished()

    async def faults(self) -> list[str]:
        """What does not look right: cut, overlapping or outside, too small, too pale."""
        found: list[str] = await self.page.evaluate(_check("boxes"))
        pale: list[str] = await self.page.evaluate(_check("contrast"))
        assert not pale[0].startswith("0 texts")
        return found + pale[1:]

    async def scans(self, count: int) -> list[dict[str, Any]]:
        """The scans of this device that the service has published, once there are so many."""
        stream = f"device-{self.device}"

        async def said() -> list[dict[str, Any]]:
            published = await self.ticketing.published(stream)
            return [scan for _, data in published for scan in data.get("scans", ())]

        return await eventually(said, lambda scans: len(scans) >= count, seconds=60)


async def holds(page: Page, expression: str) -> None:
    """Wait until an expression is true; the page's policy lets it evaluate no text by itself."""

    async def asked() -> object:
        with suppress(PlaywrightError):  # The page is being loaded anew.
            return await page.evaluate(expression)
        return None

    await eventually(asked, bool, seconds=60)


def _check(name: str) -> str:
    return (LOOK / f"{name}.js").read_text("utf-8").partition("\n")[2]


@asynccontextmanager
async def phone_at(
    browser: Browser,
    ticketing: Ticketing,
    fair: str,
    size: tuple[int, int] = PHONE,
    theme: Literal["light", "dark"] = "light",
    *,
    patient: bool = True,
) -> AsyncGenerator[Phone]:
    """A phone that knows nothing yet.  What its page logs as an error fails the test."""
    context = await browser.new_context(
        viewport={"width": size[0], "height": size[1]}, color_scheme=theme, permissions=["camera"]
    )
    context.set_default_timeout(MILLISECONDS)
    if patient:
        await context.route("**/gate/sync.js", _patiently)
    page = await context.new_page()
    thrown: list[str] = []
    page.on("pageerror", lambda error: thrown.append(str(error)))
    try:
        yield Phone(ticketing, context, page, fair)
        assert thrown == []
    finally:
        await context.close()


async def _patiently(route: Route) -> None:
    answer = await route.fetch()
    text = await answer.text()
    assert PATIENCE[0] in text
    await route.fulfill(response=answer, body=text.replace(*PATIENCE))


async def code_of(ticketing: Ticketing, ticket: str) -> str:
    """The text of a ticket's QR code."""
    return str((await ticketing.get(f"/tickets/{ticket}"))["code"])


async def codes_of(ticketing: Ticketing, tickets: Sequence[str]) -> list[str]:
    return [*await asyncio.gather(*(code_of(ticketing, each) for each in tickets))]


def key_of(ticket: str) -> str:
    """What stands for a ticket in a bundle."""
    return UUID(ticket).bytes[:8].hex()


async def rules(ticketing: Ticketing, fair: str, limit: int | None = None) -> None:
    body = {"reentry": ["visitor"], "inside_limit": limit}
    await ticketing.done(f"/fairs/{fair}/gate-rules", body)


async def ticket(phone: Phone, day: date = FIRST, party: int = 1) -> tuple[str, str]:
    """A new ticket: its id, and its code."""
    made = await phone.ticketing.issue(phone.fair, day, party)
    return made, await code_of(phone.ticketing, made)


async def presence(phone: Phone) -> Any:
    return await phone.ticketing.get(f"/fairs/{phone.fair}/presence")


def told(scans: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [
        (each["sequence"], each["verdict"], each["decided"], each["people"])
        for each in sorted(scans, key=lambda scan: scan["sequence"])
    ]
