"""The projections of several subjects, put together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from chassis.definition.projection import Projection, combined, nothing_own
from chassis.kafka.received import ReceivedEvent
from chassis.log.events import Fact
from chassis.postgres.database import Connection

DB = cast(Connection, None)


def part(name: str, calls: list[str], *, hears: bool) -> Projection:
    async def own(db: Connection, facts: Sequence[Fact[Any]]) -> None:
        calls.append(f"{name} own")

    async def heard(db: Connection, batch: Sequence[ReceivedEvent]) -> None:
        calls.append(f"{name} heard")

    return Projection((f"{name}_1", f"{name}_2"), own, heard if hears else None)


async def test_parts_are_called_in_their_order() -> None:
    calls: list[str] = []
    whole = combined(part("halls", calls, hears=False), part("talks", calls, hears=True))
    assert whole.tables == ("halls_1", "halls_2", "talks_1", "talks_2")
    assert whole.heard is not None
    await whole.own(DB, [])
    await whole.heard(DB, [])
    assert calls == ["halls own", "talks own", "talks heard"]


def test_a_projection_that_hears_nothing_stays_so_when_it_is_combined() -> None:
    assert combined(part("halls", [], hears=False)).heard is None
    assert combined(Projection(("halls",))).own is nothing_own
