"""A floor plan as the rules of an assignment see it."""

from __future__ import annotations

from services.scheduling.floor.plan import Plan
from services.scheduling.placing.problem import Ground


def ground_of(plan: Plan) -> Ground:
    """What rules look at, in whole numbers, so that a recomputation is exact."""
    return Ground(
        booths=plan.booths,
        beside=plan.beside,
        facing=plan.facing,
        walk_cm={booth_id: round(metres * 100) for booth_id, metres in plan.walk_m.items()},
        noisy=plan.noisy,
        partner_poles=plan.partner_poles,
    )
