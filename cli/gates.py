"""Shows who is inside a fair, and what its gates have told."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import asyncpg
import typer
from rich.table import Table

from chassis.postgres.database import SEARCH_PATH
from cli.reaching import addresses
from cli.running import fail, run
from cli.showing import console
from servers import Addresses
from services.ticketing.gates.read import PresenceOut, presence

FAIR = "select exists (select from fairs where fair_id = $1)"


async def presence_at(where: Addresses, fair_id: str) -> PresenceOut | None:
    """Who is inside, by ticketing's tables; None where it knows of no such fair."""
    db = await asyncpg.connect(
        where.owner_dsn["ticketing"], server_settings={"search_path": SEARCH_PATH}
    )
    try:
        if not await db.fetchval(FAIR, fair_id):
            return None
        return await presence(db, fair_id, datetime.now(UTC))
    finally:
        await db.close()


def told(shown: PresenceOut) -> list[str]:
    """The figures in sentences."""
    limit = "" if shown.inside_limit is None else f", of {shown.inside_limit} who may be"
    lines = [f"{shown.inside} people are inside{limit}."]
    if shown.peak.at is not None:
        changed = shown.peak.changed_at
        late = "" if changed is None else f"; changed by an upload at {changed:%Y-%m-%d %H:%M} UTC"
        lines.append(
            f"At most {shown.peak.inside} were, at {shown.peak.at:%Y-%m-%d %H:%M} UTC{late}."
        )
    lines.append(
        f"{shown.scans} scans were uploaded; at least {shown.missing} are missing."
        f"  {shown.double_entries} entries were one too many."
    )
    return lines


def devices_of(shown: PresenceOut) -> Table:
    """A line for each device."""
    table = Table("device", "gate", "scans", "missing", "last upload (UTC)", "")
    for one in shown.devices:
        last = "" if one.last_upload_at is None else f"{one.last_upload_at:%Y-%m-%d %H:%M}"
        notes = ["revoked"] if one.revoked_at is not None else []
        if one.reused:
            notes.append(f"used {len(one.reused)} numbers twice")
        about = (str(one.scans), str(one.missing), last, ", ".join(notes))
        table.add_row(one.label, one.gate_id, *about)
    return table


def hours_of(shown: PresenceOut) -> Table:
    """A line for each gate and hour."""
    table = Table("gate", "hour (UTC)", "in", "out", "changed")
    for one in shown.hours:
        changed = "" if one.changed_at is None else f"{one.changed_at:%Y-%m-%d %H:%M}"
        counts = (str(one.came_in), str(one.went_out), changed)
        table.add_row(one.gate_id, f"{one.hour:%Y-%m-%d %H:%M}", *counts)
    return table


def gates_command(fair: Annotated[str, typer.Argument(help="A fair's id.")]) -> None:
    """Show who is inside a fair, by gate and hour, and what devices have not uploaded yet."""

    async def work() -> PresenceOut | None:
        async with addresses() as where:
            return await presence_at(where, fair)

    found = run(work())
    if found is None:
        raise fail(f"Ticketing knows of no fair {fair}.")
    for sentence in told(found):
        console.print(sentence, soft_wrap=True)
    if found.devices:
        console.print(devices_of(found))
    if found.hours:
        console.print(hours_of(found))
