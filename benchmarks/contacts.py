"""Contacts of organisations, as registration says them and ticketing hears them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, cast
from uuid import uuid4

from maarid_contracts import registration

from chassis.definition.service import ServiceDefinition
from chassis.kafka.envelope import Message, encode
from chassis.kernel.text import Text
from chassis.log.context import CommandContext
from chassis.log.desk import Desk
from chassis.log.events import Fact, Recorded
from chassis.process.ids import uuid7
from chassis.publishing.relay import producer_for, stop_producer
from services.registration.organisations.domain import EnrolOrganisation, Kind, organisation_stream
from services.ticketing.app import definition as ticketing


def hearing(topic: str) -> ServiceDefinition:
    """Ticketing, hearing registration's events from another topic."""
    made = ticketing()
    subscriptions = tuple(
        replace(one, topic=topic) if one.topic == registration.TOPIC else one
        for one in made.subscriptions
    )
    return replace(made, subscriptions=subscriptions)


def said(organisations: int, each: int) -> list[Message]:
    """Records of contacts that were added, the organisations in turn."""
    now = datetime.now(UTC)
    ids = [str(uuid4()) for _ in range(organisations)]
    messages: list[Message] = []
    for version in range(1, each + 1):
        for organisation in ids:
            contract = registration.ContactAddedV1(
                organisation_id=organisation, contact_id=str(uuid4()), role="member"
            )
            command = uuid4()
            fact = Fact(
                f"organisation-{organisation}",
                version,
                contract,
                uuid7(),
                now,
                "organiser:bench",
                command,
                None,
                command,
                None,
            )
            messages.append(encode(Recorded(len(messages) + 1, now, fact), contract))
    return messages


async def publish(bootstrap: str, topic: str, messages: Sequence[Message]) -> None:
    """Put records into a topic."""
    producer = producer_for(bootstrap, "benchmarks")
    await producer.start()
    try:
        for message in messages:
            await cast(Any, producer).send(
                topic, message.value, key=message.key, headers=message.headers
            )
        await producer.flush()
    finally:
        await stop_producer(producer)


async def enrol(desk: Desk, count: int) -> list[str]:
    """Enrol organisations; returns their ids."""
    ids = [str(uuid4()) for _ in range(count)]
    for organisation in ids:
        await desk.execute(
            organisation_stream(organisation),
            EnrolOrganisation(
                organisation_id=organisation,
                kind=Kind.COOPERATIVE,
                name=Text("تعاونية", "Coopérative"),
                province="ouarzazate",
                region="draa-tafilalet",
                country="MA",
                women_led=True,
                youth_led=False,
            ),
            CommandContext(uuid4(), "organiser:bench"),
        )
    return ids
