"""What the audit and `maarid draw` find wrong in a selection, by its events alone."""

from __future__ import annotations

import re
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from chassis.log.events import Fact, Recorded
from cli.audit.lines import Line
from cli.audit.places import Offers, Poles
from cli.audit.selections import Selections
from cli.draws import drawn
from services.registration.app import definition
from services.registration.fairs.domain import Event, FairAnnounced
from services.registration.selection import draw
from services.registration.selection.domain import (
    ApplicationSubmitted,
    ExhibitorRegistered,
    ExhibitorWithdrawn,
)
from services.registration.selection.offering import PlaceOffered
from tests.unit.cli.test_audit_checks import ELSEWHERE as NO_DATABASE, judged
from tests.unit.registration.a_fair import (
    FAIR,
    A,
    B,
    C,
    D,
    applied,
    gave_up,
    partner,
    registered,
    rejected,
    withdrawn,
)
from tests.unit.registration.test_offer_decisions import (
    DEADLINE as OFFER_DEADLINE,
    FULL,
    begun,
    declined,
    lapsed,
    moved_up,
    offered,
)
from tests.unit.registration.test_selection_publication import (
    DECIDED,
    HELD,
    READY,
    RULES,
    SECRET,
    WORD,
)

EVENT_TYPES = definition().log.event_types
IDS: dict[str, str] = {}
NAMED = re.compile("(application|organisation|contact)-")
GIVING = (FairAnnounced, ExhibitorRegistered, ExhibitorWithdrawn, PlaceOffered)
SELECTED = (*READY, *DECIDED)


def with_id(name: str) -> str:
    """The id that contracts want in place of a name of tests."""
    return IDS.setdefault(name, f"{len(IDS):08x}-0000-4000-8000-000000000000")


def said(event: Event, **forged: Any) -> Any:
    """What an event says to others; `forged` are fields that say something else."""
    name = EVENT_TYPES.name_of(event)
    (contract,) = (each.contract for each in EVENT_TYPES if each.name == name)
    told = {
        name: with_id(value) if isinstance(value, str) and NAMED.match(value) else value
        for name, value in asdict(event).items()
    }
    return contract.model_validate({**told, **forged})


async def selected(**forged: Any) -> Line:
    """The line of a selection whose last event is forged."""
    heard = Selections().hears
    events = [said(event) for event in SELECTED[:-1]] + [said(SELECTED[-1], **forged)]
    return await judged(Selections(), *(each for each in events if type(each) in heard))


async def test_a_selection_that_is_right_holds() -> None:
    line = await selected()
    assert (line.holds, line.figures) == (True, "1 selections")


@pytest.mark.parametrize(
    ("forged", "problem"),
    [
        ({"score": 24}, "has another score"),
        ({"accepted": 2}, "decided others"),
        ({"rejected": 0}, "decided others"),
        ({"terms": []}, "has other rules"),
        ({"quotas": []}, "has other rules"),
        ({"seed": "00" * 32}, "has another draw"),
        ({"objective": 22}, "was adjusted in silence"),
        ({"objective": 23, "bound": 22}, "is worth more than can be"),
    ],
)
async def test_a_selection_that_says_something_else_does_not(
    forged: dict[str, Any], problem: str
) -> None:
    line = await selected(**forged)
    assert not line.holds
    assert f"the selection of {FAIR} {problem}" in line.figures


async def test_a_selection_that_breaks_a_quota_does_not() -> None:
    quota = {"of": "women_led", "at_least": 30, "at_most": 100, "places": 2, "of_places": 7}
    line = await selected(quotas=[quota])
    assert line.figures == f"the selection of {FAIR} breaks a quota"


async def test_a_draw_with_another_secret_does_not_hold() -> None:
    events = [said(RULES), said(HELD, secret="00" * 32)]
    line = await judged(Selections(), *events)
    assert line.figures == f"the draw of {FAIR} is not that of its secret"


async def test_no_pole_gives_more_places_than_it_has() -> None:
    announced = said(applied()[0])
    pair, one = registered(partner("p")), registered(A)
    other = said(one, booths=2, exhibitor_id=with_id("application-z"))
    right = await judged(Poles(), announced, said(pair), said(one), other)
    assert (right.holds, right.figures) == (True, "3 places given in 2 poles")
    gone = await judged(Poles(), announced, said(one), said(gave_up(A)), said(gave_up(B)))
    assert gone.figures == "0 places given in 2 poles"
    wrong = await judged(Poles(), announced, said(one, booths=4))
    assert wrong.figures == f"products of {FAIR} gave 4 of 3 places"


async def test_places_that_offers_keep_are_given_to_nobody_else() -> None:
    events = [said(each) for each in (*FULL, gave_up(A), offered(C)) if type(each) in GIVING]
    right = await judged(Poles(), *events)
    assert (right.holds, right.figures) == (True, "2 places given in 2 poles, 1 kept by offers")
    wrong = await judged(Poles(), *events, said(moved_up(D)))
    assert wrong.figures == f"products of {FAIR} gave 4 of 3 places"
    for end in (moved_up(C), declined(C), lapsed(C), withdrawn(C), rejected(C)):
        taken = 3 if end == moved_up(C) else 2
        ended = await judged(Poles(), *events, said(end))
        assert ended.figures == f"{taken} places given in 2 poles"


async def kept(*events: Any, at: datetime = OFFER_DEADLINE) -> Line:
    """The line of offers; `at` is when each event happened."""
    check = Offers()
    for event in events:
        fact = Fact("", 1, event, uuid4(), at, "", uuid4(), None, uuid4(), None)
        check.hears[type(event)](Recorded(1, at, fact), event)
    return await check.judge(NO_DATABASE)


async def test_offers_that_end_after_their_deadline_hold() -> None:
    line = await kept(said(offered(C)), said(begun(C)), said(lapsed(C)), said(offered(D)))
    assert (line.holds, line.figures) == (True, "2 offers, 1 lapsed, 1 stand")
    for end in (moved_up(C), declined(C), withdrawn(C), rejected(C)):
        line = await kept(said(offered(C)), said(begun(C)), said(end))
        assert (line.holds, line.figures) == (True, "1 offers, 0 lapsed, 0 stand")


OTHER_ID = with_id("offer-z")
EARLY = OFFER_DEADLINE - timedelta(seconds=1)


@pytest.mark.parametrize(
    ("events", "problem"),
    [
        ([said(offered(C)), said(offered(C, 1))], "has two offers at once"),
        ([said(begun(C))], "when there was none to"),
        ([said(offered(C)), said(begun(C)), said(begun(C))], "when there was none to"),
        ([said(offered(C)), said(begun(C), offer_id=OTHER_ID)], "when there was none to"),
        ([said(offered(C)), said(begun(C), lapses_at=EARLY)], "another time than was offered"),
        ([said(offered(C)), said(lapsed(C))], "lapsed before its deadline"),
        ([said(lapsed(C))], "ended, and did not stand"),
        ([said(offered(C)), said(declined(C), offer_id=OTHER_ID)], "ended, and did not stand"),
    ],
)
async def test_offers_that_end_otherwise_do_not(events: list[Any], problem: str) -> None:
    line = await kept(*events)
    assert not line.holds
    assert problem in line.figures


async def test_an_offer_that_lapses_early_does_not_hold() -> None:
    line = await kept(said(offered(C)), said(begun(C)), said(lapsed(C)), at=EARLY)
    assert "lapsed before its deadline" in line.figures


def logged(*events: Event) -> list[tuple[str, dict[str, Any]]]:
    """Events as they stand in the log."""
    return [(EVENT_TYPES.name_of(event), asdict(event)) for event in events]


def test_a_draw_is_held_again_from_the_log() -> None:
    assert drawn(logged(*READY[:-1])) is None
    found = drawn(logged(*SELECTED))
    assert found is not None
    assert (found.word, found.differences) == (WORD, [])
    submitted = [event.application_id for event in READY if isinstance(event, ApplicationSubmitted)]
    assert found.ranks == draw.ranks(draw.seed_of(SECRET, WORD), submitted, len(submitted))


@pytest.mark.parametrize(
    ("name", "forged", "told"),
    [
        ("draw_held.v1", {"word": "olive"}, "The seed is not"),
        ("draw_held.v1", {"seed": "00" * 32}, "The seed is not"),
        ("selection_rules_published.v1", {"secret_hash": "00" * 32}, "The secret is not"),
        ("application_rejected.v1", {"draw_rank": 9}, "was decided as rank 9"),
        ("exhibitor_registered.v1", {"draw_rank": 9}, "was decided as rank 9"),
    ],
)
def test_a_draw_that_differs_is_noticed(name: str, forged: dict[str, Any], told: str) -> None:
    events = [
        (type_, {**data, **forged} if type_ == name else data) for type_, data in logged(*SELECTED)
    ]
    found = drawn(events)
    assert found is not None
    assert any(told in each for each in found.differences)
