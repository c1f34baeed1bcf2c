"""A service without a log: it hears, shows, can be killed, rebuilt and audited like any other."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
import pytest_asyncio

from chassis.definition.runtime import DecidesNothing
from chassis.definition.service import ServiceDefinition
from chassis.postgres.database import SEARCH_PATH, migrate
from chassis.process.settings import DEVELOPMENT_ISSUER, ServiceSettings
from chassis.replaying.rebuild import rebuild
from chassis.running.service import create, running
from cli.audit.personal import Personal
from cli.audit.service import Findings, examine
from cli.issuer import Issuer, issuer_in
from cli.launch import role_of
from servers import Addresses
from servers.kafka import some_free_port
from tests.board import definition
from tests.conftest import Databases
from tests.counter import COUNT, PROJECTION, Add
from tests.integration.chassis.conftest import Served, context
from tests.integration.chassis.test_consumer import record, send
from tests.waiting import eventually, until


@dataclass(frozen=True)
class Board:
    """A board with a database of its own, and the counter that it hears."""

    counter: Served
    owner_dsn: str
    dsn: str
    issuer: Issuer
    port: int
    definition: ServiceDefinition

    @property
    def settings(self) -> ServiceSettings:
        return ServiceSettings(
            database_url=self.dsn,
            bootstrap_servers=self.counter.bootstrap,
            port=self.port,
            issuer=DEVELOPMENT_ISSUER,
            jwks_url=self.issuer.jwks_url,
            environment="development",
        )

    @asynccontextmanager
    async def process(self) -> AsyncGenerator[asyncio.subprocess.Process]:
        """The service as a process of its own that is ready, and may be killed."""
        settings = self.settings.model_dump(exclude_none=True, exclude_defaults=True)
        told = {f"MAARID_{name.upper()}": str(value) for name, value in settings.items()}
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.board", self.counter.topic), env={**os.environ, **told}
        )
        try:
            await eventually(
                lambda: self.ask("GET", "/health/ready"), lambda found: found[0] == 200
            )
            yield process
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()

    async def ask(self, method: str, path: str, key: str = "none") -> tuple[int, Any]:
        """What the process answers; 0 where there is none."""
        token = self.issuer.token("organiser")
        headers = {"authorization": f"Bearer {token}", "idempotency-key": key}
        async with httpx.AsyncClient(timeout=10) as client:
            try:
                url = f"http://127.0.0.1:{self.port}{path}"
                answer = await client.request(method, url, headers=headers)
            except httpx.TransportError:
                return 0, None
        return answer.status_code, answer.json() if answer.content else None

    async def shows(self, stream: str, total: int) -> None:
        await eventually(
            lambda: self.ask("GET", f"/counts/{stream}"),
            lambda found: found == (200, {"total": total}),
        )

    async def owner(self, query: str, *values: object) -> Any:
        db = await asyncpg.connect(self.owner_dsn, server_settings={"search_path": SEARCH_PATH})
        try:
            return await db.fetchval(query, *values)
        finally:
            await db.close()

    async def rebuilt(self) -> int:
        bootstrap = self.counter.bootstrap
        return await rebuild(self.definition, self.owner_dsn, role_of(self.dsn), bootstrap)

    async def audited(self) -> Findings:
        where = Addresses(self.counter.bootstrap, {"board": self.owner_dsn}, {}, None)
        return await examine(self.definition, where, Personal())


@pytest_asyncio.fixture(loop_scope="session")
async def board(served: Served, database: Databases, tmp_path: Path) -> Board:
    owner_dsn, dsn = await database("board")
    made = definition(served.topic)
    await migrate(owner_dsn, role_of(dsn), made.migrations)
    issuer = issuer_in(tmp_path / "issuer")
    return Board(served, owner_dsn, dsn, issuer, some_free_port(), made)


async def test_it_hears_shows_is_killed_and_goes_on(board: Board) -> None:
    async with board.counter.serve() as counter:
        async with board.process() as process:
            await counter.desk.execute(COUNT.stream("a"), Add(5), context())
            await board.shows("count-a", 5)
            process.send_signal(signal.SIGKILL)
            await process.wait()
        await counter.desk.execute(COUNT.stream("a"), Add(7), context())
        async with board.process():
            await board.shows("count-a", 12)
            await board.shows("echo-a", 12)
            _, status = await board.ask("GET", "/status")
            assert (status["head"], status["relayed"], status["dead_letters"]) == (0, 0, 0)
            assert status["heard"] == {board.counter.topic: {"applied": 4, "reacted": 4}}
            assert await board.rebuilt() == 4
            await board.shows("count-a", 12)
            await counter.desk.execute(COUNT.stream("a"), Add(1), context())
            await board.shows("count-a", 13)


async def test_the_audit_compares_its_tables_with_what_its_topic_gives(board: Board) -> None:
    async with board.counter.serve() as counter, board.process():
        await counter.desk.execute(COUNT.stream("a"), Add(5), context())
        await board.shows("echo-a", 5)
        found = await board.audited()
        assert not found.decides
        (line,) = found.tables
        assert (line.holds, line.figures) == (True, "1 tables, row by row")
        assert (found.events, found.dead_letters) == (0, 0)
        await board.owner("update shown set total = 6 where stream = 'count-a'")
        (line,) = (await board.audited()).tables
        assert (line.holds, line.figures) == (False, "shown: 1 rows missing, 1 too many")
        await board.rebuilt()
        (line,) = (await board.audited()).tables
        assert line.holds


async def test_it_refuses_and_runs_jobs_without_a_desk(board: Board) -> None:
    async with board.counter.serve() as counter, board.process():
        status, problem = await board.ask("POST", "/counts/count-a/seen", "early")
        assert (status, problem["code"]) == (404, "not_found")
        await counter.desk.execute(COUNT.stream("a"), Add(21), context())
        await board.shows("count-a", 21)
        # Nothing keeps what was refused under a key.
        assert await board.ask("POST", "/counts/count-a/seen", "early") == (204, None)
        assert await board.owner("select count(*) from log.outcomes") == 0
        status, job = await board.ask("POST", "/counts/count-a/double", "job")
        assert status == 202
        _, done = await eventually(
            lambda: board.ask("GET", f"/jobs/{job['job_id']}"),
            lambda found: found[1]["state"] == "done",
        )
        assert done["result"]["doubled"] == 42


async def test_what_it_cannot_read_is_set_aside_and_waits_for_a_wish(board: Board) -> None:
    good, bad = record("count-x", 1), record("count-x", 2)
    async with running(board.definition, board.settings, create(board.definition, board.settings)):
        await send(board.counter, good, bad._replace(value=b"{}"), record("count-x", 3))

        async def aside() -> bool:
            return await board.owner("select count(*) from log.dead_letters") == 2

        await until(aside)
        assert (await board.audited()).dead_letters == 2
        await board.owner("update log.dead_letters set wish = 'drop' where not waiting")

        async def gone_on() -> bool:
            return await board.owner("select total from shown where stream = 'count-x'") == 2

        await until(gone_on)
    assert (await board.audited()).tables[0].holds
    assert await board.rebuilt() == 2


async def test_asked_for_a_desk_it_says_that_it_decides_nothing(board: Board) -> None:
    app = create(board.definition, board.settings)
    async with running(board.definition, board.settings, app) as runtime:
        with pytest.raises(DecidesNothing, match="This service decides nothing"):
            await runtime.desk.execute(COUNT.stream("a"), Add(1), context())
        with pytest.raises(DecidesNothing):
            await runtime.timers.cancel("key")
    with pytest.raises(DecidesNothing):
        board.definition.desk(runtime.pool, runtime.clock)


def test_a_projection_of_events_of_its_own_needs_a_log() -> None:
    with pytest.raises(ValueError, match="board projects events of its own, and has no log"):
        replace(definition("topic"), projection=PROJECTION)
