"""What is answered directly is answered as FastAPI answers it."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

import httpx
import pytest
import pytest_asyncio
from fastapi import Request

from chassis.api.direct import direct_to
from chassis.running.routes import routes_of
from tests.conftest import temporary_home
from tests.unit.chassis.an_edge import Served, served

TRACED = {"otlp_endpoint": "http://127.0.0.1:9"}
"""With it FastAPI answers all."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def both() -> AsyncGenerator[tuple[Served, Served]]:
    """The service as it answers directly, and as it never does."""
    with temporary_home() as home:
        async with served(home) as direct, served(home, settings=TRACED) as whole:
            yield direct, whole


async def _ask(service: Served, path: str, given: dict[str, Any]) -> tuple[int, Any, Any]:
    headers = {"authorization": f"Bearer {service.token}", "idempotency-key": "key"}
    headers |= given.pop("headers", {})
    headers = {name: value for name, value in headers.items() if value}
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{service.port}") as client:
        answer = await client.post(path, headers=headers, **given)
    said = answer.json()
    if said.get("code") == "internal":
        del said["detail"], said["trace"]  # They name this very one.
    told = {**answer.headers}
    told.pop("date", None)
    told.pop("content-length", None)
    return answer.status_code, told, said


@pytest.mark.parametrize(
    ("status", "path", "given"),
    [
        (201, "/notes", {"json": {"text": " نص "}}),
        (201, "/notes", {"json": {"text": "a", "stars": 5}}),
        (200, "/notes/7/stars", {"json": {"text": "a"}}),
        (202, "/notes/7/copies", {"json": {"text": "a"}}),
        (422, "/notes", {"json": {"text": "a", "stars": "5"}}),
        (422, "/notes", {"json": {"text": "a", "colour": "red"}}),
        (422, "/notes", {"json": ["a"]}),
        (422, "/notes", {"json": None}),
        (422, "/notes", {}),
        (400, "/notes", {"content": b"{", "headers": {"content-type": "application/json"}}),
        (400, "/notes", {"json": {"text": "a"}, "headers": {"idempotency-key": ""}}),
        (400, "/notes", {"json": {"text": "a"}, "headers": {"idempotency-key": "two words"}}),
        (401, "/notes", {"json": {"text": "a"}, "headers": {"authorization": ""}}),
        (422, "/notes/0/stars", {"json": {"text": "a"}}),
        (422, "/notes/seven/stars", {"json": {"text": "a"}}),
        (422, "/notes/7/stars", {"json": {"text": "refused"}}),
        pytest.param(
            *(500, "/notes/7/stars", {"json": {"text": "broken"}}), marks=pytest.mark.unhurried
        ),
        (422, "/notes/7/stars?wait=1", {"json": {"text": "a"}}),
    ],
)
async def test_the_direct_way_answers_as_fastapi_does(
    both: tuple[Served, Served], status: int, path: str, given: dict[str, Any]
) -> None:
    direct, whole = [await _ask(service, path, dict(given)) for service in both]
    assert direct == whole
    assert direct[0] == status


async def test_only_routes_that_ask_for_what_is_known_are_answered_directly(
    both: tuple[Served, Served],
) -> None:
    async def failed(request: Request, error: Exception) -> Any:
        raise error

    found = {
        f"{method} {route.path}"
        for route in routes_of(both[0].app)
        for method in route.methods or ()
        if direct_to(route, failed) is not None
    }
    assert found == {"POST /notes", "POST /notes/{number}/stars", "POST /notes/{number}/copies"}
