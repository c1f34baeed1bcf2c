"""Jobs as rows: asked for, claimed, renewed and ended, each in one statement."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg

from chassis.definition.service import JobKind
from chassis.log.context import CommandContext
from chassis.log.outcome import CommandIdReused
from chassis.postgres.database import Connection, Pool
from chassis.process.ids import uuid7, uuid7_floor

LEASE = 10.0
"""Seconds after which a job whose replica is silent may be taken over."""
MARGIN = 2.0
"""Seconds before the end of a lease that it counts as lost: the child must be gone by then."""
MOST_ATTEMPTS = 3
LOOK = 0.05
"""Seconds between two looks of whoever waits for a job."""
KEPT_SECONDS = 30 * 24 * 3600.0
"""How long a job is found, and its key leads to it; as long as outcomes of commands."""

CRASH = "job_crashed"
TOO_LONG = "job_too_long"
FAILURE = "job_failed"

ASK = """
insert into log.jobs (id, kind, input, command_id, request_hash, actor, seconds, megabytes)
select $1::uuid, $2::text, $3::jsonb, $4::uuid, $5::bytea, $6::text, $7::real, $8::integer
 where not exists (select from log.outcomes where command_id = $4)
on conflict (command_id) do nothing
"""
CLAIM = """
with given_up as (
    update log.jobs
       set state = case when stop_wished then 'stopped' else 'failed' end,
           error = case when not stop_wished then 'job_crashed' end,
           ended_at = clock_timestamp()
     where state = 'running' and lease_until <= clock_timestamp()
       and (stop_wished or attempts >= $4)
)
update log.jobs
   set state = 'running', attempts = attempts + 1, progress = 0, progress_code = '',
       lease_holder = $2, lease_until = clock_timestamp() + make_interval(secs => $3),
       started_at = coalesce(started_at, clock_timestamp())
 where id = (select id from log.jobs
              where kind = any($1) and not stop_wished and attempts < $4
                and (state = 'queued' or state = 'running' and lease_until <= clock_timestamp())
              order by id limit 1 for update skip locked)
returning id, kind, input::text as input, seconds, megabytes
"""
RENEW = """
update log.jobs set lease_until = clock_timestamp() + make_interval(secs => $3), progress = $4,
       progress_code = $5
 where id = $1 and lease_holder = $2 and state = 'running'
returning stop_wished
"""
END = """
update log.jobs set state = $3, result = $4::jsonb, error = $5, ended_at = clock_timestamp(),
       progress = case when $3 = 'done' then 1 else progress end
 where id = $1 and lease_holder = $2 and state = 'running'
"""
LEAVE = """
update log.jobs set lease_until = clock_timestamp(), attempts = attempts - $3
 where id = $1 and lease_holder = $2 and state = 'running'
"""
STOP = """
update log.jobs
   set stop_wished = true,
       state = case when state = 'running' and lease_until > clock_timestamp() then state
                    else 'stopped' end,
       ended_at = case when state = 'running' and lease_until > clock_timestamp() then null
                       else clock_timestamp() end
 where id = $1 and actor = $2 and state in ('queued', 'running')
"""
SHOW = """
select id as job_id, kind, state, progress, progress_code, result::text as result, error,
       created_at, started_at, ended_at
  from log.jobs where id = $1 and actor = $2
"""
PRUNE = "delete from log.jobs where id < $1 and state <> 'running'"


@dataclass(frozen=True, slots=True)
class Claimed:
    """A job that is ours until its lease has run out."""

    id: UUID
    kind: str
    input: str
    seconds: float
    megabytes: int
    lease: float
    holder: UUID
    claimed_at: float = field(default_factory=time.monotonic)


@dataclass(frozen=True, slots=True)
class Ended:
    """What came of a job: a result, the code of what went wrong, or neither."""

    state: str
    result: str | None = None
    error: str | None = None


CRASHED = Ended("failed", error=CRASH)


async def ask(
    db: Connection | Pool,
    kind: JobKind,
    given: str,
    context: CommandContext,
    job_id: UUID | None = None,
) -> UUID:
    """Ask for a job; under the same command id it is the same one, whatever the input is by now.

    A new one has the id that is given, of version 7, or else one of its own.

    Raises CommandIdReused where the id was used for something else.
    """
    job_id = job_id or uuid7()
    wanted = (kind.name, given, context.command_id, context.request_hash, context.actor)
    await db.execute(ASK, job_id, *wanted, kind.seconds, kind.megabytes)
    row = await db.fetchrow(
        "select id, kind, request_hash from log.jobs where command_id = $1", context.command_id
    )
    if row is None or (row["kind"], row["request_hash"]) != (kind.name, context.request_hash):
        raise CommandIdReused
    return row["id"]


async def claim(pool: Pool, kinds: Sequence[str], lease: float = LEASE) -> Claimed | None:
    """Take the oldest job that waits, or that its replica has left; None where there is none.
    What was left too often has crashed, and is given up."""
    began, holder = time.monotonic(), uuid7()
    row = await pool.fetchrow(CLAIM, kinds, holder, lease, MOST_ATTEMPTS)
    return None if row is None else Claimed(**row, lease=lease, holder=holder, claimed_at=began)


async def renew(pool: Pool, job: Claimed, share: float, code: str) -> bool | None:
    """Keep a job, and say how far it is; returns whether it is to stop, None where it is lost."""
    return await pool.fetchval(RENEW, job.id, job.holder, job.lease, share, code)


async def end(pool: Pool, job: Claimed, ended: Ended) -> None:
    """Write down what came of a job, if it is still ours."""
    try:
        await pool.execute(END, job.id, job.holder, ended.state, ended.result, ended.error)
    except asyncpg.DataError:
        # A result that PostgreSQL does not take: a zero in a text, or a number beyond bounds.
        await pool.execute(END, job.id, job.holder, "failed", None, FAILURE)


async def leave(pool: Pool, job: Claimed, *, crashed: bool) -> None:
    """Let a job be claimed anew, or given up; one that has not crashed has made no attempt."""
    await pool.execute(LEAVE, job.id, job.holder, 0 if crashed else 1)


async def wish_stop(pool: Pool, job_id: UUID, actor: str) -> None:
    """Stop a job of somebody's: at once where nobody runs it, or by its replica, which looks."""
    await pool.execute(STOP, job_id, actor)


async def find(pool: Pool, job_id: UUID, actor: str) -> Any:
    """The row of a job of somebody's, or None."""
    return await pool.fetchrow(SHOW, job_id, actor)


async def ended(pool: Pool, job_id: UUID, seconds: float) -> str | None:
    """The state of a job once it has ended; None where it has not after so many seconds."""
    until = time.monotonic() + seconds
    while True:
        state: str | None = await pool.fetchval(
            "select state from log.jobs where id = $1 and ended_at is not null", job_id
        )
        if state is not None or time.monotonic() >= until:
            return state
        await asyncio.sleep(LOOK)


async def proposal(pool: Pool, job_id: UUID, kind: str) -> tuple[str, str | None] | None:
    """The state of a job of a kind, whoever asked for it, and its result as JSON text where it is
    done; None where there is no such job."""
    row = await pool.fetchrow(
        "select state, result::text from log.jobs where id = $1 and kind = $2", job_id, kind
    )
    return None if row is None else (row["state"], row["result"])


async def prune(pool: Pool) -> None:
    """Forget what was asked for long ago."""
    await pool.execute(PRUNE, uuid7_floor(KEPT_SECONDS))
