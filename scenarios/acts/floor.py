"""The floor plan is published and everybody gets a booth; the plan goes on changing."""

from __future__ import annotations

from datetime import time

from scenarios.acts import placing
from scenarios.acts.selection import having, withdraw
from scenarios.cast import Course, Organisation
from scenarios.client import Answer, PlayError
from scenarios.floor import body_of, booths
from scenarios.report import Phase
from scenarios.settling import heard, settle
from scenarios.stage import Stage

PLANNED_DAYS = 14
_STEPS = 6


async def play(stage: Stage) -> None:
    """Ends when everybody who takes part holds the booths that it registered for."""
    await stage.days_before(PLANNED_DAYS, time(10))
    body = body_of(stage.scenario, by_hand=stage.by_hand)
    steps = iter(range(1, _STEPS + 1))

    def told() -> None:
        stage.progress(Phase.PLACE, next(steps), _STEPS)

    stage.progress(Phase.PLACE, 0, _STEPS)
    await stage.client.post("scheduling", f"{stage.fair}/floor-plan", body, step="floor-plan")
    told()
    promised = await _place_pioneers(stage)
    told()
    by_rules = await placing.publish_rules(stage, promised)
    if by_rules:
        await placing.place(stage)
    else:
        await _first_fit(stage, "first-fit/all")
    told()
    await _swap(stage)
    told()
    leaving = having(stage.applying(), Course.WITHDRAWS_AFTER_PLAN)
    await withdraw(stage, leaving, "illness")
    await heard(stage.client)
    told()
    if by_rules:
        await placing.repair(stage)
    else:
        await _first_fit(stage, "first-fit/moved-up")
    await settle(stage.client)
    told()


async def _place_pioneers(stage: Stage) -> list[Answer]:
    """The team gives pioneers a corner by hand; a corner is drawn at the end of each row.

    Returns what it has promised, as the rules of an assignment say it.
    """
    promised: list[Answer] = []
    corners = {
        pole.pole_id: [
            booth.booth_id
            for booth in booths(stage.scenario)
            if booth.pole_id == pole.pole_id and booth.corner
        ]
        for pole in stage.scenario.poles
    }
    for organisation, application in stage.applying():
        if application.pioneer:
            booth = corners[application.pole_id].pop(0)
            promised.append(
                {"exhibitor_id": stage.applications[organisation.key], "booths": [booth]}
            )
            await stage.client.post(
                "scheduling",
                f"{stage.fair}/booths/{booth}/assign",
                {"exhibitor_id": stage.applications[organisation.key]},
                step=f"assign/{organisation.key}",
            )
    return promised


async def _first_fit(stage: Stage, step: str) -> None:
    """Raises PlayError when somebody is left without a booth."""
    answer = await stage.client.post("scheduling", f"{stage.fair}/booths/first-fit", {}, step=step)
    if answer["unplaced"]:
        reasons = sorted({found["reason"] for found in answer["unplaced"]})
        raise PlayError(f"{len(answer['unplaced'])} exhibitors have no booth: {reasons}.")


async def _swap(stage: Stage) -> None:
    """Two who have no needs, and so can stand anywhere in their pole, want to change places."""
    first, second = sorted([await _booth_of(stage, each) for each in _swapping(stage)])
    await stage.client.post(
        "scheduling",
        f"{stage.fair}/booths/swap",
        {"first": first, "second": second},
        step="swap",
    )


def _swapping(stage: Stage) -> list[Organisation]:
    pole = stage.scenario.selection.pole
    # Nor may a neighbour be one that the rules forbid them.
    kept_apart = {code for pair in stage.scenario.assignment.forbidden for code in pair}
    able = [
        organisation
        for organisation, application in stage.applying()
        if application.course is Course.ACCEPTED
        and application.pole_id == pole
        and not application.needs.any
        and application.booths == 1
        and kept_apart.isdisjoint(product.family for product in application.products)
    ]
    return [able[0], able[-1]]


async def _booth_of(stage: Stage, organisation: Organisation) -> str:
    exhibitor_id = stage.applications[organisation.key]
    held = await stage.client.items("scheduling", f"{stage.fair}/booths", exhibitor_id=exhibitor_id)
    return held[0]["booth_id"]
