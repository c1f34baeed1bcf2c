"""Bodies of requests to registration."""

from __future__ import annotations

from typing import Any

from tests.running_service import text


def fair_form(fair_id: str, **more: Any) -> dict[str, Any]:
    return {
        "fair_id": fair_id,
        "edition": 2,
        "name": text("Salon régional"),
        "region": text("Drâa-Tafilalet"),
        "city": text("Zagora"),
        "venue": text("Place de la Marche"),
        "timezone": "Africa/Casablanca",
        "first_day": "2025-09-17",
        "last_day": "2025-09-22",
        "opens_at": "10:00",
        "closes_at": "22:00",
        "poles": [
            {"pole_id": "products", "name": text("Pôle produits"), "places": 2},
            {"pole_id": "institutional", "name": text("Pôle institutionnel"), "places": 0},
        ],
        "programmes": [{"programme_id": "mouazara", "name": text("Mouazara")}],
        **more,
    }


def organisation_form(**more: Any) -> dict[str, Any]:
    return {
        "kind": "cooperative",
        "name": text("Coopérative Al Amal"),
        "province": "zagora",
        "region": "draa-tafilalet",
        **more,
    }


def contact_form(**more: Any) -> dict[str, Any]:
    """A person who does not exist, with a made-up number."""
    return {
        "role": "chair",
        "name": "فاطمة (اسم مختلق)",
        "phone": "0612345678",
        "language": "zgh",
        "channel": "sms",
        "consent": True,
        **more,
    }


def wearer_form(**more: Any) -> dict[str, Any]:
    """Somebody who wears a badge and does not exist."""
    return {"name": "خديجة (اسم مختلق)", "role": "seller", **more}
