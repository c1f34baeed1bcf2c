"""Rows that the version before wrote are what a rebuild of today makes of its events."""

from __future__ import annotations

from typing import Any

import orjson

from chassis.kafka.topics import make_topics
from chassis.postgres.database import migrate
from chassis.replaying.rebuild import compare
from cli.launch import role_of
from servers import Stack
from services.registration.app import definition
from tests.conftest import Databases
from tests.running_service import connected, uid

FAIR = "zagora-2025"
FILL = """
insert into read.organisations (organisation_id, kind, name, province, region, country, women_led,
                                youth_led, enrolled_at)
select e ->> 'organisation_id', e ->> 'kind', e -> 'name', e ->> 'province', e ->> 'region', 'MA',
       true, false, '2025-06-01T08:00:00Z' from (select $1::jsonb as e) as told
"""
APPLY = """
insert into read.applications (application_id, fair_id, organisation_id, participation, pole_id,
                               products, families, booths, people, needs, programmes, submitted_at,
                               status, reason, decided_at)
select e ->> 'application_id', e ->> 'fair_id', e ->> 'organisation_id', 'exhibitor', 'products',
       '[]', '{}', 2, 4, e -> 'needs', '{}', '2025-06-01T08:00:00Z', $2, $3,
       '2025-06-01T08:00:00Z' from (select $1::jsonb as e) as told
"""
RECORD = """
insert into log.events (position, stream, version, type, data, event_id, command_id,
                        correlation_id, actor, occurred_at)
values ($1, $2, $3, $4, $5::jsonb, gen_random_uuid(), gen_random_uuid(), gen_random_uuid(),
        'organiser:test', '2025-06-01T08:00:00Z')
"""
NEEDS = {
    "electricity": True,
    "water": False,
    "corner": False,
    "step_free": False,
    "min_area_m2": 0.0,
}


async def test_rows_of_before_need_nothing(database: Databases, stack: Stack) -> None:
    await make_topics(stack.addresses.bootstrap)
    owner_dsn, dsn = await database("registration")
    migrations = definition().migrations
    new = [one.id for one in migrations].index("registration/0006_facts_change")
    await migrate(owner_dsn, role_of(dsn), migrations[:new])
    organisation_id, accepted, gone = uid(), uid(), uid()
    enrolled: dict[str, Any] = {
        "organisation_id": organisation_id,
        "kind": "gie",
        "name": {"ar": "نص", "fr": "texte", "zgh": None, "en": None},
        "province": "zagora",
        "region": "draa-tafilalet",
        "country": "MA",
        "women_led": True,
        "youth_led": False,
    }
    asked: dict[str, Any] = {
        "fair_id": FAIR,
        "organisation_id": organisation_id,
        "contact_id": None,
        "participation": "exhibitor",
        "pole_id": "products",
        "booths": 2,
        "people": 4,
        "needs": NEEDS,
        "programmes": [],
    }
    given: dict[str, Any] = {"families": [], "from_waitlist": False, "reason": "selected"}
    submitted: list[dict[str, Any]] = [
        asked | {"application_id": id_, "products": []} for id_ in (accepted, gone)
    ]
    registered: list[dict[str, Any]] = [
        asked | given | {"exhibitor_id": id_} for id_ in (accepted, gone)
    ]
    withdrawn: dict[str, Any] = asked | {"exhibitor_id": gone, "reason": "ill"}
    async with connected(owner_dsn) as db:
        await db.execute(FILL, orjson.dumps(enrolled).decode())
        for one, status, reason in zip(
            submitted, ("accepted", "withdrawn"), ("selected", "ill"), strict=True
        ):
            await db.execute(APPLY, orjson.dumps(one).decode(), status, reason)
        for position, (stream, version, type_, data) in enumerate(
            (
                (f"organisation-{organisation_id}", 1, "organisation_enrolled.v1", enrolled),
                *(
                    (f"fair-{FAIR}", number, type_, data)
                    for number, (type_, data) in enumerate(
                        (
                            *(("application_submitted.v1", each) for each in submitted),
                            *(("exhibitor_registered.v1", each) for each in registered),
                            ("exhibitor_withdrawn.v1", withdrawn),
                        ),
                        start=1,
                    )
                ),
            ),
            start=1,
        ):
            stored = orjson.dumps(data).decode()
            await db.execute(RECORD, position, stream, version, type_, stored)
        await migrate(owner_dsn, role_of(dsn), migrations)
        assert await compare(definition(), owner_dsn, stack.addresses.bootstrap) == []
        shown = await db.fetch("select other_booths, late_because from applications")
        assert [tuple(row) for row in shown] == [(None, None)] * 2
