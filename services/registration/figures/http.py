"""The route of the figures of a fair."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel, Field

from chassis.answers.shapes import known
from chassis.api.fields import FairId
from chassis.api.requests import Role, RuntimeDep, allow
from services.registration.fairs.read import fair
from services.registration.figures import read

router = APIRouter(tags=["fairs"])


class FiguresOut(BaseModel):
    """Who takes part, counted from accepted applications.

    What is counted by kind, pole, province and programme, and women-led and youth-led, are
    organisations, partners among them.
    """

    organisations: int = Field(description="Organisations that exhibit, without partners.")
    institutional_partners: int
    people: int = Field(description="Badge holders of organisations that exhibit.")
    booths_wanted: int = Field(description="Booths of organisations that exhibit.")
    by_kind: dict[str, int]
    by_pole: dict[str, int]
    by_province: dict[str, int]
    by_programme: dict[str, int]
    families: list[str] = Field(description="Product families on show, sorted.")
    women_led: int
    youth_led: int
    applications_by_status: dict[str, int]


@router.get(
    "/fairs/{fair_id}/figures", dependencies=[allow(Role.ORGANISER, Role.AUDITOR, Role.SERVICE)]
)
async def show_figures(fair_id: FairId, runtime: RuntimeDep) -> FiguresOut:
    """The figures of a fair: its exhibitors and partners, counted."""
    known(await fair(runtime.pool, fair_id), "fair_unknown", fair_id=fair_id)
    counts = await read.figures(runtime.pool, fair_id)
    total = counts["total"]
    return FiguresOut(
        organisations=total["organisations"],
        institutional_partners=total["institutional_partners"],
        people=total["people"],
        booths_wanted=total["booths_wanted"],
        by_kind=dict(counts.get("kind", {})),
        by_pole=dict(counts.get("pole", {})),
        by_province=dict(counts.get("province", {})),
        by_programme=dict(counts.get("programme", {})),
        families=sorted(counts.get("family", {})),
        women_led=total["women_led"],
        youth_led=total["youth_led"],
        applications_by_status=dict(counts.get("status", {})),
    )
