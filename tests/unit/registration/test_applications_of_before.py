"""The rows of before, folded beside the statements of the projection."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import orjson

from chassis.log.events import Fact
from services.registration.applications.read import MADE, STATEMENTS, Past
from services.registration.selection.application import Needs, Participation
from services.registration.selection.domain import (
    ApplicationSubmitted,
    ApplicationWithdrawn,
    Event,
    ExhibitorRegistered,
)

NOW = datetime(2025, 6, 1, tzinfo=UTC)
OF = ("zagora-2025", "an application", "an organisation", None)


def submitted() -> ApplicationSubmitted:
    return ApplicationSubmitted(
        *OF, Participation.EXHIBITOR, "products", (), 2, 3, Needs(), ("mouazara",)
    )


def registered(*, score: int | None = None) -> ExhibitorRegistered:
    return ExhibitorRegistered(
        *OF, Participation.EXHIBITOR, "crafts", 2, 3, (), Needs(), (), True, "selected", score, 7
    )


def rows_after(*events: Event) -> list[dict[str, object]]:
    past = Past()
    for version, event in enumerate(events, 1):
        at = NOW + timedelta(hours=version)
        past.take(Fact("fair-x", version, event, uuid4(), at, "test", uuid4(), None, uuid4(), None))
    return [row for piece in asyncio.run(past.pieces()) for row in orjson.loads(piece)]


def test_every_statement_is_known() -> None:
    assert MADE.keys() == set(STATEMENTS)


def test_what_was_given_is_told_where_it_is_not_what_was_asked_for() -> None:
    (row,) = rows_after(submitted(), registered(score=12))
    assert (row["pole_id"], row["other_pole_id"], row["booths"], row["other_booths"]) == (
        *("products", "crafts"),
        *(2, None),
    )
    assert (row["status"], row["score"], row["draw_rank"]) == ("accepted", 12, 7)


def test_what_a_selection_said_stays_when_the_place_is_given_back() -> None:
    (row,) = rows_after(submitted(), registered(score=12), ApplicationWithdrawn(*OF, "ill"))
    assert (row["status"], row["score"], row["draw_rank"]) == ("withdrawn", 12, 7)
    assert row["decided_at"] == (NOW + timedelta(hours=3)).isoformat()
    assert row["from_waitlist"] is False
