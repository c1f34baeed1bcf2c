"""A place given back is offered to the next whose booths fit, and kept until it answers."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from maarid_contracts.envelope import Id
from pydantic import TypeAdapter

from services.registration.fairs.domain import DECIDER, Command, Event
from services.registration.selection.domain import (
    ApplicationWaitlisted,
    ExhibitorRegistered,
    SubmitApplication,
)
from services.registration.selection.offering import (
    AcceptOffer,
    BeginOffer,
    DeclineOffer,
    LapseOffer,
    OfferDeadlineSet,
    OfferDeclined,
    OfferLapsed,
    PlaceOffered,
    Told,
    offer_id_of,
)
from services.registration.selection.publication import SelectionRulesPublished
from tests.deciding import given
from tests.unit.registration.a_fair import (
    BIG,
    CANCELLED,
    FAIR,
    NOW,
    PAIR,
    A,
    B,
    C,
    D,
    accept,
    applied,
    gave_up,
    registered,
    reject,
    rejected,
    waitlist,
    waitlisted,
    withdraw,
    withdrawn,
)

HOURS = 48
RULES = SelectionRulesPublished((), (), None, HOURS, fair_id=FAIR, secret_hash="ab" * 32)
NO_HOURS = SelectionRulesPublished((), (), fair_id=FAIR, secret_hash="ab" * 32)
DEADLINE = NOW + timedelta(hours=HOURS)
LATE = DEADLINE + timedelta(seconds=1)

# Three places: one of A, two of PAIR.  BIG waits for two, then C and D for one each.
FULL = (
    *applied(A, B, C, D, PAIR, BIG),
    registered(A),
    registered(PAIR),
    waitlisted(BIG, 1),
    waitlisted(C, 2),
    waitlisted(D, 3),
)
OFFERS = (*FULL[:2], RULES, *FULL[2:])


def id_of(asked: SubmitApplication, before: int = 0) -> str:
    return offer_id_of(asked.application_id, before)


def which(asked: SubmitApplication, before: int = 0) -> tuple[str, str, str, str | None, str]:
    ids = (FAIR, asked.application_id, asked.organisation_id, asked.contact_id)
    return (*ids, id_of(asked, before))


def offered(asked: SubmitApplication, before: int = 0) -> PlaceOffered:
    return PlaceOffered(*which(asked, before), asked.pole_id, asked.booths, HOURS)


def begun(asked: SubmitApplication, because: Told = Told.DELIVERED) -> OfferDeadlineSet:
    return OfferDeadlineSet(*which(asked), NOW, DEADLINE, because)


def declined(asked: SubmitApplication) -> OfferDeclined:
    return OfferDeclined(*which(asked), asked.pole_id, asked.booths, "no_time")


def lapsed(asked: SubmitApplication) -> OfferLapsed:
    return OfferLapsed(*which(asked), asked.pole_id, asked.booths, DEADLINE)


def moved_up(asked: SubmitApplication) -> ExhibitorRegistered:
    return registered(asked, "place_given_back", from_waitlist=True)


def begin(asked: SubmitApplication, because: Told = Told.DELIVERED) -> BeginOffer:
    return BeginOffer(id_of(asked), NOW, because)


def take(asked: SubmitApplication) -> AcceptOffer:
    return AcceptOffer(id_of(asked), NOW)


def decline(asked: SubmitApplication) -> DeclineOffer:
    return DeclineOffer(id_of(asked), NOW, "no_time")


def lapse(asked: SubmitApplication) -> LapseOffer:
    return LapseOffer(id_of(asked), DEADLINE)


BY_HAND = registered(C, from_waitlist=True)
GAVE_UP = (*OFFERS, gave_up(A), offered(C))
RUNNING = (*GAVE_UP, begun(C))

DECIDED: dict[str, tuple[tuple[Event, ...], Command, list[Event]]] = {
    "the first whose booths fit is offered the place": (
        OFFERS,
        withdraw(A),
        [gave_up(A), offered(C)],
    ),
    "two places are offered to the first in line": (
        OFFERS,
        withdraw(PAIR),
        [gave_up(PAIR), offered(BIG)],
    ),
    "without hours who waits moves up at once": (
        FULL,
        withdraw(A),
        [gave_up(A), moved_up(C)],
    ),
    "and with rules that give none": (
        (*FULL[:2], NO_HOURS, *FULL[2:]),
        withdraw(A),
        [gave_up(A), moved_up(C)],
    ),
    "a place that is kept is offered to nobody else": (
        RUNNING,
        withdraw(PAIR),
        [gave_up(PAIR), offered(BIG)],
    ),
    "the message arrives, and the time runs": (GAVE_UP, begin(C), [begun(C)]),
    "the team tells it": (GAVE_UP, begin(C, Told.TOLD), [begun(C, Told.TOLD)]),
    "a message that arrives later sets no other deadline": (
        RUNNING,
        BeginOffer(id_of(C), LATE, Told.DELIVERED),
        [],
    ),
    "nor is it told again": (RUNNING, begin(C, Told.TOLD), []),
    "a message that arrives when all is over is late": (
        (*GAVE_UP, declined(C), offered(D)),
        begin(C),
        [],
    ),
    "it is taken": (RUNNING, take(C), [moved_up(C)]),
    "it is taken before the message is known to have arrived": (GAVE_UP, take(C), [moved_up(C)]),
    "it is taken twice": ((*RUNNING, moved_up(C)), take(C), []),
    "it is declined": (RUNNING, decline(C), [declined(C), offered(D)]),
    "it is declined twice": ((*RUNNING, declined(C), offered(D)), decline(C), []),
    "it is not answered in time": (RUNNING, lapse(C), [lapsed(C), offered(D)]),
    "the deadline is looked at twice": ((*RUNNING, lapsed(C), offered(D)), lapse(C), []),
    "the deadline is looked at too early": (RUNNING, LapseOffer(id_of(C), NOW), []),
    "nobody was told: there is no deadline": (GAVE_UP, LapseOffer(id_of(C), LATE), []),
    "it was taken before its deadline": ((*RUNNING, moved_up(C)), lapse(C), []),
    "the team accepts whom it offered a place": (RUNNING, accept(C), [BY_HAND]),
    "one who waits on takes its application back": (RUNNING, withdraw(D), [withdrawn(D)]),
    "whom it was offered takes its application back": (
        RUNNING,
        withdraw(C),
        [withdrawn(C), offered(D)],
    ),
    "the team rejects whom it was offered": (RUNNING, reject(C), [rejected(C), offered(D)]),
    "who has an offer is in line already": (RUNNING, waitlist(C), []),
    "who missed one may stand in line again, behind all others": (
        (*RUNNING, lapsed(C), offered(D)),
        waitlist(C),
        [waitlisted(C, 2)],
    ),
    "who missed one may be accepted by hand": (
        (*RUNNING, lapsed(C), offered(D), declined(D)),
        accept(C),
        [BY_HAND],
    ),
    "who missed one and stands in line again is offered another": (
        (*RUNNING, lapsed(C), offered(D), waitlisted(C, 2)),
        decline(D),
        [declined(D), offered(C, before=1)],
    ),
    "who missed one is passed over": (
        (*RUNNING, lapsed(C), offered(D), moved_up(D)),
        withdraw(D),
        [gave_up(D)],
    ),
    "on a fair called off nothing lapses": ((*RUNNING, CANCELLED), lapse(C), []),
    "on a fair called off no time begins": ((*GAVE_UP, CANCELLED), begin(C), []),
}


@pytest.mark.parametrize(("before", "command", "then"), DECIDED.values(), ids=DECIDED)
def test_a_place_is_offered(before: tuple[Event, ...], command: Command, then: list[Event]) -> None:
    given(DECIDER, *before).when(command).then(*then)


def test_fewer_booths_than_were_offered_leave_some_to_the_next() -> None:
    before = (*OFFERS, gave_up(PAIR), offered(BIG))
    accepted, *rest = given(DECIDER, *before).when(accept(BIG, booths=1)).events()
    assert isinstance(accepted, ExhibitorRegistered)
    assert accepted.booths == 1
    assert rest == [offered(C)]


def test_booths_are_kept_from_everybody_else() -> None:
    given(DECIDER, *GAVE_UP).when(accept(B)).refused("pole_full", free=0, wanted=1)


REFUSED: dict[str, tuple[tuple[Event, ...], Command, str]] = {
    "an offer that was not made": (OFFERS, take(C), "offer_unknown"),
    "an answer at the deadline": (RUNNING, AcceptOffer(id_of(C), DEADLINE), "offer_lapsed"),
    "a refusal after it": (RUNNING, DeclineOffer(id_of(C), LATE, "no_time"), "offer_lapsed"),
    "an answer once it has lapsed": ((*RUNNING, lapsed(C)), take(C), "offer_lapsed"),
    "a call once it has lapsed": ((*RUNNING, lapsed(C)), begin(C, Told.TOLD), "offer_lapsed"),
    "yes after no": ((*RUNNING, declined(C)), take(C), "offer_ended"),
    "no after yes": ((*RUNNING, moved_up(C)), decline(C), "offer_ended"),
    "yes after the application was taken back": ((*RUNNING, withdrawn(C)), take(C), "offer_ended"),
    "yes to a fair called off": ((*RUNNING, CANCELLED), take(C), "fair_cancelled"),
    "no to a fair called off": ((*RUNNING, CANCELLED), decline(C), "fair_cancelled"),
    "a call about a fair called off": (
        (*GAVE_UP, CANCELLED),
        begin(C, Told.TOLD),
        "fair_cancelled",
    ),
    "to reject who was accepted": ((*RUNNING, moved_up(C)), reject(C), "application_accepted"),
}


@pytest.mark.parametrize(("before", "command", "code"), REFUSED.values(), ids=REFUSED)
def test_an_offer_is_not_answered_so(
    before: tuple[Event, ...], command: Command, code: str
) -> None:
    given(DECIDER, *before).when(command).refused(code)


def test_an_application_that_declined_is_over_and_its_organisation_may_apply_again() -> None:
    state = given(DECIDER, *RUNNING, declined(C)).state()
    assert C.organisation_id not in state.selection.live
    given(DECIDER, *RUNNING, declined(C)).when(accept(C)).refused("application_withdrawn")


def test_a_run_is_outdated_by_an_offer_but_not_by_its_deadline() -> None:
    offers, running = (given(DECIDER, *events).state() for events in (GAVE_UP, RUNNING))
    assert offers.ranking.changed_at == len(GAVE_UP)
    assert running.ranking.changed_at == len(GAVE_UP)


def test_each_offer_has_an_id_of_its_own_that_contracts_take() -> None:
    ids = {offer_id_of(f"application-{n}", before) for n in range(9) for before in range(9)}
    assert len(ids) == 81
    assert all(TypeAdapter(Id).validate_python(id_) and UUID(id_).version == 8 for id_ in ids)


def test_a_place_in_line_is_behind_all_that_wait_on() -> None:
    (again,) = given(DECIDER, *RUNNING, lapsed(C)).when(waitlist(C)).events()
    assert isinstance(again, ApplicationWaitlisted)
    assert again.rank == 3
