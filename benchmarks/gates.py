"""Gates at the size of a large fair: what phones are given, what they upload, what they verify."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

import httpx
from maarid_contracts.generate import ROOT
from maarid_contracts.typescript import run_node

from benchmarks.ground import Ground
from benchmarks.load import Wanted, load
from benchmarks.measuring import Line, Measured, at_most, share_of
from chassis.log.context import CommandContext
from chassis.postgres.clock import Clock
from chassis.postgres.database import open_pool
from cli.launch import System, system
from services.ticketing.app import definition
from services.ticketing.gates.kinds import TicketKind
from services.ticketing.tickets.code import Payload, fair_hash, signed
from services.ticketing.tickets.domain import IssueTicket, TicketDetails, ticket_stream
from services.ticketing.tickets.http import keys_out
from services.ticketing.tickets.keys import first_keys

FAIR = "bench-2030"
DEVICES, BATCH = 20, 500
AT_ONCE = 500
SCANS, SCANS_A_SECOND = 50_000, 5_000
TICKETS, BUNDLE_MB = 100_000, 3
CODES, CODES_A_SECOND = 2_000, 1_000
ANNOUNCED = "insert into fairs (fair_id, timezone, first_day, last_day) values ($1, $2, $3, $4)"


@dataclass(frozen=True)
class Device:
    """A phone that is paired."""

    device_id: str
    token: str


@asynccontextmanager
async def _fair(tickets: Sequence[str]) -> AsyncGenerator[System]:
    """The whole system, with a fair of today and these tickets."""
    today = datetime.now(UTC).date()
    with TemporaryDirectory(prefix="maarid-bench-") as home:
        async with system(Path(home), simulated=False) as running:
            dsn = running.addresses.service_dsn["ticketing"]
            pool = await open_pool(dsn, name="benchmarks")
            desk = definition().desk(pool, Clock(simulated=False))
            await desk.start()
            try:
                days = (today, today + timedelta(days=1))
                await pool.execute(ANNOUNCED, FAIR, "Africa/Casablanca", *days)
                for begin in range(0, len(tickets), AT_ONCE):
                    some = tickets[begin : begin + AT_ONCE]
                    await asyncio.gather(
                        *(
                            desk.execute(ticket_stream(id_), _issued(id_, *days), _wish())
                            for id_ in some
                        )
                    )
            finally:
                await desk.stop()
                await pool.close()
            yield running


def _asking(running: System) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=running.urls["ticketing"], timeout=60)


def _issued(ticket_id: str, first: date, last: date) -> IssueTicket:
    details = TicketDetails(FAIR, ticket_id, TicketKind.VISITOR, first, 2, None)
    return IssueTicket(details, first, last)


def _wish() -> CommandContext:
    return CommandContext(uuid4(), "organiser:bench")


async def _paired(running: System, http: httpx.AsyncClient, number: int) -> Device:
    token = running.token("organiser")
    headers = {"authorization": f"Bearer {token}", "idempotency-key": str(uuid4())}
    body = {"label": f"phone {number}", "gate_id": f"gate-{number}"}
    made = await http.post(f"/fairs/{FAIR}/devices", json=body, headers=headers)
    made.raise_for_status()
    paired = await http.post("/devices/pair", json={"code": made.json()["pairing_code"]})
    paired.raise_for_status()
    return Device(paired.json()["device_id"], paired.json()["token"])


async def scans(ground: Ground) -> Measured:
    """Each device sends what it has, one batch after the other, until all are answered."""
    count = ground.amount(SCANS, DEVICES)
    batch = ground.amount(BATCH, 1)
    tickets = [str(uuid4()) for _ in range(count)]
    async with _fair(tickets) as running:
        async with _asking(running) as http:
            devices = [await _paired(running, http, number) for number in range(DEVICES)]
        now = datetime.now(UTC)
        rounds = count // (DEVICES * batch)
        ids = iter(tickets)
        uploads = [
            _upload(device, [next(ids) for _ in range(batch)], 1 + turn * batch, now)
            for turn in range(rounds)
            for device in devices
        ]
        answered = await load(running.ports["ticketing"], DEVICES, uploads)
    if answered.statuses != {200: len(uploads)}:
        raise RuntimeError(f"not all were received: {answered.statuses}")
    rate = round(count / answered.seconds)
    limit = count / SCANS_A_SECOND
    return share_of(answered.seconds, limit, "s", scans=count, scans_a_second=rate)


def _upload(device: Device, tickets: Sequence[str], first: int, now: datetime) -> Wanted:
    found = [
        {
            "scan_id": str(uuid4()),
            "sequence": sequence,
            "at": now.isoformat(),
            "offset_ms": 0,
            "ticket_id": ticket_id,
            "issue": 1,
            "direction": "in",
            "people": 2,
            "verdict": "let_in",
            "decided": "offline",
        }
        for sequence, ticket_id in enumerate(tickets, first)
    ]
    body: dict[str, Any] = {"sent_at": now.isoformat(), "scans": found}
    return Wanted(f"/devices/{device.device_id}/scans", device.token, str(uuid4()), body)


async def bundle(ground: Ground) -> Measured:
    """The whole bundle, as it is before it is compressed on the way."""
    tickets = [str(uuid4()) for _ in range(ground.amount(TICKETS, 100))]
    async with _fair(tickets) as running, _asking(running) as http:
        device = await _paired(running, http, 1)
        headers = {"authorization": f"Bearer {device.token}"}
        answer = await http.get(f"/devices/{device.device_id}/bundle", headers=headers)
        answer.raise_for_status()
        seconds = answer.elapsed.total_seconds()
    if answer.json()["tickets"]["count"] != len(tickets):
        raise RuntimeError("the bundle lacks tickets")
    size = len(answer.content) / 1_000_000
    return share_of(size, BUNDLE_MB, "MB", tickets=len(tickets), seconds=round(seconds, 2))


async def verify(ground: Ground) -> Measured:
    """The JavaScript verifier on one core, one code after another."""
    keys, day = first_keys(), date(2025, 9, 18)
    key_id, private = keys.signer
    ids = [str(uuid4()) for _ in range(ground.amount(CODES, 20))]
    codes = [
        signed(Payload(key_id, fair_hash(FAIR), id_, TicketKind.VISITOR, day, day, 1, 2), private)
        for id_ in ids
    ]
    with TemporaryDirectory(prefix="maarid-bench-") as home:
        file = Path(home) / "keys.json"
        file.write_text(keys_out(keys).model_dump_json(), "utf-8")
        command = (str(ROOT / "tickets" / "verify.mjs"), str(file), "--fair", FAIR)
        bench = ("--bench", "3" if not ground.short else "0.2")
        given = "\n".join(codes)
        printed = await asyncio.to_thread(run_node, ROOT / "tickets", *command, *bench, given=given)
    told = json.loads(printed)
    if told["verdicts"] != {"valid": told["verified"]}:
        raise RuntimeError(f"not all were valid: {told['verdicts']}")
    rate = told["verified"] / told["seconds"]
    limit = 1000 / CODES_A_SECOND
    return share_of(1000 / rate, limit, "ms", codes_a_second=round(rate))


LINES = (
    Line("ticketing.scans", "50,000 scans from 20 devices, until answered", at_most(1), scans),
    Line("ticketing.bundle", "100,000 tickets for a device", at_most(1), bundle),
    Line("ticketing.verify", "a code verified in JavaScript", at_most(1), verify),
)
"""The first two start servers of their own."""
