"""Personal data stands in the records of persons and in no other contract (Law 09-08)."""

from __future__ import annotations

import enum
import typing
from collections.abc import Iterator, Mapping
from datetime import date, time
from typing import Any

import pytest
from maarid_contracts.envelope import Contract, Part, Text
from maarid_contracts.generate import list_types
from maarid_contracts.registration import ContactRecordV1, WearerRecordV1
from pydantic import AwareDatetime
from pydantic.fields import FieldInfo

PERSONAL = frozenset(
    (
        *("name", "firstname", "forename", "surname", "lastname", "fullname", "nickname"),
        *("phone", "tel", "telephone", "mobile", "msisdn", "fax", "whatsapp", "email", "mail"),
        *("address", "street", "postcode", "gps", "latitude", "longitude", "location"),
        *("age", "birth", "birthday", "birthdate", "born", "gender", "sex", "religion"),
        *("cin", "cne", "cnie", "passport", "national", "nationality", "citizen", "identity"),
        *("health", "disability", "father", "mother", "guardian", "person", "individual"),
        *("photo", "picture", "avatar", "face", "voice", "signature", "badge"),
        *("iban", "rib", "salary", "user", "username", "token"),
    )
)
"""Words of a field name that suggest data about a person."""

ALLOWED_NAMES = {
    ("FairAnnouncedV1", "name"): "the name of the fair",
    ("FairChangedV1", "name"): "the name of the fair",
    ("Pole", "name"): "the name of a part of the fair",
    ("SupportProgramme", "name"): "the name of a public programme",
    ("Product", "name"): "the name of a product",
    ("OrganisationEnrolledV1", "name"): "a trade name, in a public register",
    ("OrganisationCorrectedV1", "name"): "a trade name, in a public register",
    ("HallOpenedV1", "name"): "the name of a hall",
    ("ProductFamilyDefinedV1", "name"): "the name of a family of products",
}
ALLOWED_TEXTS = ALLOWED_NAMES | {
    ("Text", "ar"): "judged where a Text stands",
    ("Text", "fr"): "judged where a Text stands",
    ("Text", "zgh"): "judged where a Text stands",
    ("Text", "en"): "judged where a Text stands",
    ("OrganisationEnrolledV1", "register_number"): "a number in a public register",
    ("OrganisationCorrectedV1", "register_number"): "a number in a public register",
    ("FairAnnouncedV1", "region"): "a region of the kingdom",
    ("FairAnnouncedV1", "city"): "a city",
    ("FairAnnouncedV1", "venue"): "a public place",
    ("FairAnnouncedV1", "timezone"): "an IANA zone",
    ("FairChangedV1", "region"): "a region of the kingdom",
    ("FairChangedV1", "city"): "a city",
    ("FairChangedV1", "venue"): "a public place",
    ("FairChangedV1", "timezone"): "an IANA zone",
    ("Product", "origin"): "a place, as Bzou or Taznakht",
    ("SessionScheduledV1", "title"): "what a session is about; speakers are contact ids",
    ("WorkshopOpenedV1", "title"): "what a session is about; speakers are contact ids",
    ("MessageRequestedV1", "arguments"): "codes, ids, places and times; the audit looks into them",
}
"""Fields that can hold any text, and why no person is in them."""

HARMLESS: tuple[Any, ...] = (bool, int, float, date, AwareDatetime, time, type(None))

Place = tuple[str, str]


def walk(
    model: type[Part], seen: set[type[Part]]
) -> Iterator[tuple[Place, FieldInfo, set[type[Any]]]]:
    """Every field of a model and of all parts inside it, with the plain types that it can hold."""
    seen.add(model)
    for name, field in model.model_fields.items():
        kinds = set(plain(field.annotation))
        yield (model.__name__, name), field, kinds
        for inner in kinds:
            if issubclass(inner, Part) and inner not in seen:
                yield from walk(inner, seen)


def plain(annotation: Any) -> Iterator[type[Any]]:
    """The types at the leaves of an annotation; an unknown one fails."""
    inner = [each for each in typing.get_args(annotation) if each is not Ellipsis]
    if typing.get_origin(annotation) is typing.Annotated:
        kind, *extras = inner
        shaped = kind is str and any(has_pattern(extra) for extra in extras)
        yield from [Shaped] if shaped else plain(kind)
    elif inner:
        for each in inner:
            yield from plain(each)
    else:
        assert isinstance(annotation, type), f"what is {annotation!r}?"
        yield annotation


def has_pattern(extra: object) -> bool:
    """Whether a constraint, or one inside a pydantic field, is a pattern."""
    inside = extra.metadata if isinstance(extra, FieldInfo) else [extra]
    return any(getattr(each, "pattern", None) for each in inside)


class Shaped(str):
    """Stands for a string that has to fit a pattern, as ids and codes do."""


RECORDS: tuple[type[Contract], ...] = (ContactRecordV1, WearerRecordV1)


def fields_without(
    excepted: tuple[type[Contract], ...],
) -> Mapping[Place, tuple[FieldInfo, set[type[Any]]]]:
    seen: set[type[Part]] = set()
    return {
        place: (field, kinds)
        for entry in list_types()
        if entry.model not in excepted
        for place, field, kinds in walk(entry.model, seen)
    }


def suggests_a_person(name: str) -> bool:
    return not PERSONAL.isdisjoint(name.split("_"))


def holds_any_text(field: FieldInfo, kinds: set[type[Any]]) -> bool:
    """Whether somebody could write a sentence into it: a string without a pattern, or a Text."""
    return Text in kinds or (str in kinds and not has_pattern(field))


def test_no_field_outside_the_records_of_persons_is_named_like_personal_data() -> None:
    suspicious = {place for place in fields_without(RECORDS) if suggests_a_person(place[1])}
    assert suspicious == set(ALLOWED_NAMES)


def test_every_field_that_can_hold_any_text_is_known_and_has_a_reason() -> None:
    found = fields_without(RECORDS).items()
    assert {place for place, told in found if holds_any_text(*told)} == set(ALLOWED_TEXTS)


def test_every_other_field_is_a_number_a_time_a_choice_an_id_or_a_code() -> None:
    for place, (_, kinds) in fields_without(RECORDS).items():
        for kind in kinds - {str}:
            assert issubclass(kind, (*HARMLESS, enum.Enum, Part, Shaped)), (place, kind)


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.__name__)
def test_the_walk_finds_the_personal_data_of_a_record(record: type[Contract]) -> None:
    found = {name: (field, kinds) for (_, name), field, kinds in walk(record, set())}
    assert {name for name in found if suggests_a_person(name)} == {"name", "phone"}
    assert {name for name, told in found.items() if holds_any_text(*told)} == {"name"}


def test_the_walk_finds_a_phone_deep_inside_another_contract() -> None:
    class Stand(Part):
        keeper_phone: str | None = None

    class Row(Part):
        stands: tuple[Stand, ...]

    class RowDrawnV1(Contract):
        rows: Mapping[str, Row] | None = None

    found = {place: (field, kinds) for place, field, kinds in walk(RowDrawnV1, set())}
    assert suggests_a_person("keeper_phone")
    assert holds_any_text(*found["Stand", "keeper_phone"])
    assert not holds_any_text(*found["Row", "stands"])
