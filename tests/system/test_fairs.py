"""Each fair is played on the real system, and its services answer with its facts."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from datetime import date, timedelta
from typing import cast

import httpx
import pytest
import pytest_asyncio

from cli import launch
from cli.audit.personal import personal_of
from cli.certificates import judged_again
from cli.demo import POCKET_SEED
from cli.draws import draw_again
from scenarios.floor import zones
from scenarios.loading import FAIRS
from scenarios.player import play
from scenarios.programme import programme as planned
from scenarios.settling import settle
from scenarios.words import regions
from servers import EmbeddedStack
from tests.system.breakable_system import BreakableSystem
from tests.system.theatre import Answer, Played, Theatre

pytestmark = [pytest.mark.system, pytest.mark.timeout(600)]
UNREACHED = {"unreachable_number", "no_receipt"}
"""Why a message fails that no network brings to its phone."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def theatre(system: launch.System) -> AsyncGenerator[Theatre]:
    """Here the pocket phone loses and delays texts; for all other tests they come at once."""
    await phones_by(system, POCKET_SEED)
    async with AsyncExitStack() as stack:
        yield Theatre(system, stack)
    await phones_by(system, None)


async def phones_by(system: launch.System, seed: int | None) -> None:
    system.pocket_seed = seed
    await system.processes["notifications"].stop(launch.END)
    await system.start_service("notifications")
    await system.wait_ready("notifications")


@pytest_asyncio.fixture(loop_scope="session", params=FAIRS)
async def played(request: pytest.FixtureRequest, theatre: Theatre) -> Played:
    """Every fair in turn."""
    return await theatre.played(request.param)


async def test_as_many_take_part_as_the_scenario_says(played: Played) -> None:
    scenario = played.scenario
    found = await played.figures("registration")
    groups = scenario.groups
    assert found["organisations"] == sum(g.count for g in groups if not g.is_partner)
    assert found["institutional_partners"] == sum(g.count for g in groups if g.is_partner)
    each = scenario.exhibitors.people_per_booth
    assert found["people"] == sum(g.count * g.booths * each for g in groups if not g.is_partner)
    by_kind: Counter[str] = Counter()
    by_pole: Counter[str] = Counter()
    for group in groups:
        by_kind[group.kind] += group.count
        by_pole[group.pole] += group.count
    assert found["by_kind"] == by_kind
    assert found["by_pole"] == by_pole


async def test_selection_used_every_way_out(played: Played) -> None:
    selection = played.scenario.selection
    by_status = (await played.figures("registration"))["applications_by_status"]
    left = selection.withdrawals_before_plan + selection.withdrawals_after_plan
    assert by_status["rejected"] == selection.rejected
    declined = played.report.offers.get("declined", 0)
    assert by_status["waitlisted"] == selection.waitlisted - left - declined
    assert by_status["withdrawn"] == selection.taken_back + left + declined
    moved_up = [each for each in await played.exhibitors() if each["from_waitlist"]]
    assert len(moved_up) == left


async def test_a_run_selected_by_published_rules_and_its_draw_repeats(
    theatre: Theatre, played: Played
) -> None:
    scenario, fair_id = played.scenario, played.scenario.fair_id
    selection = played.report.selection
    assert selection is not None
    assert selection.proven
    # What the team decides otherwise is whom it rejects, and none of it costs a point.
    assert selection.score == selection.bound
    assert selection.adjusted == scenario.selection.rejected
    assert len(selection.quotas) == len(scenario.rules.quotas) > 0
    for quota in selection.quotas.values():
        least, most = quota.at_least * quota.of_places, quota.at_most * quota.of_places
        assert least <= 100 * quota.places <= most
    applications = await played.client.items("registration", f"/fairs/{fair_id}/applications")
    by_run = [each for each in applications if each["score"] is not None]
    partners = sum(group.count for group in scenario.groups if group.is_partner)
    by_hand = scenario.selection.taken_back + partners
    assert len(by_run) == len(applications) - by_hand
    again = await draw_again(theatre.system.addresses, fair_id)
    assert again is not None
    assert again.differences == []


async def test_khenifra_keeps_places_for_associations_and_says_so(theatre: Theatre) -> None:
    played = await theatre.played("khenifra-2021")
    path = "/fairs/khenifra-2021/applications"
    waiting = await played.client.items("registration", path, status="waitlisted")
    why = await played.client.get("registration", f"{path}/{waiting[0]['application_id']}/why")
    assert why["bound_by"] == "kind:association/crafts"
    assert why["points"] == why["score"] > why["last_accepted"]["score"]


async def test_khenifra_offers_places_that_are_given_back(theatre: Theatre) -> None:
    played = await theatre.played("khenifra-2021")
    assert played.report.offers == {"accepted": 4, "declined": 1, "lapsed": 1}
    offers = await played.client.items("registration", "/fairs/khenifra-2021/offers")
    (lapsed,) = (each for each in offers if each["state"] == "lapsed")
    assert lapsed["ended_at"] == lapsed["lapses_at"]
    application = await played.client.get(
        "registration", f"/fairs/khenifra-2021/applications/{lapsed['application_id']}"
    )
    assert (application["status"], application["reason"]) == ("waitlisted", "offer_lapsed")


async def test_where_no_hours_are_given_nothing_is_offered(theatre: Theatre) -> None:
    played = await theatre.played("oujda-2019")
    assert played.report.offers == {}


async def test_the_lists_of_delegations_became_applications(played: Played) -> None:
    if not played.scenario.lists:
        assert played.report.intake == {}
        return
    intake = played.report.intake
    # Each list has a row twice, and one of a province that nobody knows.
    assert (intake["lists"], intake["wrong"]) == (2, 4)
    assert intake.keys() == {"lists", "wrong", "imported"}
    applications = (await played.figures("registration"))["applications_by_status"]
    partners = sum(group.count for group in played.scenario.groups if group.is_partner)
    assert intake["imported"] <= sum(applications.values()) - partners


async def test_everybody_holds_booths_in_the_own_pole_that_meet_the_needs(played: Played) -> None:
    exhibitors = {each["exhibitor_id"]: each for each in await played.exhibitors()}
    held: Counter[str] = Counter()
    for booth in await played.booths(free=False):
        exhibitor = exhibitors[booth["holder"]["exhibitor_id"]]
        held[exhibitor["exhibitor_id"]] += 1
        assert booth["pole_id"] == exhibitor["pole_id"]
        assert booth["institutional"] == (exhibitor["participation"] != "exhibitor")
        for need in ("electricity", "water", "corner", "step_free"):
            assert booth[need] or not exhibitor["needs"][need]
    assert held == {id_: exhibitor["booths"] for id_, exhibitor in exhibitors.items()}


async def test_booths_were_given_by_hand_by_rules_and_by_swap(played: Played) -> None:
    methods = Counter(each["holder"]["method"] for each in await played.booths(free=False))
    pioneers = sum(each.pioneer for each in played.scenario.featured)
    assert methods["by_hand"] == pioneers
    # A repair may have moved one of those who had changed places.
    assert 0 < methods["swap"] <= 2
    assert methods["optimised"] > 50
    assert methods["first_fit"] == 0


async def test_a_run_gave_the_booths_and_is_better_than_first_fit_and_draws(
    played: Played,
) -> None:
    assignment = played.report.assignment
    assert assignment is not None
    assert 0 < assignment.bound <= assignment.objective
    assert assignment.proven == (assignment.bound == assignment.objective)
    # How near a run comes in its time depends on what runs beside it: benchmarks look at that.
    assert (assignment.gap == 0.0) == assignment.proven
    for other in (assignment.first_fit, assignment.random_best):
        assert (other.unplaced, other.objective) >= (0, assignment.objective)
    # First fit knows nothing of forbidden neighbours; who draws looks at them.
    assert assignment.random_best.unplaced < assignment.first_fit.unplaced


async def test_rules_and_wishes_of_the_scenario_are_those_that_booths_were_given_by(
    theatre: Theatre, played: Played
) -> None:
    fair, asked = played.scenario.fair_id, played.scenario.assignment
    found = (await played.client.get("scheduling", f"/fairs/{fair}/assignment/rules"))["rules"]
    assert found["weights"] == asked.weights.model_dump()
    assert found["forbidden"] == [list(pair) for pair in asked.forbidden]
    assert {zone["of"]: zone["booths"] for zone in found["zones"]} == zones(played.scenario)
    pioneers = sum(each.pioneer for each in played.scenario.featured)
    assert len(found["fixed"]) == pioneers
    path = f"/fairs/{fair}/applications"
    applications = await played.client.items("registration", path)
    wished = Counter(code for each in applications for code in each["preferences"])
    assert wished.keys() == played.scenario.preferences.keys()
    # Whoever holds the log against the rules comes to the same.
    judged = await judged_again(theatre.system.addresses, fair)
    assert [each.differences for each in judged] == [(), ()]
    communes = {each.commune for each in played.scenario.communes}
    enrolled = await played.client.items("registration", "/organisations")
    assert communes <= {each["commune"] for each in enrolled}


async def test_a_repair_after_withdrawals_places_who_moved_up_and_moves_the_fewest(
    played: Played,
) -> None:
    fair, scenario = played.scenario.fair_id, played.scenario
    path = f"/fairs/{fair}/assignments"
    first, repair = await played.client.items("scheduling", path)
    assert (first["state"], repair["state"]) == ("adopted", "adopted")
    assert (first["repair"], repair["repair"]) == (False, True)
    whole = await played.client.get("scheduling", f"{path}/{first['draft_id']}")
    mended = await played.client.get("scheduling", f"{path}/{repair['draft_id']}")
    before, after = (_stands(draft["placement"]) for draft in (whole, mended))
    # As many left as withdrew, and as many came.
    assert len(before.keys() - after.keys()) == scenario.selection.withdrawals_after_plan > 0
    assert len(after.keys() - before.keys()) == scenario.selection.withdrawals_after_plan
    assert mended["unplaced"] == []
    assignment = played.report.assignment
    assert assignment is not None
    assert assignment.repair_moves == mended["judged"]["moves"]
    # Nobody moving is the fewest; more have to be proven.
    assert assignment.repair_moves == 0 or mended["proven"]
    swapped = sum(before[who] != after[who] for who in before.keys() & after.keys())
    assert swapped <= 2 + assignment.repair_moves


def _stands(placement: list[Answer]) -> dict[str, list[str]]:
    return {each["exhibitor_id"]: each["booths"] for each in placement}


async def test_no_workshop_has_more_seats_taken_than_it_has(played: Played) -> None:
    path = f"/fairs/{played.scenario.fair_id}/workshops"
    workshops = await played.client.items("ticketing", path)
    assert workshops
    assert all(each["seats_reserved"] <= each["capacity"] for each in workshops)
    full = [each for each in workshops if each["full"]]
    assert 0 < len(full) < len(workshops)
    # Where a door is kept, seats of those who did not come are for whoever stands there.
    waiting = [each for each in workshops if each["seats_waitlisted"]]
    assert all(each["full"] or each["no_show_minutes"] for each in waiting)


async def test_ouarzazate_offers_freed_seats_and_keeps_doors(theatre: Theatre) -> None:
    played = await theatre.played("ouarzazate-2025")
    seating, report = played.scenario.seating, played.report
    assert seating is not None
    assert report.seat_offers["lapsed"] == seating.lapsed
    # Those who give up while an offer stands have declined it.
    assert 0 < report.seat_offers["taken"] <= report.seat_offers["offers"] - seating.lapsed
    sessions = [each for each in played.scenario.sessions if each.key in seating.sessions]
    kept = sum(len(each.days) for each in sessions)
    assert report.no_shows == kept * seating.absent > 0
    assert report.attended > report.no_shows
    found = await played.figures("ticketing")
    assert found["walk_ins"] == kept * seating.walk_ins


async def test_the_first_in_line_moved_up_when_a_seat_was_given_back(played: Played) -> None:
    workshops = await played.client.items(
        "ticketing", f"/fairs/{played.scenario.fair_id}/workshops", full=True
    )
    for workshop in workshops:
        seats = await played.client.items("ticketing", f"/workshops/{workshop['session_id']}/seats")
        kept = [seat["status"] for seat in seats if seat["status"] != "released"]
        # In the order in which they asked: first those who sit, then those who still wait.
        assert kept == sorted(kept)
        assert any(seat["status"] == "released" for seat in seats)


async def test_visitors_came_on_every_day_through_all_four_gates(played: Played) -> None:
    scenario = played.scenario
    found = await played.figures("ticketing")
    assert found["tickets"] == scenario.visitors.tickets
    assert 0 < found["people_in"] < found["people_expected"]
    days = (scenario.fair.last_day - scenario.fair.first_day).days + 1
    assert list(found["people_in_by_day"]) == [
        str(scenario.fair.first_day + timedelta(days=day)) for day in range(days)
    ]
    assert set(found["people_in_by_gate"]) == set(scenario.visitors.gates)
    assert set(found["people_in_by_province"]) <= set(scenario.visitors.provinces)
    assert sum(found["people_in_by_province"].values()) == found["people_in"]


async def test_every_message_was_delivered_or_failed_for_a_reason(played: Played) -> None:
    found = await played.figures("notifications")
    assert found["pending_by_reason"] == {}
    by_status = found["by_status"]
    assert set(by_status) == {"delivered", "read", "failed"}
    # What is too old was not told in time: the play waits before it moves the hour.
    ours, networks = {"no_consent", "contact_erased", "superseded", "opted_out"}, UNREACHED
    assert set(found["failed_by_reason"]) <= ours | networks
    assert sum(found["failed_by_reason"].values()) == by_status["failed"]
    # Of a text by SMS 7 in 100 reach nobody, or nobody says so; of one by WhatsApp far fewer.
    lost = sum(count for why, count in found["failed_by_reason"].items() if why in networks)
    assert 0 < lost < 0.1 * found["messages"]
    assert set(found["by_language"]) == {"ar", "fr", "zgh", "en"}
    assert set(found["by_channel"]) == {"sms", "whatsapp"}
    assert by_status["delivered"] + by_status["read"] > 5 * by_status["failed"]
    assert 0 < found["fell_back"] < found["attempts_failed_by_reason"]["no_whatsapp"] * 3


async def test_some_write_back_and_some_are_called(played: Played) -> None:
    report = played.report
    found = await played.figures("notifications")
    assert report.messages_read == found["by_status"]["read"] > 0
    assert report.fell_back == found["fell_back"] > 0
    assert report.unknown == 0
    assert report.opted_out == found["opted_out"] == 1
    assert report.segments == sum(found["segments_by_channel"].values()) > report.messages_delivered
    assert report.cost_mad == round(0.25 * report.segments, 2)
    calls = await played.client.items("notifications", f"/fairs/{report.fair}/calls")
    assert report.calls_to_make == len(calls) > 0
    # Who asked for a call did not answer it.
    (asking,) = [each for each in calls if each["why"] == "asked"]
    assert (asking["calls"], asking["outcome"]) == (1, "no_answer")
    assert asking["phone"].startswith("+212")


async def test_ouarzazate_answers_offers_of_seats_by_text(theatre: Theatre) -> None:
    played = await theatre.played("ouarzazate-2025")
    found = await played.figures("notifications")
    assert found["answers"] == {"accept": played.report.answers}
    assert 0 < played.report.answers <= played.report.seat_offers["taken"]


async def test_who_said_stop_at_ouarzazate_gets_nothing_more(theatre: Theatre) -> None:
    played = await theatre.played("ouarzazate-2025")
    path, fair = "/messages", played.report.fair
    failed = await played.client.items("notifications", path, fair_id=fair, status="failed")
    stopped = [each for each in failed if each["reason"] == "opted_out"]
    (contact,) = {each["contact_id"] for each in stopped}
    first = stopped[0]["requested_at"]
    messages = await played.client.items("notifications", path, contact_id=contact)
    later = [each for each in messages if each["requested_at"] >= first]
    assert {each["reason"] for each in later} <= {"opted_out", "no_consent"}
    # Registration has heard it.
    held = await played.client.get("registration", f"/contacts/{contact}/export")
    assert held["events"][-1]["type"].startswith("consent_withdrawn"), held["events"]


async def test_the_report_says_what_the_services_answer(played: Played) -> None:
    report = played.report
    registration = await played.figures("registration")
    scheduling = await played.figures("scheduling")
    ticketing = await played.figures("ticketing")
    notifications = await played.figures("notifications")
    assert report.fair == played.scenario.fair_id
    assert report.organisations == registration["organisations"]
    assert report.people == registration["people"]
    assert report.applications == registration["applications_by_status"]
    # Institutions may show no products.
    showing = [each for each in await played.exhibitors() if each["families"]]
    assert sum(report.families.values()) >= len(showing) > 0
    assert report.booths_assigned == scheduling["booths_assigned"]
    assert report.sessions == scheduling["sessions"] == len(await played.sessions())
    assert report.seats_reserved == ticketing["seats_reserved"]
    assert report.workshops_full == ticketing["workshops_full"]
    assert report.messages == notifications["messages"]
    delivered = notifications["by_status"]["delivered"] + notifications["by_status"]["read"]
    assert report.messages_delivered == delivered


async def test_ouarzazate_has_160_organisations_320_people_15_institutional_booths(
    theatre: Theatre,
) -> None:
    played = await theatre.played("ouarzazate-2025")
    registration = await played.figures("registration")
    scheduling = await played.figures("scheduling")
    assert registration["organisations"] == 160
    assert registration["people"] == 320
    assert registration["by_pole"]["crafts"] == registration["by_pole"]["local-products"] == 80
    assert {each["kind"] for each in await played.exhibitors(participation="exhibitor")} == {
        "cooperative",
        "gie",
        "association",
    }
    assert scheduling["institutional_booths"] == 15
    assert scheduling["institutional_booths_assigned"] == 15


async def test_ouarzazate_trains_on_five_topics_each_day_and_shows_four_programmes(
    theatre: Theatre,
) -> None:
    played = await theatre.played("ouarzazate-2025")
    for day in range(17, 23):
        training = await played.sessions(
            day=date(2025, 9, day).isoformat(), hall_id="training", kind="workshop"
        )
        assert {each["topic_code"] for each in training} == {
            "marketing",
            "entrepreneurship",
            "networking",
            "project_creation",
            "investment",
        }
    programmes = ("mouazara", "tahfiz-niswa", "lalla-moutaawina", "generation-solidaire")
    by_programme = (await played.figures("registration"))["by_programme"]
    assert set(by_programme) == set(programmes)
    for programme in programmes:
        helped = await played.exhibitors(programme_id=programme)
        assert len(helped) == by_programme[programme] > 0


async def test_marrakech_has_170_organisations_artisans_and_delegations_from_abroad(
    theatre: Theatre,
) -> None:
    played = await theatre.played("marrakech-2025")
    registration = await played.figures("registration")
    assert registration["organisations"] == registration["booths_wanted"] == 170
    artisans = await played.exhibitors(kind="artisan")
    homes = {
        region.slug
        for region in regions().values()
        for province in region.provinces
        if province.slug in {each["province"] for each in artisans}
    }
    assert homes == set(regions())
    delegations = await played.exhibitors(kind="foreign_delegation")
    assert delegations
    first = delegations[0]["organisation_id"]
    organisation = await played.client.get("registration", f"/organisations/{first}")
    assert organisation["country"] != "MA"


async def test_marrakech_has_expert_workshops_shows_and_honours(theatre: Theatre) -> None:
    played = await theatre.played("marrakech-2025")
    workshops = await played.sessions(kind="workshop")
    assert workshops
    assert all(each["speakers"] for each in workshops)
    assert {each["topic_code"] for each in await played.sessions(kind="show")} == {
        "music",
        "folklore",
    }
    honours = await played.sessions(kind="honours", topic_code="honours")
    assert [each["status"] for each in honours] == ["scheduled"]


async def test_a_programme_is_published_as_a_whole_around_prayer_and_meals(
    played: Played,
) -> None:
    fair_id = played.scenario.fair_id
    assert played.report.programme_versions == 1
    sessions = await played.sessions()
    assert sessions
    # What does not keep the hours and breaks would be listed.
    assert {each["outside"] for each in sessions} == {None}
    rules = await played.client.get("scheduling", f"/fairs/{fair_id}/programme/rules")
    assert {each["reason"] for each in rules["breaks"]} == {"prayer", "meal"}
    programme = await played.client.get("scheduling", f"/fairs/{fair_id}/programme")
    assert programme["scheduled"] == len(planned(played.scenario))
    assert programme["points"] == programme["objective"] == programme["bound"]


async def test_agadir_has_four_poles_and_180_exhibitors_in_products(theatre: Theatre) -> None:
    played = await theatre.played("agadir-2025")
    registration = await played.figures("registration")
    scheduling = await played.figures("scheduling")
    poles = {"products", "innovation", "institutional", "handicrafts"}
    assert set(registration["by_pole"]) == set(scheduling["booths_by_pole"]) == poles
    assert registration["by_pole"]["products"] == 180
    assert registration["organisations"] > 180
    assert scheduling["area_m2"] == 4000
    fair = await played.client.get("registration", "/fairs/agadir-2025")
    assert fair["venue"]["ar"] == "ساحة الأمل"
    artisans = await played.exhibitors(pole_id="handicrafts", kind="artisan")
    assert {each["province"] for each in artisans} == {
        province.slug for province in regions()["souss-massa"].provinces
    }


async def test_agadir_has_seminars_lectures_workshops_and_solidarity_purchasing(
    theatre: Theatre,
) -> None:
    played = await theatre.played("agadir-2025")
    by_kind = (await played.figures("scheduling"))["sessions_by_kind"]
    assert {"seminar", "lecture", "workshop"} <= set(by_kind)
    assert await played.sessions(topic_code="solidarity_purchasing")


async def test_oujda_has_140_cooperatives_mutuals_and_institutions_among_exhibitors(
    theatre: Theatre,
) -> None:
    played = await theatre.played("oujda-2019")
    exhibitors = await played.exhibitors(participation="exhibitor")
    kinds = Counter(each["kind"] for each in exhibitors)
    assert kinds["cooperative"] == 140
    assert set(kinds) == {"cooperative", "association", "mutual", "institution"}
    assert (await played.figures("scheduling"))["area_m2"] == 4000


async def test_oujda_has_exactly_its_three_seminars_and_trains_two_audiences(
    theatre: Theatre,
) -> None:
    played = await theatre.played("oujda-2019")
    assert sorted(each["topic_code"] for each in await played.sessions(kind="seminar")) == [
        "blue_economy",
        "digital_technology",
        "valorising_local_products",
    ]
    audiences = {each["audience"] for each in await played.sessions(kind="workshop")}
    assert {"professionals", "exhibitors", "women", "youth"} <= audiences


async def test_khenifra_has_five_kinds_fifteen_families_and_its_two_cooperatives(
    theatre: Theatre,
) -> None:
    played = await theatre.played("khenifra-2021")
    registration = await played.figures("registration")
    assert (registration["organisations"], registration["people"]) == (160, 320)
    exhibitors = await played.exhibitors(participation="exhibitor")
    assert {each["kind"] for each in exhibitors} == {
        "cooperative",
        "association",
        "mutual",
        "social_enterprise",
        "gie",
    }
    assert len(registration["families"]) >= 15
    couscous = await played.exhibitors(kind="cooperative", family="couscous")
    assert "beni-mellal" in {each["province"] for each in couscous}
    weaving = await played.exhibitors(kind="cooperative", family="weaving")
    azilal = [each for each in weaving if each["province"] == "azilal"]
    products: list[Answer] = []
    for each in azilal:
        application = await played.client.get(
            "registration", f"/fairs/khenifra-2021/applications/{each['exhibitor_id']}"
        )
        products += application["products"]
    assert "جلباب بزيوي" in {product["name"]["ar"] for product in products}


async def test_the_same_run_again_changes_nothing(theatre: Theatre) -> None:
    played = await theatre.played("khenifra-2021")
    before = (await settle(played.client)).statuses
    urls, token = theatre.system.urls, theatre.system.token
    again = await play(played.scenario, urls, token, run="test")
    after = (await settle(played.client)).statuses
    heads = [{name: status["head"] for name, status in look.items()} for look in (before, after)]
    assert heads[0] == heads[1]
    assert again.seats_reserved == played.report.seats_reserved
    assert again.messages == played.report.messages


async def test_after_all_five_fairs_every_promise_holds(theatre: Theatre) -> None:
    for fair in FAIRS:
        await theatre.played(fair)
    async with httpx.AsyncClient(timeout=30) as http:
        stack = cast(EmbeddedStack, theatre.system.stack)
        await BreakableSystem(theatre.system, stack, http).audited()


async def test_services_log_json_and_nobody_stands_in_it(theatre: Theatre) -> None:
    await theatre.played("khenifra-2021")
    personal = await personal_of(theatre.system.addresses.owner_dsn)
    for service, process in theatre.system.processes.items():
        lines = process.log.read_text("utf-8").splitlines()
        assert lines
        for line in lines:
            said = json.loads(line)
            assert (said["service"], "timestamp" in said) == (service, True)
            assert not personal.stands_in(line), f"{service} logs personal data: {said['event']}"
