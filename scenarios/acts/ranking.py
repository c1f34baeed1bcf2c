"""A run selects by published rules, and the team adopts what it proposes."""

from __future__ import annotations

from collections.abc import Sequence

from maarid_contracts.registration import Participation

from scenarios.cast import Application, Course, Organisation
from scenarios.client import Answer, NotFound, PlayError
from scenarios.jobs import finished
from scenarios.marks import marks
from scenarios.report import Phase
from scenarios.settling import heard
from scenarios.stage import Stage

Entry = tuple[Organisation, Application]


async def publish_rules(stage: Stage) -> None:
    """Before the call opens.  A version that selects by no rules publishes none."""
    rules = stage.scenario.rules
    body: Answer = {
        "terms": [term.model_dump() for term in rules.terms],
        "quotas": [quota.model_dump() for quota in rules.quotas],
    }
    if stage.scenario.offers is not None:
        body["offer_hours"] = stage.scenario.offers.hours
    try:
        path = f"{stage.fair}/selection/rules"
        await stage.client.post("registration", path, body, step="rules")
    except NotFound:
        return
    stage.by_rules = True


async def select(stage: Stage, applying: Sequence[Entry]) -> None:
    """Mark all exhibitors, hold the draw, run, and publish.

    Raises NotFound on a version that was gone back to, which selects by no rules; and PlayError
    where the quotas contradict each other.
    """
    ranked = [entry for entry in applying if _is_ranked(entry[1])]
    selection = await stage.client.get("registration", f"{stage.fair}/selection")
    if selection["word"] is None:
        # After the draw nobody is marked any more.
        await _mark(stage, ranked)
        body = {"word": stage.scenario.rules.word}
        await stage.client.post("registration", f"{stage.fair}/selection/draw", body, step="draw")
    await heard(stage.client)
    run = await finished(
        stage.client, "registration", f"{stage.fair}/selection/runs", {}, step="run"
    )
    if "conflict" in run["result"]:
        raise PlayError(f"Nobody can be selected: {run['result']['conflict']['demands']}.")
    body = {
        "job_id": run["job_id"],
        "adjustments": _adjustments(stage, ranked, run["result"]["decisions"]),
    }
    path = f"{stage.fair}/selection/publish"
    await stage.client.post("registration", path, body, step="publish")
    await heard(stage.client)
    await _ask_why(stage, ranked)


def _is_ranked(application: Application) -> bool:
    return (
        application.participation is Participation.EXHIBITOR
        and application.course is not Course.TAKEN_BACK
    )


async def _mark(stage: Stage, ranked: Sequence[Entry]) -> None:
    made_up = marks(stage.scenario, ranked)

    async def mark(entry: Entry) -> None:
        organisation, _ = entry
        for criterion, mark in made_up[organisation.key].items():
            await stage.client.post(
                "registration",
                f"{stage.application_path(organisation)}/marks",
                {"criterion": criterion, "mark": mark},
                step=f"mark/{organisation.key}/{criterion}",
            )

    await stage.for_each(Phase.MARK, ranked, mark)


def _adjustments(stage: Stage, ranked: Sequence[Entry], proposed: Sequence[Answer]) -> list[Answer]:
    """What the team decides otherwise than the run, and why: so the fair's facts hold."""
    chosen = {each["application_id"]: each["chosen"] for each in proposed}
    return [
        {
            "application_id": stage.applications[organisation.key],
            "chosen": _wanted(application.course),
            "reason": application.reason,
        }
        for organisation, application in ranked
        if chosen.get(stage.applications[organisation.key])
        not in (None, _wanted(application.course))
    ]


def _wanted(course: Course) -> str:
    return "accepted" if course.gets_in else str(course)


async def _ask_why(stage: Stage, ranked: Sequence[Entry]) -> None:
    """Somebody who was refused asks why.  Raises PlayError where the points do not add up."""
    for organisation, application in ranked:
        if application.course is Course.REJECTED:
            path = f"{stage.application_path(organisation)}/why"
            why = await stage.client.get("registration", path)
            if why["points"] != why["score"] or why["bound_by"] is None:
                raise PlayError(f"It is not told why {organisation.key} was refused: {why}.")
            await finished(stage.client, "registration", f"{path}/cost", {}, step="why")
            return
