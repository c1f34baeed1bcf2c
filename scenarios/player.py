"""Plays a fair from its announcement to its last evening, through public HTTP routes only."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from scenarios.acts import call, days, floor, selection, sessions
from scenarios.client import Answer, Client, NotFound, PlayError, Tokens, connected
from scenarios.generator import cast
from scenarios.model import Scenario
from scenarios.report import (
    Phase,
    PoleReport,
    Progress,
    QuotaReport,
    Report,
    SelectionReport,
    silent,
)
from scenarios.stage import Stage

__all__ = ["PlayError", "Progress", "Report", "play"]


async def play(
    scenario: Scenario,
    urls: Mapping[str, str],
    tokens: Tokens,
    *,
    run: str = "demo",
    progress: Progress = silent,
    by_hand: bool = False,
) -> Report:
    """Play a fair on a running system whose clock is simulated.

    `urls` says where each of the four services answers.  The same `run` again finds what it did
    before and changes nothing.  `by_hand` does without what 0.1.0 has not: rules, runs, offers,
    lists and booths by rules.  Raises PlayError where the system refuses what a fair needs, and
    ScenarioError where the scenario cannot be cast.
    """
    begun = time.monotonic()
    made_up = cast(scenario)
    async with connected(urls, tokens, run, scenario.fair_id) as client:
        stage = Stage(scenario, made_up, client, progress, by_hand=by_hand)
        before = await _events(client)
        for act in (call, selection, floor, sessions, days):
            await act.play(stage)
        progress(Phase.FIGURES, 0, 1)
        report = await figures(client, seconds=round(time.monotonic() - begun, 1))
        report = replace(report, assignment=stage.assignment)
        report = replace(report, intake=stage.intake, events=await _events(client) - before)
        progress(Phase.FIGURES, 1, 1)
    return report


async def _events(client: Client) -> int:
    """How many events stand in the four logs."""
    statuses = await client.everywhere("/status")
    return sum(int(status["head"]) for status in statuses.values())


async def _families(client: Client) -> Mapping[str, int]:
    """How many organisations show products of each family."""
    try:
        report = await client.get("registration", f"/fairs/{client.fair_id}/report")
    except NotFound:
        return {}  # A fair may end on a version that makes no reports: one that was gone back to.
    return report["fair"]["by_family"]


async def _selection(client: Client) -> SelectionReport | None:
    """What a run selected; None where the team decided by hand."""
    try:
        found = await client.get("registration", f"/fairs/{client.fair_id}/selection")
    except NotFound:
        return None
    if found["published_at"] is None:
        return None
    return SelectionReport(
        score=found["score"],
        bound=found["bound"],
        proven=found["proven"],
        adjusted=found["adjusted"],
        quotas={
            _name(quota): QuotaReport(
                quota["at_least"], quota["at_most"], quota["places"], quota["of_places"]
            )
            for quota in found["quotas_taken"]
        },
    )


async def _offers(client: Client) -> Mapping[str, int]:
    """How many offers of places came to what."""
    try:
        found = await client.items("registration", f"/fairs/{client.fair_id}/offers")
    except NotFound:
        return {}
    return dict(sorted(Counter(offer["state"] for offer in found).items()))


def _seat_offers(ticketing: Answer) -> Mapping[str, int]:
    """Offers of freed seats; of a version that makes none, none."""
    made: int = ticketing.get("seat_offers", 0)
    if not made:
        return {}
    ended = {what: ticketing[f"seat_offers_{what}"] for what in ("taken", "lapsed")}
    return {"offers": made, **ended}


async def _programme_versions(client: Client) -> int:
    """How many timetables were published."""
    try:
        found = await client.get("scheduling", f"/fairs/{client.fair_id}/programme")
    except NotFound:
        return 0
    return found["version"]


async def _presence(client: Client) -> Mapping[str, int]:
    """What phones at gates told, and who was inside; nothing of a version that knows no phones."""
    try:
        found = await client.get("ticketing", f"/fairs/{client.fair_id}/presence")
    except NotFound:
        return {}
    return {
        "scans": found["scans"],
        "double_entries": found["double_entries"],
        "inside_peak": found["peak"]["inside"],
        "inside_at_close": found["inside"],
    }


async def _told(client: Client, notifications: Answer) -> dict[str, Any]:
    """What became of messages; of a version that knows neither ladders nor calls, nothing."""
    if "opted_out" not in notifications:
        return {}
    calls = await client.items("notifications", f"/fairs/{client.fair_id}/calls")
    return {
        "messages_read": notifications["by_status"].get("read", 0),
        "fell_back": notifications["fell_back"],
        "unknown": notifications["pending_by_reason"].get("unknown", 0),
        "calls_to_make": len(calls),
        "answers": sum(notifications["answers"].values()),
        "opted_out": notifications["opted_out"],
        "segments": sum(notifications["segments_by_channel"].values()),
        "cost_mad": round(notifications["cost_mad"], 2),
    }


def _name(quota: Answer) -> str:
    """As in `women_led`, `kind:gie` or `kind:association/crafts`."""
    value = "" if quota["value"] is None else f":{quota['value']}"
    pole = "" if quota["pole_id"] is None else f"/{quota['pole_id']}"
    return f"{quota['of']}{value}{pole}"


async def figures(client: Client, *, seconds: float) -> Report:
    """The fair in numbers, as its four services answer."""
    found = await client.everywhere(f"/fairs/{client.fair_id}/figures")
    registration, scheduling = found["registration"], found["scheduling"]
    ticketing, notifications = found["ticketing"], found["notifications"]
    gates = await _presence(client)
    return Report(
        fair=client.fair_id,
        organisations=registration["organisations"],
        people=registration["people"],
        partners=registration["institutional_partners"],
        booths=scheduling["booths"],
        booths_assigned=scheduling["booths_assigned"],
        institutional_booths=scheduling["institutional_booths"],
        booths_by_pole={
            pole: PoleReport(booths["booths"], booths["assigned"])
            for pole, booths in scheduling["booths_by_pole"].items()
        },
        organisations_by_kind=registration["by_kind"],
        organisations_by_programme=registration["by_programme"],
        applications=registration["applications_by_status"],
        product_families=len(registration["families"]),
        families=await _families(client),
        sessions=scheduling["sessions"],
        sessions_by_kind=scheduling["sessions_by_kind"],
        workshops=ticketing["workshops"],
        workshops_full=ticketing["workshops_full"],
        seats=ticketing["seats"],
        seats_reserved=ticketing["seats_reserved"],
        tickets=ticketing["tickets"],
        people_in=ticketing["people_in"],
        messages=notifications["messages"],
        messages_delivered=sum(
            notifications["by_status"].get(state, 0) for state in ("delivered", "read")
        ),
        messages_by_language=notifications["by_language"],
        messages_by_channel=notifications["by_channel"],
        messages_failed=notifications["failed_by_reason"],
        messages_pending=notifications["pending_by_reason"],
        seconds=seconds,
        **await _told(client, notifications),
        selection=await _selection(client),
        offers=await _offers(client),
        seat_offers=_seat_offers(ticketing),
        no_shows=ticketing.get("no_shows", 0),
        attended=ticketing.get("attended", 0),
        programme_versions=await _programme_versions(client),
        scans=gates.get("scans", 0),
        double_entries=gates.get("double_entries", 0),
        inside_peak=gates.get("inside_peak", 0),
        inside_at_close=gates.get("inside_at_close", 0),
    )
