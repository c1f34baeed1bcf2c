"""`python -m tests.board TOPIC`: a service without a log, which shows what it hears of counters."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import BaseModel

from chassis.answers.shapes import known
from chassis.api.requests import Caller, ContextDep, Role, RuntimeDep, allow, public
from chassis.definition.projection import Projection
from chassis.definition.service import ServiceDefinition, Subscription
from chassis.jobs.routes import JobAccepted, job_accepted
from chassis.kafka.received import ReceivedEvent
from chassis.postgres.database import Connection, Migration
from chassis.running.service import run
from tests.counter import AddedV1
from tests.job_kinds import DOUBLE

TABLES = Migration(
    "board/0001_read_tables",
    "create table read.shown (stream text primary key, total bigint not null);"
    "create table own.seen (stream text primary key);",
)


class Shown(BaseModel):
    total: int


async def project(db: Connection, heard: Sequence[ReceivedEvent]) -> None:
    await db.executemany(
        "insert into shown (stream, total) values ($1, $2)"
        " on conflict (stream) do update set total = shown.total + excluded.total",
        [(one.stream, one.contract.amount) for one in heard],
    )


def routes() -> APIRouter:
    router = APIRouter()

    @router.get("/counts/{stream}", dependencies=[public()])
    async def show(stream: str, runtime: RuntimeDep) -> Shown:
        total = "select total from shown where stream = $1"
        found = await runtime.pool.fetchval(total, stream)
        return Shown(total=known(found, "not_found"))

    @router.post("/counts/{stream}/seen", status_code=204)
    async def mark_seen(
        stream: str,
        runtime: RuntimeDep,
        caller: Annotated[Caller, allow(Role.ORGANISER)],
        context: ContextDep,
    ) -> None:
        found = await runtime.pool.fetchval("select true from shown where stream = $1", stream)
        known(found, "not_found")
        await runtime.pool.execute(
            "insert into seen (stream) values ($1) on conflict do nothing", stream
        )

    @router.post(
        "/counts/{stream}/double",
        status_code=202,
        response_model=JobAccepted,
        dependencies=[allow(Role.ORGANISER)],
    )
    async def double(stream: str, runtime: RuntimeDep, context: ContextDep) -> Response:
        given = await runtime.pool.fetchval("select total from shown where stream = $1", stream)
        return await job_accepted(runtime, DOUBLE, {"n": given, "version": 1}, context)

    assert all(map(callable, (show, mark_seen, double)))
    return router


@dataclass(frozen=True)
class Board(ServiceDefinition):
    """The board keeps its tables in this file."""

    @property
    def migrations(self) -> list[Migration]:
        return [*super().migrations, TABLES]


def definition(topic: str, **changes: Any) -> ServiceDefinition:
    """What hears a counter's topic, and decides nothing."""
    values: dict[str, Any] = {
        "name": "board",
        "package": Path(__file__).parent / "nowhere",
        "routers": (routes(),),
        "projection": Projection(("shown",), heard=project, contracts=AddedV1),
        "subscriptions": (Subscription(topic, (AddedV1,)),),
        "jobs": (DOUBLE,),
    }
    return Board(**{**values, **changes})


if __name__ == "__main__":
    run(definition(sys.argv[1]))
