"""Registration killed between the delivery of an offer's message and the deadline that follows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from servers.process import ServerProcess
from tests.system.breakable_system import BreakableSystem
from tests.waiting import until

pytestmark = [pytest.mark.fault, pytest.mark.timeout(600)]

OFFERS = 12
ARMED = {"MAARID_BREAK_AT": "offers.timed:2", "MAARID_SESSION_SECONDS": "2"}


async def applied(breakable: BreakableSystem, path: str, number: int, booths: int = 1) -> str:
    """Somebody who can be told applies."""
    organisation_id, _ = await breakable.enrol(f"06712345{number:02}")
    wish = {"organisation_id": organisation_id, "pole_id": "products"}
    asked = {**wish, "booths": booths, "people": 2}
    made = await breakable.made("registration", f"{path}/applications", asked)
    return f"{path}/applications/{made['application_id']}"


async def done(breakable: BreakableSystem, path: str, body: object) -> None:
    answer = await breakable.ask("registration", path, body)
    assert answer.is_success, answer.text


def is_gone(process: ServerProcess) -> bool:
    return process.pid is None


async def test_two_replicas_killed_between_a_delivery_and_its_deadline_set_each_deadline_once(
    breakable: BreakableSystem,
) -> None:
    fair_id, _ = await breakable.announce(places=OFFERS)
    path, why = f"/fairs/{fair_id}", {"reason": "selected"}
    closes = datetime.now(UTC) + timedelta(days=1)
    await done(breakable, f"{path}/call/open", {"closes_at": closes.isoformat()})
    await done(breakable, f"{path}/selection/rules", {"terms": [], "offer_hours": 48})
    leaving = await applied(breakable, path, 0, booths=OFFERS)
    await done(breakable, f"{leaving}/accept", why)
    for number in range(1, OFFERS + 1):
        await done(breakable, f"{await applied(breakable, path, number)}/waitlist", why)
    await breakable.quiet()

    await breakable.restart("registration", **ARMED)
    first = breakable.system.processes["registration"]
    async with breakable.replica("registration", **ARMED) as (_, second):
        await done(breakable, f"{leaving}/withdraw", {"reason": "cannot_come"})
        await until(lambda: is_gone(first) or is_gone(second), "a replica is killed")
    await breakable.whole()
    lines = await breakable.audited()
    promise = "Offers stand one at a time, and none lapses before its deadline"
    assert f"{OFFERS} offers, 0 lapsed, {OFFERS} stand" in lines[promise].figures

    offers = "select count(*) from offers where fair_id = $1 and began_at is not null"
    assert (await breakable.rows("registration", offers, fair_id))[0][0] == OFFERS
    events = await breakable.events("registration", "offer_deadline_set.v1")
    begun = [each for each in events if each["fair_id"] == fair_id]
    assert len({each["offer_id"] for each in begun}) == len(begun) == OFFERS
    # Each begins when its message came, however long after that it was heard of.
    delivered = await breakable.rows(
        "notifications",
        "select data -> 'about' ->> 'id' as offer_id, occurred_at from log.events"
        " where type = 'message_delivered.v1' and data -> 'about' ->> 'id' = any($1)",
        [each["offer_id"] for each in begun],
    )
    assert {row["offer_id"]: row["occurred_at"] for row in delivered} == {
        each["offer_id"]: datetime.fromisoformat(each["began_at"]) for each in begun
    }
    timers = "select count(*) from log.timers where payload ->> 'fair_id' = $1 and kind = $2"
    assert (await breakable.rows("registration", timers, fair_id, "lapse_offer"))[0][0] == OFFERS
