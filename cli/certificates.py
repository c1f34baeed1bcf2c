"""Holds the adopted assignments of a fair against the log alone."""

from __future__ import annotations

from typing import Annotated

import asyncpg
import typer

from chassis.postgres.database import SEARCH_PATH
from cli.definitions import definition_of
from cli.reaching import addresses
from cli.running import fail, run
from cli.showing import console, errors
from servers import Addresses
from services.scheduling.floor.certificate import Judged, Proving
from services.scheduling.floor.domain import floor_stream

EVENTS = """
select type, data::text as data from log.events where stream = $1 order by version
"""


async def judged_again(where: Addresses, fair_id: str) -> list[Judged]:
    """Every adopted assignment of a fair, by the log of scheduling alone."""
    db = await asyncpg.connect(
        where.owner_dsn["scheduling"], server_settings={"search_path": SEARCH_PATH}
    )
    try:
        rows = await db.fetch(EVENTS, floor_stream(fair_id).name)
    finally:
        await db.close()
    event_types, proving = definition_of("scheduling").log.event_types, Proving()
    found = (proving.heard(event_types.load(row["type"], row["data"])) for row in rows)
    return [each for each in found if each is not None]


def certificate_command(fair: Annotated[str, typer.Argument(help="A fair's id.")]) -> None:
    """Recompute what is certified of a fair's assignments from the log alone; exit 1 if it
    differs."""

    async def work() -> list[Judged]:
        async with addresses() as where:
            return await judged_again(where, fair)

    found = run(work())
    if not found:
        raise fail(f"No assignment was adopted for {fair}.")
    for each in found:
        for told in lines_of(each):
            console.print(told, soft_wrap=True, highlight=False)
        for difference in each.differences:
            errors.print(f"It {difference}.", soft_wrap=True)
    if any(each.differences for each in found):
        raise typer.Exit(1)


def lines_of(judged: Judged) -> list[str]:
    """What is certified of an assignment, and what of it rests on arithmetic alone."""
    event = judged.event
    costs = ", ".join(f"{rule} {cost}" for rule, cost in sorted(event.costs.items()) if cost)
    versions = ", ".join(f"{name} {version}" for name, version in sorted(event.versions.items()))
    return [
        f"{'Repair' if event.repair else 'Assignment'} {event.draft_id}:"
        f" plan {event.revision}, rules {event.rules_version},"
        f" {len(event.profiles)} exhibitors, {event.moves} moved, {event.unplaced} booths ungiven",
        f"  cost {event.objective} ({costs or 'nothing'}); recomputed",
        f"  bound {event.bound}, gap {event.gap:.2%}, {'proven' if event.proven else 'not proven'};"
        f" {judged.arithmetic} of it by arithmetic, the rest rests on the solver"
        f" (seed {event.seed}{f', {versions}' if versions else ''})",
    ]
