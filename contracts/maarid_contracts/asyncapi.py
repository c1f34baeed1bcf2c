"""One AsyncAPI 3.0 document over all topics, for consumers who do not read Python."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from maarid_contracts import COMPACTED_TOPICS, EVENT_TOPICS
from maarid_contracts.envelope import Entry
from maarid_contracts.golden import sample_of
from maarid_contracts.schemas import schema_id

HEADERS: Mapping[str, tuple[str, str]] = {
    "ce_specversion": ("string", "The version of CloudEvents: 1.0."),
    "ce_id": ("uuid", "The event's own id; the same in every repetition of the message."),
    "ce_type": ("string", "Which contract the data follows; look at it before the data."),
    "ce_source": ("uri-reference", "The service that says it."),
    "ce_subject": ("string", "The stream of the event, or the key of a record of a person."),
    "ce_sequence": ("counter", "The version within the stream, or the record's revision."),
    "ce_dataschema": ("uri", "The $id of the JSON Schema of the data."),
    "content-type": ("string", "application/json"),
    "ce_time": ("date-time", "When it happened; of a record, the last event about its subject."),
    "ce_recordedtime": ("date-time", "When it was recorded, or the record was changed."),
    "ce_position": ("counter", "The event's position in its service's log, from 1 without gaps."),
    "ce_correlationid": ("uuid", "What set off the whole chain of events."),
    "ce_actor": ("string", "The role of whoever caused it; never a person."),
    "ce_causationid": ("uuid", "The event that a policy reacted to, where one did."),
    "traceparent": ("string", "W3C Trace Context, where the cause was traced."),
}
"""Kafka headers of CloudEvents in binary mode, all UTF-8 text: the form and meaning of each."""

ALWAYS_THERE = (
    "ce_specversion",
    "ce_id",
    "ce_type",
    "ce_source",
    "ce_subject",
    "ce_sequence",
    "ce_dataschema",
    "content-type",
)
OF_EVENTS = ("ce_time", "ce_recordedtime", "ce_position", "ce_correlationid", "ce_actor")
"""Headers that every event has as well, and every record of a compacted topic from 0.2.0 on."""

INTRODUCTION = """\
Every event is one message in CloudEvents 1.0 Kafka binary mode: the attributes are headers, the \
value is the data as JSON.  Messages of one key come in order, at least once: a message may be \
repeated, with the same ce_id and ce_sequence.  Ignore types and fields that you do not know; both \
are added without notice.  A change that would break a consumer is published as a new version \
beside the old one.
"""


def document(entries: Sequence[Entry], version: str) -> dict[str, Any]:
    """The AsyncAPI document over the given entries of one version of the distribution."""
    topics = {entry.topic: entry.key for entry in entries}
    return {
        "asyncapi": "3.0.0",
        "id": "urn:maarid:contracts",
        "info": {
            "title": "Maarid public events",
            "version": version,
            "description": INTRODUCTION.strip(),
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": {
            topic: _channel(topic, [entry for entry in entries if entry.topic == topic])
            for topic in topics
        },
        "operations": {f"publish.{topic}": _operation(topic) for topic in topics},
        "components": {
            "schemas": {"Headers": _headers()},
            "messages": {entry.type: _message(entry) for entry in entries},
        },
    }


def as_yaml(tree: Mapping[str, Any]) -> str:
    """Readable YAML that is the same for the same document."""
    return yaml.dump(
        tree, Dumper=_PlainDumper, allow_unicode=True, sort_keys=False, width=100, indent=2
    )


class _PlainDumper(yaml.SafeDumper):
    """Repeats what occurs twice, for anchors are hard to read and not every tool follows them."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _channel(topic: str, entries: Sequence[Entry]) -> dict[str, Any]:
    compacted = topic in COMPACTED_TOPICS
    if compacted == (topic in EVENT_TOPICS):
        raise ValueError(f"{topic} is to be in exactly one of EVENT_TOPICS and COMPACTED_TOPICS")
    return {
        "address": topic,
        "description": (
            "The last record of each key.  A message without a value (a tombstone) means that the "
            "record was erased: delete every copy that you keep."
            if compacted
            else "Every event of the service, kept for ever, in order within each stream."
        ),
        "messages": {
            entry.type: {"$ref": f"#/components/messages/{entry.type}"} for entry in entries
        },
        "bindings": {
            "kafka": {
                "topic": topic,
                "topicConfiguration": (
                    {"cleanup.policy": ["compact"]}
                    if compacted
                    else {"cleanup.policy": ["delete"], "retention.ms": -1}
                ),
                "bindingVersion": "0.5.0",
            }
        },
    }


def _operation(topic: str) -> dict[str, Any]:
    return {
        "action": "send",
        "summary": f"Maarid publishes on {topic}; everybody may listen.",
        "channel": {"$ref": f"#/channels/{topic}"},
    }


def _headers() -> dict[str, Any]:
    def form(kind: str, meaning: str) -> dict[str, Any]:
        extra: dict[str, dict[str, Any]] = {"string": {}, "counter": {"pattern": "^[1-9][0-9]*$"}}
        return {"type": "string"} | extra.get(kind, {"format": kind}) | {"description": meaning}

    return {
        "type": "object",
        "required": list(ALWAYS_THERE),
        "properties": {name: form(*told) for name, told in HEADERS.items()},
    }


def _key(key: str) -> dict[str, Any]:
    told = {
        "stream": "The stream of the event: what happened to one thing, in order.",
        "contact id": "The id of the contact whose record this is.",
        "wearer id": "The id of the one who wears a badge, whose record this is.",
    }
    return {"type": "string", "description": told[key]}


def _message(entry: Entry) -> dict[str, Any]:
    sample = sample_of(entry.type)
    of_this_type: dict[str, Any] = {
        "type": "object",
        **({"required": list(OF_EVENTS)} if entry.topic in EVENT_TOPICS else {}),
        "properties": {
            "ce_type": {"type": "string", "const": entry.type},
            "ce_dataschema": {"type": "string", "const": schema_id(entry.type)},
        },
    }
    summary, _, rest = (entry.model.__doc__ or "").strip().partition("\n")
    return {
        "name": entry.type,
        "title": entry.model.__name__,
        "summary": summary,
        **({"description": " ".join(rest.split())} if rest.strip() else {}),
        "contentType": "application/json",
        "headers": {"allOf": [{"$ref": "#/components/schemas/Headers"}, of_this_type]},
        "payload": {"$ref": f"./schemas/{entry.type}.json"},
        "bindings": {"kafka": {"key": _key(entry.key), "bindingVersion": "0.5.0"}},
        "examples": [
            {"name": "golden", "headers": dict(sample.headers), "payload": dict(sample.data)}
        ],
        "x-since": entry.since,
        "x-key-example": sample.key,
    }
