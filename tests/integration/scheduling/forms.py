"""Bodies of requests to scheduling."""

from __future__ import annotations

from typing import Any


def booth(number: int, *, pole: str = "products", **more: Any) -> dict[str, Any]:
    return {
        "booth_id": f"P-{number:03}",
        "pole_id": pole,
        "x_m": 3.0 * number,
        "y_m": 0.0,
        "width_m": 3.0,
        "depth_m": 3.0,
        **more,
    }


def hall(hall_id: str = "tent", capacity: int = 40) -> dict[str, Any]:
    return {"hall_id": hall_id, "name": {"ar": "خيمة", "fr": "Tente"}, "capacity": capacity}


def session(starts: str, ends: str, **more: Any) -> dict[str, Any]:
    return {
        "kind": "workshop",
        "title": {"ar": "التسويق", "fr": "Marketing", "zgh": None},
        "topic_code": "marketing",
        "hall_id": "tent",
        "speakers": [],
        "language": "ar",
        "audience": "exhibitors",
        "starts_at": starts,
        "ends_at": ends,
        **more,
    }
