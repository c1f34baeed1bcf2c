"""Every event has one name on disk and one contract, and loses nothing on the way to either."""

from __future__ import annotations

import json
import typing
from dataclasses import fields
from datetime import UTC, date, datetime, time

import pytest
from maarid_contracts import registration as said
from maarid_contracts.envelope import type_of

from chassis.kernel.text import Text
from services.registration.app import definition
from services.registration.catalogue.domain import FAMILIES, ProductFamilyDefined
from services.registration.dossiers.domain import (
    ApplicationMarked,
    Document,
    DocumentFoundMissing,
    DocumentNoteTakenBack,
    DocumentSeen,
    Event as DossierEvent,
    application_stream,
)
from services.registration.fairs.domain import (
    CallClosed,
    CallOpened,
    Event as FairEvent,
    FairAnnounced,
    FairCancelled,
    FairChanged,
    Pole,
    SupportProgramme,
    fair_stream,
)
from services.registration.organisations.consent import (
    ConsentGiven,
    ConsentWithdrawn,
    ContactAdded,
    ContactErased,
    PurposeConsentGiven,
    PurposeConsentWithdrawn,
)
from services.registration.organisations.domain import (
    Event as OrganisationEvent,
    Kind,
    Label,
    OrganisationCorrected,
    OrganisationEnrolled,
    OrganisationMerged,
    OrganisationUnmerged,
    organisation_stream,
)
from services.registration.people.domain import (
    Event as PeopleEvent,
    WearerAdded,
    WearerErased,
    WearerRemoved,
    exhibitor_stream,
)
from services.registration.selection.application import (
    Needs,
    Participation,
    Product,
)
from services.registration.selection.domain import (
    ApplicationChanged,
    ApplicationRejected,
    ApplicationSubmitted,
    ApplicationWaitlisted,
    ApplicationWithdrawn,
    ExhibitorRegistered,
    ExhibitorWithdrawn,
)
from services.registration.selection.offering import (
    OfferDeadlineSet,
    OfferDeclined,
    OfferLapsed,
    PlaceOffered,
    Told,
)
from services.registration.selection.publication import (
    DrawHeld,
    SelectionPublished,
    SelectionRulesPublished,
)
from services.registration.selection.rules import Of, Quota, QuotaTaken, ScoreTerm

Event = FairEvent | OrganisationEvent | PeopleEvent | ProductFamilyDefined | DossierEvent
EVENT_TYPES = definition().log.event_types

FAIR = "zagora-2025"
APPLICATION = "0192f5c4-7d3e-7c1a-9a55-3f0d6b1e2c47"
ORGANISATION = "0192f5c4-7d3e-7c1a-9a55-3f0d6b1e2c48"
CONTACT = "0192f5c4-7d3e-7c1a-9a55-3f0d6b1e2c49"
WEARER = "0192f5c4-7d3e-7c1a-9a55-3f0d6b1e2c50"
OFFER = "0192f5c4-7d3e-8c1a-8a55-3f0d6b1e2c51"
TOLD_AT, LATER = datetime(2025, 8, 1, 9, tzinfo=UTC), datetime(2025, 8, 3, 9, tzinfo=UTC)
TEXT = Text("عربية", "français", "ⵜⴰⵎⴰⵣⵉⵖⵜ", "English")
LABELS = (Label("organic", date(2027, 12, 31)), Label("terroir"))
NEEDS = Needs(True, False, True, False, 9.5)

EVENTS: tuple[Event, ...] = (
    FairAnnounced(
        fair_id=FAIR,
        edition=2,
        name=TEXT,
        region=Text("ج", "r"),
        city=Text("م", "c"),
        venue=Text("س", "v"),
        timezone="Africa/Casablanca",
        first_day=date(2025, 9, 17),
        last_day=date(2025, 9, 22),
        opens_at=time(10),
        closes_at=time(22, 30),
        area_m2=4000,
        poles=(Pole("products", TEXT, 160),),
        programmes=(SupportProgramme("mouazara", TEXT),),
    ),
    FairChanged(
        fair_id=FAIR,
        edition=3,
        name=TEXT,
        region=Text("ج", "r"),
        city=Text("م", "c"),
        venue=Text("س", "v"),
        timezone="Africa/Casablanca",
        first_day=date(2025, 9, 24),
        last_day=date(2025, 9, 29),
        opens_at=time(10),
        closes_at=time(22, 30),
        area_m2=4000,
        changed=("edition", "first_day", "last_day"),
        reason="bad_weather",
    ),
    FairCancelled(FAIR, "bad_weather"),
    CallOpened(FAIR, datetime(2025, 7, 1, 12, 30, tzinfo=UTC)),
    CallClosed(FAIR, "deadline"),
    OrganisationEnrolled(
        ORGANISATION, Kind.FOREIGN_DELEGATION, TEXT, "dakar", "dakar", "SN", True, True,
        "1254/2019", 2012, "yoff", ("mouazara",), LABELS,
    ),
    OrganisationCorrected(
        ORGANISATION, Kind.GIE, TEXT, "azilal", "beni-mellal-khenifra", "MA", True, True,
        "1254/2019", 2012, "bzou", ("mouazara",), LABELS, ("kind", "labels"), "typing_error",
    ),
    OrganisationMerged(ORGANISATION, APPLICATION, "enrolled_twice"),
    OrganisationUnmerged(ORGANISATION, APPLICATION, "not_the_same"),
    ContactAdded(ORGANISATION, CONTACT, "chair"),
    ConsentGiven(ORGANISATION, CONTACT, "sms", "consent-1"),
    ConsentWithdrawn(ORGANISATION, CONTACT),
    PurposeConsentGiven(ORGANISATION, CONTACT, "catalogue", "whatsapp", "consent-1"),
    PurposeConsentWithdrawn(ORGANISATION, CONTACT, "catalogue"),
    ContactErased(ORGANISATION, CONTACT),
    ApplicationSubmitted(
        FAIR, APPLICATION, ORGANISATION, CONTACT, Participation.EXHIBITOR, "products",
        (Product("honey", TEXT), Product("saffron", TEXT, origin=TEXT)), 2, 4, NEEDS, ("mouazara",),
        "delegation_sent_it_late",
    ),
    ApplicationChanged(
        FAIR, APPLICATION, ORGANISATION, CONTACT, Participation.EXHIBITOR, "products",
        (Product("honey", TEXT),), 3, 6, NEEDS, ("mouazara",), ("booths", "people"), "typing_error",
    ),
    ExhibitorRegistered(
        FAIR, APPLICATION, ORGANISATION, CONTACT, Participation.INSTITUTIONAL_PARTNER, "products",
        2, 4, ("honey", "saffron"), NEEDS, ("mouazara",), True, "place_given_back",
        31, 4, "places", True, True, "tinghir", ("corner",),
    ),
    ApplicationWaitlisted(
        FAIR, APPLICATION, ORGANISATION, CONTACT, "products", 3, "no_place",
        12, 5, "province:azilal/products",
    ),
    ApplicationRejected(
        FAIR, APPLICATION, ORGANISATION, CONTACT, "incomplete", 3, 6, "women_led"
    ),
    ApplicationWithdrawn(FAIR, APPLICATION, ORGANISATION, None, "changed_plans"),
    ExhibitorWithdrawn(FAIR, APPLICATION, ORGANISATION, CONTACT, "products", 2, "changed_plans"),
    ProductFamilyDefined("honey", TEXT, "food", True, "hive"),
    WearerAdded(FAIR, APPLICATION, ORGANISATION, WEARER, "seller"),
    WearerRemoved(FAIR, APPLICATION, ORGANISATION, WEARER, "ill"),
    WearerErased(FAIR, APPLICATION, ORGANISATION, WEARER),
    SelectionRulesPublished(
        (ScoreTerm(Of.KIND, 10, "gie"), ScoreTerm(Of.WOMEN_LED, 5)),
        (Quota(Of.PROVINCE, "azilal", "products", 5, 30), Quota(Of.WOMEN_LED, at_least=40)),
        50, 48, fair_id=FAIR, secret_hash="ab" * 32,
    ),
    DrawHeld(FAIR, "cd" * 32, "زعفران", "ef" * 32),
    SelectionPublished(
        FAIR, (ScoreTerm(Of.MARK, 1, "quality"),),
        (QuotaTaken(Of.NEWCOMER, None, None, 20, 100, 3, 9),), "ef" * 32,
        accepted=9, waitlisted=4, rejected=2, adjusted=1, score=80, objective=81, bound=81,
        proven=True, digest="01" * 32, saw_version=40,
    ),
    ApplicationMarked(FAIR, APPLICATION, "quality", 12),
    DocumentSeen(
        FAIR, APPLICATION, Document.ONSSA_AUTHORISATION, date(2025, 8, 1), date(2026, 8, 1),
        "MIA.7.84.16",
    ),
    DocumentFoundMissing(FAIR, APPLICATION, Document.INSURANCE),
    DocumentNoteTakenBack(FAIR, APPLICATION, Document.STATUTES),
    PlaceOffered(FAIR, APPLICATION, ORGANISATION, CONTACT, OFFER, "products", 2, 48),
    OfferDeadlineSet(FAIR, APPLICATION, ORGANISATION, CONTACT, OFFER, TOLD_AT, LATER, Told.TOLD),
    OfferDeclined(FAIR, APPLICATION, ORGANISATION, CONTACT, OFFER, "products", 2, "no_time"),
    OfferLapsed(FAIR, APPLICATION, ORGANISATION, None, OFFER, "products", 2, LATER),
)  # fmt: skip


def named(event: Event) -> str:
    return type(event).__name__


def test_the_samples_are_every_event_and_every_contract() -> None:
    every = {cls.__name__ for cls in typing.get_args(Event)}
    assert [named(event) for event in EVENTS] == [
        model.__name__.removesuffix("V1") for model in said.EVENTS
    ]
    assert {named(event) for event in EVENTS} == every
    assert {cls.__name__ for cls in EVENT_TYPES.classes.values()} == every


@pytest.mark.parametrize("event", EVENTS, ids=named)
def test_an_event_is_stored_and_read_back_as_it_was(event: Event) -> None:
    assert EVENT_TYPES.load(EVENT_TYPES.name_of(event), EVENT_TYPES.dump(event)) == event


@pytest.mark.parametrize("event", EVENTS, ids=named)
def test_the_contract_says_what_the_event_says(event: Event) -> None:
    contract = EVENT_TYPES.translate(event)
    assert type_of(type(contract)) == f"maarid.registration.{named(event)}.v1"
    assert set(type(contract).model_fields) == {field.name for field in fields(event)}
    assert EVENT_TYPES.load(EVENT_TYPES.name_of(event), contract.model_dump_json()) == event


# What 0.1.0 stored, which knew nothing of the later fields.
STORED_BEFORE: dict[str, tuple[str, Event]] = {
    "organisation_enrolled.v1": (
        f'{{"organisation_id":"{ORGANISATION}","kind":"gie","name":{{"ar":"ع","fr":"f"}},'
        '"province":"azilal","region":"beni-mellal-khenifra","country":"MA","women_led":true,'
        '"youth_led":false}',
        OrganisationEnrolled(
            ORGANISATION, Kind.GIE, Text("ع", "f"), "azilal", "beni-mellal-khenifra", "MA", True
        ),
    ),
    "application_submitted.v1": (
        f'{{"fair_id":"{FAIR}","application_id":"{APPLICATION}","organisation_id":'
        f'"{ORGANISATION}","contact_id":null,"participation":"exhibitor","pole_id":"products",'
        '"products":[],"booths":2,"people":4,"needs":{},"programmes":[]}',
        ApplicationSubmitted(
            FAIR, APPLICATION, ORGANISATION, None, Participation.EXHIBITOR, "products", (), 2, 4,
            Needs(), (),
        ),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", STORED_BEFORE)
def test_an_event_of_before_is_read_and_said_as_it_was(name: str) -> None:
    stored, event = STORED_BEFORE[name]
    assert EVENT_TYPES.load(name, stored) == event
    said_again = json.loads(EVENT_TYPES.translate(event).model_dump_json())
    assert said_again.keys() == json.loads(stored).keys()


def test_a_consent_of_before_is_read_and_said_as_it_was() -> None:
    stored = f'{{"organisation_id":"{ORGANISATION}","contact_id":"{CONTACT}"}}'
    event = EVENT_TYPES.load("consent_given.v1", stored)
    assert event == ConsentGiven(ORGANISATION, CONTACT)
    assert EVENT_TYPES.translate(event).model_dump_json() == stored


def test_a_stream_is_named_by_its_category_and_the_id() -> None:
    assert fair_stream(FAIR).name == f"fair-{FAIR}"
    assert application_stream(APPLICATION).name == f"application-{APPLICATION}"
    assert organisation_stream(ORGANISATION).name == f"organisation-{ORGANISATION}"
    assert FAMILIES.name == "catalogue-families"
    assert exhibitor_stream(APPLICATION).name == f"exhibitor-{APPLICATION}"
