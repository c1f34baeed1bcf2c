"""`maarid erasures`: who was erased, kept beside backups and erased again after one is restored."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from cli.erasures import erase_again, known_erasures, read_lines
from cli.reaching import addresses, addresses_as_given
from cli.running import run
from cli.showing import console, errors

erasure_app = typer.Typer(no_args_is_help=True, help="Persons who were erased, for backups.")


@erasure_app.command("list")
def list_erasures() -> None:
    """The ids of all who were erased, a line each, as registration's log and topic know them."""

    async def work() -> None:
        async with addresses_as_given() as where:
            found, silent = await known_erasures(where)
        for name in silent:
            errors.print(f"Not asked: {name}", soft_wrap=True)
        sys.stdout.writelines(f"{erasure}\n" for erasure in found)

    run(work())


@erasure_app.command("apply")
def apply_erasures(
    file: Annotated[
        typer.FileText, typer.Argument(help="Such a list; - is standard input.", errors="replace")
    ],
) -> None:
    """Erase them in databases that a backup has brought back; before services start."""

    async def work() -> None:
        erasures = read_lines(file)
        async with addresses() as where:
            again = await erase_again(where, erasures)
        console.print(f"Of {len(erasures)} who were erased, {again} had come back and are gone.")

    run(work())
