"""What stands on a ticket, a badge and a certificate, and on how many pages."""

from __future__ import annotations

from datetime import date

import pytest

from services.ticketing.prints.sheets import (
    BadgeFacts,
    Paper,
    TicketFacts,
    WorkshopFacts,
    badges,
    certificates,
    pages_of,
    ticket,
)
from services.ticketing.prints.words import PrintLanguage

FAIR = "Salon régional"
DAYS = (date(2025, 9, 17), date(2025, 9, 22))
FACTS = TicketFacts(FAIR, "pupils", *DAYS, 28, "CODE", "ABCDEFGH")
WORKSHOP = WorkshopFacts(FAIR, "Marketing", date(2025, 9, 18))


def texts(item: object) -> dict[str, str]:
    assert isinstance(item, dict)
    return {k: v["text"] if isinstance(v, dict) else v for k, v in item.items()}  # pyright: ignore


def test_a_ticket_says_fair_days_party_and_kind_and_no_name() -> None:
    made = ticket(FACTS, PrintLanguage.FRENCH)
    assert (made["width"], made["height"]) == (105, 148)
    assert texts(made["items"][0]) == {
        "title": "Billet d’entrée",
        "fair": FAIR,
        "days": "du 17 au 22 septembre 2025",
        "kind": "Élèves",
        "party": "28",
        "people": "personnes",
        "typed": "Si le code ne se lit pas, saisir :",
        "note": "Présentez ce billet à l’entrée.",
        "short": "ABCD EFGH",
        "code": "CODE",
    }


@pytest.mark.parametrize(("people", "sheets", "labels"), [(1, 1, 1), (4, 1, 4), (5, 2, 5)])
def test_four_badges_stand_on_a_sheet_and_one_on_a_label(
    people: int, sheets: int, labels: int
) -> None:
    wearers = [BadgeFacts(f"Nom {n}", "seller", "Coopérative") for n in range(people)]
    for paper, pages, size in (
        (Paper.SHEET, sheets, (210, 297)),
        (Paper.LABEL, labels, (62, 86)),
    ):
        made = badges(FAIR, DAYS, wearers, paper, PrintLanguage.ARABIC)
        assert pages_of(made) == pages
        assert (made["width"], made["height"]) == size
        assert [texts(item)["name"] for item in made["items"]] == [w.name for w in wearers]
        assert texts(made["items"][0])["role"] == "البيع"
        assert texts(made["items"][0])["organisation"] == "Coopérative"


def test_a_certificate_says_who_attended_what_and_when() -> None:
    made = certificates(WORKSHOP, ["Nom Inventé", "فاطمة"], PrintLanguage.FRENCH)
    assert pages_of(made) == 2
    first, second = map(texts, made["items"])
    assert first["name"] == "Nom Inventé"
    assert second["name"] == "فاطمة"
    assert first["workshop"] == "Marketing"
    assert first["days"] == "jeudi 18 septembre 2025"
    assert first["fair"] == FAIR
