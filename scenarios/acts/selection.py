"""The team decides who takes part; places given back go to those who wait."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import time
from functools import partial

from maarid_contracts.registration import Participation

from scenarios.acts import offers, ranking
from scenarios.cast import Application, Course, Organisation
from scenarios.client import NotFound, PlayError
from scenarios.replies import replies
from scenarios.report import Phase
from scenarios.settling import heard, settle
from scenarios.stage import Stage

DECIDED_DAYS = 28

Entry = tuple[Organisation, Application]


async def play(stage: Stage) -> None:
    """Ends when as many take part as the scenario says, some of them from the waiting list."""
    await stage.days_before(DECIDED_DAYS, time(10))
    applying = stage.applying()
    if not await _by_run(stage, applying):
        await _by_hand(stage, applying)
    await heard(stage.client)
    stage.replies = replies(stage.scenario.offers)
    leaving = having(applying, Course.WITHDRAWS_BEFORE_PLAN)
    await withdraw(stage, leaving, "cannot_come")
    await settle(stage.client)


async def _by_run(stage: Stage, applying: Sequence[Entry]) -> bool:
    """Decide on partners, and on what was taken back; then a run decides on all others.

    Returns False where the service has no runs.
    """
    if not stage.by_rules:
        return False
    apart = [entry for entry in applying if _is_apart(entry[1])]
    await stage.for_each(Phase.SELECT, apart, partial(_decide, stage), total=len(applying))
    try:
        await ranking.select(stage, applying)
    except NotFound:
        return False
    stage.progress(Phase.SELECT, len(applying), len(applying))
    return True


def _is_apart(application: Application) -> bool:
    """A partner takes no place, and needs no rank."""
    return (
        application.course is Course.TAKEN_BACK
        or application.participation is Participation.INSTITUTIONAL_PARTNER
    )


async def _by_hand(stage: Stage, applying: Sequence[Entry]) -> None:
    total = len(applying)
    first = [entry for entry in applying if entry[1].course is not Course.WAITLISTED]
    done = await stage.for_each(Phase.SELECT, first, partial(_decide, stage), total=total)
    # One after the other, for the order in which they are put there is their rank.
    for entry in applying:
        if entry[1].course is Course.WAITLISTED:
            await _decide(stage, entry)
            done += 1
            stage.progress(Phase.SELECT, done, total)


async def _decide(stage: Stage, entry: Entry) -> None:
    organisation, application = entry
    await stage.client.post(
        "registration",
        f"{stage.application_path(organisation)}/{_verb(application.course)}",
        {"reason": application.reason},
        step=f"decide/{organisation.key}",
    )


def having(
    applying: Collection[tuple[Organisation, Application]], course: Course
) -> list[Organisation]:
    """The organisations whose application takes a course."""
    return [organisation for organisation, found in applying if found.course is course]


async def withdraw(stage: Stage, leaving: Collection[Organisation], reason: str) -> None:
    """Exhibitors withdraw, and who is offered their places answers.

    Raises PlayError if nobody moves up in the place of one, or is offered it.
    """
    for organisation in leaving:
        answer = await stage.client.post(
            "registration",
            f"{stage.application_path(organisation)}/withdraw",
            {"reason": reason},
            step=f"withdraw/{organisation.key}",
        )
        if len(answer["moved_up"]) + len(answer.get("offered", ())) != 1:
            raise PlayError(f"Nobody moved up when {organisation.key} withdrew.")
    if stage.scenario.offers is not None and stage.by_rules:
        await offers.answer(stage, stage.replies)


def _verb(course: Course) -> str:
    match course:
        case Course.ACCEPTED | Course.WITHDRAWS_BEFORE_PLAN | Course.WITHDRAWS_AFTER_PLAN:
            return "accept"
        case Course.WAITLISTED:
            return "waitlist"
        case Course.REJECTED:
            return "reject"
        case Course.TAKEN_BACK:
            return "withdraw"
