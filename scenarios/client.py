"""Speaks to the four services over their public HTTP routes, as any other program would."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, TypeVar
from uuid import UUID, uuid5

import httpx
import stamina

SERVICES = ("registration", "scheduling", "ticketing", "notifications")

CONCURRENCY = 32
"""Requests that are under way at once."""

PATIENCE_SECONDS = 60.0
"""How long one request is tried again while a service is busy or away."""

_RUNS = UUID("7d0b7a5e-3f0c-5b6e-9a53-4f1f0c9e2b11")

Item = TypeVar("Item")
Answer = dict[str, Any]


class Tokens(Protocol):
    """Gives bearer tokens: for a role, and what else is to stand in them."""

    def __call__(self, role: str, /, **claims: str) -> str: ...


class PlayError(Exception):
    """A fair cannot be played on; the text says at which request, and what was answered."""


class NotFound(PlayError):
    """There is nothing at an address, as where a service is of a version from before."""


class _Busy(Exception):
    """A service asks to try again later."""

    def __init__(self, response: httpx.Response) -> None:
        super().__init__(f"{response.request.url} is busy")
        after = response.headers.get("retry-after", "")
        self.seconds = float(after) if after.isdigit() else 0.5


def _again(error: Exception) -> bool | float:
    """Whether to try again, and after how many seconds."""
    if isinstance(error, _Busy):
        return max(error.seconds, 0.05)
    return isinstance(error, httpx.TransportError)


@dataclass
class Client:
    """Requests of one run.

    The Idempotency-Key of a change follows from the run and the name of the step: a run that is
    played again changes nothing where it has been before.
    """

    lanes: asyncio.LifoQueue[httpx.AsyncClient]
    urls: Mapping[str, str]
    tokens: Tokens
    run: UUID
    fair_id: str
    _bearers: dict[str, str] = field(default_factory=dict[str, str])

    def know(self, role: str, token: str) -> None:
        """Take this token for a role of this name from now on."""
        self._bearers[role] = token

    async def post(
        self, service: str, path: str, body: object, *, step: str, role: str = "organiser"
    ) -> Answer:
        """Change something.  Raises PlayError when it is refused."""
        key = str(uuid5(self.run, f"{self.fair_id}/{step}"))
        return await self._request("POST", service, path, role, body=body, key=key)

    async def upload(self, service: str, path: str, file: bytes, *, step: str) -> Answer:
        """Send a file.  Raises PlayError when it is refused."""
        key = str(uuid5(self.run, f"{self.fair_id}/{step}"))
        return await self._request("POST", service, path, "organiser", file=file, key=key)

    async def put(self, service: str, path: str, body: object, *, step: str) -> Answer:
        """Correct something.  Raises PlayError when it is refused."""
        key = str(uuid5(self.run, f"{self.fair_id}/{step}"))
        return await self._request("PUT", service, path, "organiser", body=body, key=key)

    async def delete(self, service: str, path: str, *, step: str) -> None:
        """Erase something.  Raises PlayError when it is refused."""
        key = str(uuid5(self.run, f"{self.fair_id}/{step}"))
        await self._request("DELETE", service, path, "organiser", key=key)

    async def get(self, service: str, path: str, **query: str | int | bool) -> Answer:
        """Ask something.  Raises PlayError when it is refused."""
        return await self._request("GET", service, path, "organiser", query=query)

    async def items(self, service: str, path: str, **query: str | int | bool) -> list[Answer]:
        """A whole list, page after page."""
        found: list[Answer] = []
        cursor: dict[str, str] = {}
        while True:
            page = await self.get(service, path, limit=200, **query, **cursor)
            found.extend(page["items"])
            if page["next"] is None:
                return found
            cursor = {"after": page["next"]}

    async def everywhere(self, path: str) -> dict[str, Answer]:
        """Ask all four services the same."""
        answers = await asyncio.gather(*(self.get(service, path) for service in SERVICES))
        return dict(zip(SERVICES, answers, strict=True))

    async def move_clock(self, now: datetime) -> None:
        """Let it be this hour in all four services."""
        body = {"now": now.isoformat()}
        await asyncio.gather(
            *(
                self._request("POST", service, "/clock", "organiser", body=body)
                for service in SERVICES
            )
        )

    async def _request(
        self,
        method: str,
        service: str,
        path: str,
        role: str,
        *,
        body: object = None,
        file: bytes | None = None,
        key: str | None = None,
        query: Mapping[str, str | int | bool] | None = None,
    ) -> Answer:
        headers = {"Authorization": f"Bearer {self._bearer(role)}"}
        if key is not None:
            headers["Idempotency-Key"] = key
        url = self.urls[service] + path
        try:
            async for attempt in stamina.retry_context(
                on=_again, attempts=None, timeout=PATIENCE_SECONDS
            ):
                with attempt:
                    async with self._lane() as http:
                        response = await http.request(
                            method, url, json=body, content=file, headers=headers, params=query
                        )
                    if response.status_code == 503:
                        raise _Busy(response)
                    return _answer(service, response)
        except _Busy as error:
            raise PlayError(f"{service} is too busy or not ready: {error}.") from error
        except httpx.TransportError as error:
            raise PlayError(f"{service} cannot be reached at {url}: {error!r}.") from error
        raise AssertionError("a retried request ends with an answer or an error")

    @asynccontextmanager
    async def _lane(self) -> AsyncGenerator[httpx.AsyncClient]:
        lane = await self.lanes.get()
        try:
            yield lane
        finally:
            self.lanes.put_nowait(lane)

    def _bearer(self, role: str) -> str:
        if role not in self._bearers:
            # A steward works at the gates of one fair.
            claims = {"fair_id": self.fair_id} if role == "steward" else {}
            self._bearers[role] = self.tokens(role, **claims)
        return self._bearers[role]


def _answer(service: str, response: httpx.Response) -> Answer:
    if response.is_success:
        return response.json() if response.content else {}
    request = response.request
    try:
        problem = response.json()
        said = f"{problem['code']}: {problem['detail']}"
        if problem.get("errors"):
            said += f" {problem['errors']}"
    except (ValueError, KeyError, TypeError):
        said = response.text[:200]
    error = NotFound if response.status_code == 404 else PlayError
    raise error(
        f"{service} answered {response.status_code} to {request.method} {request.url.path}: {said}"
    )


@asynccontextmanager
async def connected(
    urls: Mapping[str, str], tokens: Tokens, run: str, fair_id: str
) -> AsyncGenerator[Client]:
    """A client for one run of one fair."""
    context = ssl.create_default_context()
    lanes: asyncio.LifoQueue[httpx.AsyncClient] = asyncio.LifoQueue()
    async with AsyncExitStack() as stack:
        # One client a lane: one connection pool for all of them spends, with so many connections,
        # more time on choosing among them than the requests take.
        for _ in range(CONCURRENCY):
            lane = httpx.AsyncClient(timeout=30.0, verify=context)
            lanes.put_nowait(await stack.enter_async_context(lane))
        yield Client(lanes, urls, tokens, uuid5(_RUNS, run), fair_id)


async def each(items: Iterable[Item], act: Callable[[Item], Awaitable[object]]) -> None:
    """Do something for every item, CONCURRENCY at a time; the first failure ends it all."""
    rest = iter(items)

    async def work() -> None:
        for item in rest:
            await act(item)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(CONCURRENCY):
                group.create_task(work())
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None
