"""`maarid history`: what happened to something, and why."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from cli.history import history, moment, why
from cli.reaching import addresses
from cli.running import run
from cli.showing import console, errors


def history_command(
    subject: Annotated[
        str,
        typer.Argument(
            help="Id of a fair, organisation, application, ticket …, a booth's sign, or a stream."
        ),
    ],
    until: Annotated[
        datetime | None,
        typer.Option(
            parser=moment,
            metavar="TIME",
            help="The last moment told of, like 2025-09-17T18:30; UTC where no zone is said.",
        ),
    ] = None,
) -> None:
    """Every event about one subject, over all services, in order, with who and why."""

    async def work() -> None:
        async with addresses() as where:
            lines = await history(where, subject, until)
        if not lines:
            by_then = "" if until is None else " by then"
            errors.print(f"No event names {subject}{by_then}.")
            raise typer.Exit(1)
        for index, line in enumerate(lines):
            console.print(
                f"{line.at:%Y-%m-%d %H:%M:%S} [bold]{line.type.partition('.')[0]}[/]"
                f" in {line.service} ({line.stream} {line.version}) by {line.actor}"
                f"  {why(line, lines[:index])}",
                soft_wrap=True,
            )

    run(work())
