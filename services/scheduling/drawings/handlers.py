"""Gathers what pictures show, and has them printed."""

from __future__ import annotations

import asyncio
import hashlib
import sys
from asyncio.subprocess import PIPE
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from itertools import chain

import orjson

from chassis.answers.problems import Problem
from chassis.definition.runtime import Runtime
from chassis.jobs.worker import environment
from chassis.kernel.refused import Refused
from services.scheduling.drawings.pages import Page
from services.scheduling.drawings.picture import Holder, Shown
from services.scheduling.fairs import read as fairs
from services.scheduling.fairs.handlers import known_fair
from services.scheduling.floor import read as floor
from services.scheduling.floor.domain import floor_stream
from services.scheduling.organisations import read as organisations

PRINTING = "from services.scheduling.drawings.printing import main; main()"
PRINT_SECONDS = 5.0
"""A plan of 350 booths takes a second with the start of the process."""
KEPT = 8
"""Printed plans that are kept, so that a link which many open is printed once."""


async def shown(runtime: Runtime, fair_id: str, language: str) -> Shown:
    """The plan in force with its holders, for a picture in one language.

    Who has no name that was heard of is shown by families alone.  Raises Refused where the fair is
    unknown, or has no plan.
    """
    await known_fair(runtime, fair_id)
    state = await runtime.desk.state(floor_stream(fair_id))
    if not state.plan.booths:
        raise Refused("floor_plan_missing")
    # Copied before anything else is awaited: the desk goes on with its state.
    plan, held_by = state.plan, dict(state.holders)
    name, poles = await fairs.names(runtime.pool, fair_id)
    families = await floor.families(runtime.pool, fair_id)
    families_called = await organisations.families(runtime.pool)
    called = await organisations.names(
        runtime.pool, {held.organisation_id for held in held_by.values()}
    )
    between = "، " if language == "ar" else ", "
    holders = {
        booth_id: Holder(
            in_language(called.get(held.organisation_id, {}), language),
            between.join(
                in_language(families_called.get(code, {}), language) or code.replace("_", " ")
                for code in families.get(held.exhibitor_id, ())
            ),
        )
        for booth_id, held in held_by.items()
    }
    return Shown(
        plan,
        language,
        in_language(name, language) or fair_id,
        {pole_id: in_language(texts, language) for pole_id, texts in poles.items()},
        holders,
        frozenset(held_by),
    )


def in_language(texts: Mapping[str, str | None], language: str) -> str:
    """A text in a language; in Arabic where there is none, then in any."""
    wanted = (texts.get(name) for name in (language, "ar"))
    return next(filter(None, chain(wanted, texts.values())), "")


_TURN = asyncio.Lock()
_KEPT: OrderedDict[bytes, bytes] = OrderedDict()


async def printed(pages: Sequence[Page]) -> bytes:
    """The pages as PDF, made in a process of its own, one after the other.

    typst takes 60 MB and holds the interpreter: a service that had it would hold its callers.
    Raises Problem 503 where it takes too long.
    """
    given = orjson.dumps([page._asdict() for page in pages])
    key = hashlib.blake2b(given).digest()
    try:
        async with asyncio.timeout(PRINT_SECONDS), _TURN:
            if key not in _KEPT:
                _KEPT[key] = await _print(given)
            _KEPT.move_to_end(key)
            while len(_KEPT) > KEPT:
                _KEPT.popitem(last=False)
            return _KEPT[key]
    except TimeoutError:
        raise Problem(503, "file_not_ready", retry_after=2) from None


async def _print(given: bytes) -> bytes:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PRINTING, "pdf", stdin=PIPE, stdout=PIPE, env=environment()
    )
    try:
        made, _ = await process.communicate(given)
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    if process.returncode or not made:
        raise Problem(503, "file_not_ready", retry_after=2)
    return made
