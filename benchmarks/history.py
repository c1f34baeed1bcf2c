"""The logs, topics and tables of fairs that never took place, written in minutes.

As the services would have left them: every event is a domain's own, under its name on disk; the
topics hold what the relay sends; the read tables and marks are those of whoever has heard all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import chain, islice
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from chassis.definition.service import ServiceDefinition
from chassis.kafka.envelope import encode
from chassis.kernel.text import Text
from chassis.log.event_types import EventTypes
from chassis.log.events import read_all
from chassis.postgres.database import SEARCH_PATH
from chassis.process.ids import uuid7
from chassis.publishing.relay import delivered, producer_for, send_all, stop_producer
from chassis.replaying.rebuild import rebuild
from cli.definitions import definitions
from cli.launch import role_of
from servers import Addresses
from services.notifications.messages import domain as message
from services.registration.organisations import consent, domain as organisation
from services.scheduling.floor import domain as floor
from services.ticketing.devices import domain as device
from services.ticketing.gates.kinds import TicketKind
from services.ticketing.tickets import domain as ticket
from services.ticketing.workshops import domain as workshop

COLUMNS = (
    *("position", "stream", "version", "type", "data", "event_id", "command_id"),
    *("causation_id", "correlation_id", "actor", "occurred_at", "recorded_at"),
)
WORKSHOPS = 100
DEVICES, BATCH = 20, 500
PIECE = 10_000

Said = Iterator[tuple[str, int, Any]]
"""Stream, version and event, in the order of a log."""


async def write(where: Addresses, events: int, *, tickets: int = 0) -> int:
    """Add to migrated databases and topics at rest; returns how many events were added.

    `tickets` are added to the other events, each with a stream of its own and scanned three times.
    """
    seats = max(events * 45 // 100, 1)
    said = {
        "registration": _organisations(max(events // 40, 1)),
        "scheduling": _booths(max(events // 40, 1)),
        "ticketing": chain(_seats(seats), _tickets(tickets)),
        "notifications": _messages(max((events - seats - 2 * (events // 40)) // 3, 1)),
    }
    count = 0
    for each in definitions():
        count += await _log(each, where, said[each.name])
        await _publish(each, where)
    for each in definitions():
        await _hear(each, where)
        await rebuild(
            each, where.owner_dsn[each.name], role_of(where.service_dsn[each.name]), where.bootstrap
        )
    return count


def _organisations(events: int) -> Said:
    for number in range(max(events // 2, 1)):
        id_ = str(uuid4())
        stream = f"organisation-{id_}"
        name = Text(f"تعاونية أركان {number}", f"Coopérative Argane {number}")
        kind = organisation.Kind.COOPERATIVE
        yield (
            stream,
            1,
            organisation.OrganisationEnrolled(id_, kind, name, "azilal", "draa-tafilalet"),
        )
        yield stream, 2, consent.ContactAdded(id_, str(uuid4()), "chair")


def _booths(events: int) -> Said:
    run = f"bench-{uuid4().hex[:8]}"
    for number in range(events):
        fair, version = f"{run}-{number // 300}", number % 300 + 1
        booth = f"P-{version:03}"
        ids = (str(uuid4()), str(uuid4()), None)
        yield (
            floor.floor_stream(fair).name,
            version,
            floor.BoothAssigned(fair, booth, "products", *ids, "by_hand", ()),
        )


def _seats(events: int) -> Said:
    now = datetime.now(UTC)
    title = Text("ورشة التسويق", "Atelier de marketing")
    sessions = [str(uuid4()) for _ in range(min(WORKSHOPS, events))]
    for session in sessions:
        opened = workshop.WorkshopOpened(
            "bench", session, title, "hall-1", events, now, now + timedelta(hours=2)
        )
        yield workshop.workshop_stream(session).name, 1, opened
    for number in range(events - len(sessions)):
        session = sessions[number % len(sessions)]
        seat = workshop.SeatReserved("bench", session, str(uuid4()), str(uuid4()), str(uuid4()))
        yield workshop.workshop_stream(session).name, 2 + number // len(sessions), seat


def _tickets(count: int) -> Said:
    """Tickets that are given out, and people who come in, go out and come in again."""
    fair, day = f"bench-{uuid4().hex[:8]}", datetime.now(UTC).replace(hour=9, minute=0)
    ids = [str(uuid4()) for _ in range(count)]
    for id_ in ids:
        issued = ticket.TicketIssued(fair, id_, TicketKind.VISITOR, day.date(), 2, "azilal")
        yield ticket.ticket_stream(id_).name, 1, issued
    devices = [str(uuid4()) for _ in range(DEVICES)]
    uploads = [0] * DEVICES
    for turn, direction in enumerate(("in", "out", "in")):
        for begin in range(0, count, BATCH):
            number = begin // BATCH % DEVICES
            first, uploads[number] = BATCH * uploads[number] + 1, uploads[number] + 1
            at = day + timedelta(hours=turn)
            scans = tuple(
                _scan(id_, sequence, at, direction)
                for sequence, id_ in enumerate(ids[begin : begin + BATCH], first)
            )
            marks = tuple(scan.sequence for scan in scans)
            uploaded = device.GateScansRecorded(
                *(fair, devices[number], f"gate-{number}", None, at, scans, marks)
            )
            yield device.device_stream(devices[number]).name, uploads[number], uploaded


def _scan(ticket_id: str, sequence: int, at: datetime, direction: str) -> device.Scan:
    verdict = f"let_{direction}"
    return device.Scan(
        *(str(uuid4()), sequence, at, at, 0, ticket_id, None, 1, direction, 2, verdict),
        *("offline", False),
    )


def _messages(count: int) -> Said:
    for _ in range(count):
        id_ = str(uuid4())
        arguments = {"session_id": str(uuid4())}
        stream = f"message-{id_}"
        yield (
            stream,
            1,
            message.MessageRequested(id_, "bench", str(uuid4()), "seat_reserved", arguments),
        )
        yield stream, 2, message.MessageSent(id_, "sms", "ar", 2)
        yield stream, 3, message.MessageDelivered(id_)


async def _log(definition: ServiceDefinition, where: Addresses, said: Said) -> int:
    db = await asyncpg.connect(
        where.owner_dsn[definition.name], server_settings={"search_path": SEARCH_PATH}
    )
    try:
        before: int = await db.fetchval("select coalesce(max(position), 0) from log.events")
        written = before
        while piece := list(islice(said, PIECE)):
            rows = list(_rows(definition.log.event_types, written, piece))
            await db.copy_records_to_table(
                "events", schema_name="log", columns=COLUMNS, records=rows
            )
            written += len(rows)
        # What autovacuum would have done long ago.
        await db.execute("vacuum analyze log.events")
        return written - before
    finally:
        await db.close()


def _rows(
    event_types: EventTypes, after: int, piece: Iterable[tuple[str, int, Any]]
) -> Iterator[tuple[Any, ...]]:
    now = datetime.now(UTC)
    for position, (stream, version, event) in enumerate(piece, after + 1):
        id_: UUID = uuid7()
        yield (
            *(position, stream, version, event_types.name_of(event)),
            *(event_types.dump(event), id_, id_, None, id_, "organiser:bench", now, now),
        )


async def _publish(definition: ServiceDefinition, where: Addresses) -> None:
    topic, event_types = definition.log.topic, definition.log.event_types
    db = await asyncpg.connect(
        where.owner_dsn[definition.name], server_settings={"search_path": SEARCH_PATH}
    )
    producer = producer_for(where.bootstrap, "benchmarks")
    await producer.start()
    try:
        position: int = await db.fetchval("select coalesce(max(position), 0) from log.relay")
        async for batch in read_all(db, event_types, after=position):
            messages = [encode(one, event_types.translate(one.fact.event)) for one in batch]
            await delivered(await send_all(producer, topic, messages))
            position = batch[-1].position
        await db.execute(
            "insert into log.relay (topic, position) values ($1, $2)"
            " on conflict (topic) do update set position = excluded.position",
            topic,
            position,
        )
    finally:
        await stop_producer(producer)
        await db.close()


async def _hear(definition: ServiceDefinition, where: Addresses) -> None:
    """StreamOffset every stream that a service hears as heard to its end."""
    speakers = {topic: each.name for each in definitions() for topic in each.topics}
    db = await asyncpg.connect(
        where.owner_dsn[definition.name], server_settings={"search_path": SEARCH_PATH}
    )
    try:
        for subscription in definition.subscriptions:
            other = await asyncpg.connect(where.owner_dsn[speakers[subscription.topic]])
            try:
                rows = await other.fetch(
                    "select stream, max(version) as version from log.events group by stream"
                )
            finally:
                await other.close()
            await db.execute("delete from log.heard where topic = $1", subscription.topic)
            await db.copy_records_to_table(
                "heard",
                schema_name="log",
                columns=("topic", "stream", "version", "reacted"),
                records=[
                    (subscription.topic, row["stream"], *[row["version"]] * 2) for row in rows
                ],
            )
    finally:
        await db.close()
