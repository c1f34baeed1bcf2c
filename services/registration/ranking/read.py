"""The read tables of selections, and what rules know of applications."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import orjson
from pydantic import Field

from chassis.answers.shapes import AnswerOut, Stored
from chassis.definition.projection import Projection, Write, as_json, rows_of_facts
from chassis.log.events import Fact
from chassis.postgres.database import Connection, Pool
from services.registration.selection import publication
from services.registration.selection.publication import (
    DrawHeld,
    SelectionPublished,
    SelectionRulesPublished,
)
from services.registration.selection.rules import Quota, QuotaTaken, ScoreTerm

# Projection

RULES = """
insert into selections (fair_id, terms, quotas, waiting, offer_hours, secret_hash,
                        rules_published_at)
values ($1, $2::jsonb, $3::jsonb, $4, $5, $6, $7)
on conflict (fair_id) do update
   set terms = excluded.terms, quotas = excluded.quotas, waiting = excluded.waiting,
       offer_hours = excluded.offer_hours, secret_hash = excluded.secret_hash,
       rules_published_at = excluded.rules_published_at
"""
DRAW = "update selections set secret = $2, word = $3, seed = $4, drawn_at = $5 where fair_id = $1"
PUBLISH = """
update selections
   set quotas_taken = $2::jsonb, accepted = $3, waitlisted = $4, rejected = $5, adjusted = $6,
       score = $7, objective = $8, bound = $9, proven = $10, digest = $11, published_at = $12
 where fair_id = $1
"""
STATEMENTS = (RULES, DRAW, PUBLISH)


def _write(fact: Fact[publication.Event]) -> Write:
    event, at = fact.event, fact.occurred_at
    match event:
        case SelectionRulesPublished():
            terms, quotas = as_json(event.terms), as_json(event.quotas)
            about = (event.waiting, event.offer_hours, event.secret_hash, at)
            return RULES, (event.fair_id, terms, quotas, *about)
        case DrawHeld():
            return DRAW, (event.fair_id, event.secret, event.word, event.seed, at)
        case SelectionPublished():
            return PUBLISH, (
                event.fair_id,
                as_json(event.quotas),
                event.accepted,
                event.waitlisted,
                event.rejected,
                event.adjusted,
                event.score,
                event.objective,
                event.bound,
                event.proven,
                event.digest,
                at,
            )


PROJECTION = Projection(
    tables=("selections",),
    own=rows_of_facts(STATEMENTS, _write),
    events=publication.Event,
)


# Queries


class SelectionOut(AnswerOut):
    """The rules of a fair, the draw once it was held, and the selection once it is published."""

    fair_id: str
    terms: Stored[tuple[ScoreTerm, ...]]
    quotas: Stored[tuple[Quota, ...]]
    waiting: int | None = Field(description="How many of each pole wait at most.")
    offer_hours: int | None
    secret_hash: str = Field(description="SHA-256 of the secret of the draw.")
    rules_published_at: datetime
    secret: str | None = Field(description="Revealed by the draw.")
    word: str | None
    seed: str | None = Field(description="sha256(secret ‖ word).")
    drawn_at: datetime | None
    quotas_taken: Stored[tuple[QuotaTaken, ...] | None]
    accepted: int | None
    waitlisted: int | None
    rejected: int | None
    adjusted: int | None
    score: int | None
    objective: int | None
    bound: int | None
    proven: bool | None
    digest: str | None
    published_at: datetime | None


async def selection(db: Connection | Pool, fair_id: str) -> SelectionOut | None:
    row = await db.fetchrow("select * from selections where fair_id = $1", fair_id)
    return SelectionOut.found(row)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of an application outside the stream of its fair."""

    application_id: str
    kind: str
    province: str
    women_led: bool
    youth_led: bool
    families: tuple[str, ...]
    newcomer: bool
    ranked: bool
    """Whether a selection has ranked it."""
    marks: tuple[tuple[str, int], ...]
    commune: str | None


# A newcomer was accepted at no fair that began before this one.
KNOWN = """
select a.application_id, a.families, o.kind, o.province, o.women_led, o.youth_led,
       o.commune, a.score is not null as ranked,
       not exists (select from applications as e join fairs as f using (fair_id)
                    where e.organisation_id = a.organisation_id and e.status = 'accepted'
                      and e.participation = 'exhibitor' and e.fair_id <> $1
                      and f.first_day < $2 and f.cancelled_because is null) as newcomer,
       (select json_agg(json_build_array(criterion, mark) order by criterion collate "C")
          from marks as m where m.application_id = a.application_id and mark > 0)::text as marks
  from applications as a join organisations as o using (organisation_id)
 where a.fair_id = $1 and ($3::text is null or a.application_id = $3)
   and a.participation = 'exhibitor'
"""


async def known_of(
    db: Connection | Pool, fair_id: str, first_day: date, application_id: str | None = None
) -> dict[str, Known]:
    """What is known of each application that would exhibit, or of one."""
    rows = await db.fetch(KNOWN, fair_id, first_day, application_id)
    return {row["application_id"]: _known(row) for row in rows}


def _known(row: Any) -> Known:
    marks = () if row["marks"] is None else orjson.loads(row["marks"])
    return Known(
        row["application_id"],
        row["kind"],
        row["province"],
        row["women_led"],
        row["youth_led"],
        tuple(row["families"]),
        row["newcomer"],
        row["ranked"],
        tuple((criterion, mark) for criterion, mark in marks),
        row["commune"],
    )


class LastAccepted(AnswerOut):
    """The accepted application of a pole that is the weakest by score and draw."""

    score: int
    draw_rank: int


async def last_accepted(db: Connection | Pool, fair_id: str, pole_id: str) -> LastAccepted | None:
    row = await db.fetchrow(
        "select score, draw_rank from applications where fair_id = $1 and pole_id = $2"
        " and status = 'accepted' and score is not null order by score, draw_rank desc limit 1",
        fair_id,
        pole_id,
    )
    return LastAccepted.found(row)
