"""Whom an adopted assignment reaches on the phone, and how large its event is."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid5

import orjson

from services.notifications.messages.domain import RequestMessage
from services.notifications.messages.tellings import message_to_its_contact
from services.scheduling.app import definition
from services.scheduling.floor.assigning import AssignmentAdopted, Base, Certificate, PlaceGiven
from services.scheduling.floor.domain import Event
from services.scheduling.placing.booths import Exhibitor, Needs
from services.scheduling.placing.bound import Duals
from services.scheduling.placing.problem import Profile
from services.scheduling.placing.rules import RULES
from tests.running_service import uid
from tests.unit.notifications.test_notifications_tellings import CAUSE
from tests.unit.scheduling.test_assigning_decisions import (
    EACH,
    FREE,
    PLAN,
    adopting,
    given,
)

EVENT_TYPES = definition().log.event_types
WHO = {
    name: Exhibitor(uid(), uid(), "products", contact_id=uid())
    for name in ("argan", "honey", "olive", "saffron")
}
CONTACTS = {who.contact_id for who in WHO.values()}
EVERYBODY = {who.exhibitor_id: who for who in WHO.values()}
PROFILES = tuple(
    Profile(who.exhibitor_id, who.organisation_id, who.pole_id) for who in WHO.values()
)
STANDS = {WHO[name].exhibitor_id: booths for name, booths in EACH.items()}


def told(events: list[Event]) -> list[RequestMessage]:
    """The messages that notifications asks for when it hears these events."""
    contracts = [EVENT_TYPES.translate(each) for each in events]
    asked = [
        message_to_its_contact(contract, uuid5(CAUSE, str(number)))
        for number, contract in enumerate(contracts)
        if "contact_id" in type(contract).model_fields
    ]
    return [each for each in asked if each is not None]


def test_a_plan_that_moves_three_tells_three_and_each_once() -> None:
    command = replace(
        adopting(STANDS),
        draft_id=uid(),
        base=Base(1, 1, None, {}, frozenset(EVERYBODY)),
        profiles=PROFILES,
        exhibitors=EVERYBODY,
    )
    first = given(PLAN, FREE).when(command).events()
    assert {each.contact_id for each in told(first)} == CONTACTS
    argan, honey, olive, _ = (who.exhibitor_id for who in WHO.values())
    turned = {**STANDS, argan: ("P-002",), honey: ("P-003",), olive: ("P-001",)}
    again = replace(
        command,
        draft_id=uid(),
        base=Base(1, 1, command.draft_id, STANDS, frozenset(EVERYBODY)),
        placement=turned,
        certificate=Certificate(unplaced=0, bound=0, seed=1),
    )
    events = given(PLAN, FREE, *first).when(again).events()
    assert len(events) == 7
    messages = told(events)
    assert [each.template for each in messages] == ["booth_assigned"] * 3
    moved = {WHO[name].contact_id for name in ("argan", "honey", "olive")}
    assert {each.contact_id for each in messages} == moved
    assert {each.arguments["booth"] for each in messages} == {"P-001", "P-002", "P-003"}


def test_who_loses_its_booth_for_good_is_told_that() -> None:
    argan = WHO["argan"].exhibitor_id
    before = adopting(STANDS, profiles=PROFILES, exhibitors=EVERYBODY, draft_id=uid())
    before = replace(before, base=Base(1, 1, None, {}, frozenset(EVERYBODY)))
    first = given(PLAN, FREE).when(before).events()
    left = {who: booths for who, booths in STANDS.items() if who != argan}
    again = replace(
        before,
        draft_id=uid(),
        base=Base(1, 1, before.draft_id, STANDS, frozenset(EVERYBODY)),
        placement=left,
    )
    (message,) = told(given(PLAN, FREE, *first).when(again).events())
    assert (message.template, message.contact_id) == ("booth_released", WHO["argan"].contact_id)


def test_an_adoption_of_seven_hundred_with_all_that_is_known_of_them_stays_small() -> None:
    ids = [f"0192f5c4-7d3e-7c1a-9a55-{number:012x}" for number in range(2 * 700)]
    profiles = tuple(
        Profile(
            exhibitor_id,
            organisation_id,
            "products",
            contact_id=organisation_id,
            families=("carpets", "embroidery", "weaving"),
            needs=Needs(electricity=True, corner=True, min_area_m2=12.5),
            programmes=("generation-solidaire", "mouazara"),
            score=73,
            newcomer=True,
            pioneer=True,
            commune="ait-ouassif",
            province="kelaat-mgouna",
            preferences=("corner", "entrance", "quiet"),
            earlier=(10, 20, 30, 40, 50),
        )
        for exhibitor_id, organisation_id in zip(ids[::2], ids[1::2], strict=True)
    )
    # So many prices as were never seen: up to 400 in a model of 320 booths.
    prices = Duals(("products",), 20, tuple(range(0, 4000, 4)), (-1234,) * 1000)
    adopted = AssignmentAdopted(
        fair_id="agadir-2025",
        draft_id=ids[0],
        revision=1,
        rules_version=1,
        repair=False,
        moves=0,
        unplaced=0,
        objective=12345,
        bound=12340,
        proven=False,
        costs=dict.fromkeys(RULES, 1234),
        seed=1,
        versions={"highspy": "1.16.0"},
        duals=(prices,) * 4,
        kept=(),
        profiles=profiles,
        places=tuple(PlaceGiven(each, 50) for each in ids[1::2]),
    )
    types = EVENT_TYPES
    assert len(types.dump(adopted)) < 600_000
    said = types.translate(adopted)
    assert said is not None
    assert len(orjson.dumps(said.model_dump(mode="json"))) < 600_000
