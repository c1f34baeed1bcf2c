"""`maarid ticket-keys`: which keys sign tickets."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from cli.running import fail, told
from cli.showing import console
from cli.ticket_keys import IN_HOME, KEYS_FILE, change_keys, make_keys
from servers import StackSettings
from services.ticketing.tickets.keys import KeysError, KeyState, TicketKeys, read_keys

ticket_key_app = typer.Typer(no_args_is_help=True, help="The keys that sign tickets.")

KeysFile = Annotated[
    Path | None,
    typer.Option(
        "--file",
        envvar=KEYS_FILE,
        show_envvar=False,
        help=f"The file; else that of {KEYS_FILE}, or of the embedded stack.",
    ),
]


def _path(given: Path | None) -> Path:
    return given or StackSettings().home.expanduser().resolve() / IN_HOME


def _changed(path: Path, change: Callable[[TicketKeys], TicketKeys]) -> None:
    try:
        _show(change_keys(path, change))
    except KeysError as error:
        raise fail(str(error)) from None
    except OSError as error:
        raise fail(told(error)) from None


def _show(keys: TicketKeys) -> None:
    signer, _ = keys.signer
    for key in keys.keys:
        says = f"{key.state}, signs" if key.id == signer else str(key.state)
        if key.state is KeyState.ACTIVE and key.id != signer:
            says = f"{key.state}, signs when {signer} is retired"
        console.print(f"{key.id}: {says}", soft_wrap=True, highlight=False)


@ticket_key_app.command("new")
def new_key_command(file: KeysFile = None) -> None:
    """Make a key.  It signs once the one before it is retired: by then all must know it."""
    path = _path(file)
    try:
        if make_keys(path):
            _show(read_keys(path))
            return
    except OSError as error:
        raise fail(told(error)) from None
    _changed(path, TicketKeys.with_new)


@ticket_key_app.command("list")
def list_keys_command(file: KeysFile = None) -> None:
    """Show the keys, without their secrets."""
    try:
        _show(read_keys(_path(file)))
    except KeysError as error:
        raise fail(str(error)) from None


@ticket_key_app.command("retire")
def retire_key_command(
    key: Annotated[int, typer.Argument(help="The key's id.")],
    compromised: Annotated[
        bool, typer.Option("--compromised", help="What it has signed is not valid any more.")
    ] = False,
    file: KeysFile = None,
) -> None:
    """Let a key sign no more, and forget its secret.  What it has signed stays valid."""
    _changed(_path(file), lambda keys: keys.with_retired(key, compromised=compromised))
