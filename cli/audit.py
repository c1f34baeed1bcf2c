"""The proof of what the product promises, line by line, from logs and topics alone."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import asyncpg
import orjson

from chassis.blueprint import Blueprint, Hears
from chassis.consumer import Raw
from chassis.database import SEARCH_PATH
from chassis.envelope import encode, subject_of, texts
from chassis.heard import Heard
from chassis.log import Recorded, read_all
from chassis.reading import TopicReader
from chassis.rebuild import compare, heard_by
from chassis.stack import Addresses
from cli.blueprints import blueprints
from cli.personal import Personal, personal_of


@dataclass(frozen=True)
class Line:
    """One promise, whether it holds, and the figures behind it."""

    promise: str
    holds: bool
    figures: str


@dataclass
class Evidence:
    """What one service's log and topic say."""

    blueprint: Blueprint
    events: list[Recorded] = field(default_factory=list[Recorded])
    gaps: list[str] = field(default_factory=list[str])
    relayed: int = 0
    dead_letters: int = 0
    published: int = 0
    duplicates: int = 0
    foreign: int = 0
    believed: list[str] = field(default_factory=list[str])
    """Records by others that a service has taken for events."""
    wrong: list[str] = field(default_factory=list[str])
    values: list[bytes] = field(default_factory=list[bytes])
    """Values on the topic that came from nobody's log."""

    @property
    def name(self) -> str:
        return self.blueprint.name


async def audit(where: Addresses, say: Callable[[Line], None]) -> bool:
    """Check every promise and say each line as soon as it is known; True if all hold."""
    clean = True

    def judge(promise: str, problems: Iterable[str], figures: str) -> None:
        nonlocal clean
        found = list(problems)
        clean = clean and not found
        told = "; ".join(found[:5]) + (f" and {len(found) - 5} more" if len(found) > 5 else "")
        say(Line(promise, not found, told or figures))

    evidence = await asyncio.gather(*(_gather(each, where) for each in blueprints()))
    by_name = {each.name: each for each in evidence}
    judge(
        "Logs have no gaps",
        [gap for each in evidence for gap in each.gaps],
        ", ".join(f"{each.name} {len(each.events)} events" for each in evidence),
    )
    judge(
        "Every event is on its topic, with the same bytes each time, in the order of its stream",
        [wrong for each in evidence for wrong in each.wrong],
        f"{sum(each.published for each in evidence)} published, "
        f"{sum(each.duplicates for each in evidence)} sent twice, "
        f"{sum(len(each.events) - each.relayed for each in evidence)} not sent yet",
    )
    judge(
        "Nobody believes a record that is in no log",
        [claim for each in evidence for claim in each.believed],
        f"{sum(each.foreign for each in evidence)} records by others",
    )
    for each in evidence:
        differences = await compare(each.blueprint, where.owner_dsn[each.name], where.bootstrap)
        judge(
            f"Read tables of {each.name} equal those rebuilt from position 0",
            [f"{d.table}: {d.missing} rows missing, {d.extra} too many" for d in differences],
            f"{len(each.blueprint.projection.tables)} tables, row by row",
        )
    judge("No booth has two holders", *_booths(by_name["scheduling"]))
    judge("No workshop is over its capacity", *_workshops(by_name["ticketing"]))
    judge(
        "Every message is settled, or pending with a reason",
        *await _messages(by_name["notifications"], where),
    )
    judge("No personal data but in the contact records", *await _privacy(evidence, where))
    letters = sum(each.dead_letters for each in evidence)
    judge(
        "No record is set aside",
        [f"{each.dead_letters} in {each.name}" for each in evidence if each.dead_letters],
        f"{letters} dead letters",
    )
    return clean


async def _gather(blueprint: Blueprint, where: Addresses) -> Evidence:
    evidence = Evidence(blueprint)
    db = await asyncpg.connect(
        where.owner_dsn[blueprint.name], server_settings={"search_path": SEARCH_PATH}
    )
    try:
        async with db.transaction(isolation="repeatable_read", readonly=True):
            row = await db.fetchrow(
                "select count(*) as n, coalesce(max(position), 0) as head from log.events"
            )
            if row and row["n"] != row["head"]:
                evidence.gaps.append(f"{blueprint.name}: {row['n']} events up to {row['head']}")
            for gap in await db.fetch(
                "select stream from log.events group by stream having count(*) <> max(version)"
            ):
                evidence.gaps.append(f"{blueprint.name}: {gap['stream']} lacks versions")
            evidence.relayed = await db.fetchval(
                "select coalesce(max(position), 0) from log.relay where topic = $1",
                blueprint.topic,
            )
            evidence.dead_letters = await db.fetchval("select count(*) from log.dead_letters")
            async for batch in read_all(db, blueprint.names):
                evidence.events += batch
    finally:
        await db.close()
    await _read_topic(evidence, where.bootstrap)
    return evidence


async def _read_topic(evidence: Evidence, bootstrap: str) -> None:
    """Hold the topic against the log."""
    translate = evidence.blueprint.translate
    expected = {
        (one.fact.stream, one.fact.version): encode(one, translate(one.fact.event))
        for one in evidence.events
    }
    hearers = [
        hears
        for each in blueprints()
        for hears in each.hears
        if hears.topic == evidence.blueprint.topic
    ]
    seen: Counter[tuple[str, int]] = Counter()
    last: dict[str, int] = defaultdict(int)
    async with TopicReader(bootstrap, evidence.blueprint.topic) as reader:
        async for records in reader.rest():
            for record in records:
                subject = subject_of(texts(record.headers))
                place = (subject.stream or "", subject.version or 0)
                message = expected.get(place)
                same_id = message is not None and dict(message.headers)["ce_id"] == dict(
                    record.headers
                ).get("ce_id")
                if message is None or not same_id:
                    evidence.foreign += 1
                    evidence.values.append(record.value or b"")
                    if not seen[place] and _believed(hearers, record):
                        claim = f"{place[0]} version {place[1]}"
                        evidence.believed.append(f"{claim} on {evidence.blueprint.topic}")
                    continue
                if (message.key, message.value) != (record.key, record.value):
                    evidence.wrong.append(f"{place[0]} version {place[1]} has other bytes")
                seen[place] += 1
                if seen[place] == 1:
                    if place[1] != last[place[0]] + 1:
                        evidence.wrong.append(f"{place[0]} version {place[1]} out of order")
                    last[place[0]] = place[1]
    for one in evidence.events:
        missing = not seen[(one.fact.stream, one.fact.version)]
        if missing and one.position <= evidence.relayed:
            evidence.wrong.append(f"{one.fact.stream} version {one.fact.version} is not there")
    evidence.published = len(seen)
    evidence.duplicates = sum(seen.values()) - len(seen)


def _believed(hearers: Iterable[Hears], record: Raw) -> bool:
    """Whether a service hears an event in a record by others."""
    return any(
        isinstance(heard_by(hears, texts(record.headers), record.value), Heard) for hears in hearers
    )


def _contracts(evidence: Evidence) -> Iterable[tuple[str, Any]]:
    """The log as the public events that others see."""
    for one in evidence.events:
        contract = evidence.blueprint.translate(one.fact.event)
        yield type(contract).__name__.rpartition("V")[0], contract


def _booths(evidence: Evidence) -> tuple[list[str], str]:
    holders: dict[tuple[str, str], str] = {}
    problems: list[str] = []
    for name, event in _contracts(evidence):
        if name == "BoothAssigned":
            booth = (event.fair_id, event.booth_id)
            if booth in holders:
                problems.append(f"{event.booth_id} of {event.fair_id}")
            holders[booth] = event.exhibitor_id
        elif name == "BoothReleased":
            holders.pop((event.fair_id, event.booth_id), None)
    return problems, f"{len(holders)} booths held"


def _workshops(evidence: Evidence) -> tuple[list[str], str]:
    capacity: dict[str, int] = {}
    reserved: dict[str, set[str]] = defaultdict(set)
    problems: list[str] = []
    for name, event in _contracts(evidence):
        if name == "WorkshopOpened":
            capacity[event.session_id] = event.capacity
        elif name == "SeatReserved":
            seats = reserved[event.session_id]
            seats.add(event.seat_id)
            if len(seats) > capacity.get(event.session_id, 0):
                problems.append(f"{event.session_id}: {len(seats)} seats")
        elif name == "SeatReleased":
            reserved[event.session_id].discard(event.seat_id)
    seats = sum(map(len, reserved.values()))
    return problems, f"{seats} seats of {sum(capacity.values())} in {len(capacity)} workshops"


QUEUED_SECONDS = 60
"""A message that nobody has taken up for so long is forgotten, not queued."""


async def _messages(evidence: Evidence, where: Addresses) -> tuple[list[str], str]:
    """Settled is delivered or failed; what is pending must say why."""
    state: dict[str, str] = {}
    since: dict[str, datetime] = {}
    for one, (name, event) in zip(evidence.events, _contracts(evidence), strict=True):
        state[event.message_id] = name.removeprefix("Message").lower()
        since[event.message_id] = one.recorded_at
    db = await asyncpg.connect(
        where.owner_dsn["notifications"], server_settings={"search_path": SEARCH_PATH}
    )
    try:
        rows = await db.fetch("select message_id::text as id, waits_for from own.sending")
    finally:
        await db.close()
    waits = {row["id"]: row["waits_for"] or "being sent" for row in rows}
    now = datetime.now(UTC)
    problems: list[str] = []
    for id_, last in state.items():
        queued = (now - since[id_]).total_seconds() < QUEUED_SECONDS
        if last == "requested" and id_ not in waits and not queued:
            problems.append(f"message {id_} is pending without a reason")
    counts = Counter(state.values())
    return problems, ", ".join(f"{n} {what}" for what, n in sorted(counts.items())) or "none"


async def _privacy(evidence: list[Evidence], where: Addresses) -> tuple[list[str], str]:
    """Look for every name and number that registration knows in everything that was published."""
    personal: Personal = await personal_of(where.owner_dsn["registration"])
    problems: list[str] = []
    looked_at = 0
    for each in evidence:
        for _, contract in _contracts(each):
            looked_at += 1
            if personal.stands_in(contract.model_dump_json()):
                problems.append(f"{each.name}: {type(contract).__name__}")
        for one in each.events:
            if personal.stands_in(each.blueprint.names.dump(one.fact.event)):
                problems.append(f"{each.name}: log position {one.position}")
            if personal.stands_in(one.fact.actor):
                problems.append(f"{each.name}: actor of log position {one.position}")
        for value in each.values:
            if personal.stands_in(value.decode("utf-8", "replace")):
                problems.append(f"{each.name}: a record by others")
    return problems, f"{looked_at} events held against {personal.count} contacts"


def as_json(lines: list[Line]) -> bytes:
    """The lines for programs."""
    return orjson.dumps([line.__dict__ for line in lines], option=orjson.OPT_INDENT_2)
