"""Passwords and keys that nobody has to think up: files for PostgreSQL, the services and this
command."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from pathlib import Path

from cli.code_keys import make_code_keys
from cli.ticket_keys import make_keys

TICKET_KEYS = Path("ticket-keys") / "keys.json"
CODE_KEYS = Path("code-keys") / "keys"


def make_secrets(directory: Path, server: str, services: Sequence[str]) -> list[Path]:
    """Write what is missing, and answer with it; what is there stays as it is.

    `admin` has the superuser's password and what may change databases, and each service a
    directory of its own with the one address that it is to know.
    """
    made: list[Path] = []

    def keep(path: Path, text: str) -> str:
        if path.exists():
            return path.read_text("utf-8").strip()
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_suffix(".new")
        new.write_text(f"{text}\n", "utf-8")
        # PostgreSQL and the services read them under accounts of their own; what keeps others
        # out is that each container sees its own directory only.
        new.chmod(0o444)
        new.replace(path)
        made.append(path)
        return text

    def address(role: str, password: str, database: str) -> str:
        return f"postgresql://{role}:{password}@{server}/{database}"

    admin = directory / "admin"
    password = keep(admin / "password", secrets.token_hex(24))
    keep(admin / "database_url", address("postgres", password, "postgres"))
    for service in services:
        for path, role in (
            (admin / f"{service}_owner_database_url", f"{service}_owner"),
            (directory / service / "database_url", service),
        ):
            keep(path, address(role, secrets.token_hex(24), f"maarid_{service}"))
    # What signs tickets, or makes codes, is for one service, and for nobody who looks after its
    # database.
    if make_keys(keys := directory / TICKET_KEYS):
        made.append(keys)
    if make_code_keys(keys := directory / CODE_KEYS):
        made.append(keys)
    return made
