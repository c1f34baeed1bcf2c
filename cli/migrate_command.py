"""`maarid migrate`: databases and topics as this version needs them, and the way back."""

from __future__ import annotations

from typing import Annotated

import typer

from cli import launch
from cli.reaching import addresses
from cli.running import run
from cli.showing import console, say
from servers import create_databases
from services import SERVICES


def migrate_command(
    databases: Annotated[
        bool,
        typer.Option(
            "--databases",
            help="First make databases and roles that are missing (external; needs"
            " MAARID_ADMIN_DATABASE_URL).",
        ),
    ] = False,
    back: Annotated[
        bool,
        typer.Option(
            "--back",
            help="Instead, let 0.1.0 hear on: run it before 0.1.0 is started again.",
        ),
    ] = False,
) -> None:
    """Bring databases and topics to what this version needs; safe to run again."""
    if back and databases:
        raise typer.BadParameter("--back makes no databases")
    run(_back() if back else _forward(databases))


async def _forward(databases: bool) -> None:
    if databases:
        await create_databases(SERVICES)
    async with addresses() as where:
        await launch.migrate_all(where, say)
    console.print("Databases and topics are up to date.")


async def _back() -> None:
    async with addresses() as where:
        handed = await launch.hand_back_all(where)
    for service in handed:
        say(f"{service} of this version hears nothing more, and that of before does.")
    console.print("The version of before may be started; `maarid migrate` is the way on.")
