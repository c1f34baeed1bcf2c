"""Gather what a decision on a ticket needs, then let the desk decide."""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import uuid5

from chassis.answers.shapes import known
from chassis.api.fields import new_id
from chassis.definition.runtime import Runtime
from chassis.log.context import CommandContext
from chassis.process.ids import NAMESPACE
from services.ticketing.fairs import read as fairs
from services.ticketing.gates import read as gates
from services.ticketing.gates.handlers import take_place_inside
from services.ticketing.gates.read import Untold
from services.ticketing.tickets.code import FIRST_DAY, Payload, fair_hash, signed
from services.ticketing.tickets.domain import (
    CheckIn,
    CheckOut,
    IssueTicket,
    NoteDoubleEntry,
    ReissueTicket,
    RevokeTicket,
    TicketDetails,
    ticket_stream,
    would_open,
)
from services.ticketing.tickets.keys import KeyRing, TicketKeys
from services.ticketing.tickets.read import TicketOut


def ring_of(runtime: Runtime) -> KeyRing:
    """The keys that sign tickets."""
    return runtime.settings.ticket_keys


def code_of(keys: TicketKeys, ticket: TicketOut) -> str | None:
    """The text of a ticket's QR code; None where it opens no gate any more, or its days are before
    those that a code can say."""
    if ticket.revoked or ticket.day < FIRST_DAY:
        return None
    key_id, key = keys.signer
    payload = Payload(
        key_id,
        fair_hash(ticket.fair_id),
        ticket.ticket_id,
        ticket.kind,
        ticket.day,
        ticket.last_day,
        ticket.issue,
        ticket.party,
    )
    return signed(payload, key)


async def issue_ticket(runtime: Runtime, context: CommandContext, wanted: TicketDetails) -> None:
    fair_id = wanted.fair_id
    fair = known(await fairs.fair(runtime.pool, fair_id), "fair_unknown", fair=fair_id)
    command = IssueTicket(wanted, fair.first_day, fair.last_day, fair.cancelled)
    await runtime.desk.execute(ticket_stream(wanted.ticket_id), command, context)


async def execute(
    runtime: Runtime, context: CommandContext, command: RevokeTicket | ReissueTicket
) -> None:
    await runtime.desk.execute(ticket_stream(command.ticket_id), command, context)


@dataclass(frozen=True, slots=True)
class Passing:
    """Who wants to pass a gate with a ticket; None of `people` is the whole party."""

    gate_id: str
    people: int | None = None
    issue: int | None = None
    overrule: bool = False
    scan_id: str | None = None
    device_id: str | None = None


async def check_in(
    runtime: Runtime, context: CommandContext, ticket: TicketOut, passing: Passing
) -> None:
    """What day it is depends on where the fair takes place; who is inside, also on what devices
    have uploaded.

    Where people inside are limited, their places are taken first.  Of people who do not come in
    after all they are free again in a moment.
    """
    fair_id, stream = ticket.fair_id, ticket_stream(ticket.ticket_id)
    fair = known(await fairs.fair(runtime.pool, fair_id), "fair_unknown", fair=fair_id)
    rules = await gates.rules(runtime.pool, fair_id)
    uploaded = tuple(await gates.uploaded(runtime.pool, ticket.ticket_id))
    now = runtime.clock.now()
    command = CheckIn(
        ticket.ticket_id,
        passing.gate_id,
        now,
        fair.day_of(now),
        fair.first_day,
        fair.last_day,
        fair.cancelled,
        issue=passing.issue,
        people=passing.people,
        reentry=ticket.kind.value in rules.reentry,
        scan_id=passing.scan_id,
        device_id=passing.device_id,
        overrule=passing.overrule,
        uploaded=uploaded,
    )
    if rules.inside_limit is not None and would_open(command, await runtime.desk.state(stream)):
        scan_id = passing.scan_id or new_id(context, "scan")
        people = passing.people or ticket.party
        about = (fair_id, ticket.ticket_id, scan_id, people, passing.overrule)
        over_limit = await take_place_inside(runtime, context, *about)
        command = replace(command, scan_id=scan_id, over_limit=over_limit)
    await runtime.desk.execute(stream, command, context)


async def check_out(
    runtime: Runtime, context: CommandContext, ticket: TicketOut, passing: Passing
) -> None:
    """People went out; nobody is kept from that."""
    uploaded = tuple(await gates.uploaded(runtime.pool, ticket.ticket_id))
    command = CheckOut(
        ticket.ticket_id,
        passing.gate_id,
        runtime.clock.now(),
        passing.people,
        passing.scan_id,
        passing.device_id,
        uploaded,
    )
    await runtime.desk.execute(ticket_stream(ticket.ticket_id), command, context)


async def note_double_entry(runtime: Runtime, entry: Untold) -> None:
    """Tell of an entry that was one too many; whichever replica does, it is told once."""
    wish = f"double entry\n{entry.ticket_id}\n{entry.first_id}\n{entry.second_id}"
    context = CommandContext(uuid5(NAMESPACE, wish), "policy:find_double_entries")
    command = NoteDoubleEntry(*entry)
    await runtime.desk.execute(ticket_stream(entry.ticket_id), command, context)
