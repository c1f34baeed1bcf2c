"""Whoever is kept out is counted and told of in the log, without what they sent."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from uuid import uuid4

from chassis.edge.denials import AT_ONCE
from tests.integration.ticketing.running_ticketing import Ticketing
from tests.running_service import refusal, uid
from tests.waiting import eventually


async def told(ticketing: Ticketing, reason: str) -> list[dict[str, Any]]:
    """Lines of the service's log about requests that were denied for a reason."""
    log = ticketing.system.processes["ticketing"].log.read_text("utf-8")
    lines = [json.loads(line) for line in log.splitlines() if '"http.denied"' in line]
    return [line for line in lines if line["reason"] == reason]


async def counted(ticketing: Ticketing, reason: str) -> float:
    metrics = (await ticketing.http.get("/metrics")).text
    name = f'maarid_denied_requests_total{{reason="{reason}",service="ticketing"}}'
    return next(
        float(line.rpartition(" ")[2]) for line in metrics.splitlines() if line.startswith(name)
    )


async def test_a_denied_role_is_logged_with_its_subject(
    ticketing: Ticketing,
) -> None:
    before = await counted(ticketing, "role_missing")
    subject = f"s-{uuid4().hex}"
    path = f"/workshops/{uid()}/seats"
    refused = await ticketing.look(path, f"exhibitor subject={subject}")
    assert refusal(refused) == (403, "role_missing")
    lines = await eventually(
        lambda: told(ticketing, "role_missing"),
        lambda lines: any(line["subject"] == subject for line in lines),
    )
    (line,) = (line for line in lines if line["subject"] == subject)
    assert (line["status"], line["method"]) == (403, "GET")
    assert line["route"] == "/workshops/{session_id}/seats"
    assert (line["roles"], line["service"]) == (["exhibitor"], "ticketing")
    assert await counted(ticketing, "role_missing") == before + 1


async def test_a_flood_of_bad_tokens_is_counted_whole_and_told_in_few_lines(
    ticketing: Ticketing,
) -> None:
    before, seen = (
        await counted(ticketing, "token_invalid"),
        len(await told(ticketing, "token_invalid")),
    )
    secret = f"ey-{uuid4().hex}"

    async def knock() -> None:
        answer = await ticketing.http.get(
            f"/tickets/{uid()}", headers={"authorization": f"Bearer {secret}"}
        )
        assert refusal(answer) == (401, "token_invalid")

    await asyncio.gather(*(knock() for _ in range(200)))
    assert await counted(ticketing, "token_invalid") == before + 200
    lines = (await told(ticketing, "token_invalid"))[seen:]
    # Some seconds may have passed, and other tests have knocked.
    assert 0 < len(lines) <= AT_ONCE + 10
    assert {line["route"] for line in lines} == {"/tickets/{ticket_id}"}
    assert {line["subject"] for line in lines} == {None}
    assert secret not in ticketing.system.processes["ticketing"].log.read_text("utf-8")


async def test_no_token_is_told_of_as_well(ticketing: Ticketing) -> None:
    before = await counted(ticketing, "token_missing")
    assert refusal(await ticketing.http.get("/status")) == (401, "token_missing")
    await eventually(
        lambda: told(ticketing, "token_missing"),
        lambda lines: any(line["route"] == "/status" for line in lines),
    )
    assert await counted(ticketing, "token_missing") == before + 1
