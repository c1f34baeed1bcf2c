"""What each changing route is sent by tests that ask all of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.running_service import text

NOW, LATER = "2090-06-01T08:00:00Z", "2090-07-01T08:00:00Z"
PERSON = {"name": "شخص مختلق", "phone": "0612345678", "language": "ar"}
PEOPLE = "/fairs/{fair_id}/exhibitors/{exhibitor_id}/people"
WEARER = {"name": "شخص مختلق", "role": "seller"}
BOOTH = {"pole_id": "products", "y_m": 0.0, "width_m": 3.0, "depth_m": 3.0}
SESSION = {
    "kind": "workshop",
    "title": text("Marketing"),
    "topic_code": "marketing",
    "hall_id": "tent",
    "language": "ar",
    "audience": "exhibitors",
    "starts_at": "2090-09-18T09:00:00Z",
    "ends_at": "2090-09-18T11:00:00Z",
}
SCAN = {
    "scan_id": "7b7c2e61-0c4e-4a77-8f0e-0d4e4a6f7a10",
    "sequence": 1,
    "at": NOW,
    "direction": "in",
    "people": 1,
    "verdict": "let_in",
    "decided": "offline",
}
ORGANISATION = {
    "kind": "cooperative",
    "name": text("Coopérative"),
    "province": "azilal",
    "region": "beni-mellal-khenifra",
}


def announcement(fair: str) -> dict[str, Any]:
    return {
        "fair_id": fair,
        "edition": 1,
        **{name: text("Salon") for name in ("name", "region", "city", "venue")},
        "first_day": "2090-09-17",
        "last_day": "2090-09-22",
        "opens_at": "08:00",
        "closes_at": "22:00",
        "poles": [{"pole_id": "products", "name": text("Produits"), "places": 10}],
    }


DRAWING = """
[[rows]]
pole = "products"
number = "P-001"
start = [0, 0]
modules = 2
width_m = 3
depth_m = 3
"""
FLOOR = {"booths": [{"booth_id": f"P-00{n}", "x_m": 3.0 * n, **BOOTH} for n in (1, 2)]}
# What each changing route is sent; `{…}` is filled in as in its path.
RULES = {"terms": [{"of": "women_led", "points": 5}], "offer_hours": 48}
BODIES: Mapping[str, Any] = {
    "POST /clock": {"now": "{now}"},
    "POST /fairs": announcement("{new}"),
    "POST /fairs/{fair_id}/call/open": {"closes_at": LATER},
    "POST /fairs/{fair_id}/call/close": {"reason": "enough"},
    "POST /fairs/{fair_id}/change": {"reason": "rain", "area_m2": 4000},
    "POST /fairs/{fair_id}/cancel": {"reason": "flood"},
    "POST /organisations": ORGANISATION,
    "POST /organisations/{organisation_id}/correct": {"reason": "typing_error", "founded": 2012},
    # Into itself, which is refused to whoever may merge: the others stand for themselves.
    "POST /organisations/{organisation_id}/merge": {
        "into": "{organisation_id}",
        "reason": "enrolled_twice",
    },
    # From itself, which is refused to whoever may say it.
    "POST /organisations/{organisation_id}/apart": {
        "other_id": "{organisation_id}",
        "reason": "two_branches",
    },
    "DELETE /organisations/{organisation_id}/apart/{other_id}": None,
    "POST /organisations/{organisation_id}/unmerge": {"reason": "not_the_same"},
    "POST /organisations/{organisation_id}/contacts": {**PERSON, "role": "chair"},
    "PUT /contacts/{contact_id}": PERSON,
    "POST /contacts/{contact_id}/consent": {"consent": True},
    "DELETE /contacts/{contact_id}": None,
    "POST /fairs/{fair_id}/applications": {
        "organisation_id": "{organisation_id}",
        "pole_id": "products",
        "people": 2,
    },
    **{
        f"POST /fairs/{{fair_id}}/applications/{{application_id}}/{what}": {"reason": "so_decided"}
        for what in ("accept", "waitlist", "reject", "withdraw")
    },
    "POST /fairs/{fair_id}/applications/{application_id}/change": {
        "reason": "typing_error",
        "people": 3,
    },
    "PUT /families/{code}": {"name": text("Miel"), "craft": "food"},
    "POST /families/standard": None,
    f"POST {PEOPLE}": WEARER,
    f"PUT {PEOPLE}/{{wearer_id}}": {"name": "شخص مختلق"},
    f"POST {PEOPLE}/{{wearer_id}}/replace": WEARER,
    f"POST {PEOPLE}/{{wearer_id}}/remove": {"reason": "ill"},
    f"DELETE {PEOPLE}/{{wearer_id}}": None,
    "POST /retention/confirm": {"digest": "0" * 64},
    "POST /fairs/{fair_id}/applications/{application_id}/documents": {
        "document": "statutes",
        "found": "missing",
    },
    "POST /fairs/{fair_id}/applications/{application_id}/marks": {
        "criterion": "quality",
        "mark": 3,
    },
    "POST /fairs/{fair_id}/applications/{application_id}/why/cost": None,
    "POST /fairs/{fair_id}/selection/rules": RULES,
    "POST /fairs/{fair_id}/selection/draw": {"word": "olive"},
    "POST /fairs/{fair_id}/selection/runs": {},
    "POST /fairs/{fair_id}/selection/publish": {"job_id": "0192f5c4-7d3e-7c1a-9a55-3f0d6b1e2c47"},
    "POST /fairs/{fair_id}/offers/{offer_id}/accept": None,
    "POST /fairs/{fair_id}/offers/{offer_id}/decline": {"reason": "no_time"},
    "POST /fairs/{fair_id}/offers/{offer_id}/told": None,
    # A text is a list; what it says is no matter of roles.
    "POST /fairs/{fair_id}/intakes": "Nom;Province",
    "POST /fairs/{fair_id}/intakes/{intake_id}/import": {},
    "DELETE /fairs/{fair_id}/intakes/{intake_id}": None,
    "POST /fairs/{fair_id}/floor-plan": FLOOR,
    # A text is a drawing.
    "POST /fairs/{fair_id}/drawings": DRAWING,
    "POST /fairs/{fair_id}/booths/swap": {"first": "P-001", "second": "P-002"},
    "POST /fairs/{fair_id}/booths/first-fit": {},
    "POST /fairs/{fair_id}/booths/{booth_id}/assign": {"exhibitor_id": "{application_id}"},
    "POST /fairs/{fair_id}/booths/{booth_id}/release": {},
    "POST /fairs/{fair_id}/assignment/rules": {"weights": {"communes": 5}},
    # A text is a file; what it says is no matter of roles.
    "POST /fairs/{fair_id}/assignment/rules.toml": "newcomers_worst_percent = 25",
    "POST /fairs/{fair_id}/assignments": {"seconds": 1},
    "POST /fairs/{fair_id}/assignments/{draft_id}/stop": None,
    "POST /fairs/{fair_id}/assignments/{draft_id}/place": {
        "exhibitor_id": "{application_id}",
        "booths": ["P-001"],
        "expected_version": 1,
    },
    **{
        f"POST /fairs/{{fair_id}}/assignments/{{draft_id}}/{what}": {
            "exhibitor_id": "{application_id}",
            "expected_version": 1,
        }
        for what in ("free", "lock")
    },
    "POST /fairs/{fair_id}/assignments/{draft_id}/adopt": None,
    "DELETE /fairs/{fair_id}/assignments/{draft_id}": None,
    "POST /fairs/{fair_id}/swaps": {"booth_id": "P-001", "for_booth_id": "P-002"},
    "POST /fairs/{fair_id}/swaps/{swap_id}/agree": None,
    "POST /fairs/{fair_id}/swaps/{swap_id}/withdraw": None,
    "POST /fairs/{fair_id}/booths/{booth_id}/set-up": None,
    "POST /fairs/{fair_id}/booths/{booth_id}/set-up/take-back": {"reason": "wrong_booth"},
    "POST /fairs/{fair_id}/halls": {"hall_id": "tent", "name": text("Tente"), "capacity": 99},
    "POST /fairs/{fair_id}/sessions": SESSION,
    "POST /fairs/{fair_id}/sessions/{session_id}/reschedule": {
        "hall_id": "tent",
        "starts_at": "2090-09-19T09:00:00Z",
        "ends_at": "2090-09-19T11:00:00Z",
        "reason": "rain",
    },
    "POST /fairs/{fair_id}/sessions/{session_id}/cancel": {"reason": "rain"},
    "POST /fairs/{fair_id}/programme/rules": {
        "halls": [{"hall_id": "tent", "equipment": ["projector"]}]
    },
    "POST /fairs/{fair_id}/timetables": {"moving": ["{session_id}"]},
    "POST /fairs/{fair_id}/timetables/{timetable_id}/runs": {"seconds": 1},
    "POST /fairs/{fair_id}/timetables/{timetable_id}/sessions/{session_id}/place": {
        "hall_id": "tent",
        "starts_at": "2090-09-20T09:00:00Z",
        "only_show": True,
    },
    "POST /fairs/{fair_id}/timetables/{timetable_id}/sessions/{session_id}/free": None,
    "POST /fairs/{fair_id}/timetables/{timetable_id}/publish": None,
    "DELETE /fairs/{fair_id}/timetables/{timetable_id}": None,
    "POST /workshops/{session_id}/rules": {"places_per_organisation": 4},
    "POST /workshops/{session_id}/seats": {"attendee_id": "{contact_id}"},
    "POST /workshops/{session_id}/seats/{seat_id}/cancel": None,
    "POST /workshops/{session_id}/seats/{seat_id}/accept": None,
    "POST /workshops/{session_id}/seats/{seat_id}/decline": None,
    "POST /workshops/{session_id}/seats/{seat_id}/attend": None,
    "POST /workshops/{session_id}/walk-ins": {"people": 1},
    "POST /fairs/{fair_id}/tickets": {"kind": "visitor", "day": "2090-09-18", "party": 1},
    "POST /tickets/{ticket_id}/check-in": {"gate_id": "north"},
    "POST /tickets/{ticket_id}/reissue": None,
    "POST /tickets/{ticket_id}/revoke": {"reason": "stolen"},
    "POST /fairs/{fair_id}/gate-rules": {"reentry": ["exhibitor"]},
    "POST /fairs/{fair_id}/devices": {"label": "phone 3", "gate_id": "north"},
    "POST /devices/{device_id}/scans": {"sent_at": NOW, "scans": [SCAN]},
    "DELETE /devices/{device_id}": None,
    "POST /fairs/{fair_id}/badges": {"people": [{"name": "شخص مختلق", "role": "press"}]},
    "POST /workshops/{session_id}/certificates": {"language": "fr"},
    "POST /phones/{contact_id}/answers": {"text": "نعم"},
    "POST /campaigns": {"fair_id": "{fair_id}", "code": "badges", "texts": text("Badges")},
    "POST /campaigns/{campaign_id}/preview": {"contact_id": "{contact_id}"},
    "POST /campaigns/{campaign_id}/start": None,
    "POST /campaigns/{campaign_id}/pause": None,
    "POST /campaigns/{campaign_id}/resume": None,
    "POST /campaigns/{campaign_id}/stop": None,
    "POST /fairs/{fair_id}/calls/{message_id}": {"outcome": "no_answer"},
    "POST /fairs/{fair_id}/answers/{answer_id}": {},
    "POST /codes": {"phone": "0612345678", "address": "203.0.113.7"},
    # Nobody has asked for this one.
    "POST /codes/check": {"code_id": "{message_id}", "code": "123456"},
}
