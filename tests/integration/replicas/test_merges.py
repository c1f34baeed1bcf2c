"""Two replicas merge organisations, or one merges while the other takes an application."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from chassis.log.context import CommandContext
from chassis.process.ids import uuid7
from services.registration.duplicates.handlers import MERGES
from services.registration.duplicates.rows import follow
from services.registration.duplicates.workers.parting import part
from services.registration.organisations.domain import MergeOrganisation, organisation_stream
from tests.conftest import Databases
from tests.integration.registration.forms import fair_form, organisation_form
from tests.integration.replicas.two_replicas import Replicas, two_of
from tests.running_service import text, uid

FAIR = "zagora-2090"
TIMES = 12


async def made(replicas: Replicas, path: str, body: object) -> Any:
    response = await replicas.send(0, "POST", path, body, key=uid())
    assert response.is_success, response.text
    return response.json()


async def enrol(replicas: Replicas, **more: Any) -> str:
    return (await made(replicas, "/organisations", organisation_form(**more)))["organisation_id"]


def merge_of(into: str) -> dict[str, str]:
    return {"into": into, "reason": "enrolled_twice"}


async def merged(replicas: Replicas) -> dict[str, str]:
    """Which organisation was merged into which."""
    rows = await replicas.owner.fetch(
        "select organisation_id, merged_into from organisations where merged_into is not null"
    )
    return dict(map(tuple, rows))


async def test_of_two_merges_that_would_make_a_chain_or_a_circle_one_is_refused(
    database: Databases, home: Path
) -> None:
    async with two_of("registration", database, home) as replicas:
        for _ in range(TIMES):
            one, two, three = [await enrol(replicas) for _ in range(3)]
            for first, second in (((one, two), (two, one)), ((one, two), (two, three))):
                answers = await asyncio.gather(
                    *(
                        replicas.send(
                            at,
                            "POST",
                            f"/organisations/{duplicate}/merge",
                            merge_of(into),
                            key=uid(),
                        )
                        for at, (duplicate, into) in enumerate((first, second))
                    )
                )
                assert sorted(each.status_code for each in answers) == [200, 409]
                found = await merged(replicas)
                assert len(found) == 1
                assert not found.keys() & set(found.values())
                (duplicate,) = found
                await made(replicas, f"/organisations/{duplicate}/unmerge", {"reason": "a_test"})


async def test_nobody_waits_for_a_merge_that_does_not_end(database: Databases, home: Path) -> None:
    async with two_of("registration", database, home) as replicas:
        one, two = await enrol(replicas), await enrol(replicas)
        path, key = f"/organisations/{one}/merge", uid()
        async with replicas.owner.transaction():
            await replicas.owner.execute("select pg_advisory_xact_lock($1)", MERGES)
            busy = await replicas.send(0, "POST", path, merge_of(two), key=key)
            assert busy.status_code == 503
            assert int(busy.headers["retry-after"]) >= 1
        # The same request again is as good as new.
        assert (await replicas.send(1, "POST", path, merge_of(two), key=key)).status_code == 200


async def test_who_was_merged_in_the_instant_in_which_both_applied_is_parted(
    database: Databases, home: Path
) -> None:
    async with two_of("registration", database, home) as replicas:
        fair = fair_form(FAIR, first_day="2090-09-17", last_day="2090-09-22")
        await made(replicas, "/fairs", fair)
        closes_at = {"closes_at": "2090-07-01T08:00:00Z"}
        await made(replicas, f"/fairs/{FAIR}/call/open", closes_at)
        stays, duplicate, other = [await enrol(replicas) for _ in range(3)]
        for id_ in (stays, duplicate):
            application = {"organisation_id": id_, "pole_id": "products", "people": 2}
            await made(replicas, f"/fairs/{FAIR}/applications", application)
        # What the handler of the merge looked at, it looked at before the second application.
        for id_, into in ((duplicate, stays), (other, stays)):
            command = MergeOrganisation(into, "enrolled_twice")
            context = CommandContext(uuid7(), "organiser:test")
            await replicas.both[0].desk.execute(organisation_stream(id_), command, context)
        assert await merged(replicas) == {duplicate: stays, other: stays}

        both = [each.runtime for each in replicas.both]
        assert any(await asyncio.gather(*map(part, both)))
        assert await merged(replicas) == {other: stays}
        assert not any(await asyncio.gather(*map(part, both)))
        said = await replicas.owner.fetch(
            "select data ->> 'reason' as reason, actor from log.events"
            " where type = 'organisation_unmerged.v1'"
        )
        assert [tuple(row) for row in said] == [("both_applied", "policy:part_applicants")]


async def test_keys_are_made_by_one_replica_and_again_for_another_folding(
    database: Databases, home: Path
) -> None:
    async with two_of("registration", database, home) as replicas:
        pools = [each.runtime.pool for each in replicas.both]
        for _ in range(3):
            await enrol(replicas, name=text("Coopérative Al Amal"), register_number="12/2019")

        async def keys() -> list[tuple[str, str, int]]:
            rows = await replicas.owner.fetch(
                "select why, key, count(*) from own.organisation_keys group by why, key order by 2"
            )
            return [tuple(row) for row in rows]

        while any(await asyncio.gather(*map(follow, pools))):
            pass
        wanted = [("register_number", "122019", 3), ("name", "zagora amal", 3)]
        assert [each for each in await keys() if "نص" not in each[1]] == wanted
        # Another version made them, and knew less.
        await replicas.owner.execute("update own.keyed set folding = 0")
        await replicas.owner.execute("update own.organisation_keys set key = 'x' || key")
        while any(await asyncio.gather(*map(follow, pools))):
            pass
        assert [each for each in await keys() if "نص" not in each[1]] == wanted
