"""People who wear badges: kept in one table, published to one topic, gone when they leave.  All are
made up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from maarid_contracts import COMPACTED_TOPICS, EVENT_TOPICS
from maarid_contracts.registration import PEOPLE_TOPIC

from services.registration.app import definition
from services.registration.people.domain import AddWearer, RemoveWearer, exhibitor_stream
from services.registration.people.rows import PEOPLE
from tests.integration.registration.forms import wearer_form
from tests.integration.registration.published_contacts import context
from tests.integration.registration.running_registration import Registration
from tests.running_service import connected, refusal, replica_on, uid
from tests.waiting import eventually

TABLES = """
select format('%I.%I', schemaname, tablename) from pg_tables
 where schemaname in ('log', 'read', 'own')
"""


@pytest_asyncio.fixture(loop_scope="session")
async def db(registration: Registration) -> AsyncGenerator[asyncpg.Connection]:
    """The service's database, as its owner."""
    async with connected(registration.owner_dsn) as connection:
        yield connection


async def row(db: asyncpg.Connection, wearer_id: str) -> asyncpg.Record | None:
    return await db.fetchrow("select * from own.people where wearer_id = $1", wearer_id)


async def last(registration: Registration, wearer_id: str, revision: int) -> Any:
    """The record on the topic, once it has a revision."""
    found = await eventually(
        lambda: registration.revisions(wearer_id, PEOPLE_TOPIC),
        lambda found: bool(found) and found[-1][0] == revision,
    )
    return found[-1][1]


async def gone(registration: Registration, db: asyncpg.Connection, wearer_id: str) -> None:
    """Wait until neither the topic nor the table holds somebody."""
    assert await last(registration, wearer_id, 2) is None
    await eventually(lambda: row(db, wearer_id), lambda found: found is None)


async def where(db: asyncpg.Connection, needle: str) -> set[str]:
    """The tables of the service in which a text stands."""
    found: set[str] = set()
    for table in [record[0] for record in await db.fetch(TABLES)]:
        query = f"select count(*) from {table} as x where x::text like '%' || $1 || '%'"
        if await db.fetchval(query, needle):
            found.add(table)
    return found


async def test_who_wears_a_badge_is_published_for_whoever_prints_it(
    registration: Registration,
) -> None:
    exhibitor = await registration.exhibitor()
    own = f"exhibitor organisation_id={exhibitor.organisation_id}"
    form = wearer_form(phone="06 12 34 56 78")
    added = await registration.done(exhibitor.people, form, role=own)
    record = {
        "wearer_id": added["wearer_id"],
        "fair_id": exhibitor.fair_id,
        "exhibitor_id": exhibitor.exhibitor_id,
        "organisation_id": exhibitor.organisation_id,
        "role": "seller",
        "name": form["name"],
        "phone": "+212612345678",
        "revision": 1,
    }
    assert await last(registration, added["wearer_id"], 1) == record
    path = f"{exhibitor.people}/{added['wearer_id']}"
    assert (await registration.send("PUT", path, {"name": "Autre Nom"}, role=own)).is_success
    record |= {"name": "Autre Nom", "phone": None, "revision": 2}
    assert await last(registration, added["wearer_id"], 2) == record
    shown = await registration.get(exhibitor.people, role=own)
    assert shown["items"] == [{name: record[name] for name in shown["items"][0]}]
    assert shown["items"][0].keys() == record.keys() - {"fair_id"}


async def test_no_exhibitor_has_more_people_than_it_asked_for(
    registration: Registration, db: asyncpg.Connection
) -> None:
    exhibitor = await registration.exhibitor(people=3)
    answers = await asyncio.gather(
        *(registration.post(exhibitor.people, wearer_form(name=f"Nom {n}")) for n in range(12))
    )
    refused = [answer for answer in answers if not answer.is_success]
    assert [refusal(answer) for answer in refused] == [(409, "badges_given_out")] * 9
    assert len(await exhibitor.names()) == 3
    kept = "select count(*) from own.people where exhibitor_id = $1"
    assert await db.fetchval(kept, exhibitor.exhibitor_id) == 3, "nobody's name is left behind"


async def test_many_who_send_the_same_person_at_once_add_one(registration: Registration) -> None:
    exhibitor, key = await registration.exhibitor(), uid()
    answers = await asyncio.gather(
        *(registration.done(exhibitor.people, wearer_form(), key=key) for _ in range(8))
    )
    assert len({answer["wearer_id"] for answer in answers}) == 1
    assert len(await exhibitor.names()) == 1
    other = await registration.post(exhibitor.people, wearer_form(name="Autre"), key=key)
    assert refusal(other) == (422, "idempotency_key_reused")
    assert len(await exhibitor.names()) == 1


async def test_one_goes_and_another_comes_in_one_request(
    registration: Registration, db: asyncpg.Connection
) -> None:
    exhibitor = await registration.exhibitor(people=1)
    first, key = await exhibitor.wearer(name="Qui Part"), uid()
    await last(registration, first, 1)
    path, form = f"{exhibitor.people}/{first}/replace", wearer_form(name="Qui Vient")
    second = (await registration.done(path, form, key=key))["wearer_id"]
    assert await exhibitor.names() == ["Qui Vient"]
    assert (await last(registration, second, 1))["name"] == "Qui Vient"
    await gone(registration, db, first)
    assert (await registration.done(path, form, key=key))["wearer_id"] == second
    assert refusal(await registration.post(path, form)) == (410, "wearer_gone")
    said = await registration.said(exhibitor.stream, until="WearerRemoved")
    assert [(name, data.get("reason")) for name, data in said] == [
        ("WearerAdded", None),
        ("WearerRemoved", "replaced"),
        ("WearerAdded", None),
    ]


@pytest.mark.parametrize(("how", "event"), [("remove", "WearerRemoved"), ("erase", "WearerErased")])
async def test_who_leaves_is_gone_at_once_and_everywhere(
    registration: Registration, db: asyncpg.Connection, how: str, event: str
) -> None:
    exhibitor, key = await registration.exhibitor(), uid()
    form = wearer_form(name=f"Zineb Canari-{how}", phone="0688888888")
    wearer_id = (await registration.done(exhibitor.people, form, key=key))["wearer_id"]
    await last(registration, wearer_id, 1)
    path = f"{exhibitor.people}/{wearer_id}"
    for _ in range(2):
        if how == "erase":
            assert (await registration.send("DELETE", path)).status_code == 204
        else:
            await registration.done(f"{path}/remove", {"reason": "ill"})
    assert await where(db, f"Canari-{how}") == set()
    assert await exhibitor.names() == []
    await gone(registration, db, wearer_id)
    # Nothing brings the name back: not the first request sent again, and nothing new.
    assert (await registration.done(exhibitor.people, form, key=key))["wearer_id"] == wearer_id
    assert await row(db, wearer_id) is None
    changed = await registration.send("PUT", path, {"name": "Encore"})
    assert refusal(changed) == (410, "wearer_gone")
    assert (await registration.send("DELETE", path)).status_code == 204
    said = await registration.said(exhibitor.stream, until=event)
    assert [name for name, _ in said] == ["WearerAdded", event]


async def test_the_people_of_an_exhibitor_that_withdraws_are_removed(
    registration: Registration, db: asyncpg.Connection
) -> None:
    exhibitor = await registration.exhibitor()
    people = [await exhibitor.wearer(name=f"Nom {n}") for n in range(2)]
    for wearer_id in people:
        await last(registration, wearer_id, 1)
    await exhibitor.withdraw()
    for wearer_id in people:
        await gone(registration, db, wearer_id)
    said = await registration.said(exhibitor.stream, until="WearerRemoved")
    reasons = [data.get("reason") for name, data in said if name == "WearerRemoved"]
    assert reasons == ["exhibitor_withdrawn"] * 2
    late = await registration.post(exhibitor.people, wearer_form())
    assert refusal(late) == (409, "not_exhibiting")


async def test_who_is_added_while_the_exhibitor_withdraws_is_removed_too(
    registration: Registration, db: asyncpg.Connection
) -> None:
    exhibitor = await registration.exhibitor()
    first = await exhibitor.wearer()
    await last(registration, first, 1)
    await exhibitor.withdraw()
    await gone(registration, db, first)
    # A request that has looked at the exhibitor before, and comes to the desk only now.
    late = uid()
    dsn = registration.system.addresses.service_dsn["registration"]
    async with replica_on(definition(), dsn) as replica:
        await PEOPLE.put(replica.pool, late, exhibitor.exhibitor_id, ("Trop Tard", None))
        command = AddWearer(
            exhibitor.fair_id,
            exhibitor.exhibitor_id,
            exhibitor.organisation_id,
            late,
            "seller",
            badges=2,
        )
        await replica.desk.execute(exhibitor_stream(exhibitor.exhibitor_id), command, context())
    await eventually(lambda: row(db, late), lambda found: found is None)
    said = await registration.said(exhibitor.stream, until="WearerRemoved")
    assert [name for name, _ in said].count("WearerRemoved") == 2


async def test_a_removal_that_was_cut_short_is_finished(
    registration: Registration, db: asyncpg.Connection
) -> None:
    exhibitor = await registration.exhibitor()
    wearer_id = await exhibitor.wearer(name="Zineb Restée")
    await last(registration, wearer_id, 1)
    dsn = registration.system.addresses.service_dsn["registration"]
    async with replica_on(definition(), dsn) as replica:
        # What a crash between the event and the row leaves.
        stream = exhibitor_stream(exhibitor.exhibitor_id)
        await replica.desk.execute(stream, RemoveWearer(wearer_id, "ill"), context())
    await gone(registration, db, wearer_id)
    assert await where(db, "Restée") == set()


async def test_a_row_whose_event_never_came_is_forgotten(
    registration: Registration, db: asyncpg.Connection
) -> None:
    exhibitor, wearer_id = await registration.exhibitor(), uid()
    await db.execute(
        "insert into own.people (wearer_id, exhibitor_id, name, written_at)"
        " values ($1, $2, 'Nom inventé', clock_timestamp() - interval '10 minutes')",
        wearer_id,
        exhibitor.exhibitor_id,
    )
    assert await exhibitor.names() == []
    await eventually(lambda: row(db, wearer_id), lambda found: found is None)
    assert await registration.revisions(wearer_id, PEOPLE_TOPIC) == []


async def test_a_row_that_a_late_retry_puts_back_after_the_removal_is_forgotten(
    registration: Registration, db: asyncpg.Connection
) -> None:
    exhibitor = await registration.exhibitor()
    wearer_id = await exhibitor.wearer()
    await last(registration, wearer_id, 1)
    await registration.send("DELETE", f"{exhibitor.people}/{wearer_id}")
    await eventually(lambda: row(db, wearer_id), lambda found: found is None)
    await db.execute(
        "insert into own.people (wearer_id, exhibitor_id, name, written_at)"
        " values ($1, $2, 'Nom inventé', clock_timestamp() - interval '10 minutes')",
        wearer_id,
        exhibitor.exhibitor_id,
    )
    await eventually(lambda: row(db, wearer_id), lambda found: found is None)


async def test_no_name_and_no_number_is_anywhere_else(
    registration: Registration, db: asyncpg.Connection
) -> None:
    exhibitor = await registration.exhibitor()
    path, refused = exhibitor.people, {**wearer_form(name="Zineb Canari-Unique"), "phone": "1234"}
    assert refusal(await registration.post(path, refused)) == (422, "phone_invalid")
    wearer_id = await exhibitor.wearer(name="Zineb Canari-Unique", phone="0698765432")
    change = {"name": "Zineb Canari-Unique", "phone": "0698765433"}
    assert (await registration.send("PUT", f"{path}/{wearer_id}", change)).is_success
    await last(registration, wearer_id, 2)
    await registration.said(exhibitor.stream, until="WearerAdded")
    for needle in ("Canari-Unique", "69876543"):
        assert await where(db, needle) == {"own.people"}
        for topic in {*EVENT_TOPICS, *COMPACTED_TOPICS} - {PEOPLE_TOPIC}:
            for record in await registration.records(topic):
                headers = b"".join(value or b"" for _, value in record.headers)
                assert needle.encode() not in (record.value or b"") + headers


async def test_only_the_team_and_the_organisation_itself_see_its_people(
    registration: Registration,
) -> None:
    exhibitor, other = await registration.exhibitor(), await registration.exhibitor()
    wearer_id = await exhibitor.wearer()
    theirs = f"exhibitor organisation_id={other.organisation_id}"
    for role in (theirs, "auditor", "service", f"steward fair_id={exhibitor.fair_id}"):
        expected = (404, "exhibitor_unknown") if role == theirs else (403, "role_missing")
        assert refusal(await registration.look(exhibitor.people, role)) == expected
        answer = await registration.send("DELETE", f"{exhibitor.people}/{wearer_id}", role=role)
        assert refusal(answer) == expected
    # Nor by way of an exhibitor of their own.
    answer = await registration.send("DELETE", f"{other.people}/{wearer_id}", role=theirs)
    assert refusal(answer) == (404, "wearer_unknown")
    assert len(await exhibitor.names()) == 1


async def test_nobody_is_added_to_a_fair_that_was_called_off(registration: Registration) -> None:
    exhibitor = await registration.exhibitor()
    wearer_id = await exhibitor.wearer()
    await registration.done(f"/fairs/{exhibitor.fair_id}/cancel", {"reason": "bad_weather"})
    late = await registration.post(exhibitor.people, wearer_form())
    assert refusal(late) == (409, "fair_cancelled")
    erased = await registration.send("DELETE", f"{exhibitor.people}/{wearer_id}")
    assert erased.status_code == 204
