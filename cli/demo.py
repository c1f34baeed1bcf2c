"""A fair from call to message on real servers, then the audit, then everything is stopped."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import asyncpg
from rich.columns import Columns
from rich.panel import Panel

from chassis.postgres.database import SEARCH_PATH
from cli import launch
from cli.audit import Line, audit
from cli.phones import a_few_phones
from cli.pictures import write_pictures
from cli.showing import Drawn, bars, console, show_line, show_report
from scenarios.loading import FAIRS, load
from scenarios.player import play
from scenarios.report import Report
from servers import Addresses, StackSettings
from services import SERVICES

POCKET_SEED = 1
"""Some phones lack WhatsApp, some texts get lost and some receipts come late, as with networks."""


def fairs_named(fair: str) -> Sequence[str]:
    """The fairs to play.  Raises ValueError with the names that there are."""
    if fair == "all":
        return FAIRS
    if fair not in FAIRS:
        raise ValueError(f"There is no fair {fair}: choose all, {', '.join(FAIRS)}.")
    return (fair,)


async def demo(fairs: Sequence[str], pictures: Path | None = None) -> list[Report]:
    """Play fairs on an empty system of their own, each followed by an audit.

    Their floor plans are written to the directory `pictures`.
    """
    home = Path(tempfile.mkdtemp(prefix="maarid-demo-"))
    reports: list[Report] = []
    try:
        console.print("Starting PostgreSQL, Kafka and the four services …")
        settings = StackSettings(home=home)
        async with launch.system(
            home, simulated=True, settings=settings, pocket_seed=POCKET_SEED
        ) as running:
            for fair in fairs:
                reports.append(await _one(fair, running))
                if pictures is not None:
                    await write_pictures(running.urls["scheduling"], fair, pictures)
    finally:
        shutil.rmtree(home, ignore_errors=True)
    return reports


def as_json(reports: Sequence[Report]) -> str:
    """The figures of the fairs for programs: a list with one object a fair."""
    return json.dumps([asdict(report) for report in reports], indent=2, ensure_ascii=False) + "\n"


async def _one(fair: str, running: launch.System) -> Report:
    before = await events_by_type(running.addresses)
    with bars() as drawn:
        report = await play(
            load(fair), running.urls, running.token, run=f"demo-{fair}", progress=Drawn(drawn)
        )
    after = await events_by_type(running.addresses)
    by_type = {name: after[name] - before[name] for name in sorted(after)}
    by_type = {name: count for name, count in by_type.items() if count}
    console.print(
        Columns(
            [
                Panel(text, title=title, width=46)
                for title, text in await a_few_phones(running, fair)
            ]
        )
    )
    console.print("The audit:")
    lines: list[Line] = []

    def say(line: Line) -> None:
        lines.append(line)
        show_line(line)

    clean = await audit(running.addresses, say)
    report = replace(
        report,
        events=sum(by_type.values()),
        events_by_type=by_type,
        audit="clean" if clean else "not clean",
    )
    show_report(report)
    return report


async def events_by_type(where: Addresses) -> Counter[str]:
    """How many events of each type stand in the four logs."""
    counts: Counter[str] = Counter()
    for service in SERVICES:
        db = await asyncpg.connect(
            where.owner_dsn[service], server_settings={"search_path": SEARCH_PATH}
        )
        try:
            rows = await db.fetch("select type, count(*) as n from log.events group by type")
        finally:
            await db.close()
        for row in rows:
            counts[row["type"].partition(".")[0]] += row["n"]
    return counts
