"""What caches may keep: what everybody may read, if they ask each time whether it still holds."""

from __future__ import annotations

import hashlib

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

NEVER = "no-store"
"""For answers about persons, to changes, and refusals."""
ASK_EACH_TIME = "no-cache"
"""For public answers: they are kept, and asked for again with their tag."""


class HeadOfGet:
    """ASGI middleware: HEAD is GET without the body (RFC 9110, 9.3.2)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def without_body(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        await self._app({**scope, "method": "GET"}, receive, without_body)


def never_kept(send: Send) -> Send:
    """Says of an answer that no cache may keep it."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).setdefault("cache-control", NEVER)
        await send(message)

    return sending


def tagged(send: Send, request_headers: Headers) -> Send:
    """Gives a 200 a tag made of its content, and leaves out the content where the caller has it.
    The tag is weak: the same content may come compressed or not."""
    held: Message | None = None

    async def sending(message: Message) -> None:
        nonlocal held
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            if message["status"] == 200 and "cache-control" not in headers:
                held = message
                return
            headers.setdefault("cache-control", NEVER)
        elif held is not None:
            start, held = held, None
            headers = MutableHeaders(scope=start)
            headers["cache-control"] = ASK_EACH_TIME
            headers.add_vary_header("Accept-Encoding")
            if not message.get("more_body"):
                body = message.get("body", b"")
                tag = f'W/"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
                headers["etag"] = tag
                if _has(request_headers.get("if-none-match", ""), tag):
                    start["status"], message = 304, {**message, "body": b""}
                    del headers["content-length"]
                    del headers["content-type"]
            await send(start)
        await send(message)

    return sending


def _has(wanted: str, tag: str) -> bool:
    opaque = tag.removeprefix("W/")
    return wanted.strip() == "*" or opaque in (
        each.strip().removeprefix("W/") for each in wanted.split(",")
    )
