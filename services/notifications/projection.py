"""Events to read tables: a few statements for a batch, however many events it has."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import orjson
from maarid_contracts.envelope import Text
from maarid_contracts.registration import FairAnnouncedV1, FairCancelledV1, FairChangedV1
from maarid_contracts.scheduling import HallOpenedV1
from maarid_contracts.ticketing import (
    SeatReleasedV1,
    SeatReservedV1,
    SeatWaitlistedV1,
    WorkshopMovedV1,
    WorkshopOpenedV1,
)

from chassis.database import Connection
from chassis.heard import Heard
from chassis.log import Fact
from chassis.projection import Projection
from services.notifications.domain.message import (
    MessageDelivered,
    MessageFailed,
    MessageRequested,
    MessageSent,
)

Row: TypeAlias = tuple[Any, ...]

REQUEST = """
insert into messages (message_id, told_of, requested_by, fair_id, contact_id, template, arguments,
                      correlation_id, traceparent, requested_at, status)
select r.*, 'requested'
  from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::uuid[], $6::text[], $7::jsonb[],
              $8::uuid[], $9::text[], $10::timestamptz[]) as r
on conflict (message_id) do nothing
"""
SEND = """
update messages as m set status = 'sent', channel = s.channel, language = s.language,
                         segments = s.segments, sent_at = s.at
  from unnest($1::uuid[], $2::text[], $3::text[], $4::integer[], $5::timestamptz[])
       as s(message_id, channel, language, segments, at)
 where m.message_id = s.message_id
"""
DELIVER = """
update messages as m set status = 'delivered', settled_at = d.at
  from unnest($1::uuid[], $2::timestamptz[]) as d(message_id, at)
 where m.message_id = d.message_id
"""
FAIL = """
update messages as m set status = 'failed', reason = f.reason, settled_at = f.at
  from unnest($1::uuid[], $2::text[], $3::timestamptz[]) as f(message_id, reason, at)
 where m.message_id = f.message_id
"""
ANNOUNCE = """
insert into fairs (fair_id, name, timezone, poles)
select * from unnest($1::text[], $2::jsonb[], $3::text[], $4::jsonb[])
on conflict (fair_id) do nothing
"""
CHANGE_FAIR = """
update fairs as f set name = c.name, timezone = c.timezone, venue = c.venue, city = c.city
  from unnest($1::text[], $2::jsonb[], $3::text[], $4::jsonb[], $5::jsonb[])
       as c(fair_id, name, timezone, venue, city)
 where f.fair_id = c.fair_id
"""
CANCEL_FAIR = "update fairs set cancelled = true where fair_id = any($1::text[])"
OPEN_HALL = """
insert into halls (fair_id, hall_id, name)
select * from unnest($1::text[], $2::text[], $3::jsonb[])
on conflict (fair_id, hall_id) do nothing
"""
OPEN_WORKSHOP = """
insert into workshops (session_id, fair_id, title, hall_id, starts_at)
select * from unnest($1::uuid[], $2::text[], $3::jsonb[], $4::text[], $5::timestamptz[])
on conflict (session_id) do nothing
"""
MOVE_WORKSHOP = """
update workshops as w set hall_id = m.hall_id, starts_at = m.starts_at
  from unnest($1::uuid[], $2::text[], $3::timestamptz[]) as m(session_id, hall_id, starts_at)
 where w.session_id = m.session_id
"""
SEAT = """
insert into seats (seat_id, session_id, fair_id, contact_id, waited, since)
select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::boolean[], $6::bigint[])
on conflict (seat_id) do update set waited = excluded.waited
"""
RELEASE = "delete from seats where seat_id = any($1::uuid[])"


async def project_own(db: Connection, facts: Sequence[Fact]) -> None:
    """A message is requested before it is sent, and sent before it is settled: so run the
    statements, whatever the order of the messages among each other."""
    rows: dict[str, list[Row]] = defaultdict(list)
    for fact in facts:
        event, at = fact.event, fact.occurred_at
        match event:
            case MessageRequested():
                rows[REQUEST].append(
                    (
                        event.message_id,
                        fact.causation_id or fact.event_id,
                        fact.event_id,
                        event.fair_id,
                        event.contact_id,
                        event.template,
                        _json(event.arguments),
                        fact.correlation_id,
                        fact.traceparent,
                        at,
                    )
                )
            case MessageSent():
                rows[SEND].append(
                    (event.message_id, event.channel, event.language, event.segments, at)
                )
            case MessageDelivered():
                rows[DELIVER].append((event.message_id, at))
            case MessageFailed():
                rows[FAIL].append((event.message_id, event.reason, at))
            case _:
                raise ValueError(f"not an event of a message: {type(event).__name__}")
    await _run(db, rows, (REQUEST, SEND, DELIVER, FAIL))


async def project_heard(db: Connection, heard: Sequence[Heard]) -> None:
    """What texts need to say, and who has a seat.  A seat is written as its last event left it."""
    rows: dict[str, list[Row]] = defaultdict(list)
    changed: dict[str, Row] = {}
    slots: dict[str, Row] = {}
    seats: dict[str, Row | None] = {}
    for one in heard:
        fact = one.contract
        match fact:
            case FairAnnouncedV1():
                poles = {pole.pole_id: _text(pole.name) for pole in fact.poles}
                rows[ANNOUNCE].append(
                    (fact.fair_id, _json(_text(fact.name)), fact.timezone, _json(poles))
                )
            case FairChangedV1():
                changed[fact.fair_id] = (
                    fact.fair_id,
                    _json(_text(fact.name)),
                    fact.timezone,
                    _json(_text(fact.venue)),
                    _json(_text(fact.city)),
                )
            case FairCancelledV1():
                rows[CANCEL_FAIR].append((fact.fair_id,))
            case HallOpenedV1():
                rows[OPEN_HALL].append((fact.fair_id, fact.hall_id, _json(_text(fact.name))))
            case WorkshopOpenedV1():
                title = _json(_text(fact.title))
                rows[OPEN_WORKSHOP].append(
                    (fact.session_id, fact.fair_id, title, fact.hall_id, fact.starts_at)
                )
            case WorkshopMovedV1():
                slots[fact.session_id] = (fact.session_id, fact.hall_id, fact.starts_at)
            case SeatReservedV1() | SeatWaitlistedV1() if fact.contact_id is not None:
                before = seats.get(fact.seat_id)
                since = before[-1] if before else one.version
                waited = isinstance(fact, SeatWaitlistedV1)
                seats[fact.seat_id] = (
                    fact.seat_id,
                    fact.session_id,
                    fact.fair_id,
                    fact.contact_id,
                    waited,
                    since,
                )
            case SeatReleasedV1():
                seats[fact.seat_id] = None
            case _:
                pass  # The policies react to the others; no table needs them.
    rows[CHANGE_FAIR] += changed.values()
    rows[MOVE_WORKSHOP] += slots.values()
    rows[SEAT] += [row for row in seats.values() if row]
    await _run(
        db,
        rows,
        (ANNOUNCE, CHANGE_FAIR, CANCEL_FAIR, OPEN_HALL, OPEN_WORKSHOP, MOVE_WORKSHOP, SEAT),
    )
    if released := [seat for seat, row in seats.items() if row is None]:
        await db.execute(RELEASE, released)


async def _run(
    db: Connection, rows: Mapping[str, Sequence[Row]], statements: Sequence[str]
) -> None:
    for statement in statements:
        if found := rows.get(statement):
            await db.execute(statement, *map(list, zip(*found, strict=True)))


def _text(text: Text) -> dict[str, str | None]:
    return text.model_dump()


def _json(value: Mapping[str, Any]) -> str:
    return orjson.dumps(dict(value)).decode()


PROJECTION = Projection(
    tables=("fairs", "halls", "workshops", "seats", "messages"),
    own=project_own,
    heard=project_heard,
)
