"""Bodies of requests: bounded in size and time, and JSON that says each thing once."""

from __future__ import annotations

import asyncio
import json
from typing import Any, NoReturn

from fastapi import Depends, Request
from starlette.datastructures import Headers
from starlette.types import Message, Receive

from chassis.answers.problems import Problem

JSON_TYPE = "application/json"
UTF_8 = ("utf-8", "utf8")
SHOWN = 100
"""Characters of a name of the caller's that are shown to it again."""


class Upload:
    """The dependency of a route that takes a file: its raw body, of any type, up to a limit."""

    def __init__(self, limit: int) -> None:
        self.limit = limit

    async def __call__(self, request: Request) -> bytes:
        return await request.body()


def upload(limit: int) -> Any:
    """The dependency that gives the body of a request as it is, of up to `limit` bytes."""
    return Depends(Upload(limit))


async def body_of(receive: Receive, headers: Headers, *, limit: int, seconds: float) -> bytes:
    """The whole body.

    Raises Problem 413 on a body of more than `limit` bytes, before it is read where its length is
    told; Problem 408 on one that is not here after the seconds; ConnectionError where the client
    has gone.
    """
    length = headers.get("content-length", "0")
    if length.isascii() and length.isdigit() and int(length) > limit:
        raise Problem(413, "body_too_large", limit=limit)
    body = bytearray()
    try:
        async with asyncio.timeout(seconds):
            while True:
                message = await receive()
                if message["type"] != "http.request":
                    raise ConnectionError
                body += message.get("body", b"")
                if len(body) > limit:
                    raise Problem(413, "body_too_large", limit=limit)
                if not message.get("more_body"):
                    return bytes(body)
    except TimeoutError as error:
        closing = {"connection": "close"}
        raise Problem(408, "body_too_slow", headers=closing, seconds=round(seconds)) from error


def again(body: bytes, receive: Receive) -> Receive:
    """What gives a body that was read to whoever reads it next, and then what comes after it."""
    given = False

    async def receiving() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receiving


def refuse_unread_types(headers: Headers, *, json_only: bool) -> None:
    """Raises Problem 415 on an encoding, or a content type where only JSON is read.
    A request without a body needs no type."""
    if headers.get("content-length", "0") == "0" and "transfer-encoding" not in headers:
        return
    encoding = headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("identity", ""):
        raise Problem(415, "encoding_unsupported", headers={"accept-encoding": "identity"})
    kind, _, parameters = headers.get("content-type", "").partition(";")
    charset = parameters.lower().partition("charset=")[2].partition(";")[0].strip(' "')
    if json_only and (kind.strip().lower() != JSON_TYPE or charset not in ("", *UTF_8)):
        raise Problem(415, "type_unsupported", headers={"accept": JSON_TYPE})


def unambiguous(body: bytes) -> Any:
    """What a body says.

    Raises Problem 400 on what is no JSON in UTF-8, or names a key twice in one object.

    Parsers differ in which of two values they take, so that what one has checked another may read
    otherwise.
    """
    try:
        return _ONCE.decode(body.decode())
    except (ValueError, RecursionError) as error:
        raise Problem(400, "malformed_json") from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Problem(400, "key_repeated", key=twice[:SHOWN])
    return found


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


_ONCE = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_no_number)
