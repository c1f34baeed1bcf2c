"""The way of a campaign, what its texts may name, and what it comes to."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import cast
from uuid import UUID

import pytest
from hypothesis import given as for_all, strategies as st
from maarid_contracts.notifications import EVENTS as PUBLISHED, CampaignDraftedV1

from chassis.log.event_types import EventTypes
from services.notifications.app import NETWORKS
from services.notifications.campaigns.contracts import EVENTS
from services.notifications.campaigns.domain import (
    DECIDER,
    CampaignDrafted,
    CampaignFinished,
    CampaignPaused,
    CampaignResumed,
    CampaignStarted,
    CampaignStopped,
    Command,
    DraftCampaign,
    FinishCampaign,
    PauseCampaign,
    ResumeCampaign,
    Segment,
    StartCampaign,
    StopCampaign,
    campaign_stream,
)
from services.notifications.campaigns.handlers import hash_of
from services.notifications.campaigns.reckoning import (
    Reached,
    Share,
    names_of,
    segments_of,
    shares_of,
)
from services.notifications.fairs.fair import Fair, Named
from services.notifications.messages.filling import Campaign, Facts, NotYet, fill
from services.notifications.messages.free_texts import TextBroken, filled_in, names_in
from services.notifications.messages.rows.sending import BULK, URGENT, bulk_turn
from services.notifications.networks.carriers import only
from services.notifications.networks.routing import FREE_TEXTS, LADDER, free_way, read_routes
from services.notifications.networks.rows import PocketPhone
from services.notifications.networks.smpp import Smpp, SmppAccount
from tests.deciding import given

ID = "6e1f0c5e-8a5d-5d0b-9f3e-2b7c4d1a9e60"
FAIR = "agadir-2025"
NOW = datetime(2025, 9, 15, 12, tzinfo=UTC)
LATER = NOW + timedelta(days=3)
WHAT = (ID, FAIR, "badges", Segment(pole_id="crafts"), ("ar", "fr"), "0" * 64)
DRAFTED = CampaignDrafted(*WHAT)
STARTED, PAUSED = CampaignStarted(ID, FAIR, LATER), CampaignPaused(ID, FAIR)
RESUMED, STOPPED = CampaignResumed(ID, FAIR), CampaignStopped(ID, FAIR)
FINISHED = CampaignFinished(ID, FAIR, 7)
START, PAUSE, RESUME = StartCampaign(ID, NOW, LATER), PauseCampaign(ID), ResumeCampaign(ID)
STOP, FINISH = StopCampaign(ID), FinishCampaign(ID, 7)


def test_a_campaign_goes_its_way() -> None:
    given(DECIDER).when(DraftCampaign(DRAFTED)).then(DRAFTED)
    given(DECIDER, DRAFTED).when(DraftCampaign(DRAFTED)).then()
    given(DECIDER, DRAFTED).when(START).then(STARTED)
    given(DECIDER, DRAFTED, STARTED).when(START).then()
    given(DECIDER, DRAFTED, STARTED).when(PAUSE).then(PAUSED)
    given(DECIDER, DRAFTED, STARTED, PAUSED).when(PAUSE).then()
    given(DECIDER, DRAFTED, STARTED, PAUSED).when(RESUME).then(RESUMED)
    given(DECIDER, DRAFTED, STARTED).when(RESUME).then()
    given(DECIDER, DRAFTED, STARTED, PAUSED, RESUMED).when(FINISH).then(FINISHED)
    for before in ((), (STARTED,), (STARTED, PAUSED)):
        given(DECIDER, DRAFTED, *before).when(STOP).then(STOPPED)
    given(DECIDER, DRAFTED, STOPPED).when(STOP).then()


def test_what_is_held_or_ended_is_not_finished() -> None:
    for before in ((PAUSED,), (STOPPED,), (FINISHED,)):
        given(DECIDER, DRAFTED, STARTED, *before).when(FINISH).then()


@pytest.mark.parametrize("command", [START, PAUSE, RESUME, STOP, FINISH])
def test_what_was_never_drafted_is_unknown(command: Command) -> None:
    given(DECIDER).when(command).refused("campaign_unknown", campaign=ID)


def test_what_its_state_does_not_allow_is_refused() -> None:
    for command in (PAUSE, RESUME):
        given(DECIDER, DRAFTED).when(command).refused("campaign_state", state="drafted")
    for command in (START, PAUSE, RESUME):
        given(DECIDER, DRAFTED, STOPPED).when(command).refused("campaign_state", state="stopped")
    given(DECIDER, DRAFTED, STARTED, PAUSED).when(START).refused("campaign_state")
    given(DECIDER, DRAFTED, STARTED, FINISHED).when(STOP).refused("campaign_state")


def test_a_draft_says_until_when_it_is_worth_telling_or_its_start_does() -> None:
    soon = NOW + timedelta(hours=1)
    drafted = CampaignDrafted(*WHAT, soon)
    given(DECIDER, drafted).when(START).then(CampaignStarted(ID, FAIR, soon))
    late = StartCampaign(ID, soon, LATER)
    given(DECIDER, drafted).when(late).refused("campaign_too_late")


def test_every_event_of_a_campaign_is_published_without_its_text() -> None:
    types = EventTypes(EVENTS)
    for event in (DRAFTED, STARTED, PAUSED, RESUMED, STOPPED, FINISHED):
        contract = types.translate(event)
        assert type(contract) in PUBLISHED
        assert types.load(types.name_of(event), types.dump(event)) == event
    published = types.translate(DRAFTED)
    assert isinstance(published, CampaignDraftedV1)
    assert published.segment.pole_id == "crafts"
    assert campaign_stream(ID).name == f"campaign-{ID}"


def test_the_hash_of_a_text_is_that_of_its_json() -> None:
    said = '{"ar":"م","fr":"x"}'.encode()
    assert hash_of({"fr": "x", "ar": "م"}) == hashlib.sha256(said).hexdigest()


def test_a_session_alone_is_everybody_with_a_seat() -> None:
    assert Segment().of_exhibitors
    assert not Segment(session_id=ID).of_exhibitors
    assert Segment(session_id=ID, without_booth=True).of_exhibitors
    assert Segment(session_id=ID, family="honey").of_exhibitors


# Texts


def test_a_text_is_filled_with_names_as_its_language_has_them() -> None:
    text = "Bonjour { $organisation }, au { $fair }."
    assert names_in(text) == {"organisation", "fair"}
    names: dict[str, Named] = {
        "fair": {"ar": "معرض", "fr": "Salon"},
        "organisation": {"ar": "أمل", "fr": "Amal"},
    }
    assert filled_in(text, names, "fr") == "Bonjour Amal, au Salon."
    assert filled_in("مرحبا { $organisation }", names, "ar") == "مرحبا أمل"


@pytest.mark.parametrize(
    "text", ["{", "}", "{ $a", "{ NUMBER($a) }", '{ "x" }', "{ -term }", "{ $a ->\n *[x] y }", ""]
)
def test_a_text_that_does_more_or_is_open_is_broken(text: str) -> None:
    with pytest.raises(TextBroken):
        names_in(text)


@for_all(
    st.text(st.characters(blacklist_characters="{}", blacklist_categories=["C", "Z"]), min_size=1)
)
def test_a_text_without_braces_is_said_as_it_stands(text: str) -> None:
    assert filled_in(text, {}, "fr") == text


def test_a_text_waits_for_the_name_that_it_names_and_for_no_other() -> None:
    fair = Fair(FAIR, {"ar": "م", "fr": "Salon"}, "Africa/Casablanca", {})
    halls = cast("dict[tuple[str, str], Named]", {})
    campaign = Campaign({"fr": "Bonjour { $organisation }"})
    facts = Facts({FAIR: fair}, halls, {}, campaigns={ID: campaign})
    arguments = {"campaign_id": ID, "organisation_id": ID}
    with pytest.raises(NotYet, match="organisation_unknown"):
        fill(arguments, FAIR, facts)
    plain = Facts({FAIR: fair}, halls, {}, campaigns={ID: Campaign({"fr": "Bonjour"})})
    assert fill(arguments, FAIR, plain)["text"] == {"fr": "Bonjour"}
    name: Named = {"ar": "تعاونية", "fr": "Coopérative Al Amal"}
    named = replace(facts, organisations={ID: name})
    assert fill(arguments, FAIR, named)["text"] == {"fr": "Bonjour Coopérative Al Amal"}
    assert "Bonjour" not in repr(campaign)


# What it comes to


def test_what_it_costs_goes_by_language_channel_and_route() -> None:
    routes = read_routes("smpp:+212=0.08 twilio_sms=0.55", NETWORKS)
    reached = [
        Reached("fr", "ar", "sms", "+212", True, 10),
        Reached("zgh", "fr", "whatsapp", "+212", True, 2),
        Reached("ar", "fr", "sms", "+336", True, 1),
        Reached("ar", "fr", "sms", "+212", False, 5),
    ]
    assert shares_of(reached, {"ar": 2, "fr": 1}, routes, LADDER) == [
        Share("ar", "sms", 1, 2, 1.1),
        Share("fr", "sms", 12, 1, 0.96),
    ]
    only_there = read_routes("smpp:+212=0.08", NETWORKS)
    assert shares_of(reached[2:], {"ar": 2, "fr": 1}, only_there, LADDER) == [
        Share("ar", None, 1, 0, 0.0)
    ]


def test_a_text_is_counted_as_it_is_sent() -> None:
    fair: Named = {"ar": "معرض", "fr": "Salon"}
    names = names_of(fair, None)
    assert names == {"fair": fair}
    assert names_of(fair, fair) == {"fair": fair, "organisation": fair}
    assert segments_of("a" * 152, names, "fr") == 1  # `Salon : ` stands before it.
    assert segments_of("a" * 153, names, "fr") == 2


def test_the_networks_that_take_any_text_are_those_that_say_so() -> None:
    assert set(FREE_TEXTS) == {*NETWORKS} - {"whatsapp", "twilio_whatsapp"}
    for network in (PocketPhone, Smpp):
        assert not network.templates_alone
        assert FREE_TEXTS[network.name] == network.channel
    assert free_way(read_routes("whatsapp", NETWORKS), LADDER, "whatsapp", "+212") is None
    assert free_way(read_routes("pocket", NETWORKS), LADDER, "whatsapp", "+212") is not None


async def test_a_network_whose_session_another_has_is_not_called() -> None:
    network = Smpp(SmppAccount("127.0.0.1", 1, "maarid", "secret-7", "Maarid"))
    assert not network.here
    assert not only(network).any_here


@for_all(st.uuids(version=4), st.uuids(version=4))
def test_campaigns_stand_behind_all_others_in_their_own_order(one: UUID, other: UUID) -> None:
    # The ids of events begin with the time, and so with zeros for some thousand years.
    early, late = sorted(UUID(int=each.int >> 16) for each in (one, other))
    assert URGENT < late < BULK <= bulk_turn(early) <= bulk_turn(late)
