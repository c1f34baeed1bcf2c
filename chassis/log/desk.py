"""The desk: commands queue while one transaction commits, and the next round takes them all."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, cast
from uuid import UUID

import asyncpg
import orjson
import structlog
from opentelemetry.trace import SpanKind

from chassis.kernel.decider import Command, Decider, Event, State as AnyState, Stream
from chassis.kernel.refused import Refused
from chassis.log.context import CommandContext
from chassis.log.event_types import EventTypes
from chassis.log.events import COLUMNS, MAX_EVENT_BYTES, Fact, append, commit, fact_of
from chassis.log.outcome import (
    Busy,
    CommandIdReused,
    EventTooLarge,
    KeptRefusal,
    Outcome,
    Unavailable,
)
from chassis.log.rounds import NO_STREAM, Asked, Refusal, Round, State, States
from chassis.postgres.clock import Clock
from chassis.postgres.database import (
    CALLER_SECONDS,
    RACE,
    TROUBLE,
    Connection,
    Pool,
    answer_within,
    seconds_left,
)
from chassis.process import breakpoints, metrics
from chassis.process.ids import uuid7
from chassis.process.tasks import end
from chassis.process.trace import TRACER, current_traceparent

log = structlog.get_logger(__name__)

MAX_ROUND = 500
PATIENCE = CALLER_SECONDS
"""Seconds after which a caller is told that nothing is known of its command, whatever hangs."""
LOOK_SECONDS = 0.2
"""How often it is looked for callers whose patience is over."""
ROUND_SECONDS = 2.5
"""How long the reading of a round may take, and its transaction; then the connection is silent."""
QUEUE_SECONDS = 0.5
"""Commands beyond what this many seconds can take are refused at once."""
MIN_QUEUE = 1000
RACES = frozenset({"events_pkey", "events_stream_version_key", "outcomes_pkey"})
"""Constraints of the log: whoever violates one was late, and decides again."""
DOUBTS = 3
"""How often in a row a violated constraint of another table is taken for a race as well: what
another replica has just written may stand in a read table.  Then it is a bug of ours."""

SETTINGS = "set plan_cache_mode = force_generic_plan; set enable_seqscan = off"
"""The desk reads by key and writes: planning that anew for every round takes longer than doing it,
and a plan that was made while the tables were empty must not read them whole when they are not."""


class Desk:
    """Decides the commands of one service, in batches, each exactly once.

    `project` writes read tables in the transaction that records their events.
    `on_commit` is called after each round that wrote events; `committed` is set then, for the one
    worker that follows the log of its own service.
    """

    def __init__(
        self,
        *,
        service: str,
        pool: Pool,
        event_types: EventTypes,
        deciders: Sequence[Decider[Any, Any, Any]],
        project: Callable[[Connection, Sequence[Fact[object]]], Awaitable[None]],
        clock: Clock,
        on_commit: Callable[[], None] = lambda: None,
    ) -> None:
        self._service = service
        self._pool = pool
        self._event_types = event_types
        self._states = States(event_types, deciders)
        self._project = project
        self._clock = clock
        self._on_commit = on_commit
        self.committed = asyncio.Event()
        self._queue: list[Asked] = []
        self._under_way: list[Asked] = []
        self._wake = asyncio.Event()
        self._connection: Connection | None = None
        self._rate = 0.0
        self._tasks: list[asyncio.Task[None]] = []
        self._stopping = False
        # From zero on, or the first one that is counted would be no increase to an alert.
        metrics.CONFLICTS.labels(service)
        for outcome in ("decided", "already_so", "refused", "repeated", "busy"):
            metrics.DECISIONS.labels(service, outcome)

    async def start(self) -> None:
        """Begin to take commands."""
        self._tasks = [
            asyncio.create_task(self._run(), name="desk"),
            asyncio.create_task(self._tell_in_time(), name="desk-patience"),
        ]

    async def stop(self) -> None:
        """Finish the round under way; whoever still waits is told Unavailable."""
        self._stopping = True
        if self._tasks:
            self._wake.set()
            deciding, telling = self._tasks
            await deciding
            await end(telling)
        for asked in self._queue:
            asked.fail(Unavailable("the service is stopping"))
        self._queue.clear()
        await self._drop_connection()

    async def execute(
        self, stream: Stream[Command, AnyState, Event], command: Command, context: CommandContext
    ) -> Outcome[Event]:
        """Decide a command on a stream; returns when its events are durable.

        Raises Refused, Busy, Unavailable, CommandIdReused or EventTooLarge.
        """
        self._refuse_if_busy()
        return await self._ask(stream.name, command, context)

    async def state(self, stream: Stream[Any, AnyState, Any]) -> AnyState:
        """The state of a stream as of now; read it, never change it."""
        return await self._ask(stream.name, None, CommandContext(uuid7(), "reader"))

    async def keep_refusal(
        self, context: CommandContext, code: str, details: Mapping[str, Any]
    ) -> None:
        """Keep what a handler refuses before it has asked the desk, so that the same request again
        is refused alike, whatever holds by then.

        Raises the refusal that is kept under the command id: this one, or an earlier one; and
        Busy, Unavailable or CommandIdReused.
        """
        self._refuse_if_busy()
        await self._ask(NO_STREAM, Refusal(code, details), context)
        # It was carried out once, and what it needed is there no more.
        raise KeptRefusal(code, **details)

    async def refused_before(self, context: CommandContext) -> None:
        """Raises the refusal that is kept under a command id, for handlers that do something before
        they ask the desk."""
        row = await self._pool.fetchrow(
            "select request_hash, refusal, details::text as data from log.outcomes"
            " where command_id = $1 and refusal is not null",
            context.command_id,
        )
        if row is not None:
            if row["request_hash"] != context.request_hash:
                raise CommandIdReused
            raise _refusal_in(row)

    async def answers(self) -> None:
        """Returns once the desk has asked the database, over its own connection, for nothing.

        Raises Unavailable where that takes too long.
        """
        await self._ask(NO_STREAM, None, CommandContext(uuid7(), "reader"))

    def _refuse_if_busy(self) -> None:
        if len(self._queue) > max(MIN_QUEUE, self._rate * QUEUE_SECONDS):
            metrics.DECISIONS.labels(self._service, "busy").inc()
            raise Busy

    async def _ask(self, stream: str, command: Any, context: CommandContext) -> Any:
        if stream and not self._states.takes(stream):
            raise ValueError(f"no decider for the stream {stream}")
        if self._stopping:
            raise Unavailable("the service is stopping")
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        deadline = time.monotonic() + seconds_left(PATIENCE)
        self._queue.append(Asked(stream, command, context, answer, current_traceparent(), deadline))
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
                self._under_way = batch
                started = time.monotonic()
                await self._serve([asked for asked in batch if not asked.answer.done()])
                elapsed = max(time.monotonic() - started, 1e-6)
                self._rate += 0.2 * (len(batch) / elapsed - self._rate)
                self._under_way = []
                await asyncio.sleep(0)

    async def _tell_in_time(self) -> None:
        """Tell callers whose patience is over, also in the middle of a round, for ever."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            now = time.monotonic()
            for waiting in (self._under_way, self._queue):
                for asked in waiting:
                    if asked.deadline <= now:
                        asked.fail(Unavailable("the database does not answer"))

    async def _serve(self, batch: list[Asked]) -> None:
        """Answer every command of a batch, whatever happens."""
        pause = 0.02
        doubts = 0
        while batch:
            try:
                batch = await self._round(batch)
                doubts = 0
                continue
            except Exception as error:
                for asked in batch:
                    self._states.forget(asked.stream)
                doubts += _is_doubtful(error)
                if isinstance(error, RACE) and doubts <= DOUBTS:
                    metrics.CONFLICTS.labels(self._service).inc()
                    batch = self._still_patient(batch, Unavailable("others were always first"))
                    continue
                if not isinstance(error, TROUBLE):
                    # One command of the round is poisonous: each is decided alone.
                    if len(batch) == 1:
                        batch[0].fail(error)
                        return
                    for asked in batch:
                        await self._serve([asked])
                    return
                log.warning("desk.trouble", service=self._service, error=repr(error))
                await self._drop_connection(broken=True)
                batch = self._still_patient(batch, Unavailable("the database does not answer"))
            await asyncio.sleep(pause)
            pause = min(pause * 2, 0.5)

    async def _round(self, batch: list[Asked]) -> list[Asked]:
        """One round; returns what has to wait for the next one."""
        with TRACER.start_as_current_span("desk.round", kind=SpanKind.INTERNAL):
            answer_within(ROUND_SECONDS)
            connection = await self._connected()
            known, behind = await self._states.freshen(
                connection,
                {asked.stream for asked in batch if asked.stream},
                [asked.context.command_id for asked in batch],
            )
            while behind:
                answer_within(ROUND_SECONDS)
                _, behind = await self._states.freshen(connection, behind, [])
            todo = self._decide(batch, known)
            answer_within(ROUND_SECONDS)
            if todo.outcomes:
                await self._write(connection, todo)
            if todo.repeated:
                await self._recall(connection, todo)
        if todo.facts:
            self._on_commit()
            self.committed.set()
        metrics.ROUND.labels(self._service).observe(len(batch))
        for what, count in todo.counts.items():
            metrics.DECISIONS.labels(self._service, what).inc(count)
        for asked, answer in todo.answers:
            if isinstance(answer, BaseException):
                asked.fail(answer)
            elif not asked.answer.done():
                asked.answer.set_result(answer)
        self._states.trim()
        return todo.later

    async def _write(self, connection: Connection, todo: Round) -> None:
        """One transaction.  Raises what the database raises; it may have been committed then."""
        await connection.execute("begin")
        try:
            if todo.facts:
                await self._project(connection, todo.facts)
            await append(connection, todo.facts, todo.stored, todo.outcomes)
            await breakpoints.reached("desk.appending")
            await commit(connection)
        except BaseException:
            if not connection.is_closed():
                await connection.execute("rollback")
            raise

    def _still_patient(self, batch: list[Asked], error: Exception) -> list[Asked]:
        """Tell those whose patience is over; the others are decided again."""
        now = time.monotonic()
        for asked in batch:
            if self._stopping or asked.deadline <= now:
                asked.fail(error)
        return [asked for asked in batch if not asked.answer.done()]

    async def _connected(self) -> Connection:
        if self._connection is None or self._connection.is_closed():
            await self._drop_connection(broken=True)
            self._connection = await self._pool.acquire()
            await self._connection.execute(SETTINGS)
        return self._connection

    async def _drop_connection(self, *, broken: bool = False) -> None:
        connection, self._connection = self._connection, None
        if connection is None:
            return
        with suppress(*TROUBLE):
            if broken:
                # Closing would wait for a server that may be silent.
                connection.terminate()
            await self._pool.release(cast(Any, connection), timeout=1)

    def _decide(self, batch: list[Asked], known: Mapping[UUID, asyncpg.Record]) -> Round:
        todo = Round()
        first: dict[UUID, Asked] = {}
        now = self._clock.now()
        for asked in batch:
            if asked.command is None:
                state = self._states[asked.stream].value if asked.stream else None
                todo.answers.append((asked, state))
            elif known and (row := known.get(asked.context.command_id)) is not None:
                self._repeat(todo, asked, row)
            elif first.setdefault(asked.context.command_id, asked) is not asked:
                # The same command twice at once: the second finds the outcome of the first.
                todo.later.append(asked)
            elif isinstance(asked.command, Refusal):
                refused = KeptRefusal(asked.command.code, **asked.command.details)
                self._refuse(todo, asked, refused)
            else:
                self._decide_one(todo, asked, self._states[asked.stream], now)
        return todo

    def _refuse(self, todo: Round, asked: Asked, refused: KeptRefusal, version: int = 0) -> None:
        details = orjson.dumps(refused.details, default=str).decode()
        todo.answers.append((asked, refused))
        todo.counts["refused"] += 1
        todo.outcomes.append(asked.outcome(version + 1, 0, refused.code, details))

    def _decide_one(self, todo: Round, asked: Asked, state: State, now: datetime) -> None:
        context = asked.context
        facts: list[Fact[object]] = []
        before = state.version
        try:
            events = state.decider.decide(asked.command, state.value)
        except Refused as error:
            self._refuse(todo, asked, KeptRefusal(error.code, **error.details), before)
            return
        stored = [
            (self._event_types.name_of(event), self._event_types.dump(event)) for event in events
        ]
        for name, data in stored:
            if len(data) > MAX_EVENT_BYTES // 4 and len(data.encode()) > MAX_EVENT_BYTES:
                todo.answers.append((asked, EventTooLarge(name)))
                return
        for event in events:
            state.version += 1
            state.value = state.decider.evolve(state.value, event)
            facts.append(
                Fact(
                    asked.stream,
                    state.version,
                    event,
                    uuid7(),
                    now,
                    context.actor,
                    context.command_id,
                    context.causation_id,
                    context.correlation_id or context.command_id,
                    asked.traceparent,
                )
            )
        todo.facts += facts
        todo.stored += stored
        todo.answers.append((asked, Outcome(tuple(facts))))
        todo.counts["decided" if facts else "already_so"] += 1
        todo.outcomes.append(asked.outcome(before + 1, len(facts)))

    def _repeat(self, todo: Round, asked: Asked, row: asyncpg.Record) -> None:
        """Answer a command that was decided before as it was answered then."""
        todo.counts["repeated"] += 1
        before, now = row["request_hash"], asked.context.request_hash
        # What was refused before the desk has no stream, whatever is asked of the desk by now.
        streams = {row["stream"], asked.stream}
        other_stream = len(streams) > 1 and NO_STREAM not in streams
        if other_stream or (before is not None and now is not None and before != now):
            todo.answers.append((asked, CommandIdReused()))
        elif row["refusal"] is not None:
            todo.answers.append((asked, _refusal_in(row)))
        elif row["events"] == 0 or asked.stream == NO_STREAM:
            todo.answers.append((asked, Outcome((), repeated=True)))
        else:
            todo.repeated.append((asked, row))

    async def _recall(self, connection: Connection, todo: Round) -> None:
        for asked, row in todo.repeated:
            rows = await connection.fetch(
                f"select {COLUMNS} from log.events where stream = $1 and version >= $2"
                " and version < $2 + $3 order by version",
                asked.stream,
                row["version"],
                row["events"],
            )
            facts = tuple(fact_of(found, self._event_types) for found in rows)
            todo.answers.append((asked, Outcome(facts, repeated=True)))


def _refusal_in(row: asyncpg.Record) -> KeptRefusal:
    return KeptRefusal(row["refusal"], **orjson.loads(row["data"] or "{}"))


def _is_doubtful(error: Exception) -> bool:
    """Whether it may be a race, and may be a bug as well."""
    return isinstance(error, asyncpg.UniqueViolationError) and error.constraint_name not in RACES
