"""The small pure parts of the chassis."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

import pytest
from hypothesis import given, strategies as st
from maarid_contracts import Contract

from chassis.answers.problems import preferred_language
from chassis.api.requests import MAX_TEXT, clean
from chassis.log.event_types import EventType, EventTypes, event_types_of
from chassis.process.ids import command_id_of, uuid5, uuid7, uuid7_floor


@dataclass(frozen=True)
class Painted:
    booth: str
    colours: tuple[str, ...] = ()


def one_colour(stored: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    return "painted.v2", {"booth": stored["booth"], "colours": [stored["colour"]]}


def no_booth(stored: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    return "painted.v1", {"booth": "P-001", **stored}


EVENT_TYPES = EventTypes(
    (EventType("painted.v2", Painted, Contract),),
    {"painted.v1": one_colour, "painted.v0": no_booth},
)


def test_what_is_stored_is_read_again() -> None:
    event = Painted("P-002", ("red", "green"))
    assert EVENT_TYPES.load(EVENT_TYPES.name_of(event), EVENT_TYPES.dump(event)) == event


def test_retired_names_lead_to_todays_class_step_by_step() -> None:
    assert EVENT_TYPES.load("painted.v1", '{"booth": "P-002", "colour": "red"}') == Painted(
        "P-002", ("red",)
    )
    assert EVENT_TYPES.load("painted.v0", '{"colour": "red"}') == Painted("P-001", ("red",))


def test_a_name_nobody_knows_is_an_error() -> None:
    with pytest.raises(KeyError):
        EVENT_TYPES.load("sculpted.v1", "{}")


def test_names_must_be_unambiguous() -> None:
    first = EventType("painted.v1", Painted, Contract)
    with pytest.raises(ValueError, match="two names"):
        EventTypes((first, EventType("painted.v2", Painted, Contract)))
    with pytest.raises(ValueError, match="both current and retired"):
        EventTypes((first,), {"painted.v1": one_colour})


class WallPaintedV1(Contract):
    topic: ClassVar[str] = "painting.events.v1"


class WallPaintedV2(WallPaintedV1):
    pass


class WallWashedV2(WallPaintedV1):
    pass


class WallPainted:
    pass


class WallWashed:
    pass


def test_an_event_is_stored_and_published_under_the_name_of_its_contract() -> None:
    painted = EventType("wall_painted.v1", WallPainted, WallPaintedV1)
    washed = EventType("wall_washed.v2", WallWashed, WallWashedV2)
    assert event_types_of(WallPainted, (WallPaintedV1, WallWashedV2)) == (painted,)
    assert event_types_of(WallWashed | WallPainted, (WallPaintedV1, WallWashedV2)) == (
        washed,
        painted,
    )


def test_an_event_without_one_contract_of_its_name_is_refused() -> None:
    with pytest.raises(ValueError, match="WallWashed has 0 contracts"):
        event_types_of(WallPainted | WallWashed, (WallPaintedV1,))
    with pytest.raises(ValueError, match="WallPainted has 2 contracts"):
        event_types_of(WallPainted | WallWashed, (WallPaintedV1, WallPaintedV2))


def test_event_ids_are_version_7_and_sort_by_time() -> None:
    made = [uuid7() for _ in range(1000)]
    assert {(id_.version, id_.variant) for id_ in made} == {(7, UUID(int=0x8 << 60).variant)}
    assert made == sorted(made)
    assert len(set(made)) == 1000


def test_a_moment_divides_the_ids_made_before_it_from_those_after() -> None:
    made = uuid7()
    assert uuid7_floor(60) < made < uuid7_floor(-60)
    assert uuid7_floor(0).version == 7


def test_each_actor_has_keys_of_its_own() -> None:
    assert command_id_of("organiser:a", "1") == command_id_of("organiser:a", "1")
    assert command_id_of("organiser:a", "1") != command_id_of("organiser:b", "1")


@pytest.mark.parametrize(
    "text",
    ["", "   ", "a\x00b", "line\nbreak", "\u202eevil", "a\u2066b", "\u200fتعاونية", "\ud800"],
)
def test_text_that_reads_differently_from_what_is_stored_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"must not be blank|not allowed"):
        clean(text)


def test_text_is_stored_composed_and_stripped() -> None:
    assert clean("  Coope\u0301rative \u2d30 تعاونية ") == "Coopérative \u2d30 تعاونية"


def test_text_that_grows_when_composed_is_measured_afterwards() -> None:
    with pytest.raises(ValueError, match="longer than"):
        clean("\u0344" * MAX_TEXT)


@given(st.text())
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    try:
        once = clean(text)
    except ValueError:
        return
    assert clean(once) == once


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en"),
        ("ar", "ar"),
        ("ar-MA,fr;q=0.8", "ar"),
        ("de, fr;q=0.5, ar;q=0.9", "ar"),
        ("de", "en"),
        ("fr;q=x", "fr"),
        ("zgh, fr;q=0.1", "fr"),
        ("zgh", "ar"),
        ("de, zgh;q=0.5", "ar"),
    ],
)
def test_a_refusal_is_told_in_the_callers_language(accepted: str, language: str) -> None:
    assert preferred_language(accepted, {"en": "…", "fr": "…", "ar": "…"}) == language


@given(st.uuids(), st.text())
def test_an_id_is_derived_as_the_standard_library_derives_it(namespace: UUID, name: str) -> None:
    assert uuid5(namespace, name) == uuid.uuid5(namespace, name)
    assert str(uuid5(namespace, name)) == str(uuid.uuid5(namespace, name))
