"""What the whole system needs of a machine: memory at rest, and seconds until it is ready."""

from __future__ import annotations

import asyncio
import statistics
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from benchmarks.ground import Ground
from benchmarks.measuring import Line, Measured, at_most, share_of
from cli.launch import END, system

SERVICE_MB = 150
STACK_MB = 1300
READY_SECONDS = 15
EVERY_NETWORK = {
    "MAARID_NETWORKS": "whatsapp twilio_whatsapp smpp twilio_sms pocket",
    "MAARID_PUBLIC_URL": "http://127.0.0.1:1",
    "MAARID_WHATSAPP_URL": "http://127.0.0.1:1",
    "MAARID_WHATSAPP_NUMBER_ID": "1234567890",
    "MAARID_WHATSAPP_TOKEN": "token-of-benchmarks",
    "MAARID_WHATSAPP_APP_SECRET": "secret-of-benchmarks",
    "MAARID_WHATSAPP_VERIFY_TOKEN": "word-of-benchmarks",
    "MAARID_TWILIO_URL": "http://127.0.0.1:1",
    "MAARID_TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "MAARID_TWILIO_AUTH_TOKEN": "token-of-benchmarks",
    "MAARID_TWILIO_SMS_SENDER": "Maarid",
    "MAARID_TWILIO_WHATSAPP_SENDER": "+15550000000",
    "MAARID_SMPP_ADDRESS": "127.0.0.1:1",
    "MAARID_SMPP_SYSTEM_ID": "maarid",
    "MAARID_SMPP_PASSWORD": "secret-7",
    "MAARID_SMPP_SENDER": "Maarid",
}
REST_SECONDS = 5.0
"""How long nothing is asked of the services before their memory is looked at."""


@dataclass(frozen=True)
class Observation:
    """One start of everything, in an empty directory."""

    ready_seconds: float
    rss_mb: dict[str, float]
    pss_mb: dict[str, float]
    stack_mb: float


async def observations(ground: Ground) -> list[Observation]:
    """The starts of this run; made when the first line asks for them."""
    if not ground.starts:
        for _ in range(ground.turns):
            ground.starts.append(await _observe(ground))
    return ground.starts


async def _observe(ground: Ground) -> Observation:
    with TemporaryDirectory(prefix="maarid-bench-") as home:
        began = time.perf_counter()
        async with system(Path(home), simulated=False) as running:
            ready = time.perf_counter() - began
            # With all networks named, as it is where it needs most; nobody answers there.
            await running.processes["notifications"].stop(END)
            await running.start_service("notifications", **EVERY_NETWORK)
            await running.wait_ready("notifications")
            await asyncio.sleep(ground.amount(1, 0) * REST_SECONDS)
            services = {
                name: psutil.Process(process.pid)
                for name, process in running.processes.items()
                if process.pid is not None
            }
            children = psutil.Process().children(recursive=True)
            return Observation(
                ready,
                {name: _mb(one.memory_info().rss) for name, one in services.items()},
                {name: _pss(one) for name, one in services.items()},
                sum(_pss(child) for child in children),
            )


def _pss(process: psutil.Process) -> float:
    """Memory of a process with what it shares counted in parts; 0 for one that has just ended."""
    try:
        return _mb(process.memory_full_info().pss)
    except psutil.NoSuchProcess:
        return 0.0


def _mb(size: int) -> float:
    return size / 1_000_000


async def service_memory(ground: Ground) -> Measured:
    """The largest idle service."""
    seen = await observations(ground)
    rss, pss = (
        {name: round(statistics.median(one[name] for one in made), 1) for name in made[0]}
        for made in ([one.rss_mb for one in seen], [one.pss_mb for one in seen])
    )
    return share_of(max(rss.values()), SERVICE_MB, "MB", rss=rss, pss=pss)


async def stack_memory(ground: Ground) -> Measured:
    """Servers and services, all processes together."""
    seen = await observations(ground)
    return share_of(statistics.median(one.stack_mb for one in seen), STACK_MB, "MB")


async def start_to_ready(ground: Ground) -> Measured:
    """From nothing: databases made, topics made, migrations applied, four services ready."""
    seen = await observations(ground)
    return share_of(statistics.median(one.ready_seconds for one in seen), READY_SECONDS, "s")


LINES = (
    Line("system.service_memory", "the largest idle service", at_most(1), service_memory),
    Line("system.stack_memory", "servers and four services, idle", at_most(1), stack_memory),
    Line("system.start", "an empty directory until all are ready", at_most(1), start_to_ready),
)
"""These start servers of their own, and must have the machine to themselves."""
