"""Contacts of organisations, as registration says them and ticketing hears them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, cast
from uuid import uuid4

from maarid_contracts import registration

from chassis.blueprint import Blueprint
from chassis.desk import Desk
from chassis.envelope import Message, encode
from chassis.ids import uuid7
from chassis.intent import Intent
from chassis.log import Fact, Recorded
from chassis.relay import producer_for, stop_producer
from services.registration.domain.organisation import EnrolOrganisation, Kind
from services.registration.domain.text import Text
from services.ticketing.app import blueprint as ticketing


def hearing(topic: str) -> Blueprint:
    """Ticketing, hearing registration's events from another topic."""
    made = ticketing()
    hears = tuple(
        replace(one, topic=topic) if one.topic == registration.TOPIC else one for one in made.hears
    )
    return replace(made, hears=hears)


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
            f"organisation-{organisation}",
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
            Intent(uuid4(), "organiser:bench"),
        )
    return ids
