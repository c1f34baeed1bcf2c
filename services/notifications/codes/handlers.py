"""Ask for codes, check them, and tell the sender of messages what they are."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID
from weakref import WeakKeyDictionary

import asyncpg
import structlog

from chassis.answers.problems import Problem
from chassis.answers.shapes import known
from chassis.api.fields import new_id
from chassis.definition.runtime import Runtime
from chassis.edge.denials import Bucket
from chassis.kernel.refused import Refused
from chassis.log.context import CommandContext
from chassis.log.outcome import CommandIdReused
from chassis.postgres.database import Pool
from services.notifications.codes import rows
from services.notifications.codes.keys import CODE_DIGITS, code_of, hash_of, is_code_of
from services.notifications.codes.limits import (
    ALARMING,
    SILENT,
    Limit,
    Reached,
    Rule,
    reached,
    rules,
)
from services.notifications.codes.metrics import ASKED, CHECKED
from services.notifications.codes.mobiles import NoMobile, block_of, mobile_of
from services.notifications.fairs.read import fairs
from services.notifications.messages.domain import RequestMessage
from services.notifications.messages.filling import AskedFor
from services.notifications.messages.handlers import request_message
from services.notifications.messages.tellings import Template
from services.notifications.messages.texts import Argument, Rendered, render

log = structlog.get_logger(__name__)

ALARM_SECONDS = 60.0
"""One line for each limit in so long: a flood is not to fill a disk."""
NETWORK_BITS = 64
"""Whoever has one IPv6 address has as many: they are counted by their network."""
LIKE_A_CODE = "0" * CODE_DIGITS


class Asked(NamedTuple):
    """What whoever asked for a code is told."""

    code_id: str
    expires_at: datetime


class _Turns:
    """What one replica keeps for itself."""

    def __init__(self) -> None:
        # From zero on, or the first one that is counted would be no increase to an alert.
        for outcome in ("granted", *Limit):
            ASKED.labels(str(outcome))
        for outcome in ("right", "wrong", "over"):
            CHECKED.labels(outcome)
        self.turn = asyncio.Lock()
        """Of many at once one waits for the other replicas, so that callers of other routes find a
        connection."""
        self.alarms = {limit: Bucket(1, ALARM_SECONDS) for limit in ALARMING}


_TURNS: WeakKeyDictionary[Pool, _Turns] = WeakKeyDictionary()


async def ask(
    runtime: Runtime,
    context: CommandContext,
    phone: str,
    address: str,
    language: str | None = None,
    fair_id: str | None = None,
) -> Asked:
    """Send a code to a number, unless one of its own limits is reached, which is told to nobody.

    Raises Refused for what is no mobile of ours or no fair, and Problem 429 where a limit is
    reached that depends on no number.
    """
    try:
        mobile = mobile_of(phone)
    except NoMobile:
        raise Refused("mobile_expected") from None
    code_id = new_id(context, "code")
    key = runtime.settings.code_keys.current()[0]
    marks = rows.Marks(
        fair_id,
        address=hash_of(key, "address", _network(address)),
        prefix=hash_of(key, "prefix", block_of(mobile)),
        number=hash_of(key, "number", mobile),
    )
    await _turn_away(runtime, code_id, marks)
    written = await _written(runtime, mobile, language, fair_id)
    cost = written.segments * runtime.settings.code_segment_mad
    mine = _TURNS.setdefault(runtime.pool, _Turns())
    async with mine.turn, runtime.pool.acquire() as db, db.transaction():
        await rows.one_at_a_time(db)
        row, passed = await rows.found(db, code_id), None
        if row is None:
            passed = reached(await rows.uses(db, _limits(runtime), marks), cost)
            if passed is None or passed.limit in SILENT:
                row = await rows.keep(
                    db,
                    code_id,
                    granted=passed is None,
                    phone=mobile,
                    language=written.language,
                    marks=marks,
                    cost_mad=cost,
                )
                _count(mine, passed, fair_id)
    if row is None:
        raise _refusal(mine, passed, fair_id)
    await _request(runtime, context, code_id, mobile, fair_id, row)
    return Asked(code_id, row["expires_at"])


async def _turn_away(runtime: Runtime, code_id: str, marks: rows.Marks) -> None:
    """Raise Problem 429 where a limit is reached that depends on no number, before others wait for
    this request: a flood is to cost them little.  What was asked for before is not turned away."""
    async with runtime.pool.acquire() as db:
        if await rows.found(db, code_id) is not None:
            return
        used = await rows.uses(db, _limits(runtime), marks)
    passed = reached(
        [(rule, use) for rule, use in used if rule.limit not in SILENT],
        runtime.settings.code_segment_mad,
    )
    if passed is not None:
        raise _refusal(_TURNS.setdefault(runtime.pool, _Turns()), passed, marks.fair_id)


def _refusal(mine: _Turns, passed: Reached | None, fair_id: str | None) -> Problem:
    assert passed is not None
    _count(mine, passed, fair_id)
    return Problem(429, "too_many_codes", retry_after=passed.retry_after)


def _limits(runtime: Runtime) -> tuple[Rule, ...]:
    return rules(
        an_hour=runtime.settings.codes_an_hour,
        per_fair=runtime.settings.codes_per_fair,
        per_address=runtime.settings.codes_per_address,
        mad_a_day=runtime.settings.codes_mad_a_day,
    )


async def _written(
    runtime: Runtime, mobile: str, language: str | None, fair_id: str | None
) -> Rendered:
    """The text with another code, by which its language and its cost are known: all codes are
    equally long.  Raises Refused for a fair that is not known."""
    arguments: Mapping[str, Argument] = {"named": "false"}
    if fair_id is not None:
        fair = (await fairs(runtime.pool, [fair_id])).get(fair_id)
        arguments = {"named": "true", "fair": known(fair, "fair_unknown", fair=fair_id).name}
    languages = await rows.languages_of(runtime.pool, mobile)
    languages = (language, *languages) if language is not None else languages
    return render(Template.CODE, {**arguments, "code": LIKE_A_CODE}, languages, "sms")


async def _request(
    runtime: Runtime,
    context: CommandContext,
    code_id: str,
    mobile: str,
    fair_id: str | None,
    row: asyncpg.Record,
) -> None:
    """Request the message of a code that was granted, also where its first request ended here."""
    if not row["granted"] or not row["alive"] or row["phone"] is None:
        return
    if (row["phone"], row["fair_id"]) != (mobile, fair_id):
        raise CommandIdReused
    named = {"named": "false" if fair_id is None else "true"}
    # The number may be nobody's that we know, and an event is not to say whose it is: the message
    # goes to the code itself, of which the sender asks where that is.
    command = RequestMessage(code_id, fair_id, code_id, Template.CODE.value, named)
    await request_message(runtime, context, command)


def _count(mine: _Turns, passed: Reached | None, fair_id: str | None) -> None:
    """Count what became of a request, and raise the alarm; no number is told."""
    if passed is None:
        ASKED.labels("granted").inc()
        return
    ASKED.labels(passed.limit.value).inc()
    bucket = mine.alarms.get(passed.limit)
    held_back = None if bucket is None else bucket.take()
    if held_back is not None:
        log.error(
            "codes.limit_reached", limit=passed.limit.value, fair_id=fair_id, not_told=held_back
        )


def _network(address: str) -> str:
    """By what an address is counted.  Raises ValueError on what is none."""
    parsed = ipaddress.ip_address(address)
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed.packed, NETWORK_BITS), strict=False))


async def check(runtime: Runtime, context: CommandContext, code_id: str, code: str) -> list[str]:
    """The contacts of the number that a code was sent to; none where nobody is known by it.

    Raises Refused for a wrong code, and where it was used, tried too often or is too old.
    """
    _TURNS.setdefault(runtime.pool, _Turns())
    right = is_code_of(runtime.settings.code_keys.current(), code_id, code)
    row = await rows.tried(runtime.pool, code_id, context.command_id, right=right)
    if row is None or (row["right_by"] is not None and row["right_by"] != context.command_id):
        CHECKED.labels("over").inc()
        raise Refused("code_over")
    if row["right_by"] is None:
        CHECKED.labels("wrong").inc()
        raise Refused("code_wrong", left=rows.TRIES - row["tried"])
    if row["phone"] is None:
        raise Refused("code_over")  # It was forgotten meanwhile.
    CHECKED.labels("right").inc()
    return await rows.contacts(runtime.pool, row["phone"])


async def to_send(runtime: Runtime, message_ids: Sequence[UUID]) -> Mapping[UUID, AskedFor]:
    """What the sender is to write for these messages; those that are missing are worth no more."""
    if not message_ids:
        return {}
    key = runtime.settings.code_keys.current()[0]
    return {
        row["code_id"]: AskedFor(
            row["phone"], row["language"], {"code": code_of(key, str(row["code_id"]))}
        )
        for row in await rows.to_send(runtime.pool, message_ids)
    }
