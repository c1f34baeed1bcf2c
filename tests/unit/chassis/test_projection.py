"""The projections of several subjects as one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from chassis.definition.projection import Projection, combined, nothing_own
from chassis.postgres.database import Connection

DB = cast(Connection, None)


async def test_each_part_is_given_all_in_the_order_of_the_parts() -> None:
    written: list[tuple[str, Sequence[Any]]] = []

    def part(name: str) -> Projection:
        async def write(db: Connection, batch: Sequence[Any]) -> None:
            written.append((name, batch))

        return Projection(tables=(name, f"{name}_too"), own=write, heard=write)

    whole = combined(part("floor"), Projection(tables=("fairs",)), part("programme"))
    assert whole.tables == ("floor", "floor_too", "fairs", "programme", "programme_too")
    facts: list[Any] = []
    await whole.own(DB, facts)
    assert written == [("floor", facts), ("programme", facts)]
    assert whole.heard is not None
    await whole.heard(DB, facts)
    assert [name for name, _ in written] == ["floor", "programme"] * 2


def test_parts_that_write_nothing_make_a_projection_that_writes_nothing() -> None:
    whole = combined(Projection(tables=("fairs",)))
    assert (whole.own, whole.heard) == (nothing_own, None)
