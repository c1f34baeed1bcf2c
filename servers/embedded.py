"""PostgreSQL and Kafka as child processes of ours, from wheels and jars alone."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from servers.databases import create_database
from servers.kafka import Kafka
from servers.postgres import Mode, Postgres
from servers.settings import Addresses, StackError, StackSettings


class EmbeddedStack:
    """Both servers on one home directory; started with `start`."""

    def __init__(self, settings: StackSettings) -> None:
        self.home = settings.home.expanduser().resolve()
        self._postgres = Postgres(self.home)
        self._kafka = Kafka(self.home, settings.kafka_port)
        self._lock: IO[str] | None = None
        self._addresses: Addresses | None = None

    @property
    def addresses(self) -> Addresses:
        """Where the servers answer; StackError before `start`."""
        if self._addresses is None:
            raise StackError("The embedded stack was not started.")
        return self._addresses

    @property
    def admin_dsn(self) -> str:
        return self._postgres.admin_dsn

    @property
    def kafka_pid(self) -> int | None:
        return self._kafka.pid

    @property
    def postgres_pid(self) -> int | None:
        return self._postgres.pid

    async def start(self, services: Sequence[str]) -> None:
        """Start both servers at once and create what databases are missing."""
        self._lock = _lock(self.home)
        kafka = asyncio.create_task(self._start_kafka())
        postgres = asyncio.create_task(self._start_postgres_with(services))
        try:
            _, databases = await asyncio.gather(kafka, postgres)
        except BaseException:
            kafka.cancel()
            postgres.cancel()
            await asyncio.gather(kafka, postgres, return_exceptions=True)
            await self.stop()
            raise
        self._addresses = Addresses(
            bootstrap=self._kafka.bootstrap,
            owner_dsn={name: dsn for name, (dsn, _) in databases.items()},
            service_dsn={name: dsn for name, (_, dsn) in databases.items()},
            home=self.home,
        )
        _write_addresses(self._addresses)

    async def stop(self) -> None:
        """Stop both servers, within ten seconds."""
        (self.home / _ADDRESSES).unlink(missing_ok=True)
        await asyncio.gather(self._kafka.stop(), self._postgres.stop())
        self._postgres.leave()
        if self._lock:
            self._lock.close()
            self._lock = None

    async def kill_kafka(self) -> None:
        """SIGKILL Kafka."""
        await self._kafka.kill()

    async def lose_kafka(self) -> None:
        """SIGKILL Kafka, lose all its topics, and start an empty one at the same address."""
        await self._kafka.lose()

    async def start_kafka(self) -> None:
        """Start Kafka again, on the same port and data."""
        await self._kafka.start()

    async def stop_kafka(self) -> None:
        """Stop Kafka in order."""
        await self._kafka.stop()

    async def kill_postgres(self) -> None:
        """SIGKILL PostgreSQL."""
        await self._postgres.kill()

    async def start_postgres(self) -> None:
        """Start PostgreSQL again, at the same address and on the same data."""
        await self._postgres.start()

    async def stop_postgres(self, mode: Mode = "fast") -> None:
        """Stop PostgreSQL in the way that `pg_ctl stop -m MODE` does."""
        await self._postgres.stop(mode)

    async def restart_postgres(self, mode: Mode = "immediate") -> None:
        """Stop PostgreSQL and start it again; "immediate" is a crash, recovered from the log."""
        await self._postgres.stop(mode)
        await self._postgres.start()

    async def _start_postgres_with(self, services: Sequence[str]) -> dict[str, tuple[str, str]]:
        await self._postgres.prepare()
        await self._postgres.start()
        return {name: await create_database(self.admin_dsn, name) for name in services}

    async def _start_kafka(self) -> None:
        await self._kafka.prepare()
        await self._kafka.start()


_ADDRESSES = "addresses.json"


def running_addresses(settings: StackSettings) -> Addresses | None:
    """Addresses of the stack that another process keeps running on this home; None if none does."""
    home = settings.home.expanduser().resolve()
    try:
        with (home / "lock").open("r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return None
    except FileNotFoundError:
        return None
    except BlockingIOError:
        pass
    try:
        stored = json.loads((home / _ADDRESSES).read_text())
    except FileNotFoundError:
        return None
    return Addresses(stored["bootstrap"], stored["owner_dsn"], stored["service_dsn"], home)


def _write_addresses(addresses: Addresses) -> None:
    if addresses.home is None:
        return
    stored = {
        "bootstrap": addresses.bootstrap,
        "owner_dsn": dict(addresses.owner_dsn),
        "service_dsn": dict(addresses.service_dsn),
    }
    new = addresses.home / f"{_ADDRESSES}.new"
    new.write_text(json.dumps(stored, indent=1))
    new.replace(addresses.home / _ADDRESSES)


def _lock(home: Path) -> IO[str]:
    """Hold the home; the kernel lets go of it when we end, however we end."""
    try:
        home.mkdir(parents=True, exist_ok=True)
        lock = (home / "lock").open("a+")
    except OSError as error:
        raise StackError(
            f"{home} cannot be written ({error.strerror}): choose another with MAARID_HOME."
        ) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.seek(0)
        holder = lock.read().strip() or "unknown"
        lock.close()
        raise StackError(
            f"Another stack (process {holder}) is running on {home}: stop it, "
            "or choose another directory with MAARID_HOME."
        ) from error
    lock.truncate(0)
    lock.write(f"{os.getpid()}\n")
    lock.flush()
    return lock
