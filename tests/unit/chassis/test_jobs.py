"""Kinds of jobs, what is said over the pipe, and what a function is given."""

from __future__ import annotations

import asyncio
import io
import json
from typing import Any

import pytest

from chassis.definition.service import JobKind
from chassis.jobs import frames
from chassis.jobs.child import outcome_of
from chassis.jobs.frames import Frame
from chassis.jobs.progress import LONGEST_CODE, Progress, Stopped
from chassis.jobs.worker import environment
from chassis.process.settings import ServiceSettings
from chassis.running.routes import routes_of
from chassis.running.service import create
from tests.counter import definition
from tests.job_kinds import DOUBLE, FAILING, KINDS, REFUSING


@pytest.mark.parametrize("path", ["no_function", "a.b:", ":c", "a b:c", "os:path.join", "a:b:c"])
def test_a_kind_names_a_function_in_a_module(path: str) -> None:
    with pytest.raises(ValueError, match=r"package\.module:function"):
        JobKind("kind", path, 1, 1)


def test_a_kind_without_time_or_memory_is_refused() -> None:
    for seconds, megabytes in ((0, 1), (1, 0)):
        with pytest.raises(ValueError, match="no time or no memory"):
            JobKind("kind", "a:b", seconds, megabytes)


@pytest.mark.parametrize("payload", [b"", b"{}", "نسيج".encode(), b"x" * 200_000])
async def test_a_frame_is_read_as_it_was_written(payload: bytes) -> None:
    frame = Frame(frames.DONE, payload)
    assert frames.read(io.BytesIO(frame.encoded)) == frame
    reader = asyncio.StreamReader()
    reader.feed_data(frame.encoded)
    assert await frames.receive(reader) == frame


def test_half_a_frame_is_the_end() -> None:
    encoded = Frame(frames.DONE, b"whole").encoded
    for size in (0, 3, len(encoded) - 1):
        with pytest.raises(EOFError):
            frames.read(io.BytesIO(encoded[:size]))


def test_progress_is_told_within_bounds_and_not_too_often() -> None:
    told: list[tuple[float, str]] = []
    progress = Progress(lambda share, code: told.append((share, code)))
    progress(-1, "a")
    progress(0.5, "a")
    progress(2, "b" * 500)
    assert told == [(0.0, "a"), (1.0, "b" * LONGEST_CODE)]


def nobody(share: float, code: str) -> None:
    """Nobody hears of the progress."""


def test_progress_tells_the_function_to_stop() -> None:
    progress = Progress(nobody)
    assert not progress.stopping
    progress.stop()
    assert progress.stopping
    with pytest.raises(Stopped):
        progress(0.5)
    # Code that goes on after any exception must not go on after this one.
    assert not issubclass(Stopped, Exception)


def outcome(kind: JobKind, given: Any = None) -> tuple[bytes, Any]:
    job = {"function": kind.function, "seconds": 60, "megabytes": 4000}
    frame = outcome_of(job, json.dumps(given).encode(), Progress(nobody))
    return frame.tag, json.loads(frame.payload)


def test_what_a_function_returns_is_the_result() -> None:
    tag, result = outcome(DOUBLE, {"n": 21, "version": 7})
    assert tag == frames.DONE
    assert (result["doubled"], result["saw_version"]) == (42, 7)


def test_a_refusal_is_told_by_its_code_and_an_error_to_the_log_alone() -> None:
    assert outcome(REFUSING) == (frames.FAILED, ["no_solution", ""])
    tag, (code, told) = outcome(FAILING)
    assert (tag, code) == (frames.FAILED, "job_failed")
    assert "what only the log may know" in told


def test_the_child_is_told_no_setting_of_the_service(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAARID_DATABASE_URL", "postgresql://somewhere/else")
    assert not [name for name in environment() if name.startswith("MAARID_")]


SETTINGS = ServiceSettings(
    database_url="postgresql://nobody@nowhere/nothing",
    bootstrap_servers="nowhere:1",
    issuer="nobody",
    jwks_url="https://nowhere.invalid/keys",
)


def test_a_service_with_jobs_has_their_routes_and_says_what_they_refuse() -> None:
    paths = create(definition(jobs=KINDS), SETTINGS).openapi()["paths"]
    shown, stopped = paths["/jobs/{job_id}"]["get"], paths["/jobs/{job_id}/stop"]["post"]
    assert (shown["operationId"], stopped["operationId"]) == ("showJob", "stopJob")
    for operation in (shown, stopped):
        assert "job_unknown" in operation["responses"]["404"]["description"]
        assert operation["x-roles"] == ["organiser"]
        assert operation["tags"] == ["jobs"]
    assert any(each["name"] == "idempotency-key" for each in stopped["parameters"])


def test_a_service_without_jobs_has_none_of_them() -> None:
    app = create(definition(), SETTINGS)
    assert not [route for route in routes_of(app) if str(route.path).startswith("/jobs")]
    assert "jobs" not in [tag["name"] for tag in app.openapi()["tags"]]
