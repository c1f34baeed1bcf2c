"""The player's requests: patient with a busy service, never a second wish, clear refusals."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from scenarios.acts.ranking import publish_rules
from scenarios.client import CONCURRENCY, SERVICES, Answer, PlayError, connected, each
from scenarios.generator import cast
from scenarios.loading import load
from scenarios.report import silent
from scenarios.settling import Look, unheard
from scenarios.stage import Stage

BUSY = "HTTP/1.1 503 Service Unavailable\r\nretry-after: 0\r\ncontent-length: 0\r\n\r\n"
HANG_UP = ""


def answer(status: str, body: object) -> str:
    text = json.dumps(body)
    return f"HTTP/1.1 {status}\r\ncontent-length: {len(text)}\r\n\r\n{text}"


@dataclass
class Service:
    """A server that gives its answers one after the other, and keeps the requests."""

    answers: Sequence[str]
    requests: list[str] = field(default_factory=list[str])
    url: str = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            try:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
            except (asyncio.IncompleteReadError, ConnectionError):
                break
            self.requests.append(head)
            length = self.header("content-length") or "0"
            await reader.readexactly(int(length))
            reply = self.answers[min(len(self.requests), len(self.answers)) - 1]
            if reply == HANG_UP:
                break
            writer.write(reply.encode())
            await writer.drain()
        writer.close()

    @property
    def everywhere(self) -> dict[str, str]:
        """This server in the place of all four services."""
        return dict.fromkeys(SERVICES, self.url)

    def header(self, name: str, request: int = -1) -> str | None:
        for line in self.requests[request].split("\r\n")[1:]:
            key, _, value = line.partition(": ")
            if key.lower() == name:
                return value
        return None


@asynccontextmanager
async def serving(*answers: str) -> AsyncGenerator[Service]:
    service = Service(answers)
    server = await asyncio.start_server(service.serve, "127.0.0.1", 0)
    async with server:
        service.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield service
        server.close()


def token(role: str, /, **claims: str) -> str:
    return ".".join([role, *claims.values()])


async def post(service: Service, *, run: str = "one", step: str = "announce") -> object:
    async with connected(service.everywhere, token, run, "oujda-2019") as client:
        return await client.post("registration", "/fairs", {"x": 1}, step=step)


async def test_a_busy_service_and_a_lost_connection_are_tried_again_with_the_same_key() -> None:
    async with serving(BUSY, HANG_UP, BUSY, answer("201 Created", {"ok": True})) as service:
        assert await post(service) == {"ok": True}
    keys = {service.header("idempotency-key", number) for number in range(4)}
    assert len(service.requests) == 4
    assert len(keys) == 1
    assert None not in keys


async def test_the_key_follows_from_run_and_step_alone() -> None:
    keys: list[str | None] = []
    async with serving(answer("200 OK", {})) as service:
        for run, step in (("one", "a"), ("one", "a"), ("two", "a"), ("one", "b")):
            await post(service, run=run, step=step)
            keys.append(service.header("idempotency-key"))
    assert keys[0] == keys[1]
    assert len(set(keys)) == 3


async def test_a_refusal_says_which_request_and_why() -> None:
    problem = {"code": "pole_full", "detail": "No place is left."}
    async with serving(answer("409 Conflict", problem)) as service:
        with pytest.raises(PlayError, match=r"registration answered 409 to POST /fairs: pole_full"):
            await post(service)
    assert len(service.requests) == 1


async def test_a_steward_belongs_to_the_fair_that_is_played() -> None:
    async with (
        serving(answer("200 OK", {})) as service,
        connected(service.everywhere, token, "one", "oujda-2019") as client,
    ):
        await client.post("ticketing", "/x", {}, step="x", role="steward")
        assert service.header("authorization") == "Bearer steward.oujda-2019"
        await client.post("ticketing", "/x", {}, step="x")
        assert service.header("authorization") == "Bearer organiser"


async def test_a_list_is_read_to_its_last_page() -> None:
    pages = (
        answer("200 OK", {"items": [{"n": 1}], "next": "abc"}),
        answer("200 OK", {"items": [{"n": 2}], "next": None}),
    )
    async with (
        serving(*pages) as service,
        connected(service.everywhere, token, "one", "oujda-2019") as client,
    ):
        assert await client.items("scheduling", "/booths", free=True) == [{"n": 1}, {"n": 2}]
    assert "after=abc" in service.requests[1]


async def test_no_more_than_so_many_are_under_way_at_once_and_a_failure_ends_all() -> None:
    under_way: list[int] = []
    most = 0

    async def act(number: int) -> None:
        nonlocal most
        under_way.append(number)
        most = max(most, len(under_way))
        await asyncio.sleep(0)
        if number == 100:
            raise PlayError("enough")
        under_way.remove(number)

    with pytest.raises(PlayError, match="enough"):
        await each(range(10_000), act)
    assert most == CONCURRENCY


def test_unfinished_work_is_told_in_words() -> None:
    quiet: Answer = {"head": 7, "relayed": 7, "timers_due": 0}
    statuses: dict[str, Answer] = {
        "registration": {**quiet, "heard": {}},
        "scheduling": {
            **quiet,
            "relayed": 6,
            "timers_due": 2,
            "heard": {"registration.events.v1": {"applied": 7, "reacted": 5}},
        },
    }
    assert unheard(statuses) == [
        "scheduling has sent 6 of 7 events",
        "scheduling has 2 deadlines to carry out",
        "scheduling has reacted 5 of 7 from registration.events.v1",
    ]
    waiting = Look({}, {"queued": 3, "contact_unknown": 1})
    assert waiting.unsettled() == ["3 messages are queued"]


@pytest.mark.parametrize(
    ("reply", "by_rules"),
    [
        (answer("404 Not Found", {"code": "not_found", "detail": "Nothing is there."}), False),
        (answer("200 OK", {}), True),
    ],
    ids=["a version from before", "this version"],
)
async def test_a_version_that_takes_no_rules_is_played_by_hand(reply: str, by_rules: bool) -> None:
    scenario = load("oujda-2019")
    async with (
        serving(reply) as service,
        connected(service.everywhere, token, "one", scenario.fair_id) as client,
    ):
        stage = Stage(scenario, cast(scenario), client, silent)
        await publish_rules(stage)
    assert stage.by_rules is by_rules
