"""Whether a service is alive, ready and up to date, in words for machines and people."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict

from chassis.answers.calendar import moment
from chassis.api.requests import RuntimeDep, allow, public
from chassis.definition.service import ServiceDefinition
from chassis.edge.auth import Caller, Role
from chassis.log.desk import Unavailable
from chassis.postgres.database import TROUBLE, answer_within

if TYPE_CHECKING:
    from chassis.definition.runtime import Runtime
    from chassis.listening.subscribing import Watch
    from chassis.publishing.relay import Relay


# Read at a glance also where the tables have a million rows.
STATUS = """
select (select coalesce(max(position), 0) from log.events) as head,
       (select coalesce(max(position), 0) from log.relay where topic = $1) as relayed,
       (select count(*) from log.dead_letters) as dead_letters,
       (select count(*) from log.timers where due <= $2) as timers_due
"""
SUMS = """
select topic, sum(applied)::bigint as applied, sum(reacted)::bigint as reacted
  from log.heard_totals group by topic
"""
READY_SECONDS = 2.0
"""How long the database may take to answer a desk and a reader that are ready."""


class Vitals:
    """What the parts of a running service say of themselves."""

    def __init__(self, definition: ServiceDefinition) -> None:
        self.service = definition.name
        self.topic = definition.event_sourced.topic if definition.event_sourced else None
        self.topics = [subscription.topic for subscription in definition.subscriptions]
        self.expects_broker = bool(definition.subscriptions or definition.records)
        self.listening = False
        self.stopping = False
        self.watch: Watch | None = None
        self._runtime: Runtime | None = None
        self._relay: Relay | None = None

    def begin(self, runtime: Runtime, relay: Relay | None) -> None:
        self._runtime = runtime
        self._relay = relay

    @property
    def alive(self) -> bool:
        return self.watch is None or self.watch.stuck is None

    async def checks(self) -> dict[str, bool]:
        """What readiness asks: migrated and started, database, broker."""
        if self._runtime is None:
            return {"started": False, "database": False, "broker": False}
        broker = self._relay is None or self._relay.working
        if self.expects_broker:
            broker = broker and self.listening and (self.watch is None or self.watch.answered)
        database = await self._database(self._runtime)
        return {"started": not self.stopping, "database": database, "broker": broker}

    async def _database(self, runtime: Runtime) -> bool:
        """Whether it answers those who use it: the desk, over its own connection, and readers."""
        answer_within(READY_SECONDS)
        desk = [] if runtime.deciding is None else [runtime.desk.answers()]
        try:
            await asyncio.gather(runtime.pool.fetchval("select 1"), *desk)
        except (Unavailable, *TROUBLE):
            return False
        return True


class Alive(BaseModel):
    """Whether the process should go on."""

    alive: bool


class Ready(BaseModel):
    """Which checks hold."""

    ready: bool
    checks: dict[str, bool]


class HeardSoFar(BaseModel):
    """How many events of a topic were projected, and how many policies are done with."""

    applied: int
    reacted: int


class ServiceStatus(BaseModel):
    """Where a service stands.  Quiet means: `relayed` equals `head`, and for every topic heard
    `applied` and `reacted` equal the publisher's `head`.  Without a log both are 0."""

    service: str
    head: int
    relayed: int
    heard: dict[str, HeardSoFar]
    dead_letters: int
    timers_due: int
    clock: datetime


class MoveClock(BaseModel):
    """The hour of a fair that is played."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"now": "2025-09-17T09:00:00+01:00"}]},
    )

    now: Annotated[AwareDatetime, AfterValidator(moment)]


EVERYBODY = (Role.ORGANISER, Role.EXHIBITOR, Role.STEWARD, Role.SERVICE, Role.AUDITOR)


def health_router(*, simulated: bool) -> APIRouter:
    """The routes that every service has; the clock can be moved in simulated mode only."""
    router = APIRouter(tags=["operations"])

    @router.get("/health/live", dependencies=[public()], responses={503: {"model": Alive}})
    async def show_liveness(request: Request, response: Response) -> Alive:
        """Whether the process should go on; a consumer that is stuck says no."""
        vitals: Vitals = request.app.state.vitals
        response.status_code = 200 if vitals.alive else 503
        return Alive(alive=vitals.alive)

    @router.get("/health/ready", dependencies=[public()], responses={503: {"model": Ready}})
    async def show_readiness(request: Request, response: Response) -> Ready:
        """Whether requests should be sent here: migrated, database, broker."""
        vitals: Vitals = request.app.state.vitals
        checks = await vitals.checks()
        response.status_code = 200 if all(checks.values()) else 503
        return Ready(ready=all(checks.values()), checks=checks)

    @router.get(
        "/metrics",
        dependencies=[public()],
        response_class=Response,
        responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
    )
    async def show_metrics() -> Response:
        """Prometheus metrics; counts only."""
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    @router.get("/status")
    async def show_status(
        request: Request,
        runtime: RuntimeDep,
        caller: Annotated[Caller, allow(*EVERYBODY)],
    ) -> ServiceStatus:
        """Where the service stands, for those who wait until the system is quiet."""
        vitals: Vitals = request.app.state.vitals
        now = runtime.clock.now()
        row = await runtime.pool.fetchrow(STATUS, vitals.topic, now)
        assert row is not None
        heard = {topic: HeardSoFar(applied=0, reacted=0) for topic in vitals.topics}
        for topic, applied, reacted in await runtime.pool.fetch(SUMS):
            if topic in heard:
                heard[topic] = HeardSoFar(applied=applied, reacted=reacted)
        return ServiceStatus(service=vitals.service, heard=heard, clock=now, **row)

    if simulated:

        @router.post("/clock", status_code=204)
        async def move_clock(
            body: MoveClock,
            runtime: RuntimeDep,
            caller: Annotated[Caller, allow(Role.ORGANISER, Role.SERVICE)],
        ) -> None:
            """Move the hour of a fair that is played; every deadline up to it fires."""
            await runtime.clock.move(runtime.pool, body.now)
            if runtime.deciding is not None:
                runtime.deciding.timers.wake()

    return router
