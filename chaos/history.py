"""What a client asked, when, and what it was told: the only witness that the checks believe."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx

ANSWER_SECONDS = 12.0
"""How long the client waits for one answer before it asks another replica."""
PATIENCE_SECONDS = 45.0
"""How long it asks under one key; then the outcome stays unknown."""


@dataclass
class Call:
    """One wish under one Idempotency-Key, asked as often as it took to get an answer.

    Times are seconds of one monotonic clock.  `ended` is None where no answer ever came: the wish
    may or may not have been carried out, at any time after `began`.
    """

    what: str
    subject: Mapping[str, str]
    key: str
    began: float
    ended: float | None = None
    status: int = 0
    answer: Mapping[str, Any] = field(default_factory=dict[str, Any])
    attempts: int = 0
    slowest: float = 0.0
    """Seconds for which one attempt waited for its answer."""

    @property
    def accepted(self) -> bool:
        return self.ended is not None and 200 <= self.status < 300

    @property
    def refused(self) -> bool:
        return self.ended is not None and 400 <= self.status < 500

    @property
    def code(self) -> str:
        """The code of a refusal."""
        return str(self.answer.get("code", ""))


@dataclass
class Client:
    """Asks like a careful program: one key a wish, the same again until it is answered.

    `urls` names the replicas of each service; each attempt goes to one of them by chance.
    """

    http: httpx.AsyncClient
    urls: Mapping[str, Sequence[str]]
    token: Callable[[], str]
    random: random.Random
    calls: list[Call] = field(default_factory=list[Call])
    faults: list[str] = field(default_factory=list[str])
    """Answers that no client should ever get, such as a 500."""

    def uid(self) -> str:
        return str(UUID(int=self.random.getrandbits(128), version=4))

    async def change(
        self,
        what: str,
        service: str,
        path: str,
        body: object = None,
        *,
        method: str = "POST",
        **subject: str,
    ) -> Call:
        """Ask for a change, and write down what became of it."""
        call = Call(what, subject, self.uid(), time.monotonic())
        self.calls.append(call)
        headers = {
            "authorization": f"Bearer {self.token()}",
            "idempotency-key": call.key,
            "accept-language": self.random.choice(("ar", "fr", "en")),
        }
        while time.monotonic() - call.began < PATIENCE_SECONDS:
            url = self.random.choice(self.urls[service]) + path
            response = await self._attempt(call, method, url, body, headers)
            if response is not None and response.status_code not in (429, 503):
                call.ended = time.monotonic()
                call.status = response.status_code
                call.answer = _body_of(response)
                if response.status_code >= 500:
                    self.faults.append(f"{what} {path}: {response.status_code} {response.text}")
                return call
            await asyncio.sleep(self.random.uniform(0.05, 0.3))
        return call

    async def _attempt(
        self, call: Call, method: str, url: str, body: object, headers: Mapping[str, str]
    ) -> httpx.Response | None:
        call.attempts += 1
        asked_at = time.monotonic()
        try:
            return await self.http.request(
                method, url, json=body, headers=headers, timeout=ANSWER_SECONDS
            )
        except httpx.TransportError:
            return None
        finally:
            call.slowest = max(call.slowest, time.monotonic() - asked_at)

    async def look(self, service: str, path: str) -> httpx.Response | None:
        """Read something from any replica; None where it does not answer."""
        url = self.random.choice(self.urls[service]) + path
        headers = {"authorization": f"Bearer {self.token()}"}
        try:
            return await self.http.get(url, headers=headers, timeout=ANSWER_SECONDS)
        except httpx.TransportError:
            return None


def _body_of(response: httpx.Response) -> Mapping[str, Any]:
    if not response.content:
        return {}
    found = response.json()
    return found if isinstance(found, dict) else {"items": found}  # type: ignore[return-value]
