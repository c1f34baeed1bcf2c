"""Every event about one subject, over all services, in order, with who and why."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID

import asyncpg
import orjson
import typer

from chassis.postgres.database import SEARCH_PATH
from servers import Addresses
from services import SERVICES

FOUND = """
select position, stream, version, type, data::text as data, event_id, causation_id, actor,
       occurred_at
  from log.events
 where (stream = any($1) or stream in ($2, split_part(stream, '-', 1) || '-' || $2)
    or jsonb_path_exists(data, '$.** ? (@ == $subject)', jsonb_build_object('subject', $2::text))
    or causation_id = any($3))
   and ($4::timestamptz is null or occurred_at <= $4)
 order by position
"""


@dataclass(frozen=True)
class Line:
    """One event of a history."""

    at: datetime
    service: str
    position: int
    stream: str
    version: int
    type: str
    data: dict[str, Any]
    actor: str
    event_id: UUID
    causation_id: UUID | None


def moment(said: str) -> datetime:
    """A time in ISO 8601; without a zone in UTC, as histories are printed, and a day alone is its
    first moment.  A whole second is meant to its end, for no more is printed.

    Raises typer.BadParameter.
    """
    try:
        found = datetime.fromisoformat(said)
    except ValueError:
        raise typer.BadParameter(f"{said}: say it like 2025-09-17T18:30 (UTC)") from None
    found = found if found.tzinfo else found.replace(tzinfo=UTC)
    return found if found.microsecond else found.replace(microsecond=999_999)


async def history(where: Addresses, subject: str, until: datetime | None = None) -> list[Line]:
    """All events that name the subject, what they caused, and the streams that are about it;
    of those that happened by a moment, if one is given."""
    databases = {
        service: await asyncpg.connect(
            where.owner_dsn[service], server_settings={"search_path": SEARCH_PATH}
        )
        for service in SERVICES
    }
    try:
        found: dict[tuple[str, int], Line] = {}
        streams: set[str] = set()
        causes: set[UUID] = set()
        while True:
            before = len(found)
            for service, db in databases.items():
                for row in await db.fetch(FOUND, list(streams), subject, list(causes), until):
                    found[service, row["position"]] = _line(service, row)
            # A stream whose first event belongs to the history is about the subject as a whole,
            # and what an event of such a stream has caused belongs to it as well.
            streams |= {line.stream for line in found.values() if line.version == 1}
            causes |= {line.event_id for line in found.values() if _about(line, subject)}
            if len(found) == before:
                break
        return sorted(found.values(), key=lambda line: (line.at, line.service, line.position))
    finally:
        await asyncio.gather(*(db.close() for db in databases.values()))


def _about(line: Line, subject: str) -> bool:
    """Whether what an event caused is of interest: it names the subject itself."""
    return subject in line.stream or any(value == subject for value in line.data.values())


def _line(service: str, row: asyncpg.Record) -> Line:
    return Line(
        at=row["occurred_at"],
        service=service,
        position=row["position"],
        stream=row["stream"],
        version=row["version"],
        type=row["type"],
        data=orjson.loads(row["data"]),
        actor=row["actor"],
        event_id=row["event_id"],
        causation_id=row["causation_id"],
    )


WHY = (
    *("reason", "reasons", "method", "template", "from_waitlist", "rank", "override"),
    *("score", "draw_rank", "bound_by", "word"),
)


def _said(value: Any) -> str:
    parts = cast(list[Any], value) if isinstance(value, list) else [value]
    return ", ".join(map(str, parts))


def why(line: Line, earlier: Iterable[Line]) -> str:
    """The reasons that an event carries, and the event that it follows from."""
    given = [
        f"{name}: {_said(value)}"
        for name in WHY
        if (value := line.data.get(name)) not in (None, [], False)
    ]
    for other in earlier:
        if other.event_id == line.causation_id:
            given.append(f"because of {other.type} in {other.service}")
    return "; ".join(given)
