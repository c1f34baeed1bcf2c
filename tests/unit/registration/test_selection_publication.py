"""Rules, draw and selection as the fair decides on them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from services.registration.fairs.domain import DECIDER, CallClosed, Event
from services.registration.selection import draw
from services.registration.selection.domain import (
    ApplicationRejected,
    ApplicationWaitlisted,
    ExhibitorRegistered,
    SubmitApplication,
)
from services.registration.selection.offering import PlaceOffered
from services.registration.selection.publication import (
    Choice,
    Chosen,
    DrawHeld,
    HoldDraw,
    PublishRules,
    PublishSelection,
    SelectionPublished,
    SelectionRulesPublished,
)
from services.registration.selection.rules import (
    Applicant,
    Of,
    Quota,
    QuotaTaken,
    ScoreTerm,
)
from tests.deciding import given
from tests.unit.registration.a_fair import (
    ANNOUNCED,
    BIG,
    CANCELLED,
    CLOSED,
    DEADLINE,
    FAIR,
    NOW,
    OPENED,
    PARTNER,
    A,
    B,
    C,
    D,
    accept,
    applied,
    registered,
    rejected,
    submitted,
    withdraw,
    withdrawn,
)

SECRET, WORD = b"s" * 32, "زعفران"
SEED = draw.seed_of(SECRET, WORD)
TERMS = (ScoreTerm(Of.WOMEN_LED, 5), ScoreTerm(Of.MARK, 2, "quality"))
QUOTA = Quota(Of.WOMEN_LED, at_least=30)
PUBLISH = PublishRules(TERMS, (QUOTA,), 50, 48, secret_hash=draw.sum_of(SECRET), now=NOW)
RULES = SelectionRulesPublished(
    TERMS, (QUOTA,), 50, 48, fair_id=FAIR, secret_hash=draw.sum_of(SECRET)
)
DRAW = HoldDraw(SECRET.hex(), WORD)
HELD = DrawHeld(FAIR, SECRET.hex(), WORD, SEED.hex())


def test_rules_are_published_with_the_sum_of_the_secret() -> None:
    given(DECIDER, ANNOUNCED).when(PUBLISH).then(RULES)
    given(DECIDER, ANNOUNCED, OPENED).when(PUBLISH).then(RULES)
    given(DECIDER).when(PUBLISH).refused("fair_unknown")
    given(DECIDER, ANNOUNCED, CANCELLED).when(PUBLISH).refused("fair_cancelled")


def test_the_same_rules_again_keep_their_secret_and_others_replace_them() -> None:
    other = replace(PUBLISH, secret_hash="00" * 32)
    given(DECIDER, ANNOUNCED, RULES).when(other).then()
    new = replace(other, terms=())
    published = replace(RULES, terms=(), secret_hash="00" * 32)
    given(DECIDER, ANNOUNCED, OPENED, RULES).when(new).then(published)
    given(DECIDER, ANNOUNCED, RULES, published).when(PUBLISH).then(RULES)


def test_rules_are_frozen_when_the_call_is_over() -> None:
    new = replace(PUBLISH, terms=())
    given(DECIDER, *applied(), RULES, CLOSED).when(new).refused("rules_frozen", fair_id=FAIR)
    late = replace(new, now=DEADLINE)
    given(DECIDER, *applied(), RULES).when(late).refused("rules_frozen")
    given(DECIDER, *applied(), CLOSED).when(PUBLISH).refused("rules_frozen")
    # Open again, and not drawn yet: they can be others.
    given(DECIDER, *applied(), RULES, CLOSED, OPENED).when(PUBLISH).then()
    given(DECIDER, *applied(), CLOSED, OPENED).when(PUBLISH).then(RULES)
    drawn = (*applied(), RULES, CLOSED, HELD, OPENED)
    given(DECIDER, *drawn).when(new).refused("draw_held", word=WORD)


def test_rules_that_cannot_be_kept_are_not_published() -> None:
    wrong = replace(PUBLISH, quotas=(Quota(Of.WOMEN_LED, at_least=2, at_most=1),))
    given(DECIDER, ANNOUNCED).when(wrong).refused("shares_out_of_order")
    programme = replace(PUBLISH, terms=(ScoreTerm(Of.PROGRAMME, 1, "mouazara"),))
    given(DECIDER, ANNOUNCED).when(programme).then(replace(RULES, terms=programme.terms))


def test_the_draw_is_held_once_after_the_call_with_the_secret_whose_sum_was_published() -> None:
    given(DECIDER, *applied(), RULES, CLOSED).when(DRAW).then(HELD)
    given(DECIDER, *applied(), RULES, CLOSED, HELD).when(DRAW).then()
    other = replace(DRAW, word="olive")
    given(DECIDER, *applied(), RULES, CLOSED, HELD).when(other).refused("draw_held", word=WORD)
    given(DECIDER, *applied(), RULES).when(DRAW).refused("call_not_closed")
    given(DECIDER, *applied(), CLOSED).when(DRAW).refused("no_rules")
    guessed = replace(DRAW, secret="00" * 32)
    given(DECIDER, *applied(), RULES, CLOSED).when(guessed).refused("draw_secret_unknown")
    given(DECIDER, ANNOUNCED, CANCELLED).when(DRAW).refused("fair_cancelled")


def known(asked: SubmitApplication, quality: int, **more: Any) -> Applicant:
    marks = (("quality", quality),)
    id_, booths = asked.application_id, asked.booths
    return Applicant(id_, asked.pole_id, booths, "gie", "zagora", marks=marks, **more)


def choose(asked: SubmitApplication, chosen: Chosen, reason: str, **more: Any) -> Choice:
    return Choice(asked.application_id, chosen, reason, **more)


READY: tuple[Event, ...] = (*applied(A, B, C, PARTNER), RULES, CLOSED, HELD)
CHOICES = (
    choose(A, Chosen.REJECTED, "quota", bound_by="women_led"),
    choose(B, Chosen.ACCEPTED, "selected"),
    choose(C, Chosen.WAITLISTED, "no_place", bound_by="places"),
)
KNOWN = (known(A, 1), known(B, 9, women_led=True, newcomer=True), known(C, 4))
SELECT = PublishSelection(
    CHOICES, KNOWN, 23, 23, proven=True, digest="d" * 64, found_digest="d" * 64,
    saw_version=len(READY),
)  # fmt: skip
RANKS = draw.ranks(SEED, [each.application_id for each in (A, B, C, PARTNER)], 4)


def decided(asked: SubmitApplication, score: int, bound_by: str | None = None) -> dict[str, Any]:
    rank = RANKS[asked.application_id]
    return {"score": score, "draw_rank": rank, "bound_by": bound_by}


def about(asked: SubmitApplication) -> tuple[str, str, str, str | None]:
    return FAIR, asked.application_id, asked.organisation_id, asked.contact_id


PUBLISHED = SelectionPublished(
    FAIR, TERMS, (QuotaTaken(Of.WOMEN_LED, None, None, 30, 100, 1, 1),), SEED.hex(),
    accepted=1, waitlisted=1, rejected=1, adjusted=0, score=23, objective=23, bound=23,
    proven=True, digest="d" * 64, saw_version=len(READY),
)  # fmt: skip
DECIDED: tuple[Event, ...] = (
    replace(registered(B), **decided(B, 23), newcomer=True),
    ApplicationWaitlisted(*about(C), "products", 1, "no_place", **decided(C, 8, "places")),
    ApplicationRejected(*about(A), "quota", **decided(A, 2, "women_led")),
    PUBLISHED,
)


def test_a_selection_decides_each_application_the_best_first() -> None:
    given(DECIDER, *READY).when(SELECT).then(*DECIDED)
    # The same run is adopted once.
    given(DECIDER, *READY, *DECIDED).when(SELECT).then()


def test_a_selection_needs_rules_a_draw_and_a_call_that_is_closed() -> None:
    given(DECIDER, *applied(A), CLOSED).when(SELECT).refused("no_rules")
    given(DECIDER, *applied(A), RULES, CLOSED).when(SELECT).refused("draw_not_held")
    given(DECIDER, *READY, OPENED).when(SELECT).refused("call_not_closed")
    given(DECIDER, *READY, CANCELLED).when(SELECT).refused("fair_cancelled")


@pytest.mark.parametrize(
    "meanwhile",
    [submitted(D), withdrawn(A), rejected(B), registered(PARTNER)],
    ids=["submitted", "withdrawn", "rejected", "partner accepted"],
)
def test_a_selection_is_refused_where_an_application_has_changed(meanwhile: Event) -> None:
    id_ = getattr(meanwhile, "exhibitor_id", None) or getattr(meanwhile, "application_id", None)
    outdated = given(DECIDER, *READY, meanwhile).when(SELECT)
    outdated.refused("selection_outdated", changed=[id_], number=1)


def test_a_selection_is_refused_where_facts_have_changed() -> None:
    given(DECIDER, *READY).when(replace(SELECT, found_digest="e" * 64)).refused("facts_changed")


def test_what_changes_of_the_fair_alone_does_not_outdate_a_run() -> None:
    events = given(DECIDER, *READY, CallClosed(FAIR, "again")).when(SELECT).events()
    assert events == list(DECIDED)


def test_every_open_application_is_decided_once() -> None:
    twice = replace(SELECT, choices=(*CHOICES, CHOICES[0]))
    given(DECIDER, *READY).when(twice).refused("application_not_open")
    partner = replace(SELECT, choices=(*CHOICES, choose(PARTNER, Chosen.ACCEPTED, "selected")))
    given(DECIDER, *READY).when(partner).refused(
        "application_not_open", application_id=PARTNER.application_id
    )
    few = replace(SELECT, choices=CHOICES[:2])
    missing = {"application_id": C.application_id}
    given(DECIDER, *READY).when(few).refused("application_not_decided", **missing)
    unknown = replace(SELECT, applicants=KNOWN[:2])
    given(DECIDER, *READY).when(unknown).refused("application_not_decided", **missing)


def test_no_pole_gives_more_places_than_it_has() -> None:
    ready = (*applied(A, BIG), RULES, CLOSED, HELD, registered(A))
    pair = choose(BIG, Chosen.ACCEPTED, "selected")
    known_of = (known(A, 1, women_led=True), known(BIG, 2))
    select = replace(SELECT, choices=(pair,), applicants=known_of, saw_version=len(ready))
    events = given(DECIDER, *ready).when(select).events()
    assert [type(event) for event in events] == [ExhibitorRegistered, SelectionPublished]
    more = (*applied(A, B, BIG), RULES, CLOSED, HELD, registered(A), registered(B))
    known_of = (*known_of, known(B, 1))
    full = replace(select, applicants=known_of, saw_version=len(more))
    given(DECIDER, *more).when(full).refused("pole_full", pole_id="products", free=1, wanted=2)


def test_what_the_team_adjusts_is_counted_and_keeps_the_quotas() -> None:
    adjusted = (
        choose(A, Chosen.ACCEPTED, "pioneer", adjusted=True),
        CHOICES[1],
        CHOICES[2],
    )
    pioneer = replace(KNOWN[0], marks=(("pioneer", 1), ("quality", 1)))
    select = replace(SELECT, choices=adjusted, applicants=(pioneer, *KNOWN[1:]))
    *events, published = given(DECIDER, *READY).when(select).events()
    assert isinstance(published, SelectionPublished)
    assert (published.adjusted, published.score, published.objective) == (1, 25, 23)
    accepted = [event for event in events if isinstance(event, ExhibitorRegistered)]
    told = [(event.exhibitor_id, event.reason, event.pioneer) for event in accepted]
    assert told == [
        (B.application_id, "selected", False),
        (A.application_id, "pioneer", True),
    ]
    men = (
        adjusted[0],
        choose(B, Chosen.REJECTED, "no", adjusted=True),
        choose(C, Chosen.ACCEPTED, "no", adjusted=True),
    )
    broken = replace(select, choices=men)
    given(DECIDER, *READY).when(broken).refused(
        "quota_broken", quota="women_led", places=0, of_places=2, at_least=30
    )


def test_lists_go_on_behind_those_who_wait_already_in_the_order_of_score_and_draw() -> None:
    before = ApplicationWaitlisted(*about(D), "products", 1, "no_place")
    ready = (*applied(D, A, B, C), before, RULES, CLOSED, HELD)
    choices = tuple(
        choose(each, Chosen.WAITLISTED, "no_place", bound_by="places") for each in (A, B, C)
    )
    equal = (known(A, 4), known(B, 9), known(C, 4))
    select = replace(SELECT, choices=choices, applicants=equal, saw_version=len(ready))
    ranks = draw.ranks(SEED, [each.application_id for each in (D, A, B, C)], 4)
    events = given(DECIDER, *ready).when(select).events()
    waits = [event for event in events if isinstance(event, ApplicationWaitlisted)]
    drawn = sorted((A, C), key=lambda each: ranks[each.application_id])
    order = [B.application_id, *(each.application_id for each in drawn)]
    assert [event.application_id for event in waits] == order
    assert [event.rank for event in waits] == [2, 3, 4]


def test_places_given_back_later_go_to_the_list_that_the_selection_made() -> None:
    events = given(DECIDER, *READY, *DECIDED).when(withdraw(B)).events()
    assert isinstance(events[1], PlaceOffered)
    assert (events[1].application_id, events[1].hours) == (C.application_id, 48)
    given(DECIDER, *READY, *DECIDED).when(accept(A)).refused("application_rejected")


def test_who_applies_after_the_draw_stands_behind_in_it() -> None:
    ready = (*READY, OPENED, submitted(D), CLOSED)
    choices = (*CHOICES, choose(D, Chosen.WAITLISTED, "no_place"))
    select = replace(
        SELECT, choices=choices, applicants=(*KNOWN, known(D, 1)), saw_version=len(ready)
    )
    events = given(DECIDER, *ready).when(select).events()
    late = next(e for e in events if getattr(e, "application_id", "") == D.application_id)
    assert isinstance(late, ApplicationWaitlisted)
    assert late.draw_rank == 5
