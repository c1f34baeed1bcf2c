"""The handlers of selections: what a run is given, and how what it proposes is adopted."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

import orjson
from fastapi import Response

from chassis.definition.runtime import Runtime
from chassis.definition.service import JobKind
from chassis.jobs import store
from chassis.jobs.routes import job_accepted
from chassis.kernel.refused import Refused
from chassis.log.context import CommandContext
from services.registration.fairs.domain import Fair, fair_stream
from services.registration.ranking import read, rows
from services.registration.ranking.read import Known
from services.registration.selection import publication
from services.registration.selection.application import Participation
from services.registration.selection.domain import Status
from services.registration.selection.publication import (
    Choice,
    Chosen,
    HoldDraw,
    PublishRules,
    PublishSelection,
    SelectionRulesPublished,
)
from services.registration.selection.rules import PLACES, Applicant, Rules

RUN = JobKind("selection", "services.registration.ranking.model:run", seconds=120, megabytes=300)
COST = JobKind(
    "selection_cost", "services.registration.ranking.model:cost", seconds=20, megabytes=300
)
JOBS = (RUN, COST)
AT_ONCE = 500
"""So many applications are looked at before others get their turn."""


@dataclass(frozen=True)
class Gathered:
    """A selection as it stands: what a run is given, and its sum."""

    version: int
    rules: SelectionRulesPublished
    accepted: tuple[Applicant, ...]
    open: tuple[Applicant, ...]
    free: Mapping[str, int]
    ranks: Mapping[str, int]

    @property
    def inputs(self) -> dict[str, Any]:
        rules = self.rules
        return {
            "terms": rules.terms,
            "quotas": rules.quotas,
            "waiting": rules.waiting,
            "free": self.free,
            "accepted": self.accepted,
            "open": self.open,
            "ranks": self.ranks,
        }

    @property
    def digest(self) -> str:
        return sha256(orjson.dumps(self.inputs, option=orjson.OPT_SORT_KEYS)).hexdigest()


async def gather(runtime: Runtime, fair_id: str, *, again: bool = False) -> Gathered:
    """What the rules know of all applications that exhibit or are open.

    `again` takes those as open which a selection has decided.  Raises Refused where no rules were
    published or no draw was held.
    """
    fair: Fair = await runtime.desk.state(fair_stream(fair_id))
    if fair.announced is None:
        raise Refused("fair_unknown")
    # Copied before anything is awaited: the desk goes on with its state.
    version, rules = fair.version, publication.rules_of(fair.ranking)
    ranks = publication.draw_ranks(fair.ranking, fair.selection)
    held = {} if again else fair.selection.offers.held
    places = {pole: number - held.get(pole, 0) for pole, number in fair.selection.places.items()}
    applications = [
        (application.submitted, application.status, application.pole_id, application.places)
        for application in fair.selection.applications.values()
        if application.submitted.participation is Participation.EXHIBITOR
        and application.status is not Status.WITHDRAWN
    ]
    known = await read.known_of(runtime.pool, fair_id, fair.announced.first_day)
    accepted: list[Applicant] = []
    open_: list[Applicant] = []
    for number, (asked, status, pole_id, booths) in enumerate(applications):
        if number % AT_ONCE == 0:
            await asyncio.sleep(0)
        id_, of = asked.application_id, known[asked.application_id]
        each = applicant(id_, pole_id, booths, asked.programmes, of)
        if status is Status.SUBMITTED or (again and of.ranked):
            open_.append(each)
        elif status is Status.ACCEPTED:
            accepted.append(each)
            places[pole_id] -= booths
    wanted = {each.application_id: ranks[each.application_id] for each in open_}
    return Gathered(version, rules, tuple(accepted), tuple(open_), places, wanted)


def applicant(
    application_id: str, pole_id: str, booths: int, programmes: tuple[str, ...], known: Known
) -> Applicant:
    """An application as the rules know it."""
    return Applicant(
        application_id,
        pole_id,
        booths,
        known.kind,
        known.province,
        programmes,
        known.families,
        known.women_led,
        known.youth_led,
        known.newcomer,
        known.marks,
        known.commune,
    )


async def publish_rules(
    runtime: Runtime, context: CommandContext, fair_id: str, rules: Rules
) -> None:
    """Make the secret of the draw, then publish its sum with the rules."""
    await runtime.desk.refused_before(context)
    secret_hash = await rows.make_secret(runtime.pool, fair_id, context.command_id)
    command = PublishRules(
        rules.terms,
        rules.quotas,
        rules.waiting,
        rules.offer_hours,
        secret_hash=secret_hash,
        now=runtime.clock.now(),
    )
    await runtime.desk.execute(fair_stream(fair_id), command, context)


async def hold_draw(runtime: Runtime, context: CommandContext, fair_id: str, word: str) -> None:
    fair: Fair = await runtime.desk.state(fair_stream(fair_id))
    published = fair.ranking.rules
    secret = published and await rows.secret_of(runtime.pool, published.secret_hash)
    command = HoldDraw((secret or b"").hex(), word)
    await runtime.desk.execute(fair_stream(fair_id), command, context)


async def ask_run(
    runtime: Runtime, context: CommandContext, fair_id: str, *, may_leave_places: bool
) -> Response:
    """Ask for the job that proposes a selection."""
    await runtime.desk.refused_before(context)
    gathered = await gather(runtime, fair_id)
    given = {
        "fair_id": fair_id,
        "saw_version": gathered.version,
        "digest": gathered.digest,
        "inputs": {**gathered.inputs, "may_leave_places": may_leave_places},
    }
    return await job_accepted(runtime, RUN, given, context)


async def ask_cost(
    runtime: Runtime, context: CommandContext, fair_id: str, application_id: str
) -> Response:
    """Ask for the job that says what accepting one application would have cost."""
    await runtime.desk.refused_before(context)
    gathered = await gather(runtime, fair_id, again=True)
    if application_id not in gathered.ranks:
        raise Refused("application_not_open", application_id=application_id)
    given = {
        "application_id": application_id,
        "saw_version": gathered.version,
        "inputs": {**gathered.inputs, "may_leave_places": True},
    }
    return await job_accepted(runtime, COST, given, context)


@dataclass(frozen=True, slots=True)
class Adjustment:
    """What the team decides otherwise than the run, and why."""

    application_id: str
    chosen: Chosen
    reason: str


async def publish_selection(
    runtime: Runtime,
    context: CommandContext,
    fair_id: str,
    job_id: UUID,
    adjustments: Sequence[Adjustment],
) -> None:
    """Adopt what a run proposed, as the team adjusted it."""
    await runtime.desk.refused_before(context)
    proposal = await _proposal(runtime, fair_id, job_id)
    adjusted = {each.application_id: each for each in adjustments}
    proposed = {each["application_id"]: each for each in proposal["decisions"]}
    for each in adjustments:
        if each.application_id not in proposed:
            raise Refused("application_unknown", application_id=each.application_id)
    gathered = await gather(runtime, fair_id)
    command = PublishSelection(
        choices=tuple(_choice(each, adjusted.get(id_)) for id_, each in proposed.items()),
        applicants=(*gathered.accepted, *gathered.open),
        objective=proposal["objective"],
        bound=proposal["bound"],
        proven=proposal["proven"],
        digest=proposal["digest"],
        found_digest=gathered.digest,
        saw_version=proposal["saw_version"],
    )
    await runtime.desk.execute(fair_stream(fair_id), command, context)


def _choice(proposed: Mapping[str, Any], adjustment: Adjustment | None) -> Choice:
    id_, chosen = proposed["application_id"], Chosen(proposed["chosen"])
    bound_by: str | None = proposed.get("bound_by")
    if adjustment is not None and adjustment.chosen is not chosen:
        left_out = adjustment.chosen is not Chosen.ACCEPTED
        bound_by = bound_by if left_out else None
        return Choice(id_, adjustment.chosen, adjustment.reason, bound_by, adjusted=True)
    reason = "selected"
    if chosen is not Chosen.ACCEPTED:
        reason = "no_place" if bound_by == PLACES else "quota"
    return Choice(id_, chosen, adjustment.reason if adjustment else reason, bound_by)


async def _proposal(runtime: Runtime, fair_id: str, job_id: UUID) -> dict[str, Any]:
    """Raises Refused where a run proposes nothing for this fair."""
    found = await store.proposal(runtime.pool, job_id, RUN.name)
    if found is None:
        raise Refused("run_unknown", job_id=str(job_id))
    state, result = found
    if result is None:
        raise Refused("run_not_done", state=state)
    proposal = orjson.loads(result)
    if proposal["fair_id"] != fair_id:
        raise Refused("run_unknown", job_id=str(job_id))
    if "conflict" in proposal:
        raise Refused("run_has_conflict")
    return proposal
