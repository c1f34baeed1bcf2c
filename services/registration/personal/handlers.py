"""What the handlers of all kinds of persons do alike: see rows.py."""

from __future__ import annotations

from typing import Any

from chassis.api.fields import new_id
from chassis.definition.runtime import Runtime
from chassis.kernel.decider import Stream
from chassis.kernel.refused import Refused
from chassis.log.context import CommandContext
from chassis.log.desk import CommandIdReused
from services.registration.personal.rows import Persons, Values


def new_person_id(context: CommandContext, what: str) -> str:
    """As `new_id`, but the same key with another body makes another id.

    The personal row is written before the desk refuses such a key: it must not touch the first one.
    """
    digest = b"" if context.request_hash is None else context.request_hash
    return new_id(context, f"{what}:{digest.hex()}")


async def execute_with_row(
    runtime: Runtime,
    context: CommandContext,
    persons: Persons,
    stream: Stream[Any, Any, Any],
    command: Any,
    ids: tuple[str, str],
    values: Values,
) -> None:
    """Write the personal row of somebody new, then execute the command that records it.

    `ids` are the person's and its owner's.
    """
    key, owner = ids
    if persons.is_erased(await runtime.desk.state(stream), key) is None:
        # A retry after the erasure must not bring the name back.
        await persons.put(runtime.pool, key, owner, values)
    try:
        await runtime.desk.execute(stream, command, context)
    except (Refused, CommandIdReused):
        await persons.forget(runtime.pool, key)
        raise


async def erase(
    runtime: Runtime,
    context: CommandContext,
    persons: Persons,
    stream: Stream[Any, Any, Any],
    command: Any,
    key: str,
) -> None:
    """Empty a person's row, then execute the command that records the erasure."""
    # A request that was refused once must not erase anything later.
    await runtime.desk.refused_before(context)
    await persons.erase(runtime.pool, key)
    await runtime.desk.execute(stream, command, context)
