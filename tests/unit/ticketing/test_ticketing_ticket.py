"""What a ticket decides, as a table and as properties."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import reduce
from typing import Any

import hypothesis
import pytest
from hypothesis import strategies as st

from chassis.kernel.refused import Refused
from services.ticketing.tickets.domain import (
    DECIDER,
    LARGEST_PARTY,
    MOST_ISSUES,
    CheckIn,
    Command,
    Event,
    IssueTicket,
    ReissueTicket,
    RevokeTicket,
    TicketCheckedIn,
    TicketDetails,
    TicketIssued,
    TicketKind,
    TicketReissued,
    TicketRevoked,
    decide,
    evolve,
    initial,
)
from tests.deciding import given

FAIR, TICKET = "khenifra-2021", "0192f5c4-0000-7000-8000-000000000009"
FIRST, LAST = date(2021, 11, 28), date(2021, 12, 3)
DAY = date(2021, 11, 29)
NEXT = DAY + timedelta(days=7)
NOON = datetime(2021, 11, 29, 11, 0, tzinfo=UTC)

WANTED = TicketDetails(FAIR, TICKET, TicketKind.PUPILS, DAY, 30, "khenifra")
ISSUE = IssueTicket(WANTED, FIRST, LAST)
ISSUED = TicketIssued(FAIR, TICKET, TicketKind.PUPILS, DAY, 30, "khenifra")
CHECK_IN = CheckIn(TICKET, "gate-north", NOON, DAY, FIRST, LAST)
CHECKED_IN = TicketCheckedIn(FAIR, TICKET, "gate-north", 30, NOON)
REVOKED = TicketRevoked(FAIR, TICKET, "stolen")
REISSUED = TicketReissued(FAIR, TICKET, 2)
ONE = timedelta(days=1)
LONG = replace(ISSUED, last_day=DAY + 2 * ONE)


def wanting(**changed: Any) -> IssueTicket:
    """The command for a ticket that differs."""
    return replace(ISSUE, ticket=replace(WANTED, **changed))


DECISIONS: dict[str, tuple[list[Event], Command, list[Event]]] = {
    "a ticket is given out": ([], ISSUE, [ISSUED]),
    "a ticket is given out once": ([ISSUED], ISSUE, []),
    "a ticket for the first day": (
        [],
        wanting(day=FIRST),
        [replace(ISSUED, day=FIRST)],
    ),
    "a ticket for the last day": ([], wanting(day=LAST), [replace(ISSUED, day=LAST)]),
    "a ticket for one": ([], wanting(party=1), [replace(ISSUED, party=1)]),
    "a ticket for a coach": (
        [],
        wanting(party=LARGEST_PARTY),
        [replace(ISSUED, party=LARGEST_PARTY)],
    ),
    "nobody need say where they come from": (
        [],
        wanting(province=None),
        [replace(ISSUED, province=None)],
    ),
    "the bearer comes in": ([ISSUED], CHECK_IN, [CHECKED_IN]),
    "a fair moved away from the day, and the bearer comes on another": (
        [ISSUED],
        replace(CHECK_IN, first_day=NEXT, last_day=NEXT, today=NEXT),
        [CHECKED_IN],
    ),
    "also on its first day": (
        [ISSUED],
        replace(CHECK_IN, first_day=NEXT, last_day=NEXT + timedelta(days=3), today=NEXT),
        [CHECKED_IN],
    ),
    "a ticket for the whole fair": (
        [],
        wanting(day=FIRST, last_day=LAST),
        [replace(ISSUED, day=FIRST, last_day=LAST)],
    ),
    "a ticket from a day to the same day is one for a day": (
        [],
        wanting(last_day=DAY),
        [ISSUED],
    ),
    "a ticket is revoked": ([ISSUED], RevokeTicket(TICKET, "stolen"), [REVOKED]),
    "a ticket is revoked once, whatever for": (
        [ISSUED, REVOKED],
        RevokeTicket(TICKET, "forged"),
        [],
    ),
    "also a ticket that has let its party in": (
        [ISSUED, CHECKED_IN],
        RevokeTicket(TICKET, "stolen"),
        [REVOKED],
    ),
    "a ticket is given out once more": ([ISSUED], ReissueTicket(TICKET), [REISSUED]),
    "and again": (
        [ISSUED, REISSUED],
        ReissueTicket(TICKET),
        [replace(REISSUED, issue=3)],
    ),
    "until its code has no number left": (
        [ISSUED, replace(REISSUED, issue=MOST_ISSUES - 1)],
        ReissueTicket(TICKET),
        [replace(REISSUED, issue=MOST_ISSUES)],
    ),
    "the bearer of the last issue comes in": (
        [ISSUED, REISSUED],
        replace(CHECK_IN, issue=2),
        [CHECKED_IN],
    ),
    "the bearer comes in though nobody knows which issue was shown": (
        [ISSUED, REISSUED],
        CHECK_IN,
        [CHECKED_IN],
    ),
    "a ticket of several days opens on the first": ([LONG], CHECK_IN, [CHECKED_IN]),
    "and on the last": ([LONG], replace(CHECK_IN, today=DAY + 2 * ONE), [CHECKED_IN]),
    "a fair moved away from all days of a ticket, and the bearer comes on another": (
        [LONG],
        replace(CHECK_IN, first_day=NEXT, last_day=NEXT, today=NEXT),
        [CHECKED_IN],
    ),
    "a ticket that was given out stays so though the fair is off": (
        [ISSUED],
        replace(ISSUE, fair_cancelled=True),
        [],
    ),
}


@pytest.mark.parametrize(("events", "command", "then"), DECISIONS.values(), ids=DECISIONS)
def test_a_ticket_decides(events: list[Event], command: Command, then: list[Event]) -> None:
    given(DECIDER, *events).when(command).then(*then)


OUTSIDE = {"first_day": "2021-11-28", "last_day": "2021-12-03"}
REFUSALS: dict[str, tuple[list[Event], Command, str, dict[str, object]]] = {
    "no ticket for the eve of the fair": (
        [],
        wanting(day=FIRST - timedelta(days=1)),
        "outside_fair",
        {"day": "2021-11-27", **OUTSIDE},
    ),
    "no ticket for the day after the fair": (
        [],
        wanting(day=LAST + timedelta(days=1)),
        "outside_fair",
        {"day": "2021-12-04", **OUTSIDE},
    ),
    "no ticket for nobody": (
        [],
        wanting(party=0),
        "party_out_of_range",
        {"party": 0, "most": LARGEST_PARTY},
    ),
    "no ticket for more than a coach": (
        [],
        wanting(party=LARGEST_PARTY + 1),
        "party_out_of_range",
        {"party": LARGEST_PARTY + 1, "most": LARGEST_PARTY},
    ),
    "a ticket that nobody gave out opens no gate": (
        [],
        CHECK_IN,
        "ticket_unknown",
        {"ticket": TICKET},
    ),
    "a ticket opens a gate on its day only": (
        [ISSUED],
        replace(CHECK_IN, now=NOON + timedelta(days=1), today=DAY + timedelta(days=1)),
        "wrong_day",
        {"day": "2021-11-29", "today": "2021-11-30"},
    ),
    "a ticket does not open a gate before its day": (
        [ISSUED],
        replace(CHECK_IN, now=NOON - timedelta(days=1), today=FIRST),
        "wrong_day",
        {"day": "2021-11-29", "today": "2021-11-28"},
    ),
    "a ticket whose day is still of the fair opens no gate on another": (
        [ISSUED],
        replace(CHECK_IN, first_day=DAY, last_day=NEXT, today=NEXT),
        "wrong_day",
        {"day": "2021-11-29", "today": "2021-12-06"},
    ),
    "a ticket whose day fell away opens no gate before the fair": (
        [ISSUED],
        replace(CHECK_IN, first_day=NEXT, last_day=NEXT),
        "fair_not_on",
        {"today": "2021-11-29", "first_day": "2021-12-06", "last_day": "2021-12-06"},
    ),
    "nor after it": (
        [ISSUED],
        replace(CHECK_IN, first_day=FIRST, last_day=FIRST),
        "fair_not_on",
        {"today": "2021-11-29", "first_day": "2021-11-28", "last_day": "2021-11-28"},
    ),
    "nor twice": (
        [ISSUED, CHECKED_IN],
        replace(CHECK_IN, first_day=NEXT, last_day=NEXT, today=NEXT),
        "already_checked_in",
        {"ticket": TICKET, "gate": "gate-north", "at": "2021-11-29T11:00:00+00:00"},
    ),
    "no ticket that ends before it begins": (
        [],
        wanting(last_day=DAY - ONE),
        "ends_before_it_begins",
        {"day": "2021-11-29", "last_day": "2021-11-28"},
    ),
    "no ticket that ends after the fair": (
        [],
        wanting(last_day=LAST + ONE),
        "outside_fair",
        {"day": "2021-12-04", **OUTSIDE},
    ),
    "what nobody gave out cannot be revoked": (
        [],
        RevokeTicket(TICKET, "stolen"),
        "ticket_unknown",
        {"ticket": TICKET},
    ),
    "nor given out once more": (
        [],
        ReissueTicket(TICKET),
        "ticket_unknown",
        {"ticket": TICKET},
    ),
    "a revoked ticket is not given out once more": (
        [ISSUED, REVOKED],
        ReissueTicket(TICKET),
        "ticket_revoked",
        {"ticket": TICKET},
    ),
    "a ticket has no more issues than its code can say": (
        [ISSUED, replace(REISSUED, issue=MOST_ISSUES)],
        ReissueTicket(TICKET),
        "reissues_used_up",
        {"ticket": TICKET, "most": MOST_ISSUES},
    ),
    "a revoked ticket opens no gate": (
        [ISSUED, REVOKED],
        CHECK_IN,
        "ticket_revoked",
        {"ticket": TICKET},
    ),
    "an issue of before opens no gate": (
        [ISSUED, REISSUED],
        replace(CHECK_IN, issue=1),
        "ticket_reissued",
        {"ticket": TICKET, "issue": 2},
    ),
    "a ticket of several days opens no gate before the first": (
        [LONG],
        replace(CHECK_IN, today=DAY - ONE),
        "wrong_day",
        {"day": "2021-11-29/2021-12-01", "today": "2021-11-28"},
    ),
    "nor after the last": (
        [LONG],
        replace(CHECK_IN, today=DAY + 3 * ONE),
        "wrong_day",
        {"day": "2021-11-29/2021-12-01", "today": "2021-12-02"},
    ),
    "nor on a day from which the fair has moved away": (
        [LONG],
        replace(CHECK_IN, first_day=DAY + 2 * ONE, last_day=NEXT),
        "wrong_day",
        {"day": "2021-12-01", "today": "2021-11-29"},
    ),
    "no ticket for a fair that was called off": (
        [],
        replace(ISSUE, fair_cancelled=True),
        "fair_cancelled",
        {"fair": FAIR},
    ),
    "and nobody comes in": (
        [ISSUED],
        replace(CHECK_IN, fair_cancelled=True),
        "fair_cancelled",
        {"fair": FAIR},
    ),
    "a ticket opens one gate once": (
        [ISSUED, CHECKED_IN],
        CHECK_IN,
        "already_checked_in",
        {"ticket": TICKET, "gate": "gate-north", "at": "2021-11-29T11:00:00+00:00"},
    ),
    "no other gate opens to it either, on whichever day": (
        [ISSUED, CHECKED_IN],
        replace(
            CHECK_IN,
            gate_id="gate-south",
            now=NOON + timedelta(days=1),
            today=DAY + timedelta(days=1),
        ),
        "already_checked_in",
        {"ticket": TICKET, "gate": "gate-north", "at": "2021-11-29T11:00:00+00:00"},
    ),
}


@pytest.mark.parametrize(("events", "command", "code", "details"), REFUSALS.values(), ids=REFUSALS)
def test_a_ticket_refuses(
    events: list[Event], command: Command, code: str, details: dict[str, object]
) -> None:
    with pytest.raises(Refused) as refused:
        given(DECIDER, *events).when(command).events()
    assert (refused.value.code, refused.value.details) == (code, details)


TICKETS = st.builds(
    TicketDetails,
    fair_id=st.just(FAIR),
    ticket_id=st.just(TICKET),
    kind=st.sampled_from(TicketKind),
    day=st.dates(FIRST - ONE, LAST + ONE),
    party=st.integers(0, LARGEST_PARTY + 1),
    province=st.none() | st.just("azilal"),
    last_day=st.none() | st.dates(FIRST - ONE, LAST + ONE),
)
COMMANDS = st.lists(
    st.builds(IssueTicket, ticket=TICKETS, first_day=st.just(FIRST), last_day=st.just(LAST))
    | st.builds(RevokeTicket, ticket_id=st.just(TICKET), reason=st.just("stolen"))
    | st.builds(ReissueTicket, ticket_id=st.just(TICKET))
    | st.builds(
        CheckIn,
        ticket_id=st.just(TICKET),
        gate_id=st.sampled_from(["gate-north", "gate-south"]),
        now=st.just(NOON),
        today=st.dates(FIRST, LAST),
        first_day=st.dates(FIRST, DAY),
        last_day=st.dates(DAY, LAST),
        fair_cancelled=st.booleans(),
        issue=st.none() | st.integers(1, 3),
    ),
    max_size=12,
)


@hypothesis.given(COMMANDS)
def test_a_ticket_lets_its_party_in_once_and_replays_to_the_same(commands: list[Command]) -> None:
    state, events = initial(), list[Event]()
    for command in commands:
        try:
            new = decide(command, state)
        except Refused:
            continue
        state = reduce(evolve, new, state)
        events += new
    assert reduce(evolve, events, initial()) == state
    kinds = [type(event) for event in events]
    assert kinds[:1] in ([], [TicketIssued])
    assert all(kinds.count(once) <= 1 for once in (TicketIssued, TicketRevoked, TicketCheckedIn))
    issues = [event.issue for event in events if isinstance(event, TicketReissued)]
    assert issues == list(range(2, 2 + len(issues)))
    if TicketRevoked in kinds:
        assert kinds[-1] is TicketRevoked
    for entered in state.passages:
        assert state.issued is not None
        assert entered.people == state.issued.party
        assert state.issued.until >= state.issued.day
