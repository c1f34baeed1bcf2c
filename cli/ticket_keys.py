"""The file with the keys that sign tickets: nobody ever reads half of it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

from services.ticketing.tickets.keys import TicketKeys, as_text, first_keys, read_keys

KEYS_FILE = "MAARID_TICKET_KEYS_FILE"
IN_HOME = "ticket-keys.json"
SECRET = 0o600


def keys_in_home(home: Path) -> Path:
    """The keys of the embedded stack; the first is made at the first call."""
    path = home.expanduser().resolve() / IN_HOME
    make_keys(path)
    return path


def make_keys(path: Path) -> bool:
    """Write a file with one key where none is; whether it was made.  Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with _alone(path):
        if path.exists():
            return False
        _write(path, first_keys())
        return True


def change_keys(path: Path, change: Callable[[TicketKeys], TicketKeys]) -> TicketKeys:
    """Change the keys of a file.  Raises KeysError and OSError."""
    with _alone(path):
        changed = change(read_keys(path))
        _write(path, changed)
    return changed


@contextmanager
def _alone(path: Path) -> Generator[None]:
    """One change at a time: of two at once, one would lose the other's key."""
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        fcntl.flock(directory, fcntl.LOCK_EX)
        yield
    finally:
        os.close(directory)


def _write(path: Path, keys: TicketKeys) -> None:
    """The whole file or the one before, whenever the machine stops; who may read it stays."""
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)  # Left by a command that was killed.
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, SECRET), "w") as file:
        if path.exists():
            before = path.stat()
            os.fchown(file.fileno(), before.st_uid, before.st_gid)
            os.fchmod(file.fileno(), before.st_mode & 0o777)
        file.write(as_text(keys))
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
