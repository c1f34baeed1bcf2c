"""Jobs over HTTP: accepted by a service's own route, then looked at and stopped here."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import orjson
from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel, Field

from chassis.api.requests import Caller, ContextDep, NotFound, Role, RuntimeDep, allow
from chassis.definition.runtime import Runtime
from chassis.definition.service import JobKind
from chassis.jobs import store
from chassis.jobs.frames import MOST_BYTES
from chassis.log.context import CommandContext
from chassis.log.outcome import EventTooLarge

PIECE = 256 * 1024
"""Bytes of an answer that are compressed at once; between two of them others get their turn."""

router = APIRouter(prefix="/jobs", tags=["jobs"])
"""The routes of a service that has jobs."""
Asking = Annotated[Caller, allow(Role.ORGANISER)]


class JobAccepted(BaseModel):
    """The job that will do what was asked for."""

    job_id: UUID


class Job(BaseModel):
    """How far a job is, and what came of it."""

    job_id: UUID
    kind: str
    state: Literal["queued", "running", "done", "failed", "stopped"]
    progress: float = Field(description="From 0 to 1.")
    progress_code: str = Field(description="What is being done; empty where nothing was said.")
    result: Any = Field(
        description="What a job that is done proposes, with the version that it saw."
    )
    error: str | None = Field(
        description="Why a job failed: `job_failed`, `job_crashed`, `job_too_long`,"
        " `job_too_large`, or a code of its kind."
    )
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None


async def job_accepted(
    runtime: Runtime, kind: JobKind, given: Any, context: CommandContext
) -> Response:
    """Ask for a job and answer 202; the same request under the same key leads to the same job.

    `given` is JSON data, with ids in place of whatever is personal.  Raises CommandIdReused,
    EventTooLarge, and the refusal that is kept under the key.
    """
    if runtime.deciding is not None:
        await runtime.deciding.desk.refused_before(context)
    if len(encoded := orjson.dumps(given)) > MOST_BYTES:
        raise EventTooLarge
    job_id = await store.ask(runtime.pool, kind, encoded.decode(), context)
    return JSONResponse({"job_id": str(job_id)}, 202, {"location": f"/jobs/{job_id}"})


@router.get("/{job_id}", response_model=Job)
async def show_job(job_id: UUID, caller: Asking, runtime: RuntimeDep) -> Response:
    """How far a job of the caller's is, and what came of it; kept for 30 days."""
    return await _shown(runtime, job_id, caller)


@router.post("/{job_id}/stop", response_model=Job, status_code=200)
async def stop_job(
    job_id: UUID, caller: Asking, runtime: RuntimeDep, context: ContextDep
) -> Response:
    """Stop a job of the caller's: within 2 seconds, if it has not ended by itself."""
    await store.wish_stop(runtime.pool, job_id, caller.actor)
    return await _shown(runtime, job_id, caller)


async def _shown(runtime: Runtime, job_id: UUID, caller: Caller) -> Response:
    row = await store.find(runtime.pool, job_id, caller.actor)
    if row is None:
        raise NotFound("job_unknown")
    values = dict(row) | {"result": orjson.Fragment(row["result"] or b"null")}
    body = orjson.dumps(values, default=str)
    return StreamingResponse(_in_pieces(body), media_type="application/json")


async def _in_pieces(body: bytes) -> AsyncGenerator[bytes]:
    for start in range(0, len(body), PIECE):
        yield body[start : start + PIECE]
        await asyncio.sleep(0)
