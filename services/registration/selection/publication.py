"""Rules of a selection, its draw, and a selection as a whole: parts of the stream `fair-{fair_id}`.

The aggregate of the fair calls these functions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from chassis.kernel.refused import Refused
from services.registration.selection import domain, draw, offering, rules
from services.registration.selection.application import Participation
from services.registration.selection.domain import (
    Selection,
    Status,
)
from services.registration.selection.rules import Applicant, QuotaTaken, Rules, ScoreTerm

TOLD = 20
"""How many applications that changed meanwhile a refusal names."""


class Chosen(StrEnum):
    """What a selection decides on one application."""

    ACCEPTED = "accepted"
    WAITLISTED = "waitlisted"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Choice:
    """The decision on one application; `adjusted` where the team decides otherwise than the run."""

    application_id: str
    chosen: Chosen
    reason: str
    bound_by: str | None = None
    adjusted: bool = False


# Commands


@dataclass(frozen=True, slots=True)
class PublishRules(Rules):
    """Publish the rules, or others in their place while the call is not over."""

    secret_hash: str = field(kw_only=True)
    now: datetime = field(kw_only=True)


@dataclass(frozen=True, slots=True)
class HoldDraw:
    """Reveal the secret (hexadecimal), and mix the word into it."""

    secret: str
    word: str


@dataclass(frozen=True, slots=True)
class PublishSelection:
    """Decide all applications at once, as a run proposed and the team adjusted it.

    `applicants` are those that exhibit or are to be decided, as the rules know them.
    `digest` is the sum of what the run was given, `found_digest` of the same as it is now.
    """

    choices: tuple[Choice, ...]
    applicants: tuple[Applicant, ...]
    objective: int
    bound: int
    proven: bool
    digest: str
    found_digest: str
    saw_version: int


Command = PublishRules | HoldDraw | PublishSelection


# Events


@dataclass(frozen=True, slots=True)
class SelectionRulesPublished(Rules):
    fair_id: str = field(kw_only=True)
    secret_hash: str = field(kw_only=True)


@dataclass(frozen=True, slots=True)
class DrawHeld:
    fair_id: str
    secret: str
    word: str
    seed: str


@dataclass(frozen=True, slots=True)
class SelectionPublished:
    """The events before this one, of the same command, are the decisions."""

    fair_id: str
    terms: tuple[ScoreTerm, ...]
    quotas: tuple[QuotaTaken, ...]
    seed: str
    accepted: int
    waitlisted: int
    rejected: int
    adjusted: int
    score: int
    objective: int
    bound: int
    proven: bool
    digest: str
    saw_version: int


Event = SelectionRulesPublished | DrawHeld | SelectionPublished


# State


@dataclass
class Ranking:
    rules: SelectionRulesPublished | None = None
    draw: DrawHeld | None = None
    drawn: int = 0
    """So many applications were there when the draw was held."""
    published: SelectionPublished | None = None
    changed_at: int = 0
    """The version of the stream at which an application changed last."""
    changes: dict[str, int] = field(default_factory=dict[str, int])
    """Application -> the version at which it changed last."""


# Decisions


def publish_rules(
    command: PublishRules,
    fair_id: str,
    ranking: Ranking,
    poles: Mapping[str, int],
    programmes: Collection[str],
    *,
    call_over: bool,
) -> list[SelectionRulesPublished]:
    """Raises Refused.  Rules that are so already keep their secret."""
    said = (command.terms, command.quotas, command.waiting, command.offer_hours)
    now = ranking.rules
    if now is not None and said == (now.terms, now.quotas, now.waiting, now.offer_hours):
        return []
    if ranking.draw is not None:
        raise Refused("draw_held", word=ranking.draw.word)
    if call_over:
        raise Refused("rules_frozen", fair_id=fair_id)
    rules.check(command, poles, programmes)
    return [
        SelectionRulesPublished(*said, fair_id=fair_id, secret_hash=command.secret_hash),
    ]


def hold_draw(command: HoldDraw, ranking: Ranking, *, call_closed: bool) -> list[DrawHeld]:
    """Raises Refused.  A draw is held once."""
    now = rules_of(ranking)
    if ranking.draw is not None:
        if ranking.draw.word == command.word:
            return []
        raise Refused("draw_held", word=ranking.draw.word)
    if not call_closed:
        raise Refused("call_not_closed", fair_id=now.fair_id)
    secret = bytes.fromhex(command.secret)
    if draw.sum_of(secret) != now.secret_hash:
        raise Refused("draw_secret_unknown", fair_id=now.fair_id)
    seed = draw.seed_of(secret, command.word).hex()
    return [DrawHeld(now.fair_id, command.secret, command.word, seed)]


def rules_of(ranking: Ranking) -> SelectionRulesPublished:
    """Raises Refused where none were published."""
    if ranking.rules is None:
        raise Refused("no_rules")
    return ranking.rules


def offer_hours_of(ranking: Ranking) -> int | None:
    """The hours to answer the offer of a place given back; None where none are published: then
    who waits moves up at once."""
    return None if ranking.rules is None else ranking.rules.offer_hours


def draw_of(ranking: Ranking) -> DrawHeld:
    """Raises Refused where it was not held yet."""
    if ranking.draw is None:
        raise Refused("draw_not_held")
    return ranking.draw


def candidates(selection: Selection) -> dict[str, domain.Application]:
    """The applications of exhibitors that nothing was decided on."""
    return {
        id_: application
        for id_, application in selection.applications.items()
        if application.status is Status.SUBMITTED
        and application.submitted.participation is Participation.EXHIBITOR
    }


def draw_ranks(ranking: Ranking, selection: Selection) -> dict[str, int]:
    """The rank of each application in the draw.  Raises Refused where it was not held yet."""
    seed = bytes.fromhex(draw_of(ranking).seed)
    return draw.ranks(seed, list(selection.applications), ranking.drawn)


def publish(
    command: PublishSelection, ranking: Ranking, selection: Selection, *, call_closed: bool
) -> list[domain.Event | SelectionPublished]:
    """Raises Refused: also where any application has changed since the run saw them."""
    now, held = rules_of(ranking), draw_of(ranking)
    before = ranking.published
    if before is not None and _of_run(before) == _of_run(command):
        return []
    if not call_closed:
        raise Refused("call_not_closed", fair_id=now.fair_id)
    if ranking.changed_at > command.saw_version:
        changed = [id_ for id_, at in ranking.changes.items() if at > command.saw_version]
        raise Refused("selection_outdated", changed=changed[:TOLD], number=len(changed))
    if command.found_digest != command.digest:
        raise Refused("facts_changed")
    open_ = candidates(selection)
    _check_complete(command, open_)
    accepted = {c.application_id for c in command.choices if c.chosen is Chosen.ACCEPTED}
    _check_places(accepted, selection)
    exhibits = [
        each
        for each in command.applicants
        if each.application_id in accepted or each.application_id not in open_
    ]
    shares = tuple(rules.taken(quota, exhibits) for quota in now.quotas)
    _check_quotas(shares)
    known = {each.application_id: each for each in command.applicants}
    scores = {id_: rules.score(now.terms, known[id_]) for id_ in open_}
    drawn = draw_ranks(ranking, selection)
    order = sorted(command.choices, key=lambda choice: drawn[choice.application_id])
    order.sort(key=lambda choice: -scores[choice.application_id])
    decided = list(_decided(order, known, scores, drawn, selection))
    number = Counter(choice.chosen for choice in command.choices)
    return [
        *decided,
        SelectionPublished(
            now.fair_id,
            terms=now.terms,
            quotas=shares,
            seed=held.seed,
            accepted=number[Chosen.ACCEPTED],
            waitlisted=number[Chosen.WAITLISTED],
            rejected=number[Chosen.REJECTED],
            adjusted=sum(choice.adjusted for choice in command.choices),
            score=sum(scores[id_] for id_ in accepted),
            objective=command.objective,
            bound=command.bound,
            proven=command.proven,
            digest=command.digest,
            saw_version=command.saw_version,
        ),
    ]


def _of_run(told: PublishSelection | SelectionPublished) -> tuple[str, int]:
    return told.digest, told.saw_version


def _check_complete(command: PublishSelection, open_: Collection[str]) -> None:
    """Each application that is open is decided once, and is known to the rules."""
    decided = Counter(choice.application_id for choice in command.choices)
    known = {each.application_id for each in command.applicants}
    for id_, number in decided.items():
        if number > 1 or id_ not in open_:
            raise Refused("application_not_open", application_id=id_)
    for id_ in open_:
        if id_ not in decided or id_ not in known:
            raise Refused("application_not_decided", application_id=id_)


def _check_places(accepted: Collection[str], selection: Selection) -> None:
    wanted: Counter[str] = Counter()
    for id_ in accepted:
        application = selection.applications[id_]
        wanted[application.pole_id] += application.places
    for pole_id, places in wanted.items():
        if places > (free := selection.free(pole_id)):
            raise Refused("pole_full", pole_id=pole_id, free=free, wanted=places)


def _check_quotas(shares: Collection[QuotaTaken]) -> None:
    for share in shares:
        if not rules.holds(share):
            raise Refused(
                "quota_broken",
                quota=share.name,
                at_least=share.at_least,
                at_most=share.at_most,
                places=share.places,
                of_places=share.of_places,
            )


def _decided(
    order: Collection[Choice],
    known: Mapping[str, Applicant],
    scores: Mapping[str, int],
    drawn: Mapping[str, int],
    selection: Selection,
) -> Iterator[domain.Event]:
    """One event an application, the best first: so lists are in their order as well."""
    waiting = {pole: len(line) for pole, line in selection.waiting.items()}
    for choice in order:
        id_ = choice.application_id
        application, applicant = selection.applications[id_], known[id_]
        told = {"score": scores[id_], "draw_rank": drawn[id_], "bound_by": choice.bound_by}
        match choice.chosen:
            case Chosen.ACCEPTED:
                known_of = {
                    "newcomer": applicant.newcomer,
                    "pioneer": applicant.pioneer,
                    "commune": applicant.commune,
                }
                yield domain.selected(application, choice.reason, **told, **known_of)
            case Chosen.WAITLISTED:
                pole_id = application.pole_id
                waiting[pole_id] = rank = waiting.get(pole_id, 0) + 1
                yield domain.listed(application, rank, choice.reason, **told)
            case Chosen.REJECTED:  # pragma: no branch
                yield domain.refused(application, choice.reason, **told)


# Evolution


def note(ranking: Ranking, version: int, event: domain.Event | offering.Event) -> None:
    """An application has changed: what a run saw before is outdated.

    The deadline of an offer changes nothing that a run sees.
    """
    if isinstance(event, offering.OfferDeadlineSet):
        return
    is_exhibitor = isinstance(event, domain.OfExhibitor)
    ranking.changed_at = version
    ranking.changes[event.exhibitor_id if is_exhibitor else event.application_id] = version


def evolve(ranking: Ranking, event: Event, submitted: int) -> Ranking:
    """Takes over the state that it is given, and changes it in place; `submitted` are the
    applications that there are."""
    match event:
        case SelectionRulesPublished():
            ranking.rules = event
        case DrawHeld():
            ranking.draw = event
            ranking.drawn = submitted
        case SelectionPublished():  # pragma: no branch
            ranking.published = event
    return ranking
