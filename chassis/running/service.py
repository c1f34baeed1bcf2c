"""One service as one process: HTTP, desk, relay, consumers, timers, workers, jobs, a clean end."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import socket
import sys
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import replace
from functools import partial
from typing import Any, TypeAlias, TypeGuard, cast

import asyncpg
import structlog
import uvicorn
from aiokafka.errors import KafkaError
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response

from chassis import VERSION
from chassis.answers.caching import HeadOfGet
from chassis.answers.problems import KNOWN, Problem, Problems, problem_of
from chassis.api.direct import Failed, direct_to
from chassis.api.openapi import describe
from chassis.api.page import page_router
from chassis.api.schemas import router as schemas_router
from chassis.definition.runtime import Deciding, Runtime
from chassis.definition.service import ServiceDefinition
from chassis.definition.timers import Timers
from chassis.edge.auth import Verifier, policy_of
from chassis.edge.connections import Limits, connections
from chassis.edge.denials import STATUSES, Denials
from chassis.edge.middleware import Addresses, Answer, AnswerWhenEnding, Edge, not_direct
from chassis.inbox.subscriptions import SubscriptionGrown, take_up
from chassis.jobs.routes import router as jobs_router
from chassis.jobs.worker import Worker
from chassis.kafka.starting import started
from chassis.kernel.refused import Refused
from chassis.listening.batches import PASSING
from chassis.listening.consumer import Consumer
from chassis.listening.records import RecordKeeper
from chassis.listening.subscribing import Watch, broker_for, subscribe
from chassis.log.context import CommandContext
from chassis.log.outcome import KeptRefusal, keep_pruning
from chassis.postgres.clock import Clock
from chassis.postgres.database import TROUBLE, Pool, open_pool, pending_migrations
from chassis.process import breakpoints
from chassis.process.ids import uuid7
from chassis.process.settings import ServiceSettings, cannot_start, settings_or_exit
from chassis.process.tasks import end, run_together, supervised
from chassis.process.telemetry import configure_logs, configure_traces
from chassis.publishing.relay import REFUSALS, Relay
from chassis.running.health import Vitals, health_router
from chassis.running.routes import add_routes, routes_of

log = structlog.get_logger(__name__)

LOOP = "asyncio"
"""Not uvloop: it raises RuntimeError where a connection that the broker has reset is written to,
aiokafka expects OSError (its issue 1038), and a consumer that meets it hears no more."""
MAX_BODY = 1_000_000
BODY_SECONDS = 20.0
"""A body that is not here by then is not waited for; the largest takes 50 kB a second."""
COMPRESSED_FROM = 1000
"""Bytes of an answer that is compressed for whoever asks so.  Tokens come in headers that no other
site can make a browser send, so that sizes tell a stranger nothing."""
CORS_METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE")
CORS_HEADERS = ("Authorization", "Content-Type", "Idempotency-Key", "If-None-Match", "Traceparent")
CORS_EXPOSED = ("Allow", "Content-Language", "ETag", "Retry-After", "WWW-Authenticate")
END_SECONDS = 18.0
"""After SIGTERM a process that has not ended by itself is ended, whatever is down."""
FORCED_END = 128 + signal.SIGKILL
"""The exit code then."""
KEPT = frozenset({404, 409, 410})
"""Statuses of refusals by a handler that are kept under their key, as a decider's all are."""
Parts: TypeAlias = dict[str, Callable[[], Awaitable[None]]]
"""What runs beside HTTP, by its name in the log."""


class ConfigurationError(Exception):
    """The service is put together wrongly; the message says where."""


def create(definition: ServiceDefinition, settings: ServiceSettings) -> FastAPI:
    """The ASGI application of a service.  Raises ConfigurationError on a route without policy."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        async with running(definition, settings, app):
            yield

    app = FastAPI(
        title=f"Maarid {definition.name}",
        version=VERSION,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        telemetry={"tracing": settings.otlp_endpoint is not None, "metrics": False},
    )
    app.state.verifier = Verifier(settings.issuers)
    app.state.authenticators = definition.authenticators
    app.state.vitals = Vitals(definition)
    operations = health_router(simulated=settings.simulated_clock)
    ours = (operations, schemas_router, page_router(), *([jobs_router] if definition.jobs else ()))
    add_routes(app, (*definition.routers, *ours))
    describe(app, definition)
    for route in routes_of(app):
        if policy_of(route) is None:
            raise ConfigurationError(f"{route.path} names no policy: add allow(…) or public()")
    answer, failed = _answer_problems(app, definition)
    # Where requests are traced, FastAPI tells of each by what it does.
    direct = not_direct if settings.otlp_endpoint else partial(direct_to, failed=failed)
    # The first stands next to the routes, the last next to the caller.
    app.add_middleware(
        Edge,
        addresses=Addresses(iter_route_contexts(app.routes), direct),
        answer=answer,
        max_body=MAX_BODY,
        body_seconds=BODY_SECONDS,
    )
    app.add_middleware(GZipMiddleware, minimum_size=COMPRESSED_FROM, compresslevel=5)
    app.add_middleware(HeadOfGet)
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins.split(","),
            allow_methods=CORS_METHODS,
            allow_headers=CORS_HEADERS,
            expose_headers=CORS_EXPOSED,
        )
    app.add_middleware(AnswerWhenEnding, answer=answer)
    return app


def _answer_problems(app: FastAPI, definition: ServiceDefinition) -> tuple[Answer, Failed]:
    """Let every error be answered with a problem; gives what makes the answer, and what also keeps
    a refusal by a handler under its key."""
    problems, denials = Problems(definition.package), Denials(definition.name)

    def answer(request: Request, error: Exception) -> Response:
        if isinstance(error, Refused):
            return problems.response(request, error.code, error.details)
        problem = problem_of(error)
        if problem is None:
            # Of an error of ours a caller is told nothing but where to find it.
            problem = Problem(500, "internal", trace=str(uuid7()))
            log.error("http.failed", path=request.url.path, exc_info=error, **problem.details)
        code, status = problem.code, problem.status
        if status in STATUSES:
            denials.note(request, code, status)
        response = problems.response(request, code, problem.details, status)
        if isinstance(error, HTTPException):
            # A 405 names the methods that the address takes (RFC 9110, 15.5.6).
            response.headers.update(error.headers or {})
        response.headers.update(problem.headers)
        return response

    async def handler(request: Request, error: Exception) -> Response:
        response = answer(request, error)
        context: CommandContext | None = getattr(request.state, "context", None)
        if context is not None and _is_to_be_kept(error, response.status_code):
            runtime: Runtime = request.app.state.runtime
            if runtime.deciding is None:
                return response
            try:
                await runtime.deciding.desk.keep_refusal(context, error.code, error.details)
            except Exception as kept:
                response = answer(request, kept)
        return response

    for cls in (Refused, *KNOWN, Exception):
        app.add_exception_handler(cls, handler)
    return answer, handler


def _is_to_be_kept(error: Exception, status: int) -> TypeGuard[Problem | Refused]:
    """Whether the same request again has to be refused alike: it was understood and allowed, and
    what it asks for could not be done.  The desk keeps its own refusals."""
    if isinstance(error, Refused):
        return not isinstance(error, KeptRefusal)
    return isinstance(error, Problem) and status in KEPT


@asynccontextmanager
async def running(
    definition: ServiceDefinition, settings: ServiceSettings, app: FastAPI
) -> AsyncGenerator[Runtime]:
    """Everything of a service that runs beside HTTP, started and stopped in order."""
    if settings.break_at:
        breakpoints.arm(settings.break_at)
    vitals: Vitals = app.state.vitals
    async with AsyncExitStack() as stack:
        pool = await _opened_pool(definition, settings)
        stack.push_async_callback(_close_pool, pool)
        await _wait_for_tables(definition, pool)
        clock = Clock(simulated=settings.simulated_clock)
        await clock.restore(pool)
        runtime, relay = Runtime(settings, pool, clock), None
        parts: Parts = {}
        if (sourced := definition.event_sourced) is not None:
            relay = Relay(
                service=definition.name,
                topic=sourced.topic,
                pool=pool,
                event_types=sourced.event_types,
                bootstrap=settings.bootstrap_servers,
                topics=definition.topics,
                trust_log=settings.trust_log,
            )
            await _refuse_a_log_that_forgot(relay)
            desk = definition.desk(pool, clock, relay.wake)
            await desk.start()
            stack.push_async_callback(desk.stop)
            timers = Timers(definition.name, pool, clock)
            runtime = replace(runtime, deciding=Deciding(desk, timers))
            parts["relay"] = relay.run
            parts["outcomes"] = lambda: keep_pruning(pool)
            parts["timers"] = lambda: timers.run(sourced.timers, runtime)
        app.state.runtime = runtime
        parts["listening"] = lambda: _listen(definition, runtime, vitals)
        for worker in definition.workers:
            parts[worker.__name__] = lambda worker=worker: worker(runtime)
        if definition.jobs:
            parts["jobs"] = Worker(definition.name, definition.jobs, pool).run
        stack.push_async_callback(end, asyncio.create_task(_forever(parts), name="service"))
        vitals.begin(runtime, relay)
        yield runtime
        vitals.stopping = True


async def _forever(parts: Parts) -> None:
    """Run the parts until the end; each is started again should it fail."""
    await run_together(*(supervised(name, part, PASSING) for name, part in parts.items()))


async def _opened_pool(definition: ServiceDefinition, settings: ServiceSettings) -> Pool:
    """Wait for a server that is still starting.  Raises ConfigurationError where it refuses us."""
    while True:
        try:
            return await open_pool(settings.database_url, name=definition.name)
        except (asyncpg.InvalidPasswordError, asyncpg.InvalidCatalogNameError) as error:
            raise ConfigurationError(f"MAARID_DATABASE_URL is refused: {error}") from error
        except TROUBLE as error:
            log.warning("service.waits_for_database", error=repr(error))
            await asyncio.sleep(0.5)


async def _wait_for_tables(definition: ServiceDefinition, pool: Pool) -> None:
    """Wait until all tables are there, and the read tables are not being made again.

    Raises SubscriptionGrown where they were made without what this version hears.
    """
    said: list[str] = []
    while missing := await _missing(definition, pool):
        if missing != said:
            log.warning("service.waits_for_migrations", missing=missing, do="maarid migrate")
            said = missing
        await asyncio.sleep(0.2)


async def _missing(definition: ServiceDefinition, pool: Pool) -> list[str]:
    """What the database lacks yet."""
    try:
        missing = await pending_migrations(pool, definition.migrations)
        if missing or await take_up(pool, definition.name, definition.subscriptions):
            return missing
        return ["read tables"]
    except (*TROUBLE, asyncpg.UndefinedTableError, asyncpg.InsufficientPrivilegeError):
        return ["all"]
    except SubscriptionGrown as error:
        log.error("service.cannot_start", reason=str(error))
        raise


async def _refuse_a_log_that_forgot(relay: Relay) -> None:
    """Before anything is decided; where Kafka does not answer, the relay asks again later."""
    try:
        await relay.compare()
    except REFUSALS as error:
        log.error("service.cannot_start", reason=str(error))
        raise
    except (KafkaError, *TROUBLE) as error:
        log.warning("service.topic_not_compared", error=repr(error))


async def _close_pool(pool: Pool) -> None:
    try:
        async with asyncio.timeout(3):
            await pool.close()
    except TROUBLE:
        pool.terminate()


async def _listen(definition: ServiceDefinition, runtime: Runtime, vitals: Vitals) -> None:
    """Hear all topics until cancelled, waiting for a broker that is not there yet."""
    if not definition.subscriptions and not definition.records:
        return
    settings: ServiceSettings = runtime.settings
    broker = broker_for(settings.bootstrap_servers, definition.name)
    watch = Watch(settings.stuck_seconds)

    bootstrap, seconds = settings.bootstrap_servers, settings.session_seconds
    heard = [Consumer(definition, each, runtime).batches for each in definition.subscriptions]
    heard += [RecordKeeper(each, runtime.pool, bootstrap).batches for each in definition.records]
    for batches in heard:
        group = definition.group_of(batches.topic)
        watch.add(subscribe(broker, batches, group=group, session_seconds=seconds), batches)
    vitals.watch = watch
    try:
        await started(broker.start())
        vitals.listening = True
        await run_together(watch.run(), *(batches.sweep() for batches in heard))
    finally:
        vitals.listening = False
        with suppress(KafkaError, *TROUBLE):
            async with asyncio.timeout(6):
                await broker.stop()


def server_config(
    app: FastAPI, settings: ServiceSettings, limits: Limits | None = None
) -> uvicorn.Config:
    """How the application is served over HTTP."""
    limits = limits or Limits(connections=settings.max_connections)
    return uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        loop=LOOP,
        http=cast(Any, connections(limits)),
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=4,
        timeout_keep_alive=30,
    )


def run(definition: ServiceDefinition) -> None:
    """The main function of a service: settings, logs, server, and an end within 20 seconds."""
    settings = settings_or_exit(definition.settings, definition.name)
    if (reason := definition.lacking()) is not None:
        cannot_start(definition.name, reason)
    configure_logs(definition.name, settings.log_level)
    provider = configure_traces(definition.name, settings.otlp_endpoint)
    at_end = None if provider is None else provider.shutdown
    server = _Server(server_config(create(definition, settings), settings), at_end)
    # All that is there by now stays.  A collection of all generations that looked at it would hold
    # the event loop for 100 ms, at a request that has nothing to do with it.
    gc.freeze()
    gc.enable()
    server.run()
    sys.exit(0 if server.started else 3)


LAST_SECONDS = 3.0
"""How long a process that ends waits for the collector of its traces."""


class _Server(uvicorn.Server):
    """A server whose process is gone some seconds after it was told to end, whatever hangs."""

    def __init__(self, config: uvicorn.Config, at_end: Callable[[], None] | None) -> None:
        super().__init__(config)
        self._at_end = at_end

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End, and do what is to be done last: after this the signal ends the process."""
        await super().shutdown(sockets)
        if self._at_end is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout(LAST_SECONDS):
                    await asyncio.to_thread(self._at_end)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, unless told to end while waiting for servers that may never come."""
        starting = asyncio.create_task(super().startup(sockets))
        while not starting.done() and not self.should_exit:
            await asyncio.wait({starting}, timeout=0.1)
        if self.should_exit:
            starting.cancel()
        with suppress(asyncio.CancelledError):
            await starting

    def handle_exit(self, sig: int, frame: Any) -> None:
        # No signal to ourselves: the first process of a container cannot be killed from inside.
        guard = threading.Timer(END_SECONDS, lambda: os._exit(FORCED_END))
        guard.daemon = True
        guard.start()
        super().handle_exit(sig, frame)
