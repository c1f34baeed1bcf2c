"""Deadlines: rows that are claimed when due and carried out as commands with an id of their own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple, TypeAlias
from uuid import uuid5

import orjson
import structlog

from chassis.log.context import CommandContext
from chassis.log.desk import Busy, Unavailable
from chassis.postgres.clock import Clock
from chassis.postgres.database import RACE, TROUBLE, Pool, columns
from chassis.process import metrics
from chassis.process.ids import NAMESPACE
from chassis.process.tasks import woken

if TYPE_CHECKING:
    from chassis.definition.runtime import Runtime

log = structlog.get_logger(__name__)

POLL = 0.2
CLAIM_SECONDS = 30
"""How long a claimed timer stays with its replica before another one may try."""

CLAIM = """
update log.timers set not_before = clock_timestamp() + make_interval(secs => $3),
       attempts = attempts + 1
 where key in (select key from log.timers where due <= $1 and not_before <= clock_timestamp()
                order by due limit $2 for update skip locked)
returning key, kind, due, payload::text as payload
"""


SET = """
insert into log.timers (key, kind, due, payload)
select * from unnest($1::text[], $2::text[], $3::timestamptz[], $4::jsonb[])
on conflict (key) do update set kind = excluded.kind, due = excluded.due,
    payload = excluded.payload, not_before = '-infinity', attempts = 0
"""


class Deadline(NamedTuple):
    """A deadline that is to be set; the same key again moves it."""

    key: str
    kind: str
    due: datetime
    payload: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Timer:
    """A deadline that has come."""

    key: str
    kind: str
    due: datetime
    payload: Mapping[str, str]

    @property
    def context(self) -> CommandContext:
        """The wish of this deadline; firing twice is the same wish."""
        command_id = uuid5(NAMESPACE, f"timer\n{self.key}\n{self.due.isoformat()}")
        return CommandContext(command_id, actor=f"timer:{self.kind}")


OnTimer: TypeAlias = "Callable[[Timer, Runtime], Awaitable[None]]"
"""What to do at a deadline."""


class Timers:
    """Sets, cancels and fires deadlines."""

    def __init__(self, service: str, pool: Pool, clock: Clock) -> None:
        self._service = service
        self._pool = pool
        self._clock = clock
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """The clock was moved, or a deadline set."""
        self._wake.set()

    async def set(self, key: str, kind: str, due: datetime, payload: Mapping[str, str]) -> None:
        """Set a deadline; the same key again moves it."""
        await self.set_all([Deadline(key, kind, due, payload)])

    async def set_all(self, deadlines: Sequence[Deadline]) -> None:
        """Set deadlines in one statement; of one key the last counts."""
        rows = {
            each.key: (each.key, each.kind, each.due, orjson.dumps(dict(each.payload)).decode())
            for each in deadlines
        }
        # In one order, so that two that set the same ones do not wait for each other.
        await self._pool.execute(SET, *columns([rows[key] for key in sorted(rows)]))
        self._wake.set()

    async def cancel(self, *keys: str) -> None:
        """Forget deadlines; one that does not exist is forgotten already."""
        await self._pool.execute("delete from log.timers where key = any($1)", keys)

    async def run(self, handlers: Mapping[str, OnTimer], runtime: Runtime) -> None:
        """Fire what is due, for ever."""
        for kind in handlers:
            metrics.TIMERS.labels(self._service, kind)
        while True:
            try:
                while timers := await self._claim():
                    await asyncio.gather(*(self._fire(each, handlers, runtime) for each in timers))
            except (*TROUBLE, *RACE) as error:
                log.warning("timers.trouble", service=self._service, error=repr(error))
                await asyncio.sleep(1)
            await woken(self._wake, POLL)

    async def _claim(self) -> list[Timer]:
        rows = await self._pool.fetch(CLAIM, self._clock.now(), 100, CLAIM_SECONDS)
        return [
            Timer(row["key"], row["kind"], row["due"], orjson.loads(row["payload"])) for row in rows
        ]

    async def _fire(self, timer: Timer, handlers: Mapping[str, OnTimer], runtime: Runtime) -> None:
        try:
            await handlers[timer.kind](timer, runtime)
        except (Busy, Unavailable, *TROUBLE, *RACE) as error:
            # The claim runs out and the timer is tried again; one failure must not stop the rest.
            log.warning("timers.trouble", service=self._service, error=repr(error))
            return
        except Exception:
            log.exception("timers.failed", service=self._service, key=timer.key, kind=timer.kind)
            return
        await self._pool.execute(
            "delete from log.timers where key = $1 and due = $2", timer.key, timer.due
        )
        metrics.TIMERS.labels(self._service, timer.kind).inc()
