"""One sample of every type and version ever published, read with the code of today."""

from __future__ import annotations

import json
import re
from datetime import datetime
from uuid import UUID

import jsonschema_rs
import pytest
from maarid_contracts import CATALOGUE, EVENT_TOPICS
from maarid_contracts.asyncapi import ALWAYS_THERE, HEADERS, OF_EVENTS
from maarid_contracts.compatibility import releases
from maarid_contracts.envelope import Entry
from maarid_contracts.generate import list_types
from maarid_contracts.golden import Sample, example_of, sample_of
from maarid_contracts.registration import CallOpenedV1, ContactRecordV1
from maarid_contracts.schemas import PACKAGE, load
from pydantic import ValidationError

from chassis.kafka.envelope import About, content_of, encode, encode_record, subject_of
from chassis.kafka.received import ReceivedEvent
from chassis.log.events import Fact, Recorded

every_type = pytest.mark.parametrize("entry", list_types(), ids=lambda entry: entry.type)
every_event = pytest.mark.parametrize(
    "entry",
    [entry for entry in list_types() if entry.topic in EVENT_TOPICS],
    ids=lambda entry: entry.type,
)


def carried(sample: Sample) -> list[tuple[str, bytes]]:
    return sorted((name, value.encode()) for name, value in sample.headers.items())


def test_every_type_in_the_catalogue_or_ever_released_has_a_sample_and_no_sample_is_left_over() -> (
    None
):
    samples = {path.stem for path in (PACKAGE / "golden").glob("*.json")}
    assert samples == set(CATALOGUE) | set(releases(PACKAGE / "released"))


@every_type
def test_a_sample_is_read_by_the_model_of_today_and_nothing_of_it_is_lost(entry: Entry) -> None:
    data = sample_of(entry.type).data
    event = entry.model.model_validate_json(json.dumps(data))
    assert event.model_dump(mode="json", exclude_unset=True) == data


@every_type
def test_a_sample_fits_its_published_schema_to_the_letter(entry: Entry) -> None:
    schema = load(PACKAGE / "schemas" / f"{entry.type}.json")
    validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
    sample = sample_of(entry.type)
    validator.validate(sample.data)
    assert not validator.is_valid({})
    # A field that came later is left out of what was there before it.
    later = {name for name, field in schema["properties"].items() if "$comment" in field}
    shown = set(sample.data)
    assert shown | later == set(schema["properties"]), "a sample shows every field"


@every_type
def test_a_sample_from_before_its_optional_fields_is_read_as_well(entry: Entry) -> None:
    required = load(PACKAGE / "schemas" / f"{entry.type}.json")["required"]
    data = sample_of(entry.type).data
    oldest = {name: data[name] for name in required}
    event = entry.model.model_validate_json(json.dumps(oldest))
    assert event.model_dump(mode="json", exclude_unset=True) == oldest


@every_type
def test_a_sample_carries_the_headers_of_its_type(entry: Entry) -> None:
    sample = sample_of(entry.type)
    assert {*ALWAYS_THERE, *OF_EVENTS} <= set(sample.headers) <= set(HEADERS)
    assert sample.headers["ce_type"] == entry.type
    assert sample.headers["ce_subject"] == sample.key


@every_event
def test_the_relay_sends_a_sample_with_just_these_headers_and_this_data(entry: Entry) -> None:
    sample = sample_of(entry.type)
    told = sample.headers
    causation = told.get("ce_causationid")
    fact = Fact(
        stream=told["ce_subject"],
        version=int(told["ce_sequence"]),
        event=None,
        event_id=UUID(told["ce_id"]),
        occurred_at=datetime.fromisoformat(told["ce_time"]),
        actor=told["ce_actor"],
        command_id=UUID(told["ce_id"]),
        causation_id=UUID(causation) if causation else None,
        correlation_id=UUID(told["ce_correlationid"]),
        traceparent=told.get("traceparent"),
    )
    recorded = Recorded(
        int(told["ce_position"]), datetime.fromisoformat(told["ce_recordedtime"]), fact
    )
    message = encode(recorded, entry.model.model_validate(sample.data))
    assert message.key.decode() == sample.key
    assert json.loads(message.value or b"") == sample.data
    assert sorted(message.headers) == carried(sample)


@every_event
def test_a_consumer_decodes_a_sample(entry: Entry) -> None:
    sample = sample_of(entry.type)
    headers = dict(sample.headers)
    value = json.dumps(sample.data).encode()
    heard = content_of({entry.type: entry}, subject_of(headers), headers, value)
    assert isinstance(heard, ReceivedEvent)
    assert heard.stream == sample.key
    assert heard.version == int(sample.headers["ce_sequence"])
    assert isinstance(heard.contract, entry.model)


def test_the_contact_record_is_sent_with_just_these_headers_and_this_data() -> None:
    sample = sample_of("maarid.registration.ContactRecord.v1")
    record = ContactRecordV1.model_validate(sample.data)
    told = sample.headers
    about = About(
        position=int(told["ce_position"]),
        occurred_at=datetime.fromisoformat(told["ce_time"]),
        recorded_at=datetime.fromisoformat(told["ce_recordedtime"]),
        correlation_id=UUID(told["ce_correlationid"]),
        actor=f"{told['ce_actor']}:somebody",
    )
    message = encode_record(
        sample.key,
        record,
        model=ContactRecordV1,
        revision=record.revision,
        event_id=UUID(told["ce_id"]),
        about=about,
    )
    assert message.key.decode() == sample.key == record.contact_id
    assert json.loads(message.value or b"") == sample.data
    assert sorted(message.headers) == carried(sample)


def test_a_time_without_a_zone_is_in_no_event() -> None:
    with pytest.raises(ValidationError, match="timezone"):
        CallOpenedV1.model_validate({"fair_id": "khenifra-2021", "closes_at": "2021-10-31T23:00"})


def test_the_only_person_in_the_samples_is_made_up_and_says_so() -> None:
    for entry in list_types():
        text = json.dumps(sample_of(entry.type).data, ensure_ascii=False)
        if entry.model is ContactRecordV1:
            assert "اسم مختلق" in text
        else:
            assert not re.search(r"\+212|\b0[5-7][0-9]{8}\b|@", text)


@every_event
def test_a_sample_can_be_made_from_the_examples_of_an_event(entry: Entry) -> None:
    made = example_of(entry)
    assert made["headers"]["ce_type"] == entry.type
    assert entry.model.model_validate(made["data"]).model_dump(mode="json") == made["data"]
