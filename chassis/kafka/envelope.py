"""CloudEvents 1.0 in Kafka's binary mode: attributes are headers, the value is the JSON data.

See the CloudEvents Kafka protocol binding, section 3.2.  `sequence` is the version in the stream,
`position` the one in the publisher's log.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from datetime import UTC, datetime
from functools import cache
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID

import orjson
from maarid_contracts import Contract, type_of
from maarid_contracts.envelope import Entry
from pydantic import ValidationError

from chassis.kafka.received import ReceivedEvent
from chassis.log.events import Recorded

Header = tuple[str, bytes]
Headers = list[Header]

LONGEST_NAME = 500
"""Characters of a stream's name; a longer one is nobody's, and no index would take it."""


class Unreadable(Exception):
    """A record that will never be readable; the message says why."""


class Message(NamedTuple):
    """A record ready to be sent."""

    key: bytes
    value: bytes | None
    headers: Headers


def rfc3339(moment: datetime) -> bytes:
    """A time as CloudEvents wants it, in UTC; the standard library takes three times as long."""
    return orjson.dumps(moment.astimezone(UTC), option=orjson.OPT_UTC_Z)[1:-1]


@cache
def _headers_of(model: type[Contract]) -> tuple[Header, Header, Header]:
    """The headers that all events of a type share."""
    type_ = type_of(model)
    return (
        ("ce_type", type_.encode()),
        ("ce_source", f"maarid/{model.topic.partition('.')[0]}".encode()),
        ("ce_dataschema", f"maarid:schemas/{type_}.json".encode()),
    )


def encode(recorded: Recorded, contract: Contract) -> Message:
    """The record of an event; the same event always gives the same bytes."""
    fact = recorded.fact
    stream = fact.stream.encode()
    type_, source, schema = _headers_of(type(contract))
    headers = [
        ("ce_specversion", b"1.0"),
        ("ce_id", str(fact.event_id).encode()),
        type_,
        source,
        ("ce_subject", stream),
        ("ce_time", rfc3339(fact.occurred_at)),
        ("ce_recordedtime", rfc3339(recorded.recorded_at)),
        ("ce_sequence", b"%d" % fact.version),
        ("ce_position", b"%d" % recorded.position),
        schema,
        ("ce_correlationid", str(fact.correlation_id).encode()),
        ("ce_actor", _role_of(fact.actor).encode()),
        ("content-type", b"application/json"),
    ]
    if fact.causation_id is not None:
        headers.append(("ce_causationid", str(fact.causation_id).encode()))
    if fact.traceparent is not None:
        headers.append(("traceparent", fact.traceparent.encode()))
    return Message(stream, contract.__pydantic_serializer__.to_json(contract), headers)


def _role_of(actor: str) -> str:
    """The role of whoever caused something, without who it was, and by which issuer."""
    return actor.partition(":")[0].partition("@")[0]


class About(NamedTuple):
    """The event that a record of a compacted topic tells of, or the last one that it rests on."""

    position: int
    occurred_at: datetime
    recorded_at: datetime
    """When the record took its form: that of the event, or a later one where data changed that are
    in no event."""
    correlation_id: UUID
    actor: str


def encode_record(
    key: str,
    record: Contract | None,
    *,
    model: type[Contract],
    revision: int,
    event_id: UUID,
    about: About | None = None,
) -> Message:
    """A record of a compacted topic, with the attributes of an event; no record is a tombstone."""
    type_, source, schema = _headers_of(model)
    headers = [
        ("ce_specversion", b"1.0"),
        ("ce_id", str(event_id).encode()),
        type_,
        source,
        ("ce_subject", key.encode()),
        ("ce_sequence", b"%d" % revision),
        schema,
        ("content-type", b"application/json"),
    ]
    if about is not None:
        headers += [
            ("ce_time", rfc3339(about.occurred_at)),
            ("ce_recordedtime", rfc3339(about.recorded_at)),
            ("ce_position", b"%d" % about.position),
            ("ce_correlationid", str(about.correlation_id).encode()),
            ("ce_actor", _role_of(about.actor).encode()),
        ]
    value = None if record is None else record.__pydantic_serializer__.to_json(record)
    return Message(key.encode(), value, headers)


NEEDED = frozenset(
    {"ce_id", "ce_type", "ce_subject", "ce_time", "ce_sequence", "ce_correlationid", "traceparent"}
)
"""The headers that `content_of` reads."""


def texts(
    headers: Iterable[tuple[str, bytes | None]], wanted: Set[str] | None = None
) -> dict[str, str]:
    """Headers, all or those that are wanted, as text that a database can keep: what is not UTF-8,
    and every NUL, is replaced; a null is empty."""
    return {
        name: (value or b"").decode("utf-8", "replace").replace("\x00", "�")
        for name, value in headers
        if wanted is None or name in wanted
    }


def number_in(headers: dict[str, str], name: str) -> int | None:
    """The number that a header gives; None where it gives none that a database could hold."""
    text = headers.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


class Subject(NamedTuple):
    """Where a record belongs, as far as its headers say so."""

    type: str
    stream: str | None = None
    version: int | None = None


def subject_of(headers: dict[str, str]) -> Subject:
    """The type, stream and version of a record, each None where its headers do not tell."""
    stream = headers.get("ce_subject") or None
    if stream is not None and len(stream) > LONGEST_NAME:
        stream = None
    return Subject(headers.get("ce_type", ""), stream, number_in(headers, "ce_sequence"))


Content: TypeAlias = ReceivedEvent | Unreadable | None
"""What a subscription reads in a record: an event, why it is none, or None where the record's type
is not needed."""


def content_of(
    entries: Mapping[str, Entry], subject: Subject, headers: dict[str, str], value: bytes | None
) -> Content:
    """What a record holds for a reader that needs the types of these entries."""
    entry = entries.get(subject.type)
    if entry is None:
        if not subject.type:
            return Unreadable("no header ce_type says what it is")
        return Unreadable("a tombstone on a topic of events") if value is None else None
    if subject.stream is None or subject.version is None:
        return Unreadable("the headers ce_subject and ce_sequence do not name a stream and version")
    if value is None:
        return Unreadable("a tombstone on a topic that keeps every event")
    try:
        return ReceivedEvent(
            contract=validated(entry.model, value),
            type=entry.type,
            topic=entry.topic,
            stream=subject.stream,
            version=subject.version,
            event_id=UUID(headers["ce_id"]),
            occurred_at=datetime.fromisoformat(headers["ce_time"]).astimezone(UTC),
            correlation_id=UUID(headers.get("ce_correlationid") or headers["ce_id"]),
            traceparent=headers.get("traceparent"),
        )
    except Unreadable as error:
        return error
    except (KeyError, ValueError, OverflowError) as error:
        return Unreadable(f"a header is missing or wrong: {error}")


def validated(model: type[Contract], value: bytes) -> Any:
    """The contract in a record's value.  Raises Unreadable, without repeating its content."""
    try:
        return model.__pydantic_validator__.validate_json(value)
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(map(str, found['loc'])) or 'value'}: {found['msg']}"
            for found in error.errors(include_url=False, include_input=False)[:5]
        )
        raise Unreadable(f"not a {type_of(model)}: {problems}") from error
