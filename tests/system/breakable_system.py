"""The whole system as processes that tests kill, cut off, freeze and start again."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
import tempfile
import time
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import orjson

from cli.audit import Line, audit
from cli.definitions import definitions
from cli.launch import System, free_port, system
from servers import EmbeddedStack, StackSettings
from servers.process import ServerProcess
from services import SERVICES
from tests.running_service import connected, text, uid
from tests.waiting import PATIENCE, eventually, until

CONTACTS = 5
HALLS = 10
DAYS = 20
SLOTS = 40
"""Quarters of an hour of each day in which a session can begin."""


@dataclass
class Fair:
    """A fair with halls, and people of one organisation who are told what happens."""

    fair_id: str
    contacts: list[str]
    first_day: datetime
    scheduled: int = 0

    def session(self, seats: int) -> dict[str, Any]:
        """The next session to schedule: each in a hall and at a time of its own."""
        hall, place = self.scheduled % HALLS, self.scheduled // HALLS
        self.scheduled += 1
        minutes = 15 * (place % SLOTS)
        starts_at = self.first_day + timedelta(days=place // SLOTS, hours=8, minutes=minutes)
        return {
            "kind": "workshop",
            "title": text("Marketing des coopératives"),
            "topic_code": "marketing",
            "hall_id": f"hall-{hall}",
            "language": "ar",
            "audience": "exhibitors",
            "starts_at": starts_at.isoformat(),
            "ends_at": (starts_at + timedelta(minutes=15)).isoformat(),
            "seats": seats,
        }


@dataclass
class BreakableSystem:
    """The running system, and what is asked of it."""

    system: System
    stack: EmbeddedStack
    http: httpx.AsyncClient
    tokens: dict[str, str] = field(default_factory=dict[str, str])
    altered: set[str] = field(default_factory=set[str])
    """Services that run with settings of a test."""

    # Asking

    async def ask(
        self,
        service: str,
        path: str,
        body: object = None,
        *,
        method: str = "POST",
        key: str | None = None,
        at: str | None = None,
        http: httpx.AsyncClient | None = None,
    ) -> httpx.Response:
        """Ask as a careful client does: under one key, again while nobody answers or is ready.

        Anything that is not an answer of the service's own fails the test: a 500 above all.
        """
        token = self.tokens.setdefault("organiser", self.system.token("organiser"))
        headers = {"authorization": f"Bearer {token}", "idempotency-key": key or uid()}
        url = (at or self.system.urls[service]) + path
        deadline = time.monotonic() + PATIENCE
        while True:
            said = "nothing"
            try:
                response = await (http or self.http).request(
                    method, url, json=body, headers=headers
                )
                if response.status_code != 503:
                    assert response.status_code < 500, f"{service} {path}: {response.text}"
                    return response
                said = response.text
            except httpx.TransportError as error:
                said = repr(error)
            assert time.monotonic() < deadline, f"{service} does not answer {path}: {said}"
            await asyncio.sleep(0.05)

    async def made(self, service: str, path: str, body: object) -> dict[str, Any]:
        """Ask for something new that nothing speaks against."""
        response = await self.ask(service, path, body)
        assert response.status_code == 201, response.text
        return response.json()

    async def enrol(self, phone: str, *, consent: bool = True) -> tuple[str, str]:
        """A new organisation with somebody made up: (its id, its contact's)."""
        person = {
            "name": "شخص مختلق",  # Made up, as it says of itself.
            "phone": phone,
            "role": "chair",
            "language": "fr",
            "consent": consent,
        }
        organisation = {
            "kind": "cooperative",
            "name": text(f"Coopérative {phone[-2:]}"),
            "province": "azilal",
            "region": "beni-mellal-khenifra",
            "contact": person,
        }
        enrolled = await self.made("registration", "/organisations", organisation)
        return enrolled["organisation_id"], enrolled["contact_id"]

    async def announce(self, places: int = 10) -> tuple[str, datetime]:
        """A new fair, of which nobody need have heard: (its id, its first day)."""
        fair_id = f"fair-{uuid4().hex[:12]}"
        today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        first = today + timedelta(days=30)
        announcement = {
            "fair_id": fair_id,
            "edition": 1,
            **{name: text("Salon") for name in ("name", "region", "city", "venue")},
            "timezone": "Africa/Casablanca",
            "first_day": first.date().isoformat(),
            "last_day": (first + timedelta(days=DAYS)).date().isoformat(),
            "opens_at": "08:00",
            "closes_at": "22:00",
            "poles": [{"pole_id": "products", "name": text("Produits"), "places": places}],
        }
        await self.made("registration", "/fairs", announcement)
        return fair_id, first

    async def fair(self) -> Fair:
        """A new fair, of which everybody has heard."""
        fair_id, first = await self.announce()
        organisation = {
            "kind": "cooperative",
            "name": text("Coopérative"),
            "province": "azilal",
            "region": "beni-mellal-khenifra",
        }
        enrolled = await self.made("registration", "/organisations", organisation)
        contacts: list[str] = []
        for number in range(CONTACTS):
            person = {
                "name": f"شخص مختلق رقم {number}",  # Made up, as it says of itself.
                "phone": f"06612345{number:02}",
                "role": "chair",
                "language": "ar",
                "consent": True,
            }
            path = f"/organisations/{enrolled['organisation_id']}/contacts"
            contacts.append((await self.made("registration", path, person))["contact_id"])
        fair = Fair(fair_id, contacts, first)

        await until(lambda: self.has_halls(fair_id), f"scheduling hears of {fair_id}")
        for number in range(1, HALLS):
            hall = {"hall_id": f"hall-{number}", "name": text("Salle"), "capacity": 50_000}
            await self.made("scheduling", f"/fairs/{fair_id}/halls", hall)
        return fair

    async def wearer(self, fair_id: str) -> None:
        """Let one more organisation exhibit, and somebody of it wear a badge."""
        organisation = {
            "kind": "cooperative",
            "name": text("Coopérative à badges"),
            "province": "azilal",
            "region": "beni-mellal-khenifra",
        }
        enrolled = await self.made("registration", "/organisations", organisation)
        closes = datetime.now(UTC) + timedelta(days=1)
        call = {"closes_at": closes.isoformat()}
        opened = await self.ask("registration", f"/fairs/{fair_id}/call/open", call)
        assert opened.status_code == 200, opened.text
        asked = {
            "organisation_id": enrolled["organisation_id"],
            "participation": "exhibitor",
            "pole_id": "products",
            "booths": 1,
            "people": 2,
        }
        path = f"/fairs/{fair_id}/applications"
        exhibitor_id = (await self.made("registration", path, asked))["application_id"]
        selected = {"reason": "selected"}
        accepted = await self.ask("registration", f"{path}/{exhibitor_id}/accept", selected)
        assert accepted.status_code == 200, accepted.text
        wearer = {"name": "شخص مختلق", "role": "seller"}  # Made up, as it says of itself.
        await self.made(
            "registration", f"/fairs/{fair_id}/exhibitors/{exhibitor_id}/people", wearer
        )

    async def has_halls(self, fair_id: str) -> bool:
        """Open the first hall of a fair; False where scheduling has not heard of the fair."""
        hall = {"hall_id": "hall-0", "name": text("Salle"), "capacity": 50_000}
        asked = await self.ask("scheduling", f"/fairs/{fair_id}/halls", hall)
        return asked.status_code == 201

    async def schedule(self, fair: Fair, seats: int = 1000) -> str:
        """A new session; its workshop opens when ticketing hears of it."""
        made = await self.made("scheduling", f"/fairs/{fair.fair_id}/sessions", fair.session(seats))
        return made["session_id"]

    async def is_open(self, session_id: str) -> bool:
        asked = await self.ask("ticketing", f"/workshops/{session_id}", method="GET")
        return asked.status_code == 200

    async def workshop(self, fair: Fair, seats: int) -> str:
        """A new workshop whose seats can be reserved."""
        session_id = await self.schedule(fair, seats)

        async def opened() -> bool:
            return await self.is_open(session_id)

        await until(opened, "the workshop of a session opens")
        return session_id

    # Breaking

    async def start(self, service: str, **settings: str) -> ServerProcess:
        """Start a service that is not running; returns before it is ready."""
        if settings:
            self.altered.add(service)
        else:
            self.altered.discard(service)
        return await self.system.start_service(service, **settings)

    async def restart(self, *services: str, **settings: str) -> None:
        """Stop services in order, and start them with these settings."""
        for service in services:
            await self.end(self.system.processes[service])
        for service in services:
            await self.start(service, **settings)
        await self.system.wait_ready(*services)

    async def end(self, process: ServerProcess, within: float = 20) -> float:
        """SIGTERM; the process must be gone within the seconds.  Returns how many it took."""
        asked_at = time.monotonic()
        assert process.pid is not None, process.failure(f"{process.name} ended by itself.")
        os.kill(process.pid, signal.SIGTERM)
        await until(lambda: process.pid is None, f"{process.name} ends", within)
        return time.monotonic() - asked_at

    async def killed_at(self, point: str, service: str, times: int) -> None:
        """Let a service run until it comes to a point of its code and is killed there, so often.

        In turn at the first time, when it takes up what was left half done, and at the second,
        which only the load brings about.  The service is down afterwards.
        """
        await self.end(self.system.processes[service])
        for turn in range(times):
            process = await self.start(
                service, MAARID_BREAK_AT=f"{point}:{1 + turn % 2}", MAARID_SESSION_SECONDS="2"
            )
            await until(lambda process=process: process.pid is None, f"{service} is killed")
            assert process.exit_code == -signal.SIGKILL, process.failure("It was not killed.")

    @asynccontextmanager
    async def replica(self, service: str, **settings: str) -> AsyncGenerator[tuple[str, Any]]:
        """One more process of a service on the same database: (its address, the process)."""
        port = free_port()
        process = ServerProcess(f"{service}-2", self.system.home, [f"services.{service}"])
        process.start(
            [sys.executable, "-m", f"services.{service}"],
            environment={
                **self.system.environment(service),
                "MAARID_PORT": str(port),
                **settings,
            },
            on_parent_death=signal.SIGTERM,
        )
        url = f"http://127.0.0.1:{port}"
        try:
            await until(lambda: self._is_ready(url), f"a second {service} is ready")
            yield url, process
        finally:
            if process.pid is not None:
                os.kill(process.pid, signal.SIGCONT)
                await self.end(process)

    async def _is_ready(self, url: str) -> bool:
        try:
            return (await self.http.get(f"{url}/health/ready")).status_code == 200
        except httpx.TransportError:
            return False

    async def whole(self) -> None:
        """Let everything run as usual, whatever a test has left broken."""
        if self.stack.postgres_pid is None:
            await self.stack.start_postgres()
        if self.stack.kafka_pid is None:
            await self.stack.start_kafka()
        for service in SERVICES:
            process = self.system.processes.get(service)
            if process is not None and process.pid is not None and service in self.altered:
                os.kill(process.pid, signal.SIGKILL)
                await until(lambda process=process: process.pid is None, f"{service} ends")
            if process is None or process.pid is None:
                await self.start(service)
        await self.system.wait_ready()

    # Proving

    def database(self, service: str) -> AbstractAsyncContextManager[asyncpg.Connection]:
        """A connection of the database's owner."""
        return connected(self.system.addresses.owner_dsn[service])

    async def rows(self, service: str, query: str, *arguments: object) -> list[Any]:
        async with self.database(service) as db:
            return await db.fetch(query, *arguments)

    async def events(self, service: str, *types: str) -> list[dict[str, Any]]:
        """Events of these types, in the order of the log, with what came with them."""
        rows = await self.rows(
            service,
            "select stream, version, event_id, causation_id, data::text as data from log.events"
            " where type = any($1) order by position",
            types,
        )
        return [{**dict(row), **orjson.loads(row["data"])} for row in rows]

    async def _unheard(self) -> list[str]:
        """What has not been published, heard, reacted to, or sent yet."""
        missing: list[str] = []
        versions: dict[str, dict[str, int]] = {}
        for each in definitions():
            async with self.database(each.name) as db:
                head = await db.fetchval("select coalesce(max(position), 0) from log.events")
                sent = await db.fetchval("select coalesce(max(position), 0) from log.relay")
                if sent < head:
                    missing.append(f"{each.name} has published {sent} of {head}")
                rows = await db.fetch("select stream, max(version) v from log.events group by 1")
                if each.event_sourced is not None:
                    versions[each.log.topic] = {row["stream"]: row["v"] for row in rows}
        for each in definitions():
            for subscription in each.subscriptions:
                rows = await self.rows(
                    each.name,
                    "select stream, version, reacted from log.heard where topic = $1",
                    subscription.topic,
                )
                heard = {row["stream"]: min(row["version"], row["reacted"]) for row in rows}
                behind = [s for s, v in versions[subscription.topic].items() if heard.get(s, 0) < v]
                if behind:
                    missing.append(f"{each.name} is behind in {len(behind)} streams, {behind[:3]}")
        open_messages = await self.rows(
            "notifications",
            "select count(*) as n from read.messages"
            " where status not in ('delivered', 'read', 'failed')",
        )
        if open_messages[0]["n"]:
            missing.append(f"{open_messages[0]['n']} messages are not settled")
        return missing

    async def quiet(self, seconds: float = PATIENCE) -> None:
        """Wait until everything was heard by everybody and every message is delivered."""
        await eventually(self._unheard, lambda missing: not missing, seconds)

    async def audited(self) -> dict[str, Line]:
        """Wait until all is quiet and hold the product to its promises; returns every line."""
        await self.quiet()
        lines = await self.judged()
        broken = [line for line in lines.values() if not line.holds]
        assert not broken, broken
        return lines

    async def judged(self) -> dict[str, Line]:
        """What the audit says now."""
        lines: list[Line] = []
        await audit(self.system.addresses, lines.append)
        return {line.promise: line for line in lines}


@asynccontextmanager
async def breakable_system() -> AsyncGenerator[BreakableSystem]:
    """A system on an empty home whose servers may be killed; its clock is the wall's."""
    with tempfile.TemporaryDirectory(prefix="maarid-faults-") as directory:
        home = Path(directory)
        settings = StackSettings(home=home, stack="embedded", kafka_port=0)
        limits = httpx.Limits(max_connections=None)
        async with (
            system(home, simulated=False, settings=settings) as running,
            httpx.AsyncClient(timeout=30, limits=limits) as http,
        ):
            stack = running.stack
            assert isinstance(stack, EmbeddedStack), "nobody else's servers are killed"
            yield BreakableSystem(running, stack, http)


def sent_twice(lines: dict[str, Line]) -> int:
    """How many duplicates the audit has counted on the topics."""
    found = [re.search(r"(\d+) sent twice", line.figures) for line in lines.values()]
    return sum(int(match.group(1)) for match in found if match)
