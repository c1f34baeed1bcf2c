"""Long work of a service, asked for and waited for."""

from __future__ import annotations

import asyncio
import time

from scenarios.client import Answer, Client, PlayError

JOB_SECONDS = 150.0
"""So long a job may take."""
LOOK_SECONDS = 0.1


async def finished(client: Client, service: str, path: str, body: Answer, *, step: str) -> Answer:
    """Ask for a job and wait for its end.  Raises PlayError unless it is done."""
    accepted = await client.post(service, path, body, step=step)
    until = time.monotonic() + JOB_SECONDS
    while True:
        job = await client.get(service, f"/jobs/{accepted['job_id']}")
        if job["state"] == "done":
            return job
        if job["ended_at"] is not None or time.monotonic() > until:
            raise PlayError(f"The job at {path} is {job['state']}: {job['error']}.")
        await asyncio.sleep(LOOK_SECONDS)
