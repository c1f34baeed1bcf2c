"""The whole system on one machine: servers, migrations, topics, and four service processes."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncGenerator, Callable, Collection, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import httpx
from maarid_contracts import COMPACTED_TOPICS, EVENT_TOPICS

from chassis.inbox.subscriptions import hand_back, is_outgrown, types_of
from chassis.kafka.partitions import refuse_if_repartitioned
from chassis.kafka.reading import ends_of
from chassis.kafka.topics import TopicSettings, make_topics
from chassis.postgres.database import connected, migrate
from chassis.process.settings import DEVELOPMENT_ISSUER, SettingsError, read_settings
from chassis.replaying.subscriptions import follow_subscriptions
from cli.code_keys import KEYS_FILE as CODE_KEYS_FILE, code_keys_in_home
from cli.definitions import PORTS, definition_of
from cli.issuer import Issuer, issuer_in
from cli.ticket_keys import KEYS_FILE as TICKET_KEYS_FILE, keys_in_home
from servers import Addresses, Stack, StackError, StackSettings, start
from servers.kafka import some_free_port as free_port
from servers.process import ServerProcess
from services import SERVICES

READY_SECONDS = 60.0
END = ((signal.SIGTERM, 19.0),)


class LaunchError(Exception):
    """A service did not start; the message says why, with the end of its log."""


def role_of(dsn: str) -> str:
    """The role in a DSN."""
    return dsn.partition("://")[2].partition("@")[0].partition(":")[0]


QUIET_HOURS, POCKET_SEED = "MAARID_QUIET_HOURS", "MAARID_POCKET_SEED"
NETWORKS, POCKET_COSTS = "MAARID_NETWORKS", "pocket=0.25"
"""What a segment costs is made up, so that a fair that is played has a cost."""


@dataclass
class System:
    """Running servers and services."""

    stack: Stack
    addresses: Addresses
    issuer: Issuer
    home: Path
    simulated: bool
    ports: Mapping[str, int]
    pocket_seed: int | None = None
    """By which the pocket phone loses and delays texts, unless the environment says another one;
    None where it delivers all at once."""
    processes: dict[str, ServerProcess] = field(default_factory=dict[str, ServerProcess])

    @property
    def urls(self) -> Mapping[str, str]:
        """Where each service answers."""
        return {name: f"http://127.0.0.1:{port}" for name, port in self.ports.items()}

    def token(self, role: str, **claims: str) -> str:
        """A bearer token of the development issuer."""
        return self.issuer.token(role, **claims)  # type: ignore[arg-type]

    def environment(self, service: str) -> dict[str, str]:
        """The settings of one service."""
        kept = ("PATH", "LANG", "SSL_CERT_FILE", "COVERAGE_PROCESS_START", "MAARID_LOG_LEVEL")
        return {
            **{name: os.environ[name] for name in kept if name in os.environ},
            "MAARID_DATABASE_URL": self.addresses.service_dsn[service],
            "MAARID_BOOTSTRAP_SERVERS": self.addresses.bootstrap,
            "MAARID_PORT": str(self.ports[service]),
            "MAARID_ENVIRONMENT": "development",
            "MAARID_SIMULATED_CLOCK": str(self.simulated).lower(),
            "MAARID_ISSUER": DEVELOPMENT_ISSUER,
            "MAARID_JWKS_URL": self.issuer.jwks_url,
            "PYTHONUNBUFFERED": "1",
            # What one service alone is to know.
            **self._its_own(service),
        }

    def _its_own(self, service: str) -> dict[str, str]:
        match service:
            case "ticketing":
                return {TICKET_KEYS_FILE: str(keys_in_home(self.home))}
            case "notifications":
                keys = {CODE_KEYS_FILE: str(code_keys_in_home(self.home))}
                # A pocket phone wakes nobody, and who tries the system out at night reads at once.
                hours = {} if self.simulated else {QUIET_HOURS: os.environ.get(QUIET_HOURS, "none")}
                played: dict[str, str] = {}
                if self.pocket_seed is not None:
                    seed = os.environ.get(POCKET_SEED, str(self.pocket_seed))
                    played = {POCKET_SEED: seed, NETWORKS: POCKET_COSTS}
                return keys | hours | played
            case _:
                return {}

    async def start_service(self, service: str, **extra: str) -> ServerProcess:
        """Start one service; `extra` are further settings of its environment."""
        name = f"services.{service}"
        process = ServerProcess(service, self.home, (sys.executable, name))
        await process.end_stale(END)
        process.start(
            [sys.executable, "-m", name],
            environment={**self.environment(service), **extra},
            on_parent_death=signal.SIGTERM,
        )
        self.processes[service] = process
        return process

    async def wait_ready(self, *services: str) -> None:
        """Wait until services answer that they are ready.  Raises LaunchError if one ended."""
        deadline = time.monotonic() + READY_SECONDS
        async with httpx.AsyncClient(timeout=2) as client:
            for service in services or SERVICES:
                while not await _answers(client, f"{self.urls[service]}/health/ready"):
                    process = self.processes[service]
                    if process.pid is None:
                        raise LaunchError(str(process.failure(f"{service} ended at once.")))
                    if time.monotonic() > deadline:
                        raise LaunchError(str(process.failure(f"{service} is not ready.")))
                    await asyncio.sleep(0.05)

    async def stop_services(self) -> None:
        """End all services, each within 20 seconds."""
        await asyncio.gather(*(process.stop(END) for process in self.processes.values()))
        self.processes.clear()


async def _answers(client: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await client.get(url)).status_code == 200
    except httpx.HTTPError:
        return False


def _untold(_: str) -> None:
    """Nobody is told."""


async def migrate_all(addresses: Addresses, tell: Callable[[str], None] = _untold) -> None:
    """Bring all four databases and the topics to what this version needs.

    `tell` hears of read tables that are made again.
    Raises PartitionsChanged where a topic has not as many partitions as when it was first used,
    TopicLacksRecords where read tables cannot be made again, and LaunchError where a setting is
    wrong.
    """
    try:
        promised = read_settings(TopicSettings).erased_within_hours * 3600
    except SettingsError as error:
        raise LaunchError(str(error)) from None
    made, *_ = await asyncio.gather(
        make_topics(addresses.bootstrap, erased_within=promised),
        *(
            migrate(
                addresses.owner_dsn[service],
                role_of(addresses.service_dsn[service]),
                definition_of(service).migrations,
            )
            for service in SERVICES
        ),
    )
    await _refuse_if_repartitioned(addresses, {*EVENT_TOPICS, *COMPACTED_TOPICS} - set(made))
    for service in SERVICES:
        await follow_subscriptions(
            definition_of(service),
            addresses.owner_dsn[service],
            role_of(addresses.service_dsn[service]),
            addresses.bootstrap,
            tell,
        )


async def hand_back_all(addresses: Addresses) -> list[str]:
    """Let the version of before hear on; returns the services for which that takes something."""
    handed: list[str] = []
    for service in SERVICES:
        async with connected(addresses.owner_dsn[service]) as db:
            if await hand_back(db):
                handed.append(service)
    return handed


async def _refuse_if_repartitioned(addresses: Addresses, older: Collection[str]) -> None:
    """Look at the topics that were there before."""
    if not older:
        return
    ends = await ends_of(addresses.bootstrap, sorted(older))
    for service in SERVICES:
        own = definition_of(service).topics
        database = await asyncpg.connect(addresses.owner_dsn[service])
        try:
            await refuse_if_repartitioned(
                database, {name: ends[name] for name in set(own) & ends.keys()}
            )
        finally:
            await database.close()


async def _is_outgrown(addresses: Addresses) -> bool:
    """Whether a service would refuse to start before the databases are migrated."""
    for service in SERVICES:
        database = await asyncpg.connect(addresses.owner_dsn[service])
        try:
            if await is_outgrown(database, types_of(definition_of(service).subscriptions)):
                return True
        finally:
            await database.close()
    return False


def _variable(service: str) -> str:
    return f"MAARID_{service.upper()}_PORT"


def ports_from_environment() -> dict[str, int]:
    """The ports 8001 to 8004, or those of MAARID_<SERVICE>_PORT.  Raises LaunchError if one is no
    port."""
    ports: dict[str, int] = {}
    for service, usual in PORTS.items():
        variable = _variable(service)
        given = os.environ.get(variable, str(usual))
        if not given.isascii() or not given.isdigit() or not 0 < int(given) < 65536:
            raise LaunchError(f"{variable} must be a port number, and is {given!r}.")
        ports[service] = int(given)
    return ports


def require_free(ports: Mapping[str, int]) -> None:
    """Raises LaunchError where a port is in use."""
    for service, port in ports.items():
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError as error:
                raise LaunchError(
                    f"Port {port} for {service} is in use. Stop what uses it, "
                    f"or set {_variable(service)}."
                ) from error


_PORTS_FILE = "ports.json"


def local_urls(home: Path) -> dict[str, str]:
    """Where the services of `maarid up` on this home answer: as it wrote down itself; where it
    does not run, as the environment says.  Raises LaunchError."""
    ports = ports_from_environment()
    with contextlib.suppress(OSError, ValueError):
        written = json.loads((home.expanduser() / _PORTS_FILE).read_text())
        ports |= {service: int(port) for service, port in written.items() if service in ports}
    return {service: f"http://127.0.0.1:{port}" for service, port in ports.items()}


@asynccontextmanager
async def system(
    home: Path,
    *,
    simulated: bool,
    ports: Mapping[str, int] | None = None,
    settings: StackSettings | None = None,
    tell: Callable[[str], None] = _untold,
    pocket_seed: int | None = None,
) -> AsyncGenerator[System]:
    """Start everything, and end it all when the block ends.

    `tell` hears of read tables that are made again.
    Without `ports` free ones are taken.  Raises StackError or LaunchError with what to do.
    """
    settings = settings or StackSettings(home=home)
    async with AsyncExitStack() as cleanup:
        stack = await start(settings, SERVICES)
        cleanup.push_async_callback(stack.stop)
        running = System(
            stack=stack,
            addresses=stack.addresses,
            issuer=issuer_in(home),
            home=home,
            simulated=simulated,
            ports=dict(ports) if ports else {service: free_port() for service in SERVICES},
            pocket_seed=pocket_seed,
        )
        cleanup.push_async_callback(running.stop_services)
        outgrown = await _is_outgrown(stack.addresses)
        # The processes start while the tables are made: they wait for their migrations.
        migrating = asyncio.create_task(migrate_all(stack.addresses, tell))
        try:
            if outgrown:
                await migrating
            for service in SERVICES:
                await running.start_service(service)
            await migrating
        finally:
            migrating.cancel()
        await running.wait_ready()
        written = home / _PORTS_FILE
        written.write_text(json.dumps(dict(running.ports)))
        cleanup.callback(written.unlink, missing_ok=True)
        yield running


__all__ = ["LaunchError", "StackError", "System", "free_port", "migrate_all", "system"]
