"""What holds whatever the organisers do, in whatever order they do it."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from itertools import combinations
from typing import TypeVar

from hypothesis import given, strategies as st
from hypothesis.strategies import SearchStrategy

from chassis.kernel.refused import Refused
from chassis.kernel.text import Text
from services.scheduling.floor import domain as floor
from services.scheduling.floor.domain import (
    AssignBooth,
    FirstFit,
    Floor,
    PublishPlan,
    ReleaseBooth,
    ReleaseExhibitor,
    SwapBooths,
)
from services.scheduling.floor.first_fit import unplaced
from services.scheduling.placing.booths import Booth, Exhibitor, Needs, barred
from services.scheduling.programme import domain as programme
from services.scheduling.programme.domain import (
    CancelSession,
    FairDays,
    OpenHall,
    Programme,
    PublishRules,
    RescheduleSession,
    ScheduleSession,
)
from services.scheduling.programme.rules import Break, Rules, SpeakerTimes, Window, obstacle

_Command = TypeVar("_Command")
_State = TypeVar("_State")
_Event = TypeVar("_Event")

POLES = ("products", "institutional")
BOOTHS = tuple(f"A{number}" for number in range(6))
YES_OR_NO = st.booleans()

EXHIBITORS = st.lists(
    st.builds(
        Exhibitor,
        exhibitor_id=st.sampled_from([f"exhibitor-{number}" for number in range(5)]),
        organisation_id=st.just("organisation"),
        pole_id=st.sampled_from(POLES),
        booths=st.integers(1, 3),
        partner=YES_OR_NO,
        families=st.sets(st.sampled_from(["honey", "oil"])).map(lambda some: tuple(sorted(some))),
        needs=st.builds(
            Needs, electricity=YES_OR_NO, min_area_m2=st.sampled_from([0.0, 9.0, 10.0])
        ),
        programmes=st.sampled_from([(), ("mouazara",)]),
    ),
    unique_by=lambda exhibitor: exhibitor.exhibitor_id,
    min_size=1,
)

PLANS = st.lists(
    st.tuples(st.sampled_from(BOOTHS), st.sampled_from(POLES), YES_OR_NO, YES_OR_NO),
    unique_by=lambda drawn: drawn[0],
    min_size=1,
).map(
    lambda drawn: tuple(
        Booth(name, pole, 3.0 * place, 0.0, 3.0, 3.0, electricity=power, institutional=kept)
        for place, (name, pole, power, kept) in enumerate(drawn)
    )
)


def floor_commands(exhibitors: list[Exhibitor]) -> SearchStrategy[list[floor.Command]]:
    booth, known = st.sampled_from(BOOTHS), {one.exhibitor_id: one for one in exhibitors}
    one_of: list[SearchStrategy[floor.Command]] = [
        PLANS.map(lambda booths: PublishPlan("agadir-2025", booths, frozenset(POLES))),
        st.builds(AssignBooth, booth, st.sampled_from(exhibitors), YES_OR_NO),
        st.builds(FirstFit, st.just(tuple(exhibitors)), st.sampled_from([None, *POLES])),
        st.builds(ReleaseBooth, booth, st.just("by_hand")),
        st.builds(ReleaseExhibitor, st.sampled_from(sorted(known)), st.just("exhibitor_withdrew")),
        st.builds(SwapBooths, booth, booth, st.just(known), YES_OR_NO),
    ]
    return st.lists(st.one_of(one_of), max_size=25)


def the_floor_is_sound(state: Floor, exhibitors: dict[str, Exhibitor]) -> None:
    """Holders hold booths of the plan that they may have, and no more than they registered for."""
    held = {
        (booth_id, exhibitor_id) for exhibitor_id, own in state.held.items() for booth_id in own
    }
    assert held == set(state.occupied().items())
    for booth_id, exhibitor_id in held:
        booth, exhibitor = state.plan.booths[booth_id], exhibitors[exhibitor_id]
        # A partner who stood among exhibitors before its pole kept booths for partners may stay.
        assert barred(state.plan, booth, exhibitor) in (None, "partner_booth_required")
    assert all(len(own) <= exhibitors[who].booths for who, own in state.held.items())


@given(EXHIBITORS.flatmap(lambda some: st.tuples(st.just(some), floor_commands(some))))
def test_a_booth_never_has_two_holders_and_a_replayed_floor_is_the_same(
    played: tuple[list[Exhibitor], list[floor.Command]],
) -> None:
    exhibitors = {one.exhibitor_id: one for one in played[0]}
    state, history = floor.initial(), list[floor.Event]()
    for command in played[1]:
        before = deepcopy(state)
        events = refused_or(floor.decide, command, state)
        assert state == before, "a decision changed the state"
        holder = state.occupied()
        for event in events:
            if isinstance(event, floor.BoothAssigned):
                assert event.booth_id not in holder, "a booth has two holders"
                booth = state.plan.booths[event.booth_id]
                assert barred(state.plan, booth, exhibitors[event.exhibitor_id]) is None
                holder[event.booth_id] = event.exhibitor_id
            if isinstance(event, floor.BoothReleased):
                assert holder.pop(event.booth_id) == event.exhibitor_id
            state = floor.evolve(state, event)
        history += events
        the_floor_is_sound(state, exhibitors)
        # A swap repeated is a swap back: only its command id keeps it from being done again.
        if not isinstance(command, SwapBooths):
            assert refused_or(floor.decide, command, state) == []
    replayed = floor.initial()
    for event in history:
        replayed = floor.evolve(replayed, event)
    assert replayed == state


@given(EXHIBITORS.flatmap(lambda some: st.tuples(st.just(some), PLANS)))
def test_first_fit_leaves_no_exhibitor_waiting_for_a_booth_that_is_free(
    fair: tuple[list[Exhibitor], tuple[Booth, ...]],
) -> None:
    exhibitors, booths = fair
    state = floor.initial()
    for command in (
        PublishPlan("agadir-2025", booths, frozenset(POLES)),
        FirstFit(tuple(exhibitors)),
    ):
        for event in floor.decide(command, state):
            state = floor.evolve(state, event)
    lacking = unplaced(state.plan, state.occupied(), exhibitors)
    assert "booth_free_since" not in {reason for _, _, reason in lacking}


NOON = datetime(2019, 3, 26, 12, tzinfo=UTC)
DAYS = FairDays(NOON - timedelta(hours=6), NOON + timedelta(hours=6))
HALLS, SESSIONS = ("tent", "room"), tuple(f"session-{number}" for number in range(6))
HOURS = st.integers(-7, 7).map(lambda hours: NOON + timedelta(hours=hours))
TEXT = Text("نص", "Texte")

WINDOWS = st.tuples(HOURS, st.integers(1, 8)).map(
    lambda of: Window(of[0], of[0] + timedelta(hours=of[1]))
)
RULES = st.builds(
    Rules,
    hours=st.lists(WINDOWS, max_size=1).map(tuple),
    breaks=st.lists(WINDOWS.map(lambda w: Break(w.begins, w.ends, "prayer")), max_size=1).map(
        tuple
    ),
    speakers=st.lists(WINDOWS.map(lambda w: SpeakerTimes("amina", (w,))), max_size=1).map(tuple),
)


def _published(placed: list[tuple[str, str, datetime]]) -> programme.PublishProgramme:
    """A draft of new sessions of an hour; those that there are it takes for its own."""
    sessions = tuple(
        programme.Session(
            fair_id="oujda-2019",
            session_id=f"drafted-{name}",
            kind="training",
            title=TEXT,
            topic_code="blue_economy",
            hall_id=hall,
            speakers=("amina",),
            language="fr",
            audience="everyone",
            starts_at=begins,
            ends_at=begins + timedelta(hours=1),
            seats=None,
            silences="everywhere" if name == SESSIONS[0] else "nowhere",
        )
        for name, hall, begins in placed
    )
    return programme.PublishProgramme(
        "oujda-2019", "draft", sessions, (), {}, programme.Computed(), DAYS
    )


PROGRAMME_COMMANDS: SearchStrategy[list[programme.Command]] = st.lists(
    st.one_of(
        st.builds(
            OpenHall, st.just("oujda-2019"), st.sampled_from(HALLS), st.just(TEXT), st.just(30)
        ),
        st.builds(
            ScheduleSession,
            fair_id=st.just("oujda-2019"),
            session_id=st.sampled_from(SESSIONS),
            kind=st.sampled_from(["workshop", "seminar"]),
            title=st.just(TEXT),
            topic_code=st.just("blue_economy"),
            hall_id=st.sampled_from(HALLS),
            speakers=st.sets(st.sampled_from(["amina", "brahim"])).map(
                lambda some: tuple(sorted(some))
            ),
            language=st.just("fr"),
            audience=st.just("everyone"),
            starts_at=HOURS,
            ends_at=HOURS,
            seats=st.sampled_from([None, 30, 31]),
            fair_days=st.just(DAYS),
        ),
        st.builds(
            RescheduleSession,
            st.sampled_from(SESSIONS),
            st.sampled_from(HALLS),
            HOURS,
            HOURS,
            st.just("rain"),
            st.just(DAYS),
        ),
        st.builds(CancelSession, st.sampled_from(SESSIONS), st.just("rain")),
        st.builds(PublishRules, st.just("oujda-2019"), RULES),
        st.lists(
            st.tuples(st.sampled_from(SESSIONS), st.sampled_from(HALLS), HOURS),
            unique_by=lambda each: each[0],
            min_size=1,
            max_size=4,
        ).map(_published),
    ),
    max_size=30,
)


def the_programme_is_sound(state: Programme) -> None:
    """No speaker and no hall has two sessions at once, and all are on the days of the fair."""
    on = [one for key, one in state.sessions.items() if key not in state.off]
    for one in on:
        assert DAYS.begin <= one.starts_at < one.ends_at <= DAYS.end
        assert (one.seats or 0) <= state.halls[one.hall_id].capacity
    for one, other in combinations(on, 2):
        if one.starts_at < other.ends_at and other.starts_at < one.ends_at:
            assert one.hall_id != other.hall_id
            assert "everywhere" not in (one.silences, other.silences)
            assert not set(one.speakers) & set(other.speakers)


@given(PROGRAMME_COMMANDS)
def test_no_speaker_is_in_two_places_and_a_replayed_programme_is_the_same(
    commands: list[programme.Command],
) -> None:
    state, history = programme.initial(), list[programme.Event]()
    for command in commands:
        before = deepcopy(state)
        events = refused_or(programme.decide, command, state)
        assert state == before, "a decision changed the state"
        for event in events:
            state = programme.evolve(state, event)
        for event in events:
            if isinstance(event, programme.SessionScheduled | programme.SessionRescheduled):
                placed = state.sessions[event.session_id]
                assert obstacle(state.rules, placed) is None, "a session lies in a break"
        history += events
        the_programme_is_sound(state)
        assert refused_or(programme.decide, command, state) == []
    replayed = programme.initial()
    for event in history:
        replayed = programme.evolve(replayed, event)
    assert replayed == state


def refused_or(
    decide: Callable[[_Command, _State], list[_Event]], command: _Command, state: _State
) -> list[_Event]:
    """What was decided; a refusal is no events."""
    try:
        return decide(command, state)
    except Refused:
        return []
