"""Kafka loses all its topics, or the end of one: the logs fill them again with the same bytes, and
nobody acts twice."""

from __future__ import annotations

from typing import TypeAlias

import pytest
from maarid_contracts import COMPACTED_TOPICS, EVENT_TOPICS

from chassis.reading import TopicReader
from cli.blueprints import SERVICES
from cli.launch import migrate_all
from cli.republish import republish
from tests.system.load import load
from tests.system.works import Works
from tests.truncation import cut
from tests.waiting import until

pytestmark = [pytest.mark.fault, pytest.mark.timeout(900)]

Topic: TypeAlias = dict[tuple[str, bytes], tuple[bytes | None, tuple[tuple[str, bytes], ...]]]
"""What stands last under each key, and for events under each id as well."""


async def read_topics(bootstrap: str) -> dict[str, Topic]:
    found: dict[str, Topic] = {}
    for topic in (*EVENT_TOPICS, *COMPACTED_TOPICS):
        records = found[topic] = {}
        async with TopicReader(bootstrap, topic) as reader:
            async for batch in reader.rest():
                for record in batch:
                    headers = tuple((name, value or b"") for name, value in record.headers)
                    id_ = dict(headers)["ce_id"] if topic in EVENT_TOPICS else b""
                    key = (record.key or b"").decode()
                    records[key, id_] = (record.value, headers)
    return found


async def test_streams_that_ended_are_heard_though_kafka_has_lost_their_end(works: Works) -> None:
    await works.quiet()
    await works.end(works.system.processes["scheduling"])
    # Each fair is a stream of its own, in which nothing more happens.
    fairs = [(await works.announce())[0] for _ in range(12)]

    async def relayed() -> bool:
        (row,) = await works.rows(
            "registration",
            "select position = (select max(position) from log.events) as whole from log.relay",
        )
        return row["whole"]

    await until(relayed)
    await works.stack.kill_kafka()
    assert cut(works.stack, "registration.events.v1", 2) > 2
    await works.stack.start_kafka()
    await works.start("scheduling")
    for fair_id in fairs:
        await until(lambda fair_id=fair_id: works.has_halls(fair_id), f"{fair_id} is known", 60)
    await works.audited()


async def test_topics_that_were_lost_are_filled_again_and_nobody_acts_twice(works: Works) -> None:
    addresses = works.system.addresses
    async with load(works) as people:
        await people.grows()
        await people.are_told()
    await works.quiet()
    before = await read_topics(addresses.bootstrap)
    assert all(before.values())
    for service in SERVICES:
        await works.end(works.system.processes[service])
    await works.stack.lose_kafka()
    assert not any((await read_topics(addresses.bootstrap)).values())
    await migrate_all(addresses)
    assert await republish(addresses) == sum(len(before[topic]) for topic in EVENT_TOPICS)
    await works.whole()

    async def filled() -> bool:
        return await read_topics(addresses.bootstrap) == before

    await until(filled, "the topics hold what they held before")
    await works.audited()
    await people.kept()
    # The system goes on where it stood.
    async with load(works) as others:
        await others.are_told()
    await works.audited()
    await others.kept()
