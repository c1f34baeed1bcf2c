"""Lists that are sent to registration, read and imported."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import httpx

from tests.integration.registration.running_registration import Registration
from tests.running_service import uid
from tests.waiting import eventually


def new(count: int) -> Sequence[Sequence[str]]:
    """Entries of organisations that nobody has heard of."""
    mark = uid()
    return [[f"Coopérative {mark} n{at}", "Zagora", "", "", "Miel", ""] for at in range(count)]


async def send(
    registration: Registration, fair_id: str, file: bytes, key: str | None = None, **query: Any
) -> httpx.Response:
    headers = registration.headers() | {
        "idempotency-key": key or uid(),
        "content-type": "application/octet-stream",
    }
    return await registration.http.post(
        f"/fairs/{fair_id}/intakes", content=file, headers=headers, params=query
    )


async def taken_in(
    registration: Registration, fair_id: str, file: bytes, pole_id: str = "products"
) -> str:
    """The path of a list that has been read."""
    await registration.done("/families/standard", None)
    answer = await send(registration, fair_id, file, pole_id=pole_id)
    assert answer.status_code == 202, answer.text
    path = answer.headers["location"]
    await eventually(
        lambda: registration.get(path), lambda found: found["state"] in ("read", "failed")
    )
    return path


async def imported(registration: Registration, path: str, **how: Any) -> Any:
    await registration.done(f"{path}/import", how)
    return await eventually(
        lambda: registration.get(path), lambda found: found["state"] == "imported"
    )
