"""The programme is drafted, computed under the fair's hours and breaks, and published at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from scenarios.acts.call import text
from scenarios.client import Answer, PlayError
from scenarios.jobs import finished
from scenarios.model import Timetable
from scenarios.programme import PlannedSession, day_of, days_of
from scenarios.stage import Stage

RUN_SECONDS = 10
WEIGHT = 10
"""Of the hour that the scenario has in mind, which a run leaves only for something better."""


async def publish_rules(stage: Stage, timetable: Timetable) -> None:
    """Hours and breaks of each day.  Raises NotFound on a version that knows of no timetables."""
    days = [day_of(stage.scenario, day).isoformat() for day in days_of(stage.scenario)]
    hours = {"begins": f"{timetable.begins}", "ends": f"{timetable.ends}"}
    body = {
        "hours": [{"day": day, **hours} for day in days],
        "breaks": [
            {
                "day": day,
                "begins": f"{each.begins}",
                "ends": f"{each.ends}",
                "reason": each.reason,
            }
            for day in days
            for each in timetable.breaks
        ],
    }
    path = f"{stage.fair}/programme/rules"
    await stage.client.post("scheduling", path, body, step="programme-rules")


async def publish(stage: Stage, planned: Sequence[PlannedSession], *, step: str) -> None:
    """Draft all sessions, run, and publish.  Raises PlayError where they cannot all be placed."""
    body = {
        "sessions": [_session(stage, each) for each in planned],
        "wishes": _wishes(planned),
        "step_minutes": 15,
    }
    drafts = f"{stage.fair}/timetables"
    made = await stage.client.post("scheduling", drafts, body, step=f"draft/{step}")
    draft = f"{drafts}/{made['timetable_id']}"
    await finished(
        stage.client, "scheduling", f"{draft}/runs", {"seconds": RUN_SECONDS}, step=f"run/{step}"
    )
    done = await stage.client.get("scheduling", draft)
    if done["faults"] or done["computed"] is None:
        raise PlayError(f"The programme cannot be: {done['conflict'] or done['faults']}.")
    await stage.client.post("scheduling", f"{draft}/publish", {}, step=f"publish/{step}")
    for each, session in zip(planned, made["sessions"], strict=True):
        stage.sessions[each.key] = session["session_id"]


def _session(stage: Stage, planned: PlannedSession) -> Answer:
    session = planned.session
    experts = stage.organisations[stage.cast.experts.key].contact_ids
    day = day_of(stage.scenario, planned.day).isoformat()
    return {
        "kind": session.kind,
        "title": text(session.title),
        "topic_code": session.topic,
        "minutes": session.minutes,
        "language": session.language,
        "audience": session.audience,
        "seats": session.seats,
        "speakers": [experts[expert] for expert in planned.experts],
        "silences": session.silences,
        "halls": [planned.slot.hall],
        "days": [day],
        "preferred": [
            {
                "day": day,
                "begins": f"{planned.slot.starts_at:%H:%M}",
                "ends": f"{planned.slot.ends_at:%H:%M}",
            }
        ],
        "weight": WEIGHT,
    }


def _wishes(planned: Sequence[PlannedSession]) -> list[Answer]:
    """Who wants a seat, by topic."""
    wanted: Counter[str] = Counter()
    for each in planned:
        wanted[each.session.topic] += each.wanted
    return [{"topics": [topic], "exhibitors": n} for topic, n in sorted(wanted.items()) if n]
