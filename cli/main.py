"""`maarid`: run the system, play a fair, look into it, mend it."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from chassis.kafka.groups import GroupInUse
from chassis.replaying.rebuild import rebuild as rebuild_tables
from cli import launch, letters
from cli.audit import audit as run_audit
from cli.certificates import certificate_command
from cli.channels_command import channel_app
from cli.definitions import definition_of
from cli.demo import as_json, demo as run_demo, fairs_named
from cli.draws import draw_command
from cli.erasure_commands import erasure_app
from cli.gates import gates_command
from cli.history_command import history_command
from cli.issuer import Issuer, issuer_in
from cli.migrate_command import migrate_command
from cli.pictures import write_pictures
from cli.plan_command import plan_command
from cli.purge.command import purge_command
from cli.reaching import addresses
from cli.rehear import rehear as hear_again
from cli.republish import republish as send_again
from cli.running import fail, run as run_command, told
from cli.secrets import make_secrets
from cli.showing import (
    Drawn,
    bars,
    console,
    errors,
    say,
    show_line,
    show_report,
    tell_of_retries,
)
from cli.texts_command import texts_command
from cli.ticket_command import ticket_app
from cli.ticket_key_commands import ticket_key_app
from scenarios.loading import load
from scenarios.player import play
from servers import StackSettings, running
from services import SERVICES

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Maarid: the operations backbone of regional fairs.",
)
letter_app = typer.Typer(no_args_is_help=True, help="Records that were set aside.")
contract_app = typer.Typer(no_args_is_help=True, help="The public events.")
app.add_typer(channel_app, name="channels")
app.add_typer(letter_app, name="dead-letters")
app.add_typer(contract_app, name="contracts")
app.add_typer(erasure_app, name="erasures")
app.add_typer(ticket_app, name="tickets")
app.add_typer(ticket_key_app, name="ticket-keys")
PICTURES: Any = typer.Option(help="Write the floor plan to this directory: SVG, PDF and PNG.")
app.command("certificate")(certificate_command)
app.command("draw")(draw_command)
app.command("gates")(gates_command)
app.command("history")(history_command)
app.command("migrate")(migrate_command)
app.command("plan")(plan_command)
app.command("purge")(purge_command)
app.command("texts")(texts_command)


@app.command()
def demo(
    fair: Annotated[str, typer.Argument(help="A fair's key, or all.")] = "ouarzazate-2025",
    report: Annotated[
        Path | None, typer.Option(help="Write the figures to this file, as JSON.")
    ] = None,
    pictures: Annotated[Path | None, PICTURES] = None,
) -> None:
    """Play a fair from call to message on servers of its own, audit it, and stop everything."""
    try:
        fairs = fairs_named(fair)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    tell_of_retries()
    reports = run_command(run_demo(fairs, pictures))
    if report is not None:
        try:
            report.write_text(as_json(reports), "utf-8")
        except OSError as error:
            raise fail(told(error)) from None
    if any(each.audit != "clean" for each in reports):
        raise typer.Exit(1)


@app.command()
def up(
    simulated: Annotated[
        bool, typer.Option(help="The hour is moved by a player: needed for `maarid play`.")
    ] = False,
) -> None:
    """Keep the servers and the four services running until Ctrl-C."""
    run_command(_up(simulated))


async def _up(simulated: bool) -> None:
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    settings = StackSettings()
    ports = launch.ports_from_environment()
    launch.require_free(ports)
    console.print("Starting PostgreSQL, Kafka and the four services …")
    starting = asyncio.create_task(_keep_up(settings, ports, simulated, stop))
    stopped = asyncio.create_task(stop.wait())
    await asyncio.wait({starting, stopped}, return_when=asyncio.FIRST_COMPLETED)
    await starting
    stopped.cancel()


async def _keep_up(
    settings: StackSettings, ports: dict[str, int], simulated: bool, stop: asyncio.Event
) -> None:
    async with launch.system(
        settings.home, simulated=simulated, ports=ports, settings=settings, tell=say
    ) as system:
        table = Table(show_header=False)
        for service, url in system.urls.items():
            table.add_row(service, url, f"{url}/docs")
        table.add_row("Kafka", system.addresses.bootstrap, "")
        console.print(table)
        console.print(f"State and logs: {system.home}", soft_wrap=True)
        console.print("A token: maarid token --role organiser")
        console.print("Ctrl-C stops everything; the next `maarid up` finds its data again.")
        watching = asyncio.create_task(_watch(system))
        await stop.wait()
        watching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watching
        console.print("Stopping …")


async def _watch(system: launch.System) -> None:
    """Start a service again that ended by itself, as a supervisor would."""
    while True:
        await asyncio.sleep(1)
        for service, process in list(system.processes.items()):
            if process.pid is None:
                console.print(f"{service} ended and is started again; see {process.log}")
                await system.start_service(service)


@app.command("play")
def play_command(
    fair: Annotated[str, typer.Argument(help="A fair's key.")],
    url: Annotated[
        list[str] | None, typer.Option(help="SERVICE=URL where a service is not local.")
    ] = None,
    run: Annotated[str, typer.Option(help="The same run again changes nothing.")] = "play",
    by_hand: Annotated[
        bool, typer.Option("--by-hand", help="Without runs, offers and lists, as in 0.1.0.")
    ] = False,
    pictures: Annotated[Path | None, PICTURES] = None,
) -> None:
    """Play a fair on a running system with a simulated clock (`maarid up --simulated`)."""
    try:
        urls = launch.local_urls(StackSettings().home)
    except launch.LaunchError as error:
        raise fail(str(error)) from None
    for given in url or []:
        service, _, address = given.partition("=")
        if service not in urls or not address.startswith("http"):
            raise typer.BadParameter(f"{given}: say it like registration=http://host:8001")
        urls[service] = address
    issuer = _issuer()

    def token(role: str, /, **claims: str) -> str:
        return issuer.token(role, **claims)  # type: ignore[arg-type]

    tell_of_retries()

    async def work() -> None:
        with bars() as drawn:
            report = await play(
                load(fair), urls, token, run=run, progress=Drawn(drawn), by_hand=by_hand
            )
        show_report(report)
        if pictures is not None:
            await write_pictures(urls["scheduling"], fair, pictures)
        console.print("To prove what is promised: maarid audit")

    run_command(work())


@app.command()
def stack() -> None:
    """Keep only PostgreSQL and Kafka running, with migrated databases, until Ctrl-C."""

    async def work() -> None:
        loop = asyncio.get_running_loop()
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        async with running(StackSettings(), SERVICES) as where:
            await launch.migrate_all(where, say)
            console.print(f"MAARID_BOOTSTRAP_SERVERS={where.bootstrap}", soft_wrap=True)
            for service, dsn in where.service_dsn.items():
                console.print(f"{service}: MAARID_DATABASE_URL={dsn}", soft_wrap=True)
            await stop.wait()

    run_command(work())


@app.command()
def token(
    role: Annotated[str, typer.Option(help="organiser, exhibitor, steward, service, auditor")],
    organisation: Annotated[
        str | None, typer.Option(help="An exhibitor's organisation id.")
    ] = None,
    fair: Annotated[str | None, typer.Option(help="A steward's fair id.")] = None,
    subject: Annotated[str | None, typer.Option(help="Whom the token stands for.")] = None,
) -> None:
    """Print a token of the development issuer, valid for a day; production refuses it."""
    known = ("organiser", "exhibitor", "steward", "service", "auditor")
    if role not in known:
        raise typer.BadParameter(f"a role is one of {', '.join(known)}")
    if role == "steward" and not fair:
        raise typer.BadParameter("a steward works at one fair: name it with --fair")
    if role == "exhibitor" and not organisation:
        raise typer.BadParameter("an exhibitor has an organisation: name it with --organisation")
    issuer = _issuer()
    sys.stdout.write(
        issuer.token(role, subject=subject, organisation_id=organisation, fair_id=fair) + "\n"
    )


def _issuer() -> Issuer:
    """The development issuer of this home."""
    try:
        return issuer_in(StackSettings().home.expanduser().resolve())
    except OSError as error:
        raise fail(told(error)) from None


@app.command()
def issuer() -> None:
    """Make the key of the development issuer where it is missing, and say where it is public."""
    console.print(_issuer().jwks_url, soft_wrap=True)


@app.command("secrets")
def secrets_command(
    directory: Annotated[Path, typer.Argument(help="Where the files are to stand.")],
    server: Annotated[str, typer.Option(help="PostgreSQL as others reach it.")] = "postgres:5432",
) -> None:
    """Make passwords and database addresses where they are missing, each in a file."""
    try:
        for path in make_secrets(directory, server, SERVICES):
            console.print(path, soft_wrap=True)
    except OSError as error:
        raise fail(told(error)) from None


@app.command()
def audit() -> None:
    """Prove what the product promises, line by line; exit 1 if anything does not hold."""

    async def work() -> bool:
        async with addresses() as where:
            return await run_audit(where, show_line)

    if not run_command(work()):
        raise typer.Exit(1)


@app.command()
def rebuild(
    service: Annotated[str, typer.Argument(help="The service whose read tables to make again.")],
) -> None:
    """Make a service's read tables again from its log and what it heard; it may go on running."""
    if service not in SERVICES:
        raise typer.BadParameter(f"a service is one of {', '.join(SERVICES)}")

    async def work() -> None:
        async with addresses() as where:
            role = launch.role_of(where.service_dsn[service])
            count = await rebuild_tables(
                definition_of(service), where.owner_dsn[service], role, where.bootstrap
            )
        console.print(f"Read tables of {service} were made again from {count} events.")

    run_command(work())


@app.command()
def republish() -> None:
    """Send all events and contact records again: topics were lost, or are new after a restore."""

    async def work() -> None:
        async with addresses() as where:
            count = await send_again(where)
        console.print(f"{count} events and all contact records are sent again by the services.")

    run_command(work())


@app.command()
def rehear() -> None:
    """Let stopped services hear all topics again: their databases lost what they had heard last."""

    async def work() -> None:
        async with addresses() as where:
            try:
                groups = await hear_again(where.bootstrap)
            except GroupInUse as error:
                raise fail(
                    f"{error} is in use: stop all services first, then say it again."
                ) from None
        console.print(f"All topics are heard from their beginning, by {groups} groups.")

    run_command(work())


@letter_app.command("list")
def list_letters() -> None:
    """What was set aside, in all services; "none" if nothing was."""

    async def work() -> None:
        async with addresses() as where:
            for line in letters.lines(await letters.letters(where)):
                console.print(line, soft_wrap=True, markup=False)

    run_command(work())


@letter_app.command("show")
def show_letter(name: Annotated[str, typer.Argument(help="Like notifications:17.")]) -> None:
    """One dead letter, with all that came with it."""

    async def work() -> None:
        async with addresses() as where:
            for key, value in dict(await letters.letter(where, name)).items():
                text = value.decode("utf-8", "replace") if isinstance(value, bytes) else value
                console.print(f"{key}: {text}", soft_wrap=True, markup=False)

    run_command(work())


@letter_app.command("retry")
def retry_letter(name: Annotated[str, typer.Argument(help="Like notifications:17.")]) -> None:
    """Have the service try again, then handle what waits behind it."""
    _wish(name, "retry")


@letter_app.command("drop")
def drop_letter(name: Annotated[str, typer.Argument(help="Like notifications:17.")]) -> None:
    """Have the service go on without this record, for good."""
    _wish(name, "drop")


@letter_app.command("history")
def list_interventions() -> None:
    """Who had what retried or dropped, also when it is gone."""

    async def work() -> None:
        async with addresses() as where:
            done = await letters.interventions(where)
            for service, row in done:
                who = f"{row['operator'] or '?'} ({row['os_user']})"
                console.print(
                    f"{row['recorded_at']:%Y-%m-%d %H:%M:%S}Z {who} {row['wish']}"
                    f" {service}:{row['letter']} {row['type'] or '?'} {row['stream'] or '?'}"
                    f" {row['version'] or '?'}",
                    soft_wrap=True,
                    markup=False,
                )
            if not done:
                console.print("none")

    run_command(work())


def _wish(name: str, what: Any) -> None:
    async def work() -> None:
        async with addresses() as where:
            await letters.wish(where, name, what)
        console.print(f"{name}: the service does so as soon as it runs.")

    run_command(work())


@contract_app.command("list")
def list_contracts() -> None:
    """Every type of event that is published, with its topic."""
    from maarid_contracts import CATALOGUE

    for entry in CATALOGUE.values():
        console.print(f"{entry.type}  {entry.topic}  since {entry.since}", soft_wrap=True)


@contract_app.command("check")
def check_contracts() -> None:
    """Whether generated files are current, and old and new can read each other; exit 1 if not."""
    from maarid_contracts.generate import differences, incompatibilities

    problems = [*differences(), *incompatibilities()]
    for problem in problems:
        errors.print(problem, soft_wrap=True)
    if problems:
        raise typer.Exit(1)
    console.print("Compatible with everything that was released.")


@contract_app.command("write")
def write_contracts() -> None:
    """Write schemas, the AsyncAPI document and TypeScript types anew (needs npm's registry)."""
    from maarid_contracts.generate import write_all

    for path in write_all():
        console.print(path, soft_wrap=True)


@contract_app.command("release")
def release_contracts() -> None:
    """Freeze today's schemas as released: from then on they only grow."""
    from maarid_contracts.generate import Incompatible, release

    try:
        console.print(f"Released {release()}.")
    except Incompatible as error:
        errors.print(str(error), soft_wrap=True)
        raise typer.Exit(1) from None
