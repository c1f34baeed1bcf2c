"""A floor plan as the rules of an assignment see it."""

from __future__ import annotations

from services.scheduling.floor.plan import Plan
from services.scheduling.placing.problem import Ground


def ground_of(plan: Plan) -> Ground:
    """What rules look at, in whole numbers, so that a recomputation is exact."""
    return Ground(
        booths=plan.booths,
        beside=plan.beside,
        partner_poles=plan.partner_poles,
    )
