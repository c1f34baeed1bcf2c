"""Calls over HTTP that hand a text over: what is known of the text where no answer comes."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, cast

import httpx

from services.notifications.networks.network import NotTaken, Throttled, Unanswered

SECONDS = 20.0
"""How long a network may take to answer: less than a message is claimed for."""
CONNECT_SECONDS = 5.0
WAIT_SECONDS = 5.0
"""How long to wait where a network asks to wait and does not say how long."""
LONGEST_WAIT_SECONDS = 3600.0

NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
"""Nothing of the request has left us."""


def client(seconds: float, auth: httpx.Auth | None = None) -> httpx.AsyncClient:
    """What asks one network; redirects are not followed, for a text would go elsewhere."""
    timeout = httpx.Timeout(seconds, connect=min(seconds, CONNECT_SECONDS))
    return httpx.AsyncClient(timeout=timeout, auth=auth, trust_env=False)


async def hand_over(
    http: httpx.AsyncClient, request: httpx.Request, seconds: float
) -> httpx.Response:
    """The network's answer to a request that hands a text over.

    Raises NotTaken where nobody was reached, Unanswered where the request may have been taken.
    """
    try:
        async with asyncio.timeout(seconds):
            return await http.send(request)
    except NOT_SENT as error:
        raise NotTaken(type(error).__name__) from None
    except (httpx.HTTPError, TimeoutError) as error:
        # What the error says may repeat an address; its class is enough.
        raise Unanswered(type(error).__name__) from None


def body_of(response: httpx.Response) -> Mapping[str, Any]:
    """The JSON object that a network answers; empty where it is none."""
    try:
        body: object = response.json()
    except ValueError:  # Also UnicodeDecodeError.
        return {}
    return cast("Mapping[str, Any]", body) if isinstance(body, dict) else {}


def part_of(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """An object within an object; empty where there is none."""
    part: object = body.get(name)
    return cast("Mapping[str, Any]", part) if isinstance(part, dict) else {}


def parts_of(body: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """The objects of a list within an object; whatever else stands in it is left out."""
    found: object = body.get(name)
    items = cast("list[object]", found) if isinstance(found, list) else []
    return [cast("Mapping[str, Any]", each) for each in items if isinstance(each, dict)]


def text_of(body: Mapping[str, Any], name: str) -> str | None:
    """A text within an object that is not empty."""
    found: object = body.get(name)
    return found if isinstance(found, str) and found else None


def code_of(body: Mapping[str, Any], name: str) -> int | None:
    """A number within an object, also where it stands as text."""
    found: object = body.get(name)
    if isinstance(found, str) and found.isascii() and found.isdigit() and len(found) < 10:
        return int(found)
    return found if isinstance(found, int) else None


def throttled(response: httpx.Response) -> Throttled:
    """What to raise where the network asks to wait: for as long as it says, in seconds."""
    told = response.headers.get("retry-after", "")
    try:
        seconds = float(told)
    except ValueError:
        seconds = WAIT_SECONDS
    if not 0 <= seconds <= LONGEST_WAIT_SECONDS:  # Also where it is no number.
        seconds = WAIT_SECONDS
    return Throttled(seconds)
