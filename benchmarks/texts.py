"""How fast texts are handed over: from what is asked for, or was committed in another service,
until a network has taken the text; and whether the pace is kept that a network allows."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID, uuid4

import httpx
from maarid_contracts.typescript import install, program

from benchmarks.ground import Ground
from benchmarks.measuring import (
    Line,
    Measured,
    at_least,
    at_most,
    paced,
    percentile,
    share_of,
    until,
)
from benchmarks.ticketing import listens
from benchmarks.workshops import FAIR, open_workshops
from chassis.definition.service import ServiceDefinition
from chassis.log.context import CommandContext
from chassis.log.desk import Desk
from chassis.postgres.clock import Clock
from chassis.postgres.database import Pool, open_pool
from chassis.process.ids import uuid7
from cli.launch import END, System, free_port, system
from servers.process import ServerProcess
from services.notifications.app import definition as notifications
from services.notifications.messages.domain import RequestMessage, message_stream
from services.ticketing.app import definition as ticketing

URGENT_MS, TOLD_MS = 250, 800
A_SECOND = 50
RATE, MOST = 200, 220
"""Texts a second that the SMSC allows, and the most in any second."""
SHARE = 0.98
SMSC = Path(__file__).with_name("smsc")
PATIENCE_SECONDS = 30
AT_ONCE = 200

KNOWN = """
insert into fairs (fair_id, name, timezone, poles)
values ($1, '{"ar": "معرض", "fr": "Salon"}', 'Africa/Casablanca', '{}')
"""
HALL = (
    """insert into halls (fair_id, hall_id, name) values ($1, 'hall-1', '{"ar": "خ", "fr": "T"}')"""
)
CONTACTS = """
insert into contacts (contact_id, phone, language, second_language, channel, consent, revision)
select c, '+212600000042', 'fr', 'ar', 'sms', true, 1 from unnest($1::uuid[]) as c
"""
HANDED_OVER = """
select message_id, extract(epoch from answered_at)::float8 as at from attempts
 where answered_at is not null
"""
REQUESTED = """
select (data ->> 'message_id')::uuid, extract(epoch from recorded_at)::float8 from log.events
 where type = 'message_requested.v1'
"""
TOLD = """
select m.told_of, extract(epoch from a.answered_at)::float8 as at
  from messages as m join attempts as a using (message_id) where a.answered_at is not null
"""
RESERVED = """
select event_id, extract(epoch from recorded_at)::float8 as at from log.events
 where type = 'seat_reserved.v1'
"""
UNLIMITED = {
    f"MAARID_CODES_{name}": "1000000"
    for name in ("AN_HOUR", "PER_FAIR", "PER_ADDRESS", "MAD_A_DAY")
}


@dataclass(frozen=True)
class Sending:
    """The whole system, and a pool on the database of notifications, where a fair is known."""

    running: System
    pool: Pool

    async def contacts(self, count: int) -> list[str]:
        """Persons who are reached by SMS."""
        made = [str(uuid4()) for _ in range(count)]
        await self.pool.execute(CONTACTS, made)
        return made

    @asynccontextmanager
    async def desk(self, of: ServiceDefinition) -> AsyncGenerator[tuple[Desk, Pool]]:
        """A desk of one of the services, as another replica would have it."""
        pool = await open_pool(self.running.addresses.service_dsn[of.name], name="benchmarks")
        desk = of.desk(pool, Clock(simulated=False))
        await desk.start()
        try:
            yield desk, pool
        finally:
            await desk.stop()
            await pool.close()


@asynccontextmanager
async def sending_with(**settings: str) -> AsyncGenerator[Sending]:
    """Everything runs, notifications with these settings."""
    async with AsyncExitStack() as ends:
        home = Path(ends.enter_context(TemporaryDirectory(prefix="maarid-bench-")))
        running = await ends.enter_async_context(system(home, simulated=False))
        await running.processes["notifications"].stop(END)
        await running.start_service("notifications", **settings)
        await running.wait_ready("notifications")
        dsn = running.addresses.service_dsn["notifications"]
        pool = await open_pool(dsn, name="benchmarks")
        ends.push_async_callback(pool.close)
        await pool.execute(KNOWN, FAIR)
        await pool.execute(HALL, FAIR)
        yield Sending(running, pool)


async def urgent(ground: Ground) -> Measured:
    """From the request of a code's message until its text was taken; and from the caller's."""
    count, warm = ground.amount(1500, 20), ground.amount(100, 5)
    asked: dict[UUID, float] = {}
    async with sending_with(**UNLIMITED) as sending:
        token = sending.running.token("service")
        url = sending.running.urls["notifications"]
        limits = httpx.Limits(max_connections=A_SECOND)
        async with httpx.AsyncClient(base_url=url, limits=limits, timeout=30) as http:

            async def call(number: int) -> None:
                began = time.time()
                answer = await http.post(
                    "/codes",
                    json=_wanted(number),
                    headers={"authorization": f"Bearer {token}", "idempotency-key": str(uuid4())},
                )
                answer.raise_for_status()
                if number >= warm:
                    asked[UUID(answer.json()["code_id"])] = began

            await paced(warm + count, A_SECOND, call)
        taken = await _all(sending.pool, HANDED_OVER, asked.keys())
        requested = {row[0]: row[1] for row in await sending.pool.fetch(REQUESTED)}
    called = [(taken[code] - at) * 1000 for code, at in asked.items()]
    p99 = round(percentile(called, 0.99), 1)
    return _latest([taken[code] - requested[code] for code in asked], URGENT_MS, from_call=p99)


def _wanted(number: int) -> Mapping[str, str]:
    """A code for a mobile of its own, of a block of its own."""
    return {"phone": f"+2126{number:04}0042", "language": "fr", "address": "203.0.113.7"}


async def told(ground: Ground) -> Measured:
    """From the commit of a seat in ticketing until its text was taken."""
    count, warm = ground.amount(1500, 20), ground.amount(100, 5)
    async with sending_with() as sending:
        contacts = await sending.contacts(warm + count)
        async with sending.desk(ticketing()) as (desk, pool):
            sessions = await open_workshops(desk, 20)
            await until(lambda: _are_known(sending.pool, len(sessions)))
            token = sending.running.token("organiser")
            url = sending.running.urls["ticketing"]
            limits = httpx.Limits(max_connections=A_SECOND)
            async with httpx.AsyncClient(base_url=url, limits=limits, timeout=30) as http:

                async def book(number: int) -> None:
                    contact = contacts[number]
                    answer = await http.post(
                        f"/workshops/{sessions[number % len(sessions)]}/seats",
                        json={"attendee_id": contact, "contact_id": contact, "wait": False},
                        headers={
                            "authorization": f"Bearer {token}",
                            "idempotency-key": str(uuid4()),
                        },
                    )
                    answer.raise_for_status()

                await paced(warm + count, A_SECOND, book)
            committed = sorted((row["at"], row["event_id"]) for row in await pool.fetch(RESERVED))
        measured = {event: at for at, event in committed[warm:]}
        taken = await _all(sending.pool, TOLD, measured.keys())
    return _latest([taken[event] - at for event, at in measured.items()], TOLD_MS)


async def _are_known(pool: Pool, workshops: int) -> bool:
    return await pool.fetchval("select count(*) from workshops") == workshops


async def _all(pool: Pool, query: str, wanted: Iterable[UUID]) -> Mapping[UUID, float]:
    """When each of these was taken, once all are."""
    taken: dict[UUID, float] = {}
    all_of_them = set(wanted)

    async def are_taken() -> bool:
        taken.update((row[0], row[1]) for row in await pool.fetch(query))
        return taken.keys() >= all_of_them

    await until(are_taken, 0.5)
    return taken


def _latest(seconds: Sequence[float], limit_ms: int, **figures: object) -> Measured:
    times = [each * 1000 for each in seconds]
    return share_of(
        percentile(times, 0.99),
        limit_ms,
        "ms",
        p50=round(percentile(times, 0.5), 1),
        most=round(max(times), 1),
        a_second=A_SECOND,
        count=len(times),
        **figures,
    )


async def smpp(ground: Ground) -> Measured:
    """Texts a second that come to an SMSC which allows so many, and the most in any second.

    The ratio is the share of what it allows, or where that is worse, how far the fullest second
    stays below the most, on the scale of the bound.
    """
    count = ground.amount(20_000, 100)
    async with AsyncExitStack() as ends:
        port, control = await ends.enter_async_context(_smsc())
        sending = await ends.enter_async_context(
            sending_with(
                MAARID_NETWORKS=f"smpp@{RATE}",
                MAARID_SMPP_ADDRESS=f"127.0.0.1:{port}",
                MAARID_SMPP_SYSTEM_ID="maarid",
                MAARID_SMPP_PASSWORD="secret-7",
                MAARID_SMPP_SENDER="Maarid",
            )
        )
        contacts = await sending.contacts(count)
        async with sending.desk(notifications()) as (desk, _):
            for begin in range(0, count, AT_ONCE):
                some = contacts[begin : begin + AT_ONCE]
                await asyncio.gather(*(ask(desk, contact) for contact in some))
        async with httpx.AsyncClient(base_url=control, trust_env=False) as http:

            async def have_come() -> bool:
                return (await http.get("/count")).json() == count

            await until(have_come, 0.5, PATIENCE_SECONDS + 2 * count / RATE)
            came: list[float] = (await http.get("/times")).json()
    rate = (len(came) - 1) / (came[-1] - came[0]) * 1000
    fullest = _fullest_second(came)
    figures = {
        "unit": "texts/s",
        "ours": round(rate, 1),
        "theirs": RATE,
        "ratios": [round(rate / RATE, 4)],
        "fullest_second": fullest,
        "texts": len(came),
    }
    said = f"{rate:.1f} texts/s of {RATE} texts/s, {fullest} in the fullest second"
    return Measured(min(rate / RATE, MOST / fullest * SHARE), said, figures)


async def ask(desk: Desk, contact: str) -> None:
    """Ask for a message to a contact."""
    message = str(uuid4())
    arguments = {"booth": "P-012", "reason": "cancelled"}
    command = RequestMessage(message, FAIR, contact, "booth_released", arguments)
    await desk.execute(message_stream(message), command, CommandContext(uuid7(), "policy:bench"))


def _fullest_second(came: Sequence[float]) -> int:
    """The most in any second, of times in milliseconds that are in order."""
    begin, most = 0, 0
    for end, at in enumerate(came, start=1):
        while at - came[begin] >= 1000:
            begin += 1
        most = max(most, end - begin)
    return most


@asynccontextmanager
async def _smsc() -> AsyncGenerator[tuple[int, str]]:
    """The port of an SMSC, and the address at which it says what came."""
    await asyncio.to_thread(install, SMSC)
    port, control = free_port(), free_port()
    with TemporaryDirectory(prefix="maarid-bench-") as home:
        script = str(SMSC / "smsc.mjs")
        process = ServerProcess("smsc", Path(home), (script,))
        process.start(
            [*program("node"), script, str(port), str(control)],
            environment={},
            on_parent_death=signal.SIGTERM,
        )
        try:
            await until(lambda: listens(control))
            yield port, f"http://127.0.0.1:{control}"
        finally:
            # What starts Node.js in the wheel does not end it.
            async with httpx.AsyncClient(trust_env=False) as http:
                await http.get(f"http://127.0.0.1:{control}/end")
            await process.stop(END)


LINES = (
    Line(
        "notifications.urgent",
        "a code asked for until its text was taken, 50 a second, p99",
        at_most(1),
        urgent,
    ),
    Line(
        "notifications.told",
        "a seat committed in ticketing until its text was taken, p99",
        at_most(1),
        told,
    ),
    Line(
        "notifications.smpp",
        "20,000 texts at 200 a second to an SMSC, of which no second is to have more than 220",
        at_least(SHARE),
        smpp,
    ),
)
"""These start servers of their own."""
