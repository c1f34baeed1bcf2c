"""The handlers of people who wear badges: personal rows and the events of their exhibitor."""

from __future__ import annotations

from dataclasses import astuple

from chassis.definition.runtime import Runtime
from chassis.kernel.decider import Stream
from chassis.log.context import CommandContext
from services.registration.people.domain import (
    AddWearer,
    Command,
    CorrectWearer,
    EraseWearer,
    Event,
    People,
    RemoveWearer,
    ReplaceWearer,
    exhibitor_stream,
)
from services.registration.people.rows import PEOPLE, WearerDetails
from services.registration.personal.handlers import erase, execute_with_row


async def add_wearer(
    runtime: Runtime, context: CommandContext, command: AddWearer, details: WearerDetails
) -> None:
    stream = exhibitor_stream(command.exhibitor_id)
    ids = (command.wearer_id, command.exhibitor_id)
    await execute_with_row(runtime, context, PEOPLE, stream, command, ids, astuple(details))


async def replace_wearer(
    runtime: Runtime, context: CommandContext, command: ReplaceWearer, details: WearerDetails
) -> None:
    stream = exhibitor_stream(command.exhibitor_id)
    ids = (command.wearer_id, command.exhibitor_id)
    await execute_with_row(runtime, context, PEOPLE, stream, command, ids, astuple(details))
    await PEOPLE.erase(runtime.pool, command.leaving_id)


async def correct_wearer(
    runtime: Runtime,
    context: CommandContext,
    exhibitor_id: str,
    wearer_id: str,
    details: WearerDetails,
) -> None:
    command = CorrectWearer(wearer_id)
    await runtime.desk.execute(exhibitor_stream(exhibitor_id), command, context)
    await PEOPLE.correct(runtime.pool, context.command_id, wearer_id, astuple(details))


async def remove_wearer(
    runtime: Runtime, context: CommandContext, exhibitor_id: str, wearer_id: str, reason: str
) -> None:
    command = RemoveWearer(wearer_id, reason)
    await removed(runtime, context, exhibitor_stream(exhibitor_id), command, wearer_id)


async def removed(
    runtime: Runtime,
    context: CommandContext,
    stream: Stream[Command, People, Event],
    command: RemoveWearer,
    wearer_id: str,
) -> None:
    """Record that somebody has left, then forget them."""
    await runtime.desk.execute(stream, command, context)
    await PEOPLE.erase(runtime.pool, wearer_id)


async def erase_wearer(
    runtime: Runtime, context: CommandContext, exhibitor_id: str, wearer_id: str
) -> None:
    command = EraseWearer(wearer_id)
    stream = exhibitor_stream(exhibitor_id)
    await erase(runtime, context, PEOPLE, stream, command, wearer_id)
