"""Schemathesis on what all four services say of themselves: odd input finds no server error."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncGenerator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from cli import launch
from cli.audit import Line, audit
from servers import StackSettings
from services import SERVICES
from tests.conftest import temporary_home

pytestmark = pytest.mark.system

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "ignored_auth",
)
EXAMPLES = 12
"""Requests of each kind for each route; bounded, so that the suite stays a matter of minutes."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def running() -> AsyncGenerator[launch.System]:
    with temporary_home() as home:
        settings = StackSettings(home=home)
        async with launch.system(home, simulated=False, settings=settings) as system:
            yield system


@pytest.mark.timeout(1500)
@pytest.mark.parametrize("service", SERVICES)
async def test_no_request_makes_a_service_fail_or_answer_otherwise_than_it_says(
    running: launch.System, service: str, tmp_path: Path
) -> None:
    process = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).with_name("schemathesis")),
        "run",
        f"{running.urls[service]}/openapi.json",
        f"--header=Authorization: Bearer {running.token('organiser')}",
        f"--checks={','.join(CHECKS)}",
        f"--max-examples={EXAMPLES}",
        "--phases=examples,coverage,fuzzing",
        "--seed=20250917",
        "--request-timeout=20",
        "--suppress-health-check=all",
        "--no-color",
        cwd=tmp_path,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()[-6000:]


async def test_after_all_that_the_system_is_well(running: launch.System) -> None:
    async with httpx.AsyncClient(timeout=10) as client:
        for service in SERVICES:
            answer = await client.get(f"{running.urls[service]}/health/ready")
            assert answer.status_code == 200
    lines: list[Line] = []
    assert await audit(running.addresses, lines.append), [line for line in lines if not line.holds]
