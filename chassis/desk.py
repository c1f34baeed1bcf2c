"""The desk: commands queue while one transaction commits, and the next round takes them all."""

from __future__ import annotations

import asyncio
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast
from uuid import UUID

import asyncpg
import orjson
import structlog
from opentelemetry.trace import SpanKind

from chassis import metrics
from chassis.clock import Clock
from chassis.database import RACE, TROUBLE, Connection, Pool
from chassis.decider import Decider
from chassis.ids import uuid7
from chassis.intent import Intent
from chassis.log import COLUMNS, MAX_EVENT_BYTES, Fact, OutcomeRow, append, fact_of
from chassis.names import Names
from chassis.projection import Projection
from chassis.trace import TRACER, current_traceparent

log = structlog.get_logger(__name__)

MAX_ROUND = 500
PATIENCE = 5.0
"""Seconds for which a command waits out trouble before its caller is told."""
QUEUE_SECONDS = 0.5
"""Commands beyond what this many seconds can take are refused at once."""
MIN_QUEUE = 1000
RACES = frozenset({"events_pkey", "events_stream_version_key", "outcomes_pkey"})

SETTINGS = "set plan_cache_mode = force_generic_plan; set enable_seqscan = off"
"""The desk reads by key and writes: planning that anew for every round takes longer than doing it,
and a plan that was made while the tables were empty must not read them whole when they are not."""

FRESHEN = """
select 'event' as kind, e.stream, e.version, e.type, e.data::text as data, e.command_id,
       null::bytea as request_hash, 0 as events, null::text as refusal
  from unnest($1::text[], $2::bigint[]) as known(stream, version)
 cross join lateral (select * from log.events where stream = known.stream
                      and version > known.version order by version) as e
union all
select 'outcome', o.stream, o.first_version, null, o.details::text, o.command_id,
       o.request_hash, o.events, o.refusal
  from log.outcomes as o where o.command_id = any($3::uuid[])
"""


class Busy(Exception):
    """The queue is longer than can be served in time; try again after `retry_after` seconds."""

    retry_after = 1


class Unavailable(Exception):
    """The database did not answer in time; the command may or may not have been carried out.
    The same command again, under the same id, is safe."""

    retry_after = 2


class CommandIdReused(Exception):
    """The command id was used before, for something else."""


class EventTooLarge(Exception):
    """An event is larger than a topic takes; nothing was stored."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command led to: its facts, none where all was so already."""

    facts: tuple[Fact, ...]
    repeated: bool = False

    @property
    def events(self) -> list[Any]:
        return [fact.event for fact in self.facts]


@dataclass(slots=True)
class _Asked:
    """A command in the queue.  A command of None asks for the stream's state."""

    stream: str
    command: Any
    intent: Intent
    answer: asyncio.Future[Any]
    traceparent: str | None
    deadline: float


@dataclass(slots=True)
class _Cached:
    decider: Decider
    state: Any
    version: int = 0


@dataclass(slots=True)
class _Round:
    """What a round is about to write, and whom to answer with what afterwards."""

    facts: list[Fact] = field(default_factory=list[Fact])
    stored: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    outcomes: list[OutcomeRow] = field(default_factory=list[OutcomeRow])
    answers: list[tuple[_Asked, Any]] = field(default_factory=list[tuple[_Asked, Any]])
    later: list[_Asked] = field(default_factory=list[_Asked])
    repeated: list[tuple[_Asked, asyncpg.Record]] = field(
        default_factory=list[tuple[_Asked, asyncpg.Record]]
    )
    counts: Counter[str] = field(default_factory=Counter[str])
    """How many commands came to which end; told to the metrics once a round."""


class Desk:
    """Decides the commands of one service, in batches, each exactly once.

    `refused` is the service's own exception for a caller's mistake; it has `code` and `details`.
    `on_commit` is called after each round that wrote events.
    """

    def __init__(
        self,
        *,
        service: str,
        pool: Pool,
        names: Names,
        deciders: Sequence[Decider],
        refused: type[Exception],
        projection: Projection,
        clock: Clock,
        on_commit: Callable[[], None] = lambda: None,
        cached_streams: int = 10_000,
    ) -> None:
        self._service = service
        self._pool = pool
        self._names = names
        self._deciders: Mapping[str, Decider] = {d.category: d for d in deciders}
        self._refused = refused
        self._projection = projection
        self._clock = clock
        self._on_commit = on_commit
        self._cached_streams = cached_streams
        self._cache: OrderedDict[str, _Cached] = OrderedDict()
        self._queue: list[_Asked] = []
        self._wake = asyncio.Event()
        self._connection: Connection | None = None
        self._rate = 0.0
        self._task: asyncio.Task[None] | None = None
        self._stopping = False
        # From zero on, or the first one that is counted would be no increase to an alert.
        metrics.CONFLICTS.labels(service)
        for outcome in ("decided", "already_so", "refused", "repeated", "busy"):
            metrics.DECISIONS.labels(service, outcome)

    async def start(self) -> None:
        """Begin to take commands."""
        self._task = asyncio.create_task(self._run(), name="desk")

    async def stop(self) -> None:
        """Finish the round under way; whoever still waits is told Unavailable."""
        self._stopping = True
        if self._task is not None:
            self._wake.set()
            await self._task
        for asked in self._queue:
            _fail(asked, Unavailable("the service is stopping"))
        self._queue.clear()
        await self._drop_connection()

    async def execute(self, stream: str, command: Any, intent: Intent) -> Outcome:
        """Decide a command on a stream; returns when its events are durable.

        Raises the service's refusal, Busy, Unavailable, CommandIdReused or EventTooLarge.
        """
        if len(self._queue) > max(MIN_QUEUE, self._rate * QUEUE_SECONDS):
            metrics.DECISIONS.labels(self._service, "busy").inc()
            raise Busy
        return await self._ask(stream, command, intent)

    async def state(self, stream: str) -> Any:
        """The state of a stream as of now; read it, never change it."""
        return await self._ask(stream, None, Intent(uuid7(), "reader"))

    async def _ask(self, stream: str, command: Any, intent: Intent) -> Any:
        if stream.partition("-")[0] not in self._deciders:
            raise ValueError(f"no decider for the stream {stream}")
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        deadline = time.monotonic() + PATIENCE
        self._queue.append(_Asked(stream, command, intent, answer, current_traceparent(), deadline))
        self._wake.set()
        return await answer

    async def _run(self) -> None:
        while not self._stopping:
            await self._wake.wait()
            self._wake.clear()
            # Callers that were just answered get their turn, so that their next commands are in.
            await asyncio.sleep(0)
            while self._queue and not self._stopping:
                batch, self._queue = self._queue[:MAX_ROUND], self._queue[MAX_ROUND:]
                started = time.monotonic()
                await self._serve(batch)
                elapsed = max(time.monotonic() - started, 1e-6)
                self._rate += 0.2 * (len(batch) / elapsed - self._rate)
                await asyncio.sleep(0)

    async def _serve(self, batch: list[_Asked]) -> None:
        """Answer every command of a batch, whatever happens."""
        pause = 0.02
        while batch:
            try:
                batch = await self._round(batch)
                continue
            except Exception as error:
                for asked in batch:
                    self._cache.pop(asked.stream, None)
                if _is_race(error):
                    metrics.CONFLICTS.labels(self._service).inc()
                    batch = self._still_patient(batch, Unavailable("others were always first"))
                    continue
                if not isinstance(error, TROUBLE):
                    # One command of the round is poisonous: each is decided alone.
                    if len(batch) == 1:
                        _fail(batch[0], error)
                        return
                    for asked in batch:
                        await self._serve([asked])
                    return
                log.warning("desk.trouble", service=self._service, error=repr(error))
                await self._drop_connection()
                batch = self._still_patient(batch, Unavailable("the database does not answer"))
            await asyncio.sleep(pause)
            pause = min(pause * 2, 0.5)

    async def _round(self, batch: list[_Asked]) -> list[_Asked]:
        """One round; returns what has to wait for the next one."""
        with TRACER.start_as_current_span("desk.round", kind=SpanKind.INTERNAL):
            connection = await self._connected()
            known = await self._freshen(connection, batch)
            todo = self._decide(batch, known)
            if todo.outcomes:
                async with connection.transaction():
                    if todo.facts:
                        await self._projection.own(connection, todo.facts)
                    await append(connection, todo.facts, todo.stored, todo.outcomes)
            if todo.repeated:
                await self._recall(connection, todo)
        if todo.facts:
            self._on_commit()
        metrics.ROUND.labels(self._service).observe(len(batch))
        for end, count in todo.counts.items():
            metrics.DECISIONS.labels(self._service, end).inc(count)
        for asked, answer in todo.answers:
            if isinstance(answer, BaseException):
                _fail(asked, answer)
            elif not asked.answer.done():
                asked.answer.set_result(answer)
        while len(self._cache) > self._cached_streams:
            self._cache.popitem(last=False)
        return todo.later

    def _still_patient(self, batch: list[_Asked], error: Exception) -> list[_Asked]:
        """Tell those whose patience is over; the others are decided again."""
        now = time.monotonic()
        for asked in batch:
            if self._stopping or asked.deadline <= now:
                _fail(asked, error)
        return [asked for asked in batch if not asked.answer.done()]

    async def _connected(self) -> Connection:
        if self._connection is None or self._connection.is_closed():
            await self._drop_connection()
            self._connection = await self._pool.acquire(timeout=2)
            await self._connection.execute(SETTINGS)
        return self._connection

    async def _drop_connection(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            # A broken connection may fail to close; the pool forgets it either way.
            with suppress(*TROUBLE):
                await self._pool.release(cast(Any, connection), timeout=1)

    async def _freshen(
        self, connection: Connection, batch: list[_Asked]
    ) -> dict[UUID, asyncpg.Record]:
        """Bring the states of all streams touched up to date; returns outcomes already known."""
        streams = list({asked.stream for asked in batch})
        for stream in streams:
            if stream in self._cache:
                self._cache.move_to_end(stream)
            else:
                decider = self._deciders[stream.partition("-")[0]]
                self._cache[stream] = _Cached(decider, decider.initial())
        rows = await connection.fetch(
            FRESHEN,
            streams,
            [self._cache[stream].version for stream in streams],
            [asked.intent.command_id for asked in batch],
        )
        outcomes: dict[UUID, asyncpg.Record] = {}
        for row in rows:
            if row["kind"] == "outcome":
                outcomes[row["command_id"]] = row
                continue
            cached = self._cache[row["stream"]]
            event = self._names.load(row["type"], row["data"])
            cached.state = cached.decider.evolve(cached.state, event)
            cached.version = row["version"]
        return outcomes

    def _decide(self, batch: list[_Asked], known: Mapping[UUID, asyncpg.Record]) -> _Round:
        todo = _Round()
        first: dict[UUID, _Asked] = {}
        now = self._clock.now()
        for asked in batch:
            cached = self._cache[asked.stream]
            if asked.command is None:
                todo.answers.append((asked, cached.state))
            elif known and (row := known.get(asked.intent.command_id)) is not None:
                self._repeat(todo, asked, row)
            elif first.setdefault(asked.intent.command_id, asked) is not asked:
                # The same command twice at once: the second finds the outcome of the first.
                todo.later.append(asked)
            else:
                self._decide_one(todo, asked, cached, now)
        return todo

    def _decide_one(self, todo: _Round, asked: _Asked, cached: _Cached, now: datetime) -> None:
        intent = asked.intent
        refusal: str | None = None
        details: str | None = None
        facts: list[Fact] = []
        before = cached.version
        try:
            events = cached.decider.decide(asked.command, cached.state)
        except self._refused as error:
            refusal = str(getattr(error, "code", "refused"))
            details = orjson.dumps(dict(getattr(error, "details", {})), default=str).decode()
            todo.answers.append((asked, error))
        else:
            stored = [(self._names.name_of(event), self._names.dump(event)) for event in events]
            for name, data in stored:
                if len(data) > MAX_EVENT_BYTES // 4 and len(data.encode()) > MAX_EVENT_BYTES:
                    todo.answers.append((asked, EventTooLarge(name)))
                    return
            for event in events:
                cached.version += 1
                cached.state = cached.decider.evolve(cached.state, event)
                facts.append(
                    Fact(
                        asked.stream,
                        cached.version,
                        event,
                        uuid7(),
                        now,
                        intent.actor,
                        intent.command_id,
                        intent.causation_id,
                        intent.correlation_id or intent.command_id,
                        asked.traceparent,
                    )
                )
            todo.facts += facts
            todo.stored += stored
            todo.answers.append((asked, Outcome(tuple(facts))))
        todo.counts["refused" if refusal else "decided" if facts else "already_so"] += 1
        todo.outcomes.append(
            OutcomeRow(
                intent.command_id,
                intent.request_hash,
                asked.stream,
                before + 1,
                len(facts),
                refusal,
                details,
            )
        )

    def _repeat(self, todo: _Round, asked: _Asked, row: asyncpg.Record) -> None:
        """Answer a command that was decided before as it was answered then."""
        todo.counts["repeated"] += 1
        before, now = row["request_hash"], asked.intent.request_hash
        if row["stream"] != asked.stream or (
            before is not None and now is not None and before != now
        ):
            todo.answers.append((asked, CommandIdReused()))
        elif row["refusal"] is not None:
            details: dict[str, Any] = orjson.loads(row["data"] or "{}")
            todo.answers.append((asked, self._refused(row["refusal"], **details)))
        elif row["events"] == 0:
            todo.answers.append((asked, Outcome((), repeated=True)))
        else:
            todo.repeated.append((asked, row))

    async def _recall(self, connection: Connection, todo: _Round) -> None:
        for asked, row in todo.repeated:
            rows = await connection.fetch(
                f"select {COLUMNS} from log.events where stream = $1 and version >= $2"
                " and version < $2 + $3 order by version",
                asked.stream,
                row["version"],
                row["events"],
            )
            facts = tuple(fact_of(found, self._names) for found in rows)
            todo.answers.append((asked, Outcome(facts, repeated=True)))


def _is_race(error: Exception) -> bool:
    if isinstance(error, asyncpg.UniqueViolationError):
        return error.constraint_name in RACES
    return isinstance(error, RACE)


def _fail(asked: _Asked, error: BaseException) -> None:
    if not asked.answer.done():
        asked.answer.set_exception(error)
