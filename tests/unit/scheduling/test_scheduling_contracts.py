"""Every own event is said in public, completely, and is stored under a name that stays."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, get_args

import pytest
from maarid_contracts import scheduling as contracts, type_of

from chassis.kernel.text import Text
from services.scheduling.app import definition
from services.scheduling.floor import domain as floor
from services.scheduling.floor.assigning import (
    AssignmentAdopted,
    AssignmentRulesPublished,
    BoothSetUp,
    BoothSetUpTakenBack,
    PlaceGiven,
)
from services.scheduling.floor.plan import Booth, Needs
from services.scheduling.placing.bound import Duals
from services.scheduling.placing.problem import Profile
from services.scheduling.placing.rules import AssignmentRules, Fixed, PlaceValue, Zone
from services.scheduling.programme import domain as programme

EVENT_TYPES = definition().log.event_types

ID = "0192f5c4-7d3e-7c1a-9a55-3f0d6b1e2c47"
AT = datetime(2025, 9, 17, 9, tzinfo=UTC)
TEXT = Text("نص", "Texte", "ⴰⴹⵕⵉⵚ", "Text")

RULES = AssignmentRules(
    forbidden=(("fish", "perfume"),),
    fixed=(Fixed(ID, ("P-001", "P-002")),),
    zones=(Zone("pioneer", ("P-003",)),),
    values=(PlaceValue("P-003", 100),),
)

EVENTS: tuple[Any, ...] = (
    floor.FloorPlanPublished(
        "agadir-2025", 2, (Booth("P-001", "products", 0.0, 1.5, 3.0, 2.0, True, True, True, False),)
    ),
    floor.BoothAssigned(
        "agadir-2025", "P-001", "products", ID, ID, ID, "first_fit", ("pole_matches",)
    ),
    floor.BoothReleased("agadir-2025", "P-001", "products", ID, ID, None, "by_hand"),
    AssignmentRulesPublished("agadir-2025", 1, RULES),
    AssignmentAdopted(
        fair_id="agadir-2025",
        draft_id=ID,
        revision=2,
        rules_version=1,
        repair=True,
        moves=3,
        unplaced=1,
        objective=190,
        bound=190,
        proven=True,
        costs={"family_beside": 60, "preferences": 130},
        seed=1,
        versions={"highspy": "1.16.0"},
        duals=(Duals(("products",), 1000, (4, 7), (60000, -20000)),),
        kept=(Fixed(ID, ("P-001",)),),
        profiles=(
            Profile(
                ID, ID, "products", 2, needs=Needs(electricity=True), score=17, earlier=(40, 62)
            ),
        ),
        places=(PlaceGiven(ID, 62),),
    ),
    BoothSetUp("agadir-2025", "P-001", "products", ID, ID),
    BoothSetUpTakenBack("agadir-2025", "P-001", "products", ID, ID, "wrong_booth"),
    programme.HallOpened("agadir-2025", "tent", TEXT, 40),
    programme.SessionScheduled(
        fair_id="agadir-2025",
        session_id=ID,
        kind="workshop",
        title=TEXT,
        topic_code="marketing",
        hall_id="tent",
        speakers=(ID,),
        language="zgh",
        audience="women",
        starts_at=AT,
        ends_at=AT.replace(hour=11),
        seats=20,
    ),
    programme.SessionRescheduled(
        "agadir-2025", ID, "room", AT, AT.replace(hour=10), "tent", AT, AT.replace(hour=11), "rain"
    ),
    programme.SessionCancelled("agadir-2025", ID, "speaker_ill"),
)
IDS = [type(event).__name__ for event in EVENTS]


def test_there_is_a_sample_a_name_and_a_contract_for_every_event() -> None:
    own = {*get_args(floor.Event), *get_args(programme.Event)}
    assert {type(event) for event in EVENTS} == own == set(EVENT_TYPES.classes.values())
    assert {type(EVENT_TYPES.translate(event)) for event in EVENTS} == set(contracts.EVENTS)


@pytest.mark.parametrize("event", EVENTS, ids=IDS)
def test_a_contract_says_all_that_its_event_says(event: Any) -> None:
    contract = EVENT_TYPES.translate(event)
    told = asdict(event)
    for profile in told.get("profiles", ()):
        # Whom to tell is no ground of an assignment, and who has withdrawn is in none.
        assert (profile.pop("contact_id"), profile.pop("withdrawn")) == (None, False)
    assert contract.model_dump() == told
    assert type_of(type(contract)) == f"maarid.scheduling.{type(event).__name__}.v1"


@pytest.mark.parametrize("event", EVENTS, ids=IDS)
def test_an_event_comes_back_from_disk_as_it_went(event: Any) -> None:
    assert EVENT_TYPES.load(EVENT_TYPES.name_of(event), EVENT_TYPES.dump(event)) == event


def test_names_on_disk_stay_for_ever() -> None:
    assert set(EVENT_TYPES.classes) == {
        "floor_plan_published.v1",
        "booth_assigned.v1",
        "booth_released.v1",
        "hall_opened.v1",
        "session_scheduled.v1",
        "session_rescheduled.v1",
        "session_cancelled.v1",
        "assignment_rules_published.v1",
        "assignment_adopted.v1",
        "booth_set_up.v1",
        "booth_set_up_taken_back.v1",
    }


def test_names_of_streams_stay_for_ever() -> None:
    assert floor.floor_stream("agadir-2025").name == "floor-agadir-2025"
    assert programme.programme_stream("agadir-2025").name == "programme-agadir-2025"
