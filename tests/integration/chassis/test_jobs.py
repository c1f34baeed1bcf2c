"""Jobs run once, within their limits, on whichever replica lives; the event loop stays free."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections import Counter as Tally
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import psutil
import pytest
from structlog.testing import capture_logs

from chassis.definition.service import JobKind
from chassis.jobs import store
from chassis.jobs.worker import Child, Worker
from chassis.log.outcome import CommandIdReused
from chassis.process.ids import uuid7_floor
from chassis.process.tasks import end
from tests import job_kinds as kinds
from tests.counter import COUNT, Add
from tests.integration.chassis.conftest import Counter, context
from tests.waiting import eventually, until

ME = "organiser:test"
ENDED = ("done", "failed", "stopped")


class Jobs:
    """What a test asks for, and what it sees."""

    def __init__(self, counter: Counter, home: Path) -> None:
        self.counter = counter
        self.home = home
        self.given = {"journal": str(home / "journal"), "gate": str(home / "gate")}

    def open_gate(self) -> None:
        (self.home / "gate").touch()

    def journal(self) -> list[list[str]]:
        """The words of each line that functions have written."""
        path = self.home / "journal"
        return [line.split() for line in path.read_text().splitlines()] if path.exists() else []

    async def begun(self, times: int = 1) -> int:
        """Wait until a function has begun so often; the process in which it did."""

        def holds() -> bool:
            return len([words for words in self.journal() if words[0] == "begin"]) >= times

        await until(holds, f"begun {times} times")
        return int([words for words in self.journal() if words[0] == "begin"][-1][2])

    async def ask(self, kind: JobKind, **given: Any) -> UUID:
        encoded = orjson.dumps({**self.given, **given}).decode()
        return await store.ask(self.counter.pool, kind, encoded, context())

    async def row(self, job_id: UUID) -> Any:
        return await self.counter.pool.fetchrow("select * from log.jobs where id = $1", job_id)

    async def seen(self, job_id: UUID, *states: str) -> Any:
        """Wait until a job is in one of the states; gives its row."""
        return await eventually(lambda: self.row(job_id), lambda row: row["state"] in states)

    async def ended(self, job_id: UUID) -> Any:
        return await self.seen(job_id, *ENDED)

    async def end_of(self, kind: JobKind, **given: Any) -> Any:
        return await self.ended(await self.ask(kind, **given))

    @asynccontextmanager
    async def worker(self, **more: Any) -> AsyncGenerator[Worker]:
        worker = Worker("counter", kinds.KINDS, self.counter.pool, **more)
        running = asyncio.create_task(worker.run())
        try:
            yield worker
        finally:
            await end(running)

    @asynccontextmanager
    async def replica(self, lease: float = 4.0) -> AsyncGenerator[asyncio.subprocess.Process]:
        """A replica that is a process of its own, and may be killed."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.jobs_replica", self.counter.dsn, str(lease)
        )
        try:
            yield process
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGCONT)
                process.kill()
            await process.wait()


@pytest.fixture
def jobs(counter: Counter, tmp_path: Path) -> Jobs:
    return Jobs(counter, tmp_path)


def gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


async def test_a_job_is_done_and_the_child_stays_for_the_next_one(jobs: Jobs) -> None:
    async with jobs.worker() as worker:
        row = await jobs.end_of(kinds.DOUBLE, n=21, version=7)
        result = orjson.loads(row["result"])
        assert (row["state"], row["error"], row["progress"]) == ("done", None, 1)
        assert (result["doubled"], result["saw_version"]) == (42, 7)
        assert row["created_at"] <= row["started_at"] <= row["ended_at"]
        again = orjson.loads((await jobs.end_of(kinds.DOUBLE, n=1, version=8))["result"])
        assert again["child"] == result["child"] == worker.child.pid
        # After some time without work it goes.
        await worker.child.rest(0)
        assert gone(result["child"])
    assert (await jobs.row(row["id"]))["attempts"] == 1


async def test_the_child_is_niced_and_loads_nothing_of_the_service(
    jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAARID_DATABASE_URL", "postgresql://somewhere/secret")
    async with jobs.worker():
        found = orjson.loads((await jobs.end_of(kinds.SURROUNDINGS))["result"])
    assert found["niceness"] >= min(os.nice(0) + 10, 19)
    assert found["settings"] == []
    assert found["parent"] == os.getpid()
    assert {"asyncpg", "aiokafka", "fastapi", "pydantic"}.isdisjoint(found["modules"])


async def test_progress_is_seen_while_a_job_runs(jobs: Jobs) -> None:
    async with jobs.worker():
        job_id = await jobs.ask(kinds.GATED)
        row = await eventually(lambda: jobs.row(job_id), lambda row: row["progress"] > 0)
        assert (row["state"], row["progress"], row["progress_code"]) == ("running", 0.25, "waiting")
        jobs.open_gate()
        assert (await jobs.ended(job_id))["state"] == "done"


async def test_a_function_that_fails_tells_its_code_and_the_log_the_rest(jobs: Jobs) -> None:
    with capture_logs() as lines:
        async with jobs.worker():
            failed = await jobs.end_of(kinds.FAILING)
            refused = await jobs.end_of(kinds.REFUSING)
            missing = await jobs.end_of(kinds.MISSING)
    assert (failed["state"], failed["error"], failed["result"]) == ("failed", "job_failed", None)
    assert (refused["state"], refused["error"]) == ("failed", "no_solution")
    assert (missing["state"], missing["error"]) == ("failed", "job_failed")
    told = {line["job"]: line["told"] for line in lines if "told" in line}
    assert "what only the log may know" in told[str(failed["id"])]
    assert "nothing_of_this_name" in told[str(missing["id"])]
    assert str(refused["id"]) not in told
    stored = [str(value) for value in dict(failed).values()]
    assert not [text for text in stored if "what only the log" in text or "Traceback" in text]


async def test_a_job_whose_child_dies_is_tried_three_times(jobs: Jobs) -> None:
    async with jobs.worker():
        row = await jobs.end_of(kinds.DYING)
        assert (row["state"], row["error"], row["attempts"]) == ("failed", "job_crashed", 3)
        assert len(jobs.journal()) == 3
        # What comes after it has a new child.
        assert (await jobs.end_of(kinds.DOUBLE, n=1, version=1))["state"] == "done"


async def test_a_job_of_a_killed_replica_is_taken_over_and_done_once(jobs: Jobs) -> None:
    async with jobs.replica() as first:
        job_id = await jobs.ask(kinds.GATED)
        child = await jobs.begun()
        first.kill()
        await first.wait()
        # The child has gone with its parent, before the lease has run out.
        await until(lambda: gone(child), "the child is gone", seconds=2)
        async with jobs.replica():
            other = await jobs.begun(2)
            jobs.open_gate()
            row = await jobs.ended(job_id)
    assert (row["state"], row["attempts"]) == ("done", 2)
    assert other != child
    assert Tally(words[0] for words in jobs.journal()) == {"begin": 2, "end": 1}


async def test_a_job_that_kills_every_replica_is_given_up(jobs: Jobs) -> None:
    job_id = await jobs.ask(kinds.STUBBORN)
    for attempt in range(1, 4):
        async with jobs.replica() as replica:
            await jobs.begun(attempt)
            replica.kill()
            await replica.wait()
    async with jobs.worker():
        row = await jobs.ended(job_id)
    assert (row["state"], row["error"], row["attempts"]) == ("failed", "job_crashed", 3)


async def test_a_child_that_hears_nothing_ends_with_its_parent(jobs: Jobs) -> None:
    async with jobs.replica() as replica:
        await jobs.ask(kinds.STUBBORN)
        child = await jobs.begun()
        replica.kill()
        await replica.wait()
        await until(lambda: gone(child), "the child is gone", seconds=2)


async def test_a_replica_that_is_told_to_end_leaves_its_job_to_others_at_once(jobs: Jobs) -> None:
    async with jobs.worker(lease=600):
        job_id = await jobs.ask(kinds.GATED)
        child = await jobs.begun()
    assert gone(child)
    jobs.open_gate()
    async with jobs.worker():
        row = await jobs.ended(job_id)
    # It is nobody's fault, so it counts as no attempt.
    assert (row["state"], row["attempts"]) == ("done", 1)


async def test_a_frozen_replica_writes_nothing_over_what_another_one_did(jobs: Jobs) -> None:
    async with jobs.replica() as first:
        job_id = await jobs.ask(kinds.GATED)
        await jobs.begun()
        first.send_signal(signal.SIGSTOP)
        async with jobs.worker():
            await jobs.begun(2)
            jobs.open_gate()
            done = await jobs.ended(job_id)
        first.send_signal(signal.SIGCONT)
        # It takes the next job, so it has finished with this one.
        await jobs.end_of(kinds.DOUBLE, n=1, version=1)
    row = await jobs.row(job_id)
    assert (row["state"], row["attempts"]) == ("done", 2)
    assert (row["lease_holder"], row["ended_at"]) == (done["lease_holder"], done["ended_at"])


async def test_a_job_that_takes_too_long_is_killed(jobs: Jobs) -> None:
    async with jobs.worker():
        row = await jobs.end_of(kinds.ENDLESS)
        assert (row["state"], row["error"]) == ("failed", "job_too_long")
        assert gone(int(jobs.journal()[0][2]))
    took = (row["ended_at"] - row["started_at"]).total_seconds()
    assert kinds.ENDLESS.seconds <= took < kinds.ENDLESS.seconds + 3


async def test_a_job_of_a_service_that_stands_still_is_ended_by_the_kernel(jobs: Jobs) -> None:
    async with jobs.replica() as replica:
        await jobs.ask(kinds.ENDLESS)
        child = await jobs.begun()
        replica.send_signal(signal.SIGSTOP)
        await until(lambda: gone(child), "the child is gone", seconds=20)


async def test_a_job_that_takes_too_much_memory_fails_and_the_next_one_runs(jobs: Jobs) -> None:
    async with jobs.worker():
        row = await jobs.end_of(kinds.GREEDY)
        assert (row["state"], row["error"], row["attempts"]) == ("failed", "job_too_large", 1)
        assert (await jobs.end_of(kinds.DOUBLE, n=1, version=1))["state"] == "done"


async def test_a_result_that_cannot_be_stored_is_a_failure(jobs: Jobs) -> None:
    async with jobs.worker():
        unstorable = await jobs.end_of(kinds.UNSTORABLE)
        large = await jobs.end_of(kinds.OF_SIZE, size=8_000_001)
    assert (unstorable["state"], unstorable["error"]) == ("failed", "job_failed")
    assert (large["state"], large["error"]) == ("failed", "job_too_large")


@pytest.mark.parametrize("kind", [kinds.GATED, kinds.STUBBORN], ids=["asks", "never asks"])
async def test_a_job_is_stopped_within_two_seconds(jobs: Jobs, kind: JobKind) -> None:
    async with jobs.worker():
        job_id = await jobs.ask(kind)
        child = await jobs.begun()
        asked = time.monotonic()
        await store.wish_stop(jobs.counter.pool, job_id, ME)
        row = await jobs.ended(job_id)
        assert time.monotonic() - asked < 2
        assert (row["state"], row["error"], row["result"]) == ("stopped", None, None)
        if kind is kinds.STUBBORN:
            assert gone(child)
        assert (await jobs.end_of(kinds.DOUBLE, n=1, version=1))["state"] == "done"


async def test_what_a_function_returns_when_it_is_told_to_stop_is_kept(jobs: Jobs) -> None:
    async with jobs.worker() as worker:
        job_id = await jobs.ask(kinds.BEST)
        child = await jobs.begun()
        await store.wish_stop(jobs.counter.pool, job_id, ME)
        row = await jobs.ended(job_id)
        assert (row["state"], orjson.loads(row["result"])) == ("done", {"best": 42})
        assert worker.child.pid == child


async def test_a_job_that_nobody_runs_is_stopped_at_once(jobs: Jobs) -> None:
    waiting = await jobs.ask(kinds.GATED)
    await store.wish_stop(jobs.counter.pool, waiting, "organiser:somebody-else")
    assert (await jobs.row(waiting))["state"] == "queued"
    await store.wish_stop(jobs.counter.pool, waiting, ME)
    left = await jobs.ask(kinds.GATED)
    claimed = await store.claim(jobs.counter.pool, ["gated"], 0)
    assert claimed is not None
    assert claimed.id == left
    await store.wish_stop(jobs.counter.pool, left, ME)
    assert [(await jobs.row(each))["state"] for each in (waiting, left)] == ["stopped", "stopped"]
    assert await store.claim(jobs.counter.pool, ["gated"]) is None


async def test_the_same_command_id_is_the_same_job(jobs: Jobs) -> None:
    pool, wish = jobs.counter.pool, context(request_hash=b"a")
    first = await store.ask(pool, kinds.DOUBLE, "1", wish)
    # What is read for the input may have changed; the wish has not.
    assert await store.ask(pool, kinds.DOUBLE, "2", wish) == first
    with pytest.raises(CommandIdReused):
        await store.ask(pool, kinds.FAILING, "1", wish)
    other = type(wish)(wish.command_id, wish.actor, request_hash=b"b")
    with pytest.raises(CommandIdReused):
        await store.ask(pool, kinds.DOUBLE, "1", other)
    used = context(request_hash=b"c")
    await (await jobs.counter.desk()).execute(COUNT.stream("1"), Add(1), used)
    with pytest.raises(CommandIdReused):
        await store.ask(pool, kinds.DOUBLE, "1", used)
    assert await pool.fetchval("select input from log.jobs") == "1"


async def test_a_kind_that_a_replica_does_not_know_waits_for_one_that_does(jobs: Jobs) -> None:
    await jobs.ask(kinds.DOUBLE, n=1, version=1)
    assert await store.claim(jobs.counter.pool, ["another"]) is None
    assert await store.claim(jobs.counter.pool, ["double"]) is not None


@pytest.mark.timeout(240)
async def test_two_replicas_never_run_the_same_job(jobs: Jobs) -> None:
    asked = [await jobs.ask(kinds.GATED, number=number) for number in range(60)]
    async with jobs.replica(), jobs.replica(), jobs.worker():
        # Until each has one nobody gets on.
        await jobs.begun(3)
        jobs.open_gate()
        for job_id in asked:
            assert (await jobs.ended(job_id))["state"] == "done"
    assert Tally((words[0], words[1]) for words in jobs.journal()) == {
        (what, str(number)): 1 for what in ("begin", "end") for number in range(60)
    }
    assert len({words[2] for words in jobs.journal()}) == 3


async def test_old_jobs_are_forgotten(jobs: Jobs) -> None:
    pool, old = jobs.counter.pool, await jobs.ask(kinds.DOUBLE, n=1, version=1)
    young = await jobs.ask(kinds.GATED)
    before = uuid7_floor(store.KEPT_SECONDS + 60)
    await pool.execute("update log.jobs set id = $2 where id = $1", old, before)
    await store.prune(pool)
    assert [row["id"] for row in await pool.fetch("select id from log.jobs")] == [young]


async def test_the_event_loop_is_free_while_a_large_job_comes_and_goes(jobs: Jobs) -> None:
    lags: list[float] = []

    async def watch() -> None:
        while True:
            began = time.thread_time()
            await asyncio.sleep(0)
            # Processor time of this thread: what others on the machine do is not counted.
            lags.append(time.thread_time() - began)

    async with jobs.worker():
        await jobs.end_of(kinds.DOUBLE, n=1, version=1)
        job_id = await jobs.ask(kinds.OF_SIZE, size=7_900_000, ballast="x" * 7_000_000)
        watching = asyncio.create_task(watch())
        await eventually(
            lambda: jobs.counter.pool.fetchval("select state from log.jobs where id = $1", job_id),
            lambda state: state in ENDED,
        )
        await end(watching)
    assert max(lags) < 0.05


async def test_a_child_that_nobody_started_yet_can_be_ended() -> None:
    child = Child()
    child.stop()
    await child.rest(0)
    await child.kill()
    assert child.pid is None
