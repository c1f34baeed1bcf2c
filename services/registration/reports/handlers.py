"""Files that are made in the child process while somebody waits for them."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from hashlib import sha256
from typing import Any
from uuid import uuid5

import orjson

from chassis.answers.problems import Problem
from chassis.definition.runtime import Runtime
from chassis.definition.service import JobKind
from chassis.jobs import store
from chassis.log.context import CommandContext
from chassis.process.ids import NAMESPACE

SHEET = JobKind("report_sheet", "services.registration.reports.xlsx:write", 30, 300)
PATIENCE = 4.0
"""Seconds after which who waits for a file is told to come again."""
AGAIN = 600
"""Seconds after which a file that could not be made is tried anew."""


async def made(runtime: Runtime, kind: JobKind, name: str, given: Any, actor: str) -> str | None:
    """What a job makes of its input; once for each name, and anew after some minutes.

    Raises Problem 503 where it is not there yet.
    """
    minutes = int(runtime.clock.now().timestamp()) // AGAIN
    context = CommandContext(uuid5(NAMESPACE, f"{kind.name}:{name}:{minutes}"), actor)
    job_id = await store.ask(runtime.pool, kind, orjson.dumps(given).decode(), context)
    if await store.ended(runtime.pool, job_id, PATIENCE) != "done":
        raise Problem(503, "file_not_ready", retry_after=2)
    found = await store.proposal(runtime.pool, job_id, kind.name)
    return None if found is None else found[1]


async def as_xlsx(
    runtime: Runtime, name: str, lines: Sequence[Sequence[str | int]], actor: str
) -> bytes:
    """A table as an XLSX file.  Raises Problem 503 where it is not there yet."""
    headings, *others = lines
    given = {"sheets": [{"name": name, "headings": headings, "lines": others}]}
    digest = sha256(orjson.dumps(given)).hexdigest()
    result = await made(runtime, SHEET, digest, given, actor)
    return base64.b64decode(orjson.loads(result or '""'))
