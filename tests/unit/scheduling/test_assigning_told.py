"""Whom an adopted assignment reaches on the phone."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid5

from services.notifications.messages.domain import RequestMessage
from services.notifications.messages.tellings import message_to_its_contact
from services.scheduling.app import definition
from services.scheduling.floor.assigning import Base, Certificate
from services.scheduling.floor.domain import Event
from services.scheduling.placing.booths import Exhibitor
from services.scheduling.placing.problem import Profile
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
