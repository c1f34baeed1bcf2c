"""Topics are made by a step like a migration, never by whoever comes first; it also brings those
that exist to the settings that this version needs."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import for_code
from aiokafka.protocol.admin import AlterConfigsResponse_v0
from aiokafka.protocol.api import Request, RequestStruct
from aiokafka.protocol.types import Array, Boolean, Int8, Schema, String
from maarid_contracts import COMPACTED_TOPICS, EVENT_TOPICS
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from chassis.kafka.starting import started

KEEP = {"retention.ms": "-1", "retention.bytes": "-1", "cleanup.policy": "delete"}
"""Events are kept for ever, so that a new consumer can begin at the beginning."""
ERASED_WITHIN = 24 * 3600.0
"""Seconds after its tombstone at which no record of a person can be read on a topic any more."""
TOMBSTONES_KEPT = 30 * 24 * 3600
"""Seconds for which a consumer may be away, and still hears of every erasure."""
_DELETED_FILES_KEPT_MS = 60_000
REPLICAS = 1
_SET = 0
"""The operation of IncrementalAlterConfigs."""


class TopicSettings(BaseSettings):
    """What `maarid migrate` is told of topics (environment variables MAARID_*)."""

    model_config = SettingsConfigDict(env_prefix="MAARID_", extra="ignore")

    erased_within_hours: float = Field(
        default=ERASED_WITHIN / 3600,
        ge=1,
        le=24 * 365,
        description="After so long nobody can read on a topic what was erased.",
    )


def compacted_settings(erased_within: float = ERASED_WITHIN) -> dict[str, str]:
    """The settings of a topic that holds the last record of each key, for a promise in seconds.

    Kafka compacts closed segments alone.  One is closed half of the time after its first record,
    by the next record; on a quiet topic the publisher appends one each quarter (`roll_seconds`).
    It is compacted then, and what was compacted away is deleted, within the last quarter.
    """
    half = int(erased_within * 1000 / 2)
    return {
        "cleanup.policy": "compact",
        "min.compaction.lag.ms": "0",
        "max.compaction.lag.ms": str(half),
        "segment.ms": str(half),
        "min.cleanable.dirty.ratio": "0.1",
        "delete.retention.ms": str(TOMBSTONES_KEPT * 1000),
        "file.delete.delay.ms": str(min(_DELETED_FILES_KEPT_MS, half // 4)),
        # On disk before it is acknowledged: an erased person's tombstone could not be sent again.
        "flush.messages": "1",
    }


async def make_topics(
    bootstrap: str,
    *,
    events: Sequence[str] = EVENT_TOPICS,
    compacted: Sequence[str] = COMPACTED_TOPICS,
    partitions: int = 6,
    erased_within: float = ERASED_WITHIN,
) -> list[str]:
    """Create the topics that do not exist yet; returns their names.

    Those that exist get the settings that are named here; partitions, replicas and every other
    setting stay as they are.
    """
    wanted = dict.fromkeys(events, KEEP)
    wanted |= dict.fromkeys(compacted, compacted_settings(erased_within))
    async with _admin(bootstrap) as admin:
        existing = set(await admin.list_topics())
        missing = [
            NewTopic(name, partitions, REPLICAS, topic_configs=settings)
            for name, settings in wanted.items()
            if name not in existing
        ]
        if missing:
            await admin.create_topics(missing)
        for name in wanted.keys() & existing:
            found = await _settings(admin, name, wanted[name])
            other = {key: value for key, value in wanted[name].items() if found[key] != value}
            if other:
                await _alter(admin, name, other)
        return [topic.name for topic in missing]


async def settings_of(bootstrap: str, topic: str, names: Iterable[str]) -> dict[str, str]:
    """What holds for a topic, whoever set it.  Raises KafkaError."""
    async with _admin(bootstrap) as admin:
        return await _settings(admin, topic, names)


async def alter_topic(bootstrap: str, topic: str, settings: Mapping[str, str]) -> None:
    """Change these settings of a topic, and no other one.  Raises KafkaError."""
    async with _admin(bootstrap) as admin:
        await _alter(admin, topic, settings)


async def roll_seconds(bootstrap: str, topic: str) -> float:
    """How often something must be appended to each partition of a compacted topic, so that what
    was erased is compacted away in time.  Raises KafkaError."""
    found = await settings_of(bootstrap, topic, ("segment.ms",))
    return int(found["segment.ms"]) / 1000 / 2


@asynccontextmanager
async def _admin(bootstrap: str) -> AsyncGenerator[Any]:
    admin: Any = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        await started(admin.start())
        yield admin
    finally:
        await admin.close()


async def _settings(admin: Any, topic: str, names: Iterable[str]) -> dict[str, str]:
    asked = ConfigResource(ConfigResourceType.TOPIC, topic, dict.fromkeys(names))
    (response,) = await admin.describe_configs([asked])
    (resource,) = response.to_object()["resources"]
    _raise_for(resource)
    return {entry["config_names"]: entry["config_value"] for entry in resource["config_entries"]}


async def _alter(admin: Any, topic: str, settings: Mapping[str, str]) -> None:
    response = await admin._send_request(_IncrementalAlterConfigs(topic, settings))
    for resource in response.to_object()["resources"]:
        _raise_for(resource)


def _raise_for(resource: Mapping[str, Any]) -> None:
    if resource["error_code"]:
        raise for_code(resource["error_code"])(resource["error_message"])


TEXT = String("utf-8")


class _IncrementalAlterConfigsStruct(RequestStruct):
    API_KEY = 44
    API_VERSION = 0
    RESPONSE_TYPE = AlterConfigsResponse_v0  # Of the same form.
    CONFIGS = Array(("name", TEXT), ("config_operation", Int8), ("value", TEXT))
    RESOURCES = Array(("resource_type", Int8), ("resource_name", TEXT), ("configs", CONFIGS))
    SCHEMA = Schema(("resources", RESOURCES), ("validate_only", Boolean))


class _IncrementalAlterConfigs(Request[_IncrementalAlterConfigsStruct]):
    """Kafka's API 44 (KIP-339).  aiokafka has the older one alone, which resets whatever setting
    an operator has made and we do not name."""

    API_KEY = 44

    def __init__(self, topic: str, settings: Mapping[str, str]) -> None:
        configs = [(name, _SET, value) for name, value in settings.items()]
        self._resources = [(ConfigResourceType.TOPIC, topic, configs)]

    def build(
        self, request_struct_class: type[_IncrementalAlterConfigsStruct]
    ) -> _IncrementalAlterConfigsStruct:
        return request_struct_class(self._resources, False)
