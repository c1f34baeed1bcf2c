"""The file with the keys of which codes are made, where nobody has made one yet."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from services.notifications.codes.keys import new_key

KEYS_FILE = "MAARID_CODE_KEYS_FILE"
IN_HOME = "code-keys"
SECRET = 0o600


def code_keys_in_home(home: Path) -> Path:
    """The keys of the embedded stack; the first is made at the first call."""
    path = home.expanduser().resolve() / IN_HOME
    make_code_keys(path)
    return path


def make_code_keys(path: Path) -> bool:
    """Write a file with one key where none is; whether it was made.  Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)  # Left by a command that was killed.
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, SECRET), "w") as file:
        file.write(f"{new_key()}\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        # A link is made of the whole file, and not over one that is there.
        with suppress(FileExistsError):
            path.hardlink_to(new)
            return True
        return False
    finally:
        new.unlink()
