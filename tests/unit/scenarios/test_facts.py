"""The facts of the five fairs hold in what the scenarios make up."""

from __future__ import annotations

from collections import Counter
from datetime import date

import phonenumbers
import pytest
from maarid_contracts.registration import Channel, Language, OrganisationKind, Participation
from maarid_contracts.scheduling import SessionKind

from scenarios import words
from scenarios.cast import Cast, Course, Organisation
from scenarios.floor import booths, extent_m2, zones
from scenarios.generator import cast as make_up
from scenarios.loading import FAIRS, load
from scenarios.model import Reading, Scenario
from scenarios.programme import changes, day_of, days_of, programme

Kind = OrganisationKind


_CASTS: dict[str, Cast] = {}


def cast(scenario: Scenario) -> Cast:
    """Who takes part, made up once."""
    key = scenario.model_dump_json()
    if key not in _CASTS:
        _CASTS[key] = make_up(scenario)
    return _CASTS[key]


def taking_part(scenario: Scenario) -> list[Organisation]:
    """Exhibitors at the end: who withdraws is replaced by somebody like it."""
    found = [o for o in cast(scenario).organisations if o.application]
    return [
        o
        for o in found
        if o.application
        and o.application.course.gets_in
        and o.application.participation is Participation.EXHIBITOR
    ]


def kinds(organisations: list[Organisation]) -> Counter[Kind]:
    return Counter(o.kind for o in organisations)


def people(organisations: list[Organisation]) -> int:
    return sum(o.application.people for o in organisations if o.application)


def families(organisations: list[Organisation]) -> set[str]:
    return {p.family for o in organisations if o.application for p in o.application.products}


def in_pole(organisations: list[Organisation], pole: str) -> list[Organisation]:
    return [o for o in organisations if o.application and o.application.pole_id == pole]


def partners(scenario: Scenario) -> list[Organisation]:
    return [
        o
        for o in cast(scenario).organisations
        if o.application and o.application.participation is Participation.INSTITUTIONAL_PARTNER
    ]


def test_ouarzazate_has_160_organisations_320_people_and_15_institutional_booths() -> None:
    scenario = load("ouarzazate-2025")
    exhibitors = taking_part(scenario)
    assert len(exhibitors) == 160
    assert people(exhibitors) == 320
    assert len(in_pole(exhibitors, "crafts")) == 80
    assert len(in_pole(exhibitors, "local-products")) == 80
    assert set(kinds(exhibitors)) == {Kind.COOPERATIVE, Kind.GIE, Kind.ASSOCIATION}
    assert len(partners(scenario)) == 15
    assert sum(booth.institutional for booth in booths(scenario)) == 15
    assert (scenario.fair.first_day, scenario.fair.last_day, scenario.fair.edition) == (
        date(2025, 9, 17),
        date(2025, 9, 22),
        2,
    )


def test_ouarzazate_trains_on_five_topics_in_a_space_of_its_own_on_each_of_six_days() -> None:
    scenario = load("ouarzazate-2025")
    cancelled = {change.key for change in changes(scenario) if change.moved_to is None}
    training = [p for p in programme(scenario) if p.slot.hall == "training"]
    assert {(p.day, p.session.topic) for p in training if p.key not in cancelled} == {
        (day, topic)
        for day in range(1, 7)
        for topic in (
            "marketing",
            "entrepreneurship",
            "networking",
            "project_creation",
            "investment",
        )
    }
    assert all(p.session.kind is SessionKind.WORKSHOP for p in training)


def test_ouarzazate_shows_the_beneficiaries_of_four_programmes() -> None:
    scenario = load("ouarzazate-2025")
    names = {p.programme_id: (p.name.ar, p.name.fr) for p in scenario.programmes}
    assert names == {
        "mouazara": ("مؤازرة", "Mouazara"),
        "tahfiz-niswa": ("تحفيز النسوة", "Tahfiz Niswa"),
        "lalla-moutaawina": ("لالة المتعاونة", "Lalla Moutaawina"),
        "generation-solidaire": ("الجيل المتضامن", "Génération solidaire"),
    }
    helped = [
        (programme, o)
        for o in taking_part(scenario)
        if o.application
        for programme in o.application.programmes
    ]
    assert Counter(programme for programme, _ in helped) == {
        p.programme_id: p.beneficiaries for p in scenario.programmes
    }
    assert all(o.women_led for programme, o in helped if programme == "tahfiz-niswa")
    assert all(o.youth_led for programme, o in helped if programme == "generation-solidaire")


def test_marrakech_has_170_organisations_with_one_booth_each() -> None:
    exhibitors = taking_part(load("marrakech-2025"))
    assert len(exhibitors) == 170
    assert {o.application.booths for o in exhibitors if o.application} == {1}
    assert set(kinds(exhibitors)) == {Kind.COOPERATIVE, Kind.ARTISAN, Kind.FOREIGN_DELEGATION}
    cooperatives = [o for o in exhibitors if o.kind is Kind.COOPERATIVE]
    assert all(in_pole(cooperatives, pole) for pole in ("crafts", "local-products", "services"))


def test_marrakech_has_artisans_from_all_twelve_regions_and_delegations_from_africa() -> None:
    exhibitors = taking_part(load("marrakech-2025"))
    assert {o.region for o in exhibitors if o.kind is Kind.ARTISAN} == set(words.regions())
    delegations = [o for o in exhibitors if o.kind is Kind.FOREIGN_DELEGATION]
    assert delegations
    assert all(o.country != "MA" for o in delegations)
    assert len({o.country for o in delegations}) == len(delegations)


def test_marrakech_has_expert_workshops_shows_and_honours_that_all_take_place() -> None:
    scenario = load("marrakech-2025")
    cancelled = {change.key for change in changes(scenario) if change.moved_to is None}
    held = [p for p in programme(scenario) if p.key not in cancelled]
    workshops = [p for p in held if p.session.kind is SessionKind.WORKSHOP]
    assert workshops
    assert all(p.experts for p in workshops)
    shows = {p.session.topic for p in held if p.session.kind is SessionKind.SHOW}
    assert shows == {"music", "folklore"}
    assert [p.session.kind for p in held if p.session.topic == "honours"] == [SessionKind.HONOURS]


def test_agadir_has_four_poles_and_180_in_the_products_pole_on_4000_m2() -> None:
    scenario = load("agadir-2025")
    exhibitors = taking_part(scenario)
    assert [p.pole_id for p in scenario.poles] == [
        "products",
        "innovation",
        "institutional",
        "handicrafts",
    ]
    assert len(in_pole(exhibitors, "products")) == 180
    assert len(exhibitors) > 180
    assert scenario.fair.venue.ar == "ساحة الأمل"
    assert scenario.fair.area_m2 == 4000
    assert extent_m2(booths(scenario)) <= 4000


def test_agadir_has_leading_cooperatives_partners_of_three_sorts_and_artisans_everywhere() -> None:
    scenario = load("agadir-2025")
    exhibitors = taking_part(scenario)
    assert set(kinds(in_pole(exhibitors, "innovation"))) == {Kind.COOPERATIVE}
    artisans = in_pole(exhibitors, "handicrafts")
    assert set(kinds(artisans)) == {Kind.ARTISAN}
    assert {o.province for o in artisans} == {
        province.slug for province in words.regions()["souss-massa"].provinces
    }
    assert set(kinds(partners(scenario))) == {
        Kind.INSTITUTION,
        Kind.ASSOCIATION,
        Kind.SOCIAL_ENTERPRISE,
    }


def test_agadir_has_seminars_lectures_workshops_and_solidarity_purchasing() -> None:
    planned = programme(load("agadir-2025"))
    assert {
        SessionKind.SEMINAR,
        SessionKind.LECTURE,
        SessionKind.WORKSHOP,
    } <= {p.session.kind for p in planned}
    assert any(p.session.topic == "solidarity_purchasing" for p in planned)


def test_oujda_has_140_cooperatives_associations_mutuals_and_institutions() -> None:
    scenario = load("oujda-2019")
    exhibitors = taking_part(scenario)
    found = kinds(exhibitors)
    assert found[Kind.COOPERATIVE] == 140
    assert set(found) == {Kind.COOPERATIVE, Kind.ASSOCIATION, Kind.MUTUAL, Kind.INSTITUTION}
    assert scenario.fair.area_m2 == 4000
    assert extent_m2(booths(scenario)) <= 4000


def test_oujda_has_exactly_the_three_seminars_and_none_is_moved_or_cancelled() -> None:
    scenario = load("oujda-2019")
    planned = programme(scenario)
    seminars = [p for p in planned if p.session.kind is SessionKind.SEMINAR]
    assert sorted(p.session.topic for p in seminars) == [
        "blue_economy",
        "digital_technology",
        "valorising_local_products",
    ]
    assert not {p.key for p in seminars} & {change.key for change in changes(scenario)}
    workshops = {p.session.audience for p in planned if p.session.kind is SessionKind.WORKSHOP}
    assert {"professionals", "exhibitors", "women", "youth"} <= workshops


def test_khenifra_has_five_kinds_and_the_fifteen_product_families() -> None:
    exhibitors = taking_part(load("khenifra-2021"))
    assert len(exhibitors) == 160
    assert people(exhibitors) == 320
    assert set(kinds(exhibitors)) == {
        Kind.COOPERATIVE,
        Kind.ASSOCIATION,
        Kind.MUTUAL,
        Kind.SOCIAL_ENTERPRISE,
        Kind.GIE,
    }
    catalogue = list(words.families())[:15]
    assert families(exhibitors) >= set(catalogue)


def test_khenifra_has_the_couscous_and_the_bzioua_cooperative() -> None:
    featured = {
        (o.kind, o.province, product.family, product.name.fr)
        for o in taking_part(load("khenifra-2021"))
        if o.application and o.application.featured
        for product in o.application.products
    }
    assert featured == {
        (Kind.COOPERATIVE, "beni-mellal", "couscous", "Couscous de blé complet"),
        (Kind.COOPERATIVE, "azilal", "weaving", "Djellaba bzioua"),
    }


def test_khenifra_keeps_booths_apart_and_limits_parties_and_people_inside() -> None:
    scenario = load("khenifra-2021")
    plan = booths(scenario)
    for one in plan:
        for other in plan:
            apart_x = max(one.x_m, other.x_m) - min(one.x_m, other.x_m) - one.width_m
            apart_y = max(one.y_m, other.y_m) - min(one.y_m, other.y_m) - one.depth_m
            assert one is other or max(apart_x, apart_y) >= 2.5
    inside: Counter[tuple[int, int]] = Counter()
    for visit in cast(scenario).visits:
        assert visit.party <= 4
        inside[visit.day, visit.wave] += visit.party if visit.comes else 0
    assert scenario.visitors.inside_limit
    assert max(inside.values()) <= scenario.visitors.inside_limit


@pytest.mark.parametrize("fair", FAIRS)
def test_contacts_are_reachable_each_on_a_made_up_moroccan_mobile_phone(fair: str) -> None:
    made_up = cast(load(fair))
    contacts = [c for o in (*made_up.organisations, made_up.experts) for c in o.contacts]
    numbers = [phonenumbers.parse(contact.phone) for contact in contacts]
    assert len({contact.phone for contact in contacts}) == len(contacts)
    assert all(contact.phone.startswith("+21260000") for contact in contacts)
    assert all(phonenumbers.is_valid_number(number) for number in numbers)
    assert {phonenumbers.number_type(n) for n in numbers} == {phonenumbers.PhoneNumberType.MOBILE}
    languages = Counter(contact.language for contact in contacts)
    assert set(languages) == set(Language)
    assert languages[Language.ARABIC] > len(contacts) * 0.4
    assert {contact.channel for contact in contacts} == set(Channel)
    consenting = sum(contact.consent for contact in contacts)
    assert len(contacts) * 0.85 < consenting < len(contacts)


def test_no_two_fairs_share_a_phone() -> None:
    blocks = [load(fair).contacts.phone_block for fair in FAIRS]
    assert len(set(blocks)) == len(FAIRS)


@pytest.mark.parametrize("fair", FAIRS)
def test_who_withdraws_can_be_replaced_by_somebody_of_the_same_kind_and_size(fair: str) -> None:
    scenario = load(fair)
    applying = [o for o in cast(scenario).organisations if o.application]
    leaving, waiting = (
        [
            (o.kind, o.application.pole_id, o.application.booths, o.application.people)
            for o in applying
            if o.application and o.application.course in courses
        ]
        for courses in (
            (Course.WITHDRAWS_BEFORE_PLAN, Course.WITHDRAWS_AFTER_PLAN),
            (Course.WAITLISTED,),
        )
    )
    assert leaving
    assert len(leaving) <= len(waiting)
    assert len(set(leaving + waiting)) == 1


@pytest.mark.parametrize("fair", FAIRS)
def test_no_two_organisations_have_one_name_and_each_has_a_real_province(fair: str) -> None:
    found = cast(load(fair)).organisations
    assert len({o.name.fr for o in found}) == len(found)
    assert all(words.provinces()[o.province].region == o.region for o in found if o.country == "MA")


@pytest.mark.parametrize("fair", FAIRS)
def test_some_workshops_want_more_than_their_seats_and_some_visitors_stay_away(fair: str) -> None:
    scenario = load(fair)
    made_up = cast(scenario)
    wanted = Counter(wish.session for wish in made_up.wishes)
    seats = {p.key: p.session.seats for p in programme(scenario) if p.session.seats}
    assert any(wanted[key] > seat for key, seat in seats.items())
    assert any(wanted[key] < seat for key, seat in seats.items())
    assert len(made_up.visits) == scenario.visitors.tickets
    assert 0 < sum(not visit.comes for visit in made_up.visits) < len(made_up.visits) / 4
    assert {visit.gate for visit in made_up.visits} == set(scenario.visitors.gates)
    assert len(scenario.visitors.gates) == 4
    assert {visit.day for visit in made_up.visits} == set(days_of(scenario))
    assert day_of(scenario, days_of(scenario)[-1]) == scenario.fair.last_day


@pytest.mark.parametrize("fair", FAIRS)
@pytest.mark.parametrize("reading", Reading)
def test_the_reported_number_holds_in_either_reading(fair: str, reading: Reading) -> None:
    scenario = load(fair, reading)
    counted = [
        o
        for o in taking_part(scenario)
        if any(
            scenario.counts(group)
            for group in scenario.groups
            if o.application and (group.kind, group.pole) == (o.kind, o.application.pole_id)
        )
    ]
    number = len(counted) if reading is Reading.ORGANISATIONS else people(counted)
    assert number == scenario.exhibitors.reported
    assert people(counted) == 2 * len(counted)
    assert len(partners(scenario)) == len(partners(load(fair)))


@pytest.mark.parametrize("fair", FAIRS)
def test_rules_of_the_floor_are_about_those_who_take_part(fair: str) -> None:
    scenario = load(fair)
    exhibitors = taking_part(scenario)
    rules = scenario.assignment
    assert rules.forbidden
    assert {family for pair in rules.forbidden for family in pair} <= families(exhibitors)
    wanted: Counter[tuple[str, str]] = Counter()
    for o in exhibitors:
        assert o.application
        of = (*(("pioneer",) if o.application.pioneer else ()), *o.application.programmes)
        wanted.update((each, o.application.pole_id) for each in of)
    # Everybody for whom there is a zone has room in it, and nobody else has one.
    assert wanted
    assert wanted.keys() == {(zone.of, zone.pole) for zone in rules.zones}
    room: Counter[tuple[str, str]] = Counter()
    plan = {booth.booth_id: booth for booth in booths(scenario)}
    for of, named in zones(scenario).items():
        room.update((of, plan[booth_id].pole_id) for booth_id in named)
    assert all(room[key] >= number for key, number in wanted.items())


@pytest.mark.parametrize("fair", FAIRS)
def test_zones_of_different_programmes_share_no_booth(fair: str) -> None:
    of_programmes = [named for of, named in zones(load(fair)).items() if of != "pioneer"]
    together = [booth_id for named in of_programmes for booth_id in named]
    assert len(set(together)) == len(together)


@pytest.mark.parametrize("fair", FAIRS)
def test_some_come_from_one_commune_and_would_like_something_of_their_booth(fair: str) -> None:
    scenario = load(fair)
    exhibitors = taking_part(scenario)
    mates = Counter((o.application.pole_id, o.commune) for o in exhibitors if o.application)
    for commune in scenario.communes:
        # A commune weighs where several of a pole come from it.
        assert max(n for (_, of), n in mates.items() if of == commune.commune) > 1
        assert {o.province for o in exhibitors if o.commune == commune.commune} == {
            commune.province
        }
    asked = Counter(code for o in exhibitors if o.application for code in o.application.preferences)
    assert asked.keys() == scenario.preferences.keys() > set()
    for code, share in scenario.preferences.items():
        assert 0.8 * share < asked[code] / len(exhibitors) < 1.2 * share
    # Partners are asked nothing.
    assert not any(o.application.preferences for o in partners(scenario) if o.application)
