"""Jobs as callers see them: accepted once a key, shown to whoever asked, stopped on request."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest_asyncio
from fastapi import APIRouter, Response
from pydantic import BaseModel

from chassis.api.requests import ContextDep, Role, RuntimeDep, allow
from chassis.jobs.routes import JobAccepted, job_accepted
from chassis.process.settings import DEVELOPMENT_ISSUER, ServiceSettings
from chassis.running.service import create, running
from cli.issuer import Issuer, issuer_in
from tests import job_kinds as kinds
from tests.integration.chassis.conftest import Served
from tests.waiting import eventually

NO_JOB = "/jobs/00000000-0000-7000-8000-000000000000"


class SumForm(BaseModel):
    kind: str
    n: int = 0


def routes(home: Path) -> APIRouter:
    router = APIRouter()
    given = {"journal": str(home / "journal"), "gate": str(home / "gate"), "version": 7}

    @router.post(
        "/sums",
        status_code=202,
        response_model=JobAccepted,
        dependencies=[allow(Role.ORGANISER)],
    )
    async def ask_sum(form: SumForm, runtime: RuntimeDep, context: ContextDep) -> Response:
        kind = next(kind for kind in kinds.KINDS if kind.name == form.kind)
        return await job_accepted(
            runtime, kind, {**given, "n": form.n, "size": form.n, "number": form.n}, context
        )

    assert callable(ask_sum)
    return router


@dataclass
class Caller:
    """Somebody with a token."""

    client: httpx.AsyncClient
    token: str

    async def get(self, path: str) -> httpx.Response:
        headers = {"authorization": f"Bearer {self.token}", "accept-encoding": "gzip"}
        return await self.client.get(path, headers=headers)

    async def post(self, path: str, key: str, body: Any = None) -> httpx.Response:
        headers = {"authorization": f"Bearer {self.token}", "idempotency-key": key}
        return await self.client.post(path, headers=headers, json=body)

    async def seen(self, path: str, *states: str) -> Any:
        async def ask() -> Any:
            return (await self.get(path)).json()

        return await eventually(ask, lambda job: job["state"] in states)


@dataclass
class House:
    client: httpx.AsyncClient
    issuer: Issuer

    def caller(self, subject: str, role: str = "organiser") -> Caller:
        return Caller(self.client, self.issuer.token(role, subject=subject))


@pytest_asyncio.fixture(loop_scope="session")
async def house(served: Served, tmp_path: Path) -> AsyncGenerator[House]:
    issuer = issuer_in(tmp_path / "issuer")
    settings = ServiceSettings(
        database_url=served.dsn,
        bootstrap_servers=served.bootstrap,
        issuer=DEVELOPMENT_ISSUER,
        jwks_url=issuer.jwks_url,
        environment="development",
    )
    definition = replace(served.definition, jobs=kinds.KINDS, routers=(routes(tmp_path),))
    app = create(definition, settings)
    transport = httpx.ASGITransport(app)
    async with (
        running(definition, settings, app),
        httpx.AsyncClient(transport=transport, base_url="http://counter") as client,
    ):
        yield House(client, issuer)


async def test_a_job_is_accepted_once_a_key_and_shows_what_it_proposes(house: House) -> None:
    amina = house.caller("amina")
    accepted = await amina.post("/sums", "one", {"kind": "double", "n": 21})
    assert accepted.status_code == 202
    place = accepted.headers["location"]
    assert place == f"/jobs/{accepted.json()['job_id']}"
    again = await amina.post("/sums", "one", {"kind": "double", "n": 21})
    assert (again.status_code, again.json(), again.headers["location"]) == (
        202,
        accepted.json(),
        place,
    )
    other = await amina.post("/sums", "one", {"kind": "double", "n": 22})
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    job = await amina.seen(place, "done")
    assert (job["result"]["doubled"], job["result"]["saw_version"]) == (42, 7)
    assert (job["progress"], job["error"], job["kind"]) == (1, None, "double")
    assert job.keys() == {
        *("job_id", "kind", "state", "progress", "progress_code", "result", "error"),
        *("created_at", "started_at", "ended_at"),
    }
    # Under another key it is another one.
    anew = await amina.post("/sums", "two", {"kind": "double", "n": 21})
    assert anew.json() != accepted.json()


async def test_a_job_is_shown_only_to_the_caller_who_asked_for_it(house: House) -> None:
    amina, brahim = house.caller("amina"), house.caller("brahim")
    accepted = await amina.post("/sums", "mine", {"kind": "double", "n": 1})
    place = accepted.headers["location"]
    for path in (place, NO_JOB):
        answer = await brahim.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "job_unknown")
        stopped = await brahim.post(f"{path}/stop", f"stop {path[-12:]}".replace(" ", "-"))
        assert (stopped.status_code, stopped.json()["code"]) == (404, "job_unknown")
    assert (await house.caller("atlas", "exhibitor").get(place)).status_code == 403
    assert (await house.client.get(place)).status_code == 401
    assert (await amina.seen(place, "done"))["state"] == "done"


async def test_a_failure_shows_its_code_alone(house: House) -> None:
    amina = house.caller("amina")
    accepted = await amina.post("/sums", "fails", {"kind": "failing"})
    job = await amina.seen(accepted.headers["location"], "failed")
    assert (job["error"], job["result"]) == ("job_failed", None)
    text = (await amina.get(accepted.headers["location"])).text
    assert "Traceback" not in text
    assert "what only the log may know" not in text


async def test_a_job_is_stopped_and_stopping_it_again_changes_nothing(house: House) -> None:
    amina = house.caller("amina")
    place = (await amina.post("/sums", "long", {"kind": "stubborn"})).headers["location"]
    await amina.seen(place, "running")
    assert (await amina.post(f"{place}/stop", "stop")).status_code == 200
    job = await amina.seen(place, "stopped")
    assert (job["error"], job["result"]) == (None, None)
    again = await amina.post(f"{place}/stop", "stop-again")
    assert (again.status_code, again.json()) == (200, job)


async def test_a_large_result_is_shown_whole(house: House) -> None:
    amina = house.caller("amina")
    accepted = await amina.post("/sums", "large", {"kind": "of_size", "n": 5_000_000})
    job = await amina.seen(accepted.headers["location"], "done", "failed")
    assert job["result"] == "x" * 5_000_000
    assert (await amina.get(accepted.headers["location"])).headers["content-encoding"] == "gzip"
