"""How an answer leaves, and how an address is known again."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from fastapi import Request
from hypothesis import given, strategies as st

from chassis.api.requests import address_of
from chassis.edge.connections import Gathered


class Sent:
    """Stands for a connection; keeps what it was given, piece by piece."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self.closed = False

    def write(self, data: bytes) -> None:
        assert not self.closed
        self.pieces.append(bytes(data))

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed


def gathered() -> tuple[Gathered, Sent]:
    sent = Sent()
    return Gathered(cast(Any, sent), asyncio.get_running_loop()), sent


async def test_head_and_body_leave_as_one_piece() -> None:
    answers, sent = gathered()
    answers.write(b"head")
    answers.write(b"body")
    assert sent.pieces == []
    answers.flush()
    await asyncio.sleep(0)
    assert sent.pieces == [b"headbody"]


async def test_a_head_whose_body_is_not_there_yet_leaves_without_it() -> None:
    answers, sent = gathered()
    answers.write(b"head")
    await asyncio.sleep(0)
    assert sent.pieces == [b"head"]
    answers.write(b"body")
    await asyncio.sleep(0)
    assert sent.pieces == [b"head", b"body"]


async def test_what_has_grown_large_leaves_at_once() -> None:
    answers, sent = gathered()
    for _ in range(3):
        answers.write(b"x" * 30_000)
    assert [len(piece) for piece in sent.pieces] == [90_000]
    await asyncio.sleep(0)
    assert len(sent.pieces) == 1


async def test_what_is_held_leaves_before_the_connection_closes() -> None:
    answers, sent = gathered()
    answers.write(b"the last")
    answers.close()
    assert sent.pieces == [b"the last"]
    assert answers.is_closing()


PATHS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20).map(lambda path: f"/{path}")


@given(
    PATHS | st.from_regex(r"(/[a-z0-9-]{1,9}){1,4}", fullmatch=True), st.sampled_from(["", "a=b"])
)
def test_an_address_is_known_again_as_it_was_before(path: str, query: str) -> None:
    headers = [(b"host", b"test:8003")]
    scope = {"type": "http", "path": path, "query_string": query.encode(), "headers": headers}
    request = Request(scope)
    assert address_of(request) == (request.url.path, request.url.query)
