"""`maarid channels`: whether messages leave, and on whose word they do not."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Annotated, Any

import typer

from chassis.postgres.database import Connection, connected
from cli.operator import operator
from cli.reaching import addresses
from cli.running import fail, run
from cli.showing import console
from services.notifications.messages.rows import channels
from services.notifications.messages.rows.channels import ChannelState

channel_app = typer.Typer(no_args_is_help=True, help="The networks that carry messages.")

Named = Annotated[str, typer.Argument(help="A network as `check` names it, or all.")]
Change = Callable[[Connection, str], Coroutine[Any, Any, bool]]


@channel_app.command("check")
def check_channels() -> None:
    """Show each network, and what waits; exit 1 unless all of them run."""

    async def work() -> None:
        async with addresses() as where, connected(where.owner_dsn["notifications"]) as db:
            found, waiting = await channels.states(db), await channels.waiting(db)
        for state in found:
            console.print(line_of(state), soft_wrap=True, highlight=False)
        for reason, count in waiting.items():
            console.print(f"{count} messages wait: {reason}", soft_wrap=True, highlight=False)
        if not found:
            console.print("none: notifications has not run yet")
        if any(state.state != "running" or state.blocked for state in found):
            raise typer.Exit(1)

    run(work())


@channel_app.command("pause")
def pause_channel(network: Named) -> None:
    """Send nothing more by a network; its messages are kept."""
    who = operator()
    reason = f"by {who.name or who.account}"

    async def change(db: Connection, name: str) -> bool:
        return await channels.pause(db, name, reason)

    _change(network, change, "paused")


@channel_app.command("resume")
def resume_channel(network: Named) -> None:
    """Send again by a network that was paused, or stopped because it refused our credentials."""
    _change(network, channels.resume, "running")


def line_of(state: ChannelState) -> str:
    """A network in one line."""
    said = state.state
    if state.state != "running":
        said += f" since {state.changed_at:%Y-%m-%d %H:%M} ({state.reason})"
    elif state.blocked:
        said = f"resting after {state.failures} failures" if state.failures else "asked to wait"
    unknown = f", {state.unanswered} unanswered" if state.unanswered else ""
    return f"{state.network}: {said}{unknown}"


def _change(network: str, change: Change, becomes: str) -> None:
    async def work() -> None:
        async with addresses() as where, connected(where.owner_dsn["notifications"]) as db:
            known = [state.network for state in await channels.states(db)]
            chosen = known if network == "all" else [network]
            if not set(chosen) <= set(known):
                raise fail(f"{network} is no network; there are {', '.join(known) or 'none'}")
            for name in chosen:
                already = "" if await change(db, name) else " already"
                console.print(f"{name}: {becomes}{already}", highlight=False)

    run(work())
