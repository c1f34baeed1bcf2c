"""Who types a command: an account of the operating system, and whom it says that it acts for."""

from __future__ import annotations

import os
import pwd
from typing import NamedTuple

LONGEST = 200


class Operator(NamedTuple):
    """Who intervenes, as it is kept beside what was done."""

    name: str | None
    """As MAARID_OPERATOR says, else who became another account by sudo; None if nobody said."""
    account: str
    """Of the operating system; its number where it has no name, as in a container."""


def operator() -> Operator:
    """Who runs this process."""
    said = os.environ.get("MAARID_OPERATOR") or os.environ.get("SUDO_USER")
    uid = os.getuid()
    try:
        account = pwd.getpwuid(uid).pw_name
    except KeyError:
        account = str(uid)
    return Operator(_kept(said) if said else None, _kept(account))


def _kept(text: str) -> str:
    """As a database can keep it: an environment may hold bytes that are no text."""
    return text[:LONGEST].encode("utf-8", "replace").decode()
