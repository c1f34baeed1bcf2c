"""The gate refuses what old consumers or new code could not read, and says why."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import pytest
from maarid_contracts import CATALOGUE, Contract
from maarid_contracts.compatibility import (
    Release,
    added_fields,
    numbers,
    objections,
    release_of,
    releases,
)
from maarid_contracts.envelope import added_in, catalogue_of
from maarid_contracts.generate import (
    ROOT,
    Incompatible,
    incompatibilities,
    list_types,
    release,
    version,
)
from maarid_contracts.schemas import PACKAGE, Schema, as_text, load

RELEASED = releases(PACKAGE / "released")
LAST = (PACKAGE / "released" / "VERSION").read_text("utf-8").strip()
BOOTH = "maarid.scheduling.BoothAssigned.v1"
APPLICATION = "maarid.registration.ApplicationSubmitted.v1"
PLAN = "maarid.scheduling.FloorPlanPublished.v1"
FAIR = "maarid.registration.FairAnnounced.v1"
EXHIBITOR = "maarid.registration.ExhibitorRegistered.v1"
MESSAGE = "maarid.notifications.MessageRequested.v1"

Change = Callable[[Schema], object]


def judged(name: str, *changes: Change, was: tuple[Change, ...] = ()) -> list[str]:
    """What the gate says when one type changes so."""

    def changed(how: tuple[Change, ...]) -> Release:
        schema: Schema = json.loads(json.dumps(RELEASED[name].schema))
        for change in how:
            change(schema)
        return Release(name, RELEASED[name].topic, RELEASED[name].key, schema)

    return objections({name: changed(was)}, {name: changed(changes)}, LAST)


def add(field: str, form: Schema) -> Change:
    return lambda schema: schema["properties"].update({field: form})


def add_later(field: str, form: Schema, since: str = "99.0.0") -> Change:
    return add(field, {**form, "$comment": f"since {since}"})


def remove(field: str) -> Change:
    def change(schema: Schema) -> None:
        del schema["properties"][field]
        optional(field)(schema)

    return change


def require(field: str) -> Change:
    return lambda schema: schema["required"].append(field)


def optional(field: str) -> Change:
    def change(schema: Schema) -> None:
        schema["required"] = [name for name in schema["required"] if name != field]

    return change


def alter(field: str, **form: Any) -> Change:
    return lambda schema: schema["properties"][field].update(form)


def inside(part: str, change: Change) -> Change:
    return lambda schema: change(schema["$defs"][part])


def values(enum: str, *names: str) -> Change:
    return lambda schema: schema["$defs"][enum].update({"enum": list(names)})


def test_the_contracts_of_today_may_follow_the_last_release() -> None:
    assert incompatibilities() == []


@pytest.mark.parametrize("name", sorted(RELEASED))
def test_every_contract_may_follow_itself_and_get_an_optional_field(name: str) -> None:
    assert judged(name) == []
    assert judged(name, add_later("hint", {"type": "string", "default": ""})) == []


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(
            add_later("rank", {"anyOf": [{"type": "integer"}, {"type": "null"}], "default": None}),
            id="optional field that may be null",
        ),
        pytest.param(
            inside("Booth", add_later("shade", {"type": "boolean", "default": False})),
            id="optional field deep inside",
        ),
        pytest.param(alter("revision", description="Counted anew."), id="other description"),
    ],
)
def test_a_change_that_everybody_can_read_passes(change: Change) -> None:
    assert judged(PLAN, change) == []


@pytest.mark.parametrize(
    ("name", "changes", "sentence"),
    [
        pytest.param(
            BOOTH,
            (add("rank", {"type": "integer"}), require("rank")),
            f"{BOOTH}, rank: a required field was added, which old events do not have; leave it as"
            " it was, and publish a BoothAssignedV2 beside it",
            id="required field added",
        ),
        pytest.param(
            PLAN,
            (inside("Booth", add("row", {"type": "string"})), inside("Booth", require("row"))),
            f"{PLAN}, booths[].row: a required field was added",
            id="required field added deep inside",
        ),
        pytest.param(
            APPLICATION,
            (values("Participation", "exhibitor", "institutional_partner", "sponsor"),),
            f'{APPLICATION}, participation: it may now be "sponsor", which old consumers do not'
            " know",
            id="enum value added",
        ),
        pytest.param(
            APPLICATION,
            (values("Participation", "exhibitor"),),
            f'{APPLICATION}, participation: it may no longer be "institutional_partner", which old'
            " events may say",
            id="enum value removed",
        ),
        pytest.param(
            BOOTH,
            (remove("pole_id"),),
            f"{BOOTH}, pole_id: the field was removed or renamed, and old consumers read it",
            id="required field removed",
        ),
        pytest.param(
            BOOTH,
            (remove("contact_id"),),
            f"{BOOTH}, contact_id: the field was removed or renamed, and old consumers read it",
            id="optional field removed",
        ),
        pytest.param(
            BOOTH,
            (remove("reasons"), add_later("grounds", {"type": "array", "default": []})),
            f"{BOOTH}, reasons: the field was removed or renamed, and old consumers read it",
            id="optional field renamed",
        ),
        pytest.param(
            FAIR,
            (alter("edition", type="string"),),
            f"{FAIR}, edition: its type changed from integer to string",
            id="type changed",
        ),
        pytest.param(
            PLAN,
            (inside("Booth", alter("width_m", type="integer")),),
            f"{PLAN}, booths[].width_m: its type changed from number to integer",
            id="type changed deep inside",
        ),
        pytest.param(
            BOOTH,
            (add("pole_id", {"anyOf": [{"type": "string"}, {"type": "null"}]}),),
            f"{BOOTH}, pole_id: its type changed from string to string or null",
            id="null allowed",
        ),
        pytest.param(
            FAIR,
            (alter("first_day", format="date-time"),),
            f"{FAIR}, first_day: it accepts other values than before",
            id="format changed",
        ),
        pytest.param(
            BOOTH,
            (alter("booth_id", pattern="^[A-Z]{1,4}-?[0-9]{1,4}$"),),
            f"{BOOTH}, booth_id: it accepts other values than before",
            id="pattern changed",
        ),
        pytest.param(
            FAIR,
            (alter("edition", minimum=2),),
            f"{FAIR}, edition: it accepts other values than before",
            id="bound narrowed",
        ),
        pytest.param(
            BOOTH,
            (optional("pole_id"),),
            f"{BOOTH}, pole_id: it became optional, and old consumers rely on it",
            id="became optional",
        ),
        pytest.param(
            FAIR,
            (optional("name"),),
            f"{FAIR}, name: it became optional, and old consumers rely on it",
            id="a part became optional",
        ),
        pytest.param(
            BOOTH,
            (require("contact_id"),),
            f"{BOOTH}, contact_id: it became required, and old events may not have it",
            id="became required",
        ),
        pytest.param(
            EXHIBITOR,
            (alter("from_waitlist", default=True),),
            f"{EXHIBITOR}, from_waitlist: its default changed",
            id="default changed",
        ),
        pytest.param(
            EXHIBITOR,
            (alter("needs", default={"water": True}),),
            f"{EXHIBITOR}, needs: its default changed",
            id="default of a part changed",
        ),
        pytest.param(
            MESSAGE,
            (alter("arguments", additionalProperties={"type": "integer"}),),
            f"{MESSAGE}, arguments: it accepts other values than before",
            id="values of a mapping changed",
        ),
        pytest.param(
            PLAN,
            (alter("booths", minItems=2),),
            f"{PLAN}, booths: it accepts other values than before",
            id="more items asked for",
        ),
    ],
)
def test_a_change_that_breaks_somebody_is_refused_by_field(
    name: str, changes: tuple[Change, ...], sentence: str
) -> None:
    said = judged(name, *changes)
    assert any(each.startswith(sentence) for each in said), said
    assert all(each.startswith(name) for each in said)
    assert all(" beside it" in each for each in said)


def test_what_no_single_field_explains_is_still_refused() -> None:
    (said,) = judged(BOOTH, lambda schema: schema.update({"minProperties": 9}))
    assert said.startswith(f"{BOOTH}, the data: it cannot be proven that old and new code read")


def test_a_field_added_by_a_release_may_not_go_again() -> None:
    hint = add_later("hint", {"type": "string", "default": ""})
    assert judged(BOOTH, hint, was=(hint,)) == []
    assert "hint: the field was removed" in judged(BOOTH, was=(hint,))[0]


HINT: Schema = {"type": "string", "default": ""}
SHADE: Schema = {"type": "boolean", "default": False}


@pytest.mark.parametrize(
    ("name", "change", "sentence"),
    [
        pytest.param(
            BOOTH,
            add("hint", HINT),
            f"{BOOTH}, hint: an added field has to be left out while it has its default",
            id="without since",
        ),
        pytest.param(
            PLAN,
            inside("Booth", add("shade", SHADE)),
            f"{PLAN}, booths[].shade: an added field has to be left out",
            id="deep inside without since",
        ),
        pytest.param(
            BOOTH,
            add_later("hint", HINT, since=LAST),
            f"{BOOTH}, hint: it says that it came with {LAST}, but {LAST} was released without it",
            id="since the last release",
        ),
        pytest.param(
            PLAN,
            inside("Booth", add_later("shade", SHADE, since="0.9.10")),
            f"{PLAN}, booths[].shade: it says that it came with 0.9.10, but {LAST}",
            id="deep inside since an older one",
        ),
    ],
)
def test_an_added_field_says_that_it_came_after_the_last_release(
    name: str, change: Change, sentence: str
) -> None:
    (said,) = judged(name, change)
    assert said.startswith(sentence)


def test_since_when_a_field_is_there_stays_as_it_was_released() -> None:
    hint, later = add("hint", HINT), add_later("hint", HINT)
    assert "it came with 99.0.0, and says nothing now" in judged(BOOTH, hint, was=(later,))[0]
    assert "it came with its contract, and says 99.0.0 now" in judged(BOOTH, later, was=(hint,))[0]


class SeatPaintedV1(Contract):
    """A contract of these tests, with a field that came with it and says that it came later."""

    topic: ClassVar[str] = "ticketing.events.v1"
    since: ClassVar[str] = "1.2.0"
    colour: str = added_in("1.2.0", default="")
    shade: str = added_in("1.3.0", default="")


def test_a_field_that_came_with_its_contract_does_not_say_that_it_came_later() -> None:
    (said,) = incompatibilities({**CATALOGUE, **catalogue_of((SeatPaintedV1,))})
    assert said == (
        "maarid.ticketing.SeatPainted.v1, colour: it says that it came with 1.2.0, and its contract"
        " came with 1.2.0; `added_in` is for fields that came later"
    )


def test_a_released_type_stays_in_the_catalogue() -> None:
    fewer = {name: entry for name, entry in CATALOGUE.items() if name != BOOTH}
    assert incompatibilities(fewer) == [
        f"{BOOTH}: it is no longer in the catalogue; a type once released stays for ever"
    ]


@pytest.mark.parametrize(("part", "told"), [("topic", "other.events.v1"), ("key", "fair id")])
def test_a_released_type_keeps_its_topic_and_key(part: str, told: str) -> None:
    before = RELEASED[BOOTH]
    places = {"topic": before.topic, "key": before.key, part: told}
    moved = Release(before.type, **places, schema=before.schema)
    (said,) = objections(RELEASED, {**RELEASED, BOOTH: moved}, LAST)
    assert said.startswith(f"{BOOTH}: its {part} changed from ")


def test_a_new_type_needs_nobodys_leave() -> None:
    older = {name: each for name, each in RELEASED.items() if name != BOOTH}
    assert objections(older, RELEASED, LAST) == []


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A distribution of its own, whose baseline a test may change."""
    root = tmp_path / "contracts"
    shutil.copytree(ROOT, root, ignore=shutil.ignore_patterns("node_modules", "__pycache__"))
    return root


@pytest.mark.unhurried
def test_a_release_that_would_break_somebody_is_refused_and_writes_nothing(copy: Path) -> None:
    baseline = copy / "maarid_contracts" / "released" / f"{BOOTH}.json"
    before = load(baseline)
    before["schema"]["required"].remove("method")
    baseline.write_text(as_text(before), encoding="utf-8")
    with pytest.raises(Incompatible, match="method: it became required"):
        release(copy)
    assert load(baseline) == before


def is_version(copy: Path, told: str) -> None:
    project = copy / "pyproject.toml"
    text = project.read_text(encoding="utf-8")
    project.write_text(text.replace(version(copy), told), encoding="utf-8")


@pytest.mark.unhurried
def test_a_release_makes_the_contracts_of_today_the_measure(copy: Path) -> None:
    latest = [
        since
        for entry in list_types()
        for since in (entry.since, *(told for _, told in added_fields(release_of(entry))))
    ]
    is_version(copy, max(latest, key=numbers))
    released = copy / "maarid_contracts" / "released"
    shutil.rmtree(released)
    assert release(copy) == version(copy)
    assert releases(released) == {entry.type: release_of(entry) for entry in list_types()}
    assert (released / "VERSION").read_text() == f"{version(copy)}\n"


@pytest.mark.unhurried
def test_a_type_of_the_next_version_is_not_released_with_this_one(copy: Path) -> None:
    is_version(copy, "0.9.10")
    with pytest.raises(Incompatible, match=r"it comes with 1\.0\.0, and this is 0\.9\.10"):
        release(copy)
