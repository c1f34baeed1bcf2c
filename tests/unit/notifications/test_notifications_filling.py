"""Names and times in place of ids; and when a reminder is due."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time

import pytest

from services.notifications.fairs.fair import Fair
from services.notifications.messages.filling import Facts, NotYet, fill
from services.notifications.reminders.reminding import evening_before
from services.notifications.workshops.workshop import Workshop

FAIR = Fair(
    "agadir-2025",
    {"ar": "معرض أكادير", "fr": "Salon d'Agadir"},
    "Africa/Casablanca",
    {"products": {"ar": "قطب المنتوجات", "fr": "Produits"}},
)
SESSION = "0192f5c4-7d3e-7c1a-9a55-3f0d6b1e2c47"
WORKSHOP = Workshop(
    SESSION,
    FAIR.fair_id,
    {"ar": "التسويق", "fr": "Marketing"},
    "hall-a",
    datetime(2025, 2, 16, 9, 30, tzinfo=UTC),
)
HALLS = {
    (FAIR.fair_id, "hall-a"): {"ar": "القاعة أ", "fr": "Salle A"},
    (FAIR.fair_id, "hall-b"): {"ar": "القاعة ب", "fr": "Salle B"},
}
FACTS = Facts({FAIR.fair_id: FAIR}, HALLS, {SESSION: WORKSHOP})


def test_ids_become_names_and_the_rest_stays() -> None:
    filled = fill({"pole_id": "products", "booth": "P-012"}, FAIR.fair_id, FACTS)
    assert filled["fair"] == FAIR.name
    assert filled["pole"] == FAIR.poles["products"]
    assert filled["booth"] == "P-012"


def test_what_is_counted_becomes_a_number() -> None:
    filled = fill({"pole_id": "products", "booths": "2", "hours": "48"}, FAIR.fair_id, FACTS)
    assert (filled["booths"], filled["hours"]) == (2, 48)


def test_a_pole_that_the_fair_did_not_announce_keeps_its_id() -> None:
    assert fill({"pole_id": "garden"}, FAIR.fair_id, FACTS)["pole"] == {
        "ar": "garden",
        "fr": "garden",
    }


def test_a_session_is_where_and_when_we_know_it_last_by_the_clocks_of_the_fair() -> None:
    filled = fill({"session_id": SESSION}, FAIR.fair_id, FACTS)
    assert filled["session"] == WORKSHOP.title
    assert filled["hall"] == HALLS[FAIR.fair_id, "hall-a"]
    assert str(filled["starts_at"]) == "2025-02-16 10:30:00+01:00"


def test_a_message_about_a_fair_says_when_and_the_place_that_we_know_last() -> None:
    arguments = {
        "first_day": "2025-02-20",
        "last_day": "2025-02-24",
        "opens_at": "09:30:00",
        "closes_at": "21:00:00",
        "one_day": "false",
    }
    place = {"ar": "الساحة", "fr": "La place"}
    city = {"ar": "أكادير", "fr": "Agadir"}
    changed = replace(FAIR, venue=place, city=city)
    filled = fill(arguments, FAIR.fair_id, Facts({FAIR.fair_id: changed}, {}, {}))
    assert (filled["first_day"], filled["last_day"]) == (date(2025, 2, 20), date(2025, 2, 24))
    assert (filled["opens_at"], filled["closes_at"]) == (time(9, 30), time(21))
    assert (filled["venue"], filled["city"]) == (place, city)
    for unheard in (FAIR, replace(FAIR, venue=place)):
        with pytest.raises(NotYet, match="fair_unknown"):
            fill(arguments, FAIR.fair_id, Facts({FAIR.fair_id: unheard}, {}, {}))


def test_a_message_about_a_move_says_what_the_move_said() -> None:
    arguments = {
        "session_id": SESSION,
        "hall_id": "hall-b",
        "starts_at": "2025-02-17T15:00:00+00:00",
    }
    filled = fill(arguments, FAIR.fair_id, FACTS)
    assert filled["hall"] == HALLS[FAIR.fair_id, "hall-b"]
    assert str(filled["starts_at"]) == "2025-02-17 16:00:00+01:00"


@pytest.mark.parametrize(
    ("fair_id", "facts", "reason"),
    [
        (None, FACTS, "fair_unknown"),
        ("oujda-2019", FACTS, "fair_unknown"),
        (FAIR.fair_id, Facts(FACTS.fairs, FACTS.halls, {}), "session_unknown"),
        (FAIR.fair_id, Facts(FACTS.fairs, {}, FACTS.workshops), "hall_unknown"),
    ],
)
def test_what_has_not_been_heard_of_is_waited_for(
    fair_id: str | None, facts: Facts, reason: str
) -> None:
    with pytest.raises(NotYet) as waiting:
        fill({"session_id": SESSION}, fair_id, facts)
    assert waiting.value.reason == reason


@pytest.mark.parametrize(
    ("starts_at", "due"),
    [
        ("2025-09-18T09:00:00+01:00", "2025-09-17T18:00:00+01:00"),
        # Half past midnight in Morocco is still the day before in UTC.
        ("2025-09-17T23:30:00+00:00", "2025-09-17T18:00:00+01:00"),
        # The clocks go back by an hour in the night to 23 February 2025, for Ramadan.
        ("2025-02-23T10:00:00+00:00", "2025-02-22T18:00:00+01:00"),
    ],
)
def test_a_reminder_is_due_at_six_in_the_evening_before_by_the_clocks_of_the_fair(
    starts_at: str, due: str
) -> None:
    evening = evening_before(datetime.fromisoformat(starts_at), "Africa/Casablanca")
    assert evening == datetime.fromisoformat(due)
    assert evening.hour == 18
