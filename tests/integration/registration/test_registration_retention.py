"""Persons whom nobody has needed for long: listed, confirmed, and erased in pages."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest_asyncio

from chassis.definition.runtime import Runtime
from chassis.running.service import create
from cli.issuer import issuer_in
from services.registration.app import definition
from services.registration.retention.workers import erase_page
from tests.conftest import Databases
from tests.integration.registration.forms import (
    contact_form,
    fair_form,
    organisation_form,
    wearer_form,
)
from tests.running_service import (
    Asked,
    client_of,
    connected,
    migrated,
    refusal,
    replica_on,
    settings_for,
    uid,
)

LONG_AGO = "timestamptz '2020-01-01'"


@dataclass(kw_only=True)
class Registration(Asked):
    """Registration without its workers, two replicas of it, on a database of its own."""

    runtimes: tuple[Runtime, Runtime]
    owner: Any

    async def organisation(self, *, contacts: int = 1) -> tuple[str, list[str]]:
        """An organisation with contacts, whom nobody has needed since 2019."""
        enrolled = await self.done("/organisations", organisation_form())
        organisation_id = enrolled["organisation_id"]
        path = f"/organisations/{organisation_id}/contacts"
        added = [await self.done(path, contact_form()) for _ in range(contacts)]
        await self.owner.execute(
            f"update organisations set enrolled_at = {LONG_AGO}"
            f" where organisation_id = '{organisation_id}';"
            f" update contacts set written_at = {LONG_AGO}"
            f" where organisation_id = '{organisation_id}'"
        )
        return organisation_id, [one["contact_id"] for one in added]

    async def exhibitor(self, organisation_id: str, year: int) -> tuple[str, str]:
        """(fair, exhibitor) of a fair of a year: as events of before would have made them."""
        fair_id, exhibitor_id = f"fair-{uid()[:8]}", uid()
        days = {"first_day": f"{year}-09-17", "last_day": f"{year}-09-22"}
        await self.done("/fairs", fair_form(fair_id, **days))
        await self.owner.execute(
            "insert into applications (application_id, fair_id, organisation_id, participation,"
            " pole_id, products, families, booths, people, needs, programmes, submitted_at, status)"
            " values ($1, $2, $3, 'exhibitor', 'products', '[]', '{}', 1, 2, '{}', '{}',"
            f" {LONG_AGO}, 'accepted')",
            exhibitor_id,
            fair_id,
            organisation_id,
        )
        return fair_id, exhibitor_id

    async def listed(self) -> list[tuple[str, str]]:
        return [(one["kind"], one["key"]) for one in await self.all("/retention", limit=40)]

    async def confirm(self, digest: str, **more: Any) -> Any:
        return await self.post("/retention/confirm", {"digest": digest}, **more)

    async def erased(self) -> set[str]:
        """Whose erasure the log tells."""
        rows = await self.owner.fetch(
            "select coalesce(data ->> 'contact_id', data ->> 'wearer_id') as key from log.events"
            " where type in ('contact_erased.v1', 'wearer_erased.v1')"
        )
        return {row["key"] for row in rows}


@pytest_asyncio.fixture(loop_scope="session")
async def own(database: Databases, home: Path) -> AsyncGenerator[Registration]:
    made, issuer = definition(), issuer_in(home)
    owner_dsn, dsn = await migrated(database, made)
    settings = settings_for(made, dsn, issuer)
    async with AsyncExitStack() as ends:
        owner = await ends.enter_async_context(connected(owner_dsn))
        first = await ends.enter_async_context(replica_on(made, dsn, settings))
        second = await ends.enter_async_context(replica_on(made, dsn, settings))
        app = create(made, settings)
        app.state.runtime = first
        http = await ends.enter_async_context(client_of(app))
        yield Registration(http=http, issuer=issuer, runtimes=(first, second), owner=owner)


async def test_who_was_not_needed_for_long_is_listed_and_nobody_else(own: Registration) -> None:
    idle, [forgotten] = await own.organisation()
    recent, [kept] = await own.organisation()
    await own.exhibitor(recent, datetime.now(UTC).year)
    later, [also_kept] = await own.organisation()
    await own.owner.execute(
        "update contacts set written_at = clock_timestamp() where contact_id = $1", also_kept
    )
    fair_id, exhibitor_id = await own.exhibitor(later, 2020)
    people = f"/fairs/{fair_id}/exhibitors/{exhibitor_id}/people"
    wearer_id = (await own.done(people, wearer_form()))["wearer_id"]
    listed = await own.listed()
    assert sorted(listed) == [("contact", forgotten), ("wearer", wearer_id)]
    assert kept not in {key for _, key in listed}
    (shown,) = [one for one in await own.all("/retention") if one["key"] == forgotten]
    assert (shown["organisation_id"], shown["role"]) == (idle, "chair")
    assert shown["last_needed"].startswith("2020-01-01")
    summary = await own.get("/retention/summary")
    assert (summary["contacts"], summary["people"], summary["kept_months"]) == (1, 1, 24)
    # Who wants to know what is confirmed can reckon it.
    lines = "\n".join(f"{kind} {key}" for kind, key in listed)
    assert summary["digest"] == hashlib.sha256(lines.encode()).hexdigest()
    for role in ("auditor", "exhibitor organisation_id=" + idle):
        assert refusal(await own.look("/retention", role)) == (403, "role_missing")
    # Nobody is erased of itself.
    assert await erase_page(own.runtimes[0]) == 0
    assert await own.erased() == set()


async def test_contacts_of_organisations_that_are_one_are_needed_alike(
    own: Registration,
) -> None:
    duplicate, _ = await own.organisation()
    stays, _ = await own.organisation()
    await own.exhibitor(stays, datetime.now(UTC).year)
    other, [forgotten] = await own.organisation()
    merge = {"into": stays, "reason": "enrolled_twice"}
    await own.done(f"/organisations/{duplicate}/merge", merge)
    assert await own.listed() == [("contact", forgotten)]
    # And the other way: what the duplicate had applied for.
    await own.exhibitor(other, datetime.now(UTC).year)
    lone, [also_reached] = await own.organisation()
    assert await own.listed() == [("contact", also_reached)]
    await own.done(f"/organisations/{other}/merge", {**merge, "into": lone})
    assert await own.listed() == []


async def test_a_confirmed_list_is_erased_and_nobody_else(own: Registration) -> None:
    organisation_id, [first, second] = await own.organisation(contacts=2)
    fair_id, exhibitor_id = await own.exhibitor(organisation_id, 2020)
    people = f"/fairs/{fair_id}/exhibitors/{exhibitor_id}/people"
    wearer_id = (await own.done(people, wearer_form(name="Qui Est Oubliée")))["wearer_id"]
    digest, key = (await own.get("/retention/summary"))["digest"], uid()
    answer = await own.confirm(digest, key=key)
    assert (answer.status_code, answer.json()) == (
        202,
        {"digest": digest, "contacts": 2, "people": 1},
    )
    # Whoever is too old only now was not on the list.
    _, [later] = await own.organisation()
    # And one of them is needed again.
    await own.owner.execute(
        "update contacts set written_at = clock_timestamp() where contact_id = $1", second
    )
    assert (await own.get("/retention/summary"))["left"] == 3
    while await erase_page(own.runtimes[0]):
        pass
    assert await own.erased() == {first, wearer_id}
    assert await own.listed() == [("contact", later)]
    rows = await own.owner.fetch("select contact_id from contacts where name is not null")
    assert {row["contact_id"] for row in rows} == {second, later}
    assert not await own.owner.fetchval("select count(*) from people where name is not null")
    actors = await own.owner.fetch(
        "select distinct actor, correlation_id = $1 as of_list from log.events"
        " where type like '%erased.v1'",
        await own.owner.fetchval("select command_id from retention_confirmed"),
    )
    assert [tuple(row) for row in actors] == [("organiser:development-organiser", True)]
    # The same request again is answered alike, and erases nobody.
    again = await own.confirm(digest, key=key)
    assert (again.status_code, again.json()) == (202, answer.json())
    assert (await own.get("/retention/summary"))["left"] == 0
    other = await own.confirm("0" * 64, key=key)
    assert refusal(other) == (422, "idempotency_key_reused")


async def test_a_list_that_has_changed_is_not_erased(own: Registration) -> None:
    await own.organisation()
    digest = (await own.get("/retention/summary"))["digest"]
    await own.organisation()
    assert refusal(await own.confirm(digest)) == (409, "retention_changed")
    assert await erase_page(own.runtimes[0]) == 0
    assert await own.erased() == set()
    assert not await own.owner.fetchval("select count(*) from retention_confirmed")


async def test_another_replica_goes_on_where_the_first_one_ended(own: Registration) -> None:
    _, contacts = await own.organisation(contacts=130)
    digest = (await own.get("/retention/summary"))["digest"]
    assert (await own.confirm(digest)).json()["contacts"] == 130
    first, second = own.runtimes
    assert await erase_page(first) == 100
    assert len(await own.erased()) == 100
    # It died after the erasure and before it had said so.
    await own.owner.execute(
        "insert into retention_left (key, kind, owner, command_id)"
        " select contact_id, 'contact', organisation_id,"
        " (select command_id from retention_confirmed) from contacts where erased limit 1"
    )
    while await erase_page(second):
        pass
    assert await own.erased() == set(contacts)
    erasures = "select count(*) from log.events where type = 'contact_erased.v1'"
    assert await own.owner.fetchval(erasures) == 130
