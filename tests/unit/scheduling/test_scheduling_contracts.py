"""Every own event is said in public, completely, and is stored under a name that stays."""

from __future__ import annotations

import json
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
from services.scheduling.floor.ground import Aisle, Entrance, Stage
from services.scheduling.placing.booths import Booth, Needs
from services.scheduling.placing.bound import Duals
from services.scheduling.placing.problem import Profile
from services.scheduling.placing.rules import AssignmentRules, Fixed, PlaceValue, Zone
from services.scheduling.programme import domain as programme
from services.scheduling.programme.rules import Break, HallRules, SpeakerTimes, Window

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
        "agadir-2025",
        2,
        (
            Booth(
                *("P-001", "products", 0.0, 1.5, 3.0, 2.0, True, True, True, False),
                turn_deg=30.0,
                open_sides=("top", "left"),
            ),
        ),
        outline=((0.0, 0.0), (40.0, 0.0), (40.0, 30.0), (0.0, 30.0)),
        entrances=(Entrance(20.0, 0.0), Entrance(40.0, 10.0, step_free=False)),
        aisles=(Aisle(((20.0, 0.0), (20.0, 30.0)), 3.0),),
        obstacles=(((5.0, 5.0), (6.0, 5.0), (5.0, 6.0)),),
        stages=(Stage(((30.0, 20.0), (36.0, 20.0), (36.0, 24.0)), 12.0),),
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
        requires=("projector",),
        silences="neighbours",
    ),
    programme.SessionRescheduled(
        "agadir-2025", ID, "room", AT, AT.replace(hour=10), "tent", AT, AT.replace(hour=11), "rain"
    ),
    programme.SessionCancelled("agadir-2025", ID, "speaker_ill"),
    programme.ProgrammeRulesPublished(
        "agadir-2025",
        2,
        (Window(AT, AT.replace(hour=19)),),
        (Break(AT.replace(hour=12), AT.replace(hour=13), "prayer", ("tent",)),),
        (HallRules("tent", ("projector",), ("room",), (Window(AT, AT.replace(hour=12)),)),),
        (SpeakerTimes(ID, (Window(AT, AT.replace(hour=12)),)),),
    ),
    programme.ProgrammePublished("agadir-2025", 3, ID, 1, 2, 0, 900, 910, 950, 1, "ortools_9_15"),
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


def test_a_session_that_was_stored_before_requires_nothing_and_silences_nobody() -> None:
    new = next(event for event in EVENTS if isinstance(event, programme.SessionScheduled))
    stored = json.loads(EVENT_TYPES.dump(new))
    before = {key: stored[key] for key in stored if key not in ("requires", "silences")}
    old = EVENT_TYPES.load("session_scheduled.v1", json.dumps(before))
    assert (old.requires, old.silences) == ((), "nowhere")
    told = EVENT_TYPES.translate(old).model_dump_json()
    assert "requires" not in told
    assert "silences" not in told


def test_names_on_disk_stay_for_ever() -> None:
    assert set(EVENT_TYPES.classes) == {
        "floor_plan_published.v1",
        "booth_assigned.v1",
        "booth_released.v1",
        "hall_opened.v1",
        "session_scheduled.v1",
        "session_rescheduled.v1",
        "session_cancelled.v1",
        "programme_rules_published.v1",
        "programme_published.v1",
        "assignment_rules_published.v1",
        "assignment_adopted.v1",
        "booth_set_up.v1",
        "booth_set_up_taken_back.v1",
    }


def test_names_of_streams_stay_for_ever() -> None:
    assert floor.floor_stream("agadir-2025").name == "floor-agadir-2025"
    assert programme.programme_stream("agadir-2025").name == "programme-agadir-2025"
