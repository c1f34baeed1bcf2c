"""Pair devices and know them again, and take what they upload."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID, uuid5
from weakref import WeakKeyDictionary

import asyncpg
import orjson
from starlette.requests import Request

from chassis.answers.shapes import known
from chassis.api.fields import new_id
from chassis.api.requests import Caller, Problem, Role
from chassis.definition.runtime import Runtime
from chassis.edge.denials import Bucket
from chassis.kernel.refused import Refused
from chassis.log.context import CommandContext
from chassis.log.outcome import CommandIdReused
from chassis.postgres.database import Pool
from chassis.process.ids import NAMESPACE
from services.ticketing.devices import read, rows, secrets
from services.ticketing.devices.domain import (
    GateScansRecorded,
    RecordScans,
    Scan,
    SequencesReused,
    device_stream,
)
from services.ticketing.devices.handlers import doors
from services.ticketing.devices.rows import Device
from services.ticketing.fairs import read as fairs
from services.ticketing.gates import read as gates
from services.ticketing.tickets.code import fair_hash
from services.ticketing.tickets.handlers import ring_of
from services.ticketing.tickets.keys import text_of

CODE_FOR = timedelta(minutes=15)
TRIES_AT_ONCE, TRY_EVERY = 30, 0.5
"""Wrong codes that one replica takes: some thousand while a code lives, of 10^11 that there are."""
AFTER_THE_CLOCK = timedelta(hours=1)
BEFORE_THE_FAIR = timedelta(days=1)


AT_ONCE = 3
"""Batches that one replica decides at once.  A network that comes back brings those of all phones
in one moment; in one round they would keep others waiting, or take longer than a round may."""
_TURNS: WeakKeyDictionary[Pool, asyncio.Semaphore] = WeakKeyDictionary()


class Said(NamedTuple):
    """A scan as a device says it."""

    scan_id: str
    sequence: int
    at: datetime
    offset_ms: int | None
    ticket_id: str | None
    typed: str | None
    issue: int | None
    direction: str
    people: int
    verdict: str
    decided: str
    overruled: bool

    @property
    def mark(self) -> int:
        """Tells this scan from any other that has its number.

        What the device last measured of its clock is left out: it may have measured again.
        """
        said = self._replace(offset_ms=None, at=self.at.astimezone(UTC))
        digest = hashlib.blake2b(repr(tuple(said)).encode(), digest_size=8).digest()
        return int.from_bytes(digest) >> 1 or 1


class Received(NamedTuple):
    """What became of a batch."""

    received_to: int
    known: int
    at: datetime


async def register(
    runtime: Runtime,
    context: CommandContext,
    fair_id: str,
    label: str,
    gate_id: str,
    session_id: str | None,
) -> tuple[str, str, datetime]:
    """The new device, the code that pairs it, and until when."""
    known(await fairs.fair(runtime.pool, fair_id), "fair_unknown", fair=fair_id)
    if session_id is not None:
        workshop = await read.workshop_of(runtime.pool, fair_id, session_id)
        known(workshop, "workshop_unknown", session=session_id)
    now = runtime.clock.now()
    device = Device(new_id(context, "device"), fair_id, gate_id, session_id, label)
    found = None
    while found is None:
        try:
            found = await rows.register(
                runtime.pool,
                device,
                context.request_hash,
                secrets.new_code(),
                now + CODE_FOR,
                now,
            )
        except asyncpg.UniqueViolationError:
            continue
    if found.request_hash != context.request_hash:
        raise CommandIdReused
    if found.code is None:
        raise Refused("device_paired", device=device.device_id)
    return device.device_id, found.code, found.code_until


async def pair(runtime: Runtime, tries: Bucket, code: str) -> tuple[str, Device]:
    """The token of a device, which is shown this once, and the device.

    Raises Refused where too many wrong codes came, also for a right one: who tries them all
    must not learn which it is.
    """
    if tries.take() is None:
        raise Refused("too_many_tries", retry_after=1)
    code = secrets.typed(code)
    device_id = await rows.by_code(runtime.pool, code)
    if device_id is not None:
        token, hash_ = secrets.new_token(device_id)
        device = await rows.pair(runtime.pool, device_id, code, hash_, runtime.clock.now())
        if device is not None:
            return token, device
    raise Refused("pairing_code_unknown")


async def authenticate(request: Request, token: str) -> Caller:
    """The device whose token this is.  Raises Problem 401.

    One look by its key, at each request: who is revoked is out at once, at every replica.
    """
    runtime: Runtime = request.app.state.runtime
    device_id = secrets.device_in(token)
    try:
        found = None if device_id is None else await rows.with_hash(runtime.pool, device_id)
    except asyncpg.DataError:
        found = None  # It is no UUID.
    if found is None or not secrets.is_of(token, found[1]):
        raise Problem(401, "token_invalid")
    device = request.state.device = found[0]
    return Caller(device.device_id, frozenset({Role.DEVICE}), fair_id=device.fair_id)


class Bundle(NamedTuple):
    """What a device is given, at one moment of the log."""

    fair: fairs.Fair
    fair_hash: str
    keys: Sequence[Mapping[str, object]]
    rules: gates.Rules
    inside: int
    sessions: Sequence[Mapping[str, object]]
    tickets: read.Tickets


async def bundle(runtime: Runtime, device: Device, since: int) -> Bundle:
    """Everything, or what has changed since a position of the log."""
    fair = known(
        await fairs.fair(runtime.pool, device.fair_id), "fair_unknown", fair=device.fair_id
    )
    held = ring_of(runtime).current()
    sessions: list[Mapping[str, object]] = []
    async with (
        runtime.pool.acquire() as db,
        db.transaction(isolation="repeatable_read", readonly=True),
    ):
        rules = await gates.rules(db, device.fair_id)
        tickets = await read.tickets(db, device.fair_id, since, rules.reentry)
        inside = await gates.inside(db, device.fair_id)
        if device.session_id is not None:
            sessions = [
                {name: _plain(value) for name, value in row.items()}
                for row in [await read.session(db, device.session_id)]
                if row is not None
            ]
    return Bundle(
        fair,
        fair_hash(device.fair_id).hex(),
        [
            {"id": key.id, "public": text_of(key.public)}
            for key in held.keys
            if key.id in held.trusted
        ],
        rules,
        inside,
        sessions,
        tickets,
    )


def _plain(value: object) -> object:
    """A column as JSON has it: what is JSON already comes as text that begins with a bracket."""
    if isinstance(value, UUID):
        return str(value)
    return orjson.loads(value) if isinstance(value, str) and value[:1] in ("{", "[") else value


async def record(
    runtime: Runtime, device: Device, sent_at: datetime, said: Sequence[Said]
) -> Received:
    """Keep what is new of a batch.

    Raises Refused for times that cannot be, and where a number came with another scan: then nothing
    of the batch is kept.
    """
    now = runtime.clock.now()
    scans = await _corrected(runtime, device, now - sent_at, now, said)
    marks = tuple(each.mark for each in said)
    command = RecordScans(
        device.fair_id, device.device_id, device.gate_id, device.session_id, now, scans, marks
    )
    stream = device_stream(device.device_id)
    # The same scans are the same wish, whenever they are sent.
    wish = hashlib.sha256(repr(marks).encode()).hexdigest()
    context = CommandContext(
        uuid5(NAMESPACE, f"scans\n{device.device_id}\n{wish}"), f"{Role.DEVICE}:{device.device_id}"
    )
    async with _TURNS.setdefault(runtime.pool, asyncio.Semaphore(AT_ONCE)):
        outcome = await runtime.desk.execute(stream, command, context)
    if device.session_id is not None:
        await doors.tell(runtime, device.session_id)
    state = await runtime.desk.state(stream)
    new = 0
    for event in outcome.events:
        match event:
            case SequencesReused():
                reused = list(event.sequences)
                raise Refused("sequence_reused", sequences=reused, next=state.highest + 1)
            case GateScansRecorded():
                new = 0 if outcome.repeated else len(event.scans)
    return Received(state.received_to, len(said) - new, now)


async def _corrected(
    runtime: Runtime,
    device: Device,
    skew: timedelta,
    now: datetime,
    said: Sequence[Said],
) -> tuple[Scan, ...]:
    """The scans with their times by our clock, and with the tickets of this fair.

    Where a device never measured its clock, it is taken to be as wrong as when it uploaded.
    """
    fair = known(
        await fairs.fair(runtime.pool, device.fair_id), "fair_unknown", fair=device.fair_id
    )
    earliest = fair.hours_of(fair.first_day)[0] - BEFORE_THE_FAIR
    at = [
        each.at + (skew if each.offset_ms is None else timedelta(milliseconds=each.offset_ms))
        for each in said
    ]
    absurd = [
        each.sequence
        for each, moment in zip(said, at, strict=True)
        if not earliest <= moment <= now + AFTER_THE_CLOCK
    ]
    if absurd:
        raise Refused("time_absurd", sequences=absurd[:20])
    shown = {each.ticket_id for each in said if each.ticket_id is not None}
    letters = {each.typed for each in said if each.typed is not None}
    tickets = await read.tickets_of(runtime.pool, device.fair_id, shown, letters)
    return tuple(
        Scan(
            each.scan_id,
            each.sequence,
            moment,
            each.at,
            each.offset_ms,
            ticket := tickets.get(each.ticket_id or each.typed or ""),
            None if ticket is not None else each.ticket_id or each.typed,
            each.issue,
            each.direction,
            each.people,
            each.verdict,
            each.decided,
            each.overruled,
        )
        for each, moment in zip(said, at, strict=True)
    )
