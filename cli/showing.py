"""What commands print: progress, summaries and tables that a person understands."""

from __future__ import annotations

import time
from collections.abc import Mapping

import httpx
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress as Bars,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table
from stamina.instrumentation import RetryDetails, set_on_retry_hooks

from cli.audit import Line
from scenarios.report import AssignmentReport, Phase, Report, SelectionReport, Worth

console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)


def bars() -> Bars:
    """Bars of a fair that is played; where nobody watches, nothing is drawn."""
    return Bars(
        TextColumn("{task.description:<36}"),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
    )


class Drawn:
    """Progress of a play as bars, one a phase."""

    def __init__(self, drawn: Bars) -> None:
        self._bars = drawn
        self._tasks: dict[Phase, TaskID] = {}

    def __call__(self, phase: Phase, done: int, total: int, /) -> None:
        if phase not in self._tasks:
            self._tasks[phase] = self._bars.add_task(phase.value, total=total)
        self._bars.update(self._tasks[phase], completed=done, total=total)


TELL_SECONDS = 5.0
"""Between two lines that say that a service is waited for."""


def tell_of_retries() -> None:
    """Say now and then in words that a service is waited for, instead of a log line a retry."""
    told_at = float("-inf")

    def tell(details: RetryDetails) -> None:
        nonlocal told_at
        if time.monotonic() - told_at > TELL_SECONDS:
            told_at = time.monotonic()
            error = details.caused_by
            where = error.request.url if isinstance(error, httpx.TransportError) else error
            errors.print(f"Waiting for an answer: {where}", soft_wrap=True)

    set_on_retry_hooks([tell])


def say(sentence: str) -> None:
    """Show what takes its time."""
    console.print(sentence, soft_wrap=True)


def show_line(line: Line) -> None:
    """One line of the audit."""
    mark = "[green]✓[/]" if line.holds else "[red]✗[/]"
    console.print(f"{mark} {line.promise}: {line.figures}", soft_wrap=True)


def _counted(counts: Mapping[str, int]) -> str:
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in ranked) or "none"


def _events(report: Report) -> str:
    if not report.events_by_type:
        return str(report.events)
    return f"{report.events} ({_counted(report.events_by_type)})"


def _selection(selection: SelectionReport | None) -> str:
    if selection is None:
        return "by hand"
    proven = "proven the highest" if selection.proven else f"none exceeds {selection.bound}"
    shares = ", ".join(
        f"{name} {quota.places} of {quota.of_places} places"
        for name, quota in selection.quotas.items()
    )
    adjusted = f"{selection.adjusted} decided otherwise by the team"
    return f"score {selection.score} ({proven}), {adjusted}; {shares or 'no quotas'}"


def _assignment(assignment: AssignmentReport | None) -> str:
    if assignment is None:
        return "by first fit"
    proven = "proven the least" if assignment.proven else f"at least {assignment.bound}"
    others = f"first fit {_worth(assignment.first_fit)}, draws {_worth(assignment.random_best)}"
    return (
        f"cost {assignment.objective} ({proven}); {others}; {assignment.repair_moves} moved later"
    )


def _worth(worth: Worth) -> str:
    """What a placement costs; who is left out by it costs nothing, so they are named too."""
    return f"{worth.objective}" + (f" with {worth.unplaced} left out" if worth.unplaced else "")


def _programme(versions: int) -> str:
    return f"published as a whole, version {versions}" if versions else "session by session"


def show_report(report: Report) -> None:
    """A fair in words and numbers."""
    table = Table(title=f"The fair {report.fair}", show_header=False, title_justify="left")
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    rows: list[tuple[str, str]] = [
        (
            "Organisations",
            f"{report.organisations} exhibitors and {report.partners} institutional partners"
            f" ({_counted(report.organisations_by_kind)})",
        ),
        ("Applications", _counted(report.applications)),
        ("Selection", _selection(report.selection)),
        ("Booths by rules", _assignment(report.assignment)),
        ("Places offered", _counted(report.offers)),
        ("People with a badge", str(report.people)),
        (
            "Booths given",
            f"{report.booths_assigned} of {report.booths}"
            f" ({report.institutional_booths} institutional)",
        ),
        (
            "By pole",
            ", ".join(
                f"{pole} {booths.assigned} of {booths.booths}"
                for pole, booths in report.booths_by_pole.items()
            ),
        ),
        ("Sessions", f"{report.sessions} ({_counted(report.sessions_by_kind)})"),
        ("Programme", _programme(report.programme_versions)),
        (
            "Workshop seats",
            f"{report.seats_reserved} of {report.seats} in {report.workshops} workshops,"
            f" {report.workshops_full} of them full",
        ),
        ("Seats offered", _counted(report.seat_offers)),
        ("At workshop doors", f"{report.attended} came, {report.no_shows} did not"),
        ("Visitors (a sample)", f"{report.people_in} came in with {report.tickets} tickets"),
        (
            "At the gates",
            f"{report.scans} scans by phones, {report.double_entries} double entries,"
            f" {report.inside_peak} inside at the peak, {report.inside_at_close} at the close",
        ),
        ("Messages", f"{report.messages}, {report.messages_delivered} delivered"),
        (
            "On the way",
            f"{report.messages_read} read, {report.fell_back} by another channel,"
            f" {report.unknown} unknown, {report.answers} answers,"
            f" {report.opted_out} want no more",
        ),
        ("To be called", str(report.calls_to_make)),
        ("Cost", f"{report.segments} segments, {report.cost_mad:.2f} MAD"),
        ("By language", _counted(report.messages_by_language)),
        ("By channel", _counted(report.messages_by_channel)),
        ("Not delivered", _counted({**report.messages_failed, **report.messages_pending})),
        ("Events", _events(report)),
        ("Played in", f"{report.seconds} s"),
    ]
    if report.audit:
        rows.append(("Audit", report.audit))
    for name, value in rows:
        table.add_row(name, value)
    console.print(table)
    console.print("Organisations, people and visitors are made up; the fair's facts are real.\n")
